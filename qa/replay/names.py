"""How a replay's findings are called by people: verdicts, rooms, questions, differences, in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from data.understanding import SlotValue
from data.vocabulary import Slot
from qa.replay.compare import What
from qa.replay.dialog import Given
from qa.replay.exchanges import Question
from qa.replay.judge import Room, Verdict

VERDICTS: dict[Verdict, str] = {
    "same": "一致",
    "better": "变好",
    "worse": "变差",
    "different": "有变化",
    "diverged": "录音不够",
    "not_scorable": "无法比较",
}
ROOMS: dict[Room, str] = {"dialogs": "话术", "agent": "引擎", "nlu": "理解", "models": "听写"}
WHATS: dict[What, str] = {
    "consent": "同意",
    "field": "信息项",
    "record": "诉求单",
    "outcome": "结果",
    "path": "提问",
    "prompt": "话语",
    "text": "话语文字",
    "turn": "来电人的话",
    "understanding": "理解",
    "words": "听写",
    "wording": "叙述文字",
}

_NAMES = {
    "read_back": "念一遍核对",
    "route": "问是哪一类",
    "more": "问还有没有别的事",
    "resume": "问要不要接着说",
    "case": "问登记过的事",
    "(desk)": "转人工",
    "order": "先后",
    "kind": "类型",
    "intent": "意图",
    "outcome": "怎样结束",
    "mass_incident": "群体事件",
    "safety_flag": "安全类别",
    "emergency": "紧急情况",
    "emotion": "情绪",
    "recording_refused": "拒绝录音",
    "request_human": "要人工",
    "acts": "作用",
    "consent": "同意",
}
#: Values that are words of ours.
_VALUES = {
    "given_up": "没问出来",
    "dont_know": "不清楚",
    "declined": "不愿说",
    "given": "同意",
    "refused": "不同意",
    "withdrawn": "收回",
    "lodged": "已登记",
    "incomplete": "未完成",
    "to_desk": "转到人工",
    "no_desk": "人工没接通",
    "answered": "已答复",
}
_GIVEN: dict[Given, str] = {
    "words": "用了别处说过的话",
    "yes": "按录音里的单当作同意",
    "dont_know": "当作不清楚",
    "silence": "当作没出声",
}


def label(name: str, labels: Mapping[Slot, str]) -> str:
    """A difference's name as people call it: "amount" 金额, "phone?" 核对电话, "3.amount" 第3句·金额."""
    head, dot, rest = name.partition(".")
    if head.isdigit():
        return f"第{head}句" + (f"·{label(rest, labels)}" if dot else "")
    if rest == "fields":
        return f"同意·{head}·转哪些"
    if head == "declined" and dot:
        return f"没有提供·{label(rest, labels)}"
    if name.startswith("consent:"):
        return f"征得同意·{name.removeprefix('consent:')}"
    if name.endswith("?"):
        return f"核对{label(name[:-1], labels)}"
    if name in set(Slot):
        return labels.get(Slot(name), name)
    return _NAMES.get(name, name)


def question(asked: Question, labels: Mapping[Slot, str]) -> str:
    """A question as people call it."""
    if asked.phase in ("confirm", "offer"):
        return f"核对{label(asked.about, labels)}"
    return label(asked.about or asked.phase, labels)


def given(how: Given) -> str:
    """What was put in an answer's place, as people call it."""
    return _GIVEN[how]


def sentence(what: What, called: str, before: SlotValue | None, after: SlotValue | None) -> str:
    """One difference: "金额：70 → 79", "问“核对电话”：2 次 → 1 次"."""
    if what in ("path", "prompt") and isinstance(before, int) and isinstance(after, int):
        return f"{'问' if what == 'path' else '说'}“{called}”：{before} 次 → {after} 次"
    if what == "text":
        return f"“{called}”的文字改了"
    if isinstance(before, tuple) and isinstance(after, tuple) and what in ("path", "prompt"):
        was, is_now = next(((a, b) for a, b in zip(before, after, strict=False) if a != b), ("", ""))
        return f"{'提问' if what == 'path' else '话语'}的先后变了：“{is_now}”提到“{was}”前面"
    return f"{called}：{_plain(what, before)} → {_plain(what, after)}"


def _plain(what: What, value: SlotValue | None) -> str:
    if value is None:
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    words = value if isinstance(value, tuple) else (str(value),)
    known = _VALUES if what in ("record", "outcome", "consent") else {}
    return "、".join(known.get(word, word) for word in words)
