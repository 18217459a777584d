"""What changed between two versions of a script, in words a trainer understands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from dialogs import outline
from dialogs.schema import Branch, Collect, ConsentStep, Prompt, ScriptFile
from dialogs.script import CompiledFlow, Node, Script
from dialogs.words import in_words

#: What the keys of steps, prompts and script.yaml are called.
_KEYS = {
    "ask": "问法",
    "reprompt": "再问时的说法",
    "limit": "最多问几次",
    "optional": "可以不说",
    "confirm": "核对方式",
    "confirm_ask": "核对的问法",
    "ack": "顺口复述的话",
    "offer": "先问能不能用",
    "offer_ask": "先问能不能用的问法",
    "expect": "提醒识别的词",
    "listen": "怎么听",
    "when": "条件",
    "say": "说的话",
    "read_back": "念的话",
    "changed": "改好以后说的话",
    "noinput": "没声音时说的话",
    "nomatch": "没听清时说的话",
    "escalate": "问满了怎么办",
    "consent": "同意的用途",
    "recipient": "转给谁",
    "fields": "转的内容",
    "explain": "征得同意的说明",
    "again": "再问一遍的话",
    "answer": "回答疑问的话",
    "questions": "答哪里的问题",
    "more": "答完以后问的话",
    "noted": "答不了时说的话",
    "refer": "凭哪个同意转出",
    "to_desk": "转人工的原因",
    "found": "查到了说的话",
    "missing": "没查到说的话",
    "on_case": "在登记上记什么",
    "done": "记下了说的话",
    "closed": "不能记说的话",
    "kept": "不记说的话",
    "call": "先做的流程",
    "set": "直接填的内容",
    "end": "怎样结束",
    "text": "文字",
    "bargein": "可以插话",
    "must_finish": "必须听完",
    "purpose": "用途",
    "once": "一通电话只说一次",
    "share": "份额",
    "variants": "其他说法",
    "lookup": "查什么",
    "heard": "说过还有一件时的问法",
    "tell": "请他讲的话",
    "transfer": "接通谁",
    "failed": "没接通时做什么",
    "leave": "提前离开",
    "route": "按什么进流程",
    "lodge": "登记什么",
    "greeting": "第一句话",
    "closed_greeting": "人工不在班时的第一句话",
    "closed_openings": "人工不在班时按拨打的号码换的第一句话",
    "languages": "说别的语言时的话",
    "wait_seconds": "请等一下时最多等几秒",
    "openings": "按拨打的号码换的第一句话",
    "opening": "接通后先走的流程",
    "profiles": "听的耐心",
    "ladder": "没声音、没听清时说的话",
    "limit_minutes": "一通电话最长几分钟",
    "max_turns_lost": "连着几次没听到就放弃",
    "max_questions": "办事中间最多连着答几个问题",
    "unsure": "低于多少把握要核对",
    "emergencies": "遇到危险先说的话",
    "says": "系统自己用的话",
    "labels": "信息项的名称",
    "resume": "断线再打时问的话",
    "title": "标题",
    "script": "名字",
}
_STRUCTURE = frozenset({"id", "branch", "given", "refused", "collect"})


@dataclass(frozen=True, slots=True)
class Change:
    """where: script.yaml, a prompt's id or a flow's name; what: the sentence."""

    where: str
    what: str


def differences(before: Script, after: Script) -> list[Change]:
    """Every change, whole script first, then flows, then texts."""
    found = [Change("script.yaml", what) for what in _file(before.file, after.file)]
    for name in dict.fromkeys([*before.flows, *after.flows]):
        old, new = before.flows.get(name), after.flows.get(name)
        if new is None:
            found.append(Change(name, f"去掉了流程 {name}"))
        elif old is None:
            found.append(Change(name, _come(new, after)))
        else:
            found += [Change(name, what) for what in _flow(old, new, before, after)]
    for prompt in dict.fromkeys([*before.prompts, *after.prompts]):
        found += [Change(prompt, what) for what in _prompt(prompt, before, after)]
    return found


# --- script.yaml and prompts ------------------------------------------------------------------------


def _file(old: ScriptFile, new: ScriptFile) -> Iterator[str]:
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    for key in before:
        name = _KEYS.get(key, key)
        if isinstance(before[key], dict) and isinstance(after[key], dict):
            for inner in dict.fromkeys([*before[key], *after[key]]):
                yield from _changed(f"{name} {inner} ", before[key].get(inner), after[key].get(inner))
        else:
            yield from _changed(name, before[key], after[key])


def _prompt(name: str, before: Script, after: Script) -> Iterator[str]:
    old, new = before.prompts.get(name), after.prompts.get(name)
    if old is None and new is not None:
        yield f"新加了话术 {name}：「{_text(new)}」"
    elif new is None:
        yield f"去掉了话术 {name}"
    elif old is not None:
        if _text(old) != _text(new):
            yield f"话术 {name} 从「{_text(old)}」改为「{_text(new)}」"
        elif old.parts != new.parts:
            yield f"话术 {name} 的分段改了，文字没变"
        if old.variants != new.variants:
            yield f"话术 {name} 的其他说法改了"
        yield from _changed(f"话术 {name} 的份额", old.shares, new.shares)
        for key in ("bargein", "must_finish", "purpose", "once"):
            yield from _changed(f"话术 {name} 的“{_KEYS[key]}”", getattr(old, key), getattr(new, key))


def _text(prompt: Prompt) -> str:
    return "".join(prompt.parts)


# --- flows ------------------------------------------------------------------------------------------


def _flow(old: CompiledFlow, new: CompiledFlow, before: Script, after: Script) -> Iterator[str]:
    yield from _changed("登记的类型", old.kind and old.kind.value, new.kind and new.kind.value)
    yield from _changed("从哪些来意进来", _list(old.intents), _list(new.intents))
    for what, words in (("加了", set(new.said) - set(old.said)), ("去掉了", set(old.said) - set(new.said))):
        if words:
            yield f"{what}说到就进来的话：{_list(sorted(words))}"
    for name in old.nodes:
        if name not in new.nodes:
            yield f"去掉了步骤 {_called(old.nodes[name], before)}"
    order = list(new.nodes)
    for name, node in new.nodes.items():
        if name not in old.nodes:
            yield f"{_place(order, name)}加了步骤 {_called(node, after)}"
        else:
            yield from _step(old.nodes[name], node, before, after)
    yield from _moved(old, new, after)


def _come(flow: CompiledFlow, script: Script) -> str:
    """What a new flow is: "新加了流程 pets（投诉，说到宠物）：问商品、日期"."""
    labels = script.file.labels
    steps = [node.step for node in flow.nodes.values()]
    asked = [labels.get(step.collect, step.collect) for step in steps if isinstance(step, Collect)]
    about = "，".join(filter(None, (flow.kind, outline.came_from(flow))))
    asks = "：问" + _list(list(dict.fromkeys(asked))) if asked else ""
    return f"新加了流程 {flow.name}" + (f"（{about}）" if about else "") + asks


def _called(node: Node, script: Script) -> str:
    return f"{node.id}（{outline.title(script, node)}）"


def _place(order: Sequence[str], name: str) -> str:
    at = order.index(name)
    return f"在 {order[at - 1]} 后面" if at else "在最前面"


def _moved(old: CompiledFlow, new: CompiledFlow, after: Script) -> Iterator[str]:
    """The fewest steps that stand elsewhere among those both versions have."""
    was = [name for name in old.nodes if name in new.nodes]
    now = [name for name in new.nodes if name in old.nodes]
    kept: set[str] = set()
    for block in SequenceMatcher(a=was, b=now, autojunk=False).get_matching_blocks():
        kept.update(was[block.a : block.a + block.size])
    for name in now:
        if name not in kept:
            yield f"步骤 {_called(new.nodes[name], after)}移到了{_place(list(new.nodes), name).removeprefix('在')}"


def _step(old: Node, new: Node, before: Script, after: Script) -> Iterator[str]:
    name = _called(new, after)
    if type(old.step) is not type(new.step):
        yield f"步骤 {_called(old, before)}换成了 {name}"
        return
    was = old.step.model_dump(mode="json", exclude=set(_STRUCTURE))
    now = new.step.model_dump(mode="json", exclude=set(_STRUCTURE))
    for key in was:
        if key == "when":
            yield from _changed(f"步骤 {name}的条件", _when(old, before), _when(new, after))
        elif key == "reprompt" and len(was[key]) != len(now[key]):
            yield f"步骤 {name}的重问从{len(was[key])}句改为{len(now[key])}句" + (
                f"：{_shown(now[key])}" if now[key] else ""
            )
        elif key == "limit" and was[key] != now[key]:
            yield f"步骤 {name}最多问的次数从{was[key]}次改为{now[key]}次"
        else:
            yield from _changed(f"步骤 {name}的“{_KEYS.get(key, key)}”", was[key], now[key])
    if isinstance(old.step, Branch) and isinstance(new.step, Branch):
        yield from _changed(f"步骤 {name}的各支", _arms(old, before), _arms(new, after))
    if isinstance(old.step, ConsentStep) and (old.given, old.refused) != (new.given, new.refused):
        yield f"步骤 {name}同意以后、或不同意以后的第一步改了"


def _when(node: Node, script: Script) -> str | None:
    return in_words(node.when, script.file) if node.when is not None else None


def _arms(node: Node, script: Script) -> str:
    return "；".join(
        in_words(condition, script.file) if condition is not None else "其余情况"
        for condition, _ in node.arms
    )


# --- values -----------------------------------------------------------------------------------------


def _changed(what: str, was: object, now: object) -> Iterator[str]:
    if was == now:
        return
    if was in (None, [], ""):
        yield f"{what}加上了“{_shown(now)}”"
    elif now in (None, [], ""):
        yield f"{what}去掉了（原来是“{_shown(was)}”）"
    else:
        yield f"{what}从“{_shown(was)}”改为“{_shown(now)}”"


def _shown(value: object) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case list() | tuple():
            return _list([str(item) for item in value])
        case Mapping():
            return "，".join(f"{key}: {_shown(held)}" for key, held in value.items())
        case _:
            return str(value)


def _list(items: Sequence[str]) -> str:
    return "、".join(items)
