"""A script as a trainer sees it: each flow a column of boxes, a fork where it turns. What pictures are drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from data.vocabulary import Outcome
from dialogs import ways
from dialogs.schema import (
    Branch,
    CallFlow,
    Collect,
    ConsentStep,
    End,
    Leave,
    Lodge,
    Lookup,
    More,
    ReadBack,
    Refer,
    Route,
    Say,
    SetSlot,
    ToDesk,
    TransferCall,
)
from dialogs.script import CompiledFlow, Node, Script
from dialogs.words import in_words, shown

Look = Literal["ask", "say", "fork", "consent", "act", "desk", "end"]

_OUTCOMES = {
    Outcome.LODGED: "已登记",
    Outcome.ANSWERED: "已答复",
    Outcome.INCOMPLETE: "没办完",
    Outcome.TO_DESK: "转人工",
    Outcome.NO_DESK: "人工接不通",
}
_CONFIRMS = {"explicit": "要核对", "implicit": "顺口复述", "none": ""}


@dataclass(frozen=True, slots=True)
class Arm:
    """One way on from a fork. way: as `dialogs.ways` names it."""

    way: str
    label: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One step. text: what is said there; notes: its manner; when: the condition it is skipped without."""

    step: str
    look: Look
    title: str
    text: str = ""
    notes: str = ""
    when: str | None = None
    arms: tuple[Arm, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowOutline:
    """One flow. head: what it is called and what leads into it."""

    name: str
    head: str
    boxes: tuple[Box, ...]


def outline(script: Script) -> tuple[FlowOutline, ...]:
    """Every flow, the opening first."""
    flows = sorted(script.flows.values(), key=lambda flow: (flow.name != script.file.opening, flow.name))
    return tuple(FlowOutline(flow.name, _head(script, flow), tuple(_boxes(script, flow))) for flow in flows)


def title(script: Script, node: Node) -> str:
    """What a step is called: "问：金额"."""
    return _face(script, node)[1]


def _head(script: Script, flow: CompiledFlow) -> str:
    kind = f"（{flow.kind.value}）" if flow.kind else ""
    if flow.name == script.file.opening:
        return f"{flow.name}{kind} ← 接通"
    into = came_from(flow)
    return f"{flow.name}{kind}" + (f" ← {into}" if into else "")


def came_from(flow: CompiledFlow) -> str:
    """What leads into a flow: "complaint_other，说到宠物、猫粮"."""
    said = "说到" + "、".join(flow.said) if flow.said else ""
    return "，".join(filter(None, ("、".join(flow.intents), said)))


def _boxes(script: Script, flow: CompiledFlow) -> Iterator[Box]:
    return _run(script, flow, flow.start, None)


def _run(script: Script, flow: CompiledFlow, first: str | None, after: str | None) -> Iterator[Box]:
    """The boxes from `first` up to, not including, `after`."""
    here = first
    while here is not None and here != after:
        node = flow.nodes[here]
        yield _box(script, flow, node)
        here = node.next


def _box(script: Script, flow: CompiledFlow, node: Node) -> Box:
    look, title, prompt, notes = _face(script, node)
    text = _said(script, prompt) if prompt is not None else ""
    arms = tuple(_arms(script, flow, node))
    when = in_words(node.when, script.file) if node.when is not None else None
    return Box(node.id, look, title, text, "，".join(filter(None, notes)), when, arms)


def _said(script: Script, prompt: str) -> str:
    return shown("".join(script.prompts[prompt].parts), script.file)


def _face(script: Script, node: Node) -> tuple[Look, str, str | None, list[str]]:
    """How a step looks: its look, its title, the prompt it speaks, its manner."""
    label = script.file.labels
    match node.step:
        case Collect(collect=slot, ask=ask) as step:
            offered = "先问来电号码" if step.offer else ""
            notes = [offered, f"最多问{step.limit}次", "可以不说" if step.optional else "要问到"]
            return "ask", f"问：{label.get(slot, slot.value)}", ask, [*notes, _CONFIRMS[step.confirm]]
        case Route(ask=ask, limit=limit):
            return "fork", "按来意进流程", ask, [f"不清楚才问，最多{limit}次"]
        case ReadBack(read_back=prompt, limit=limit):
            return "ask", "念一遍，改到对为止", prompt, [f"最多{limit}遍"]
        case ConsentStep() as step:
            fields = "、".join(label.get(slot, slot.value) for slot in step.fields)
            to = label.get(step.recipient, step.recipient.value)
            return "consent", f"征得同意：转给{to}", step.explain, [f"转：{fields}"]
        case Say(say=prompt):
            return "say", "说", prompt, []
        case Lodge():
            return "act", "登记", None, []
        case Refer(refer=purpose):
            return "act", "转出", None, [f"凭同意 {purpose}"]
        case Lookup():
            return "act", "查登记", None, []
        case Branch():
            return "fork", "分情况", None, []
        case CallFlow(call=name):
            return "act", f"先做流程 {name}", None, []
        case SetSlot(set=values):
            filled = "，".join(f"{label.get(slot, slot.value)} = {value}" for slot, value in values.items())
            return "act", f"填：{filled}", None, []
        case TransferCall(transfer=slot, say=said):
            return "desk", f"接通{label.get(slot, slot.value)}的客服", said, []
        case More(heard=heard, ask=ask, limit=limit):
            return "ask", "还有没有别的事", ask or heard, [f"最多再办{limit}件"]
        case Leave():
            return "act", "回到调用的地方", None, []
        case ToDesk(to_desk=reason, say=said):
            return "desk", "转人工", said or script.file.says["to_desk"], [reason]
        case End(end=outcome, say=said):
            return "end", f"结束：{_OUTCOMES[outcome]}", said, []


def _arms(script: Script, flow: CompiledFlow, node: Node) -> Iterator[Arm]:
    def to(way: str, label: str, first: str | None) -> Arm:
        return Arm(way, label, tuple(_run(script, flow, first, node.next)))

    match node.step:
        case Branch():
            shares = node.step.shares
            for number, (condition, first) in enumerate(node.arms):
                label = in_words(condition, script.file) if condition else "其余情况"
                if shares is not None:
                    label = f"抽到 {shares[number]}/{sum(shares)}"
                yield to(ways.arm(number), label, first)
        case ConsentStep():
            yield to(ways.GIVEN, "同意", node.given)
            yield to(ways.REFUSED, "不同意、没答清、没出声", node.refused)
        case Lookup(found=found, missing=missing):
            for way, label, prompt in ((ways.FOUND, "查到", found), (ways.MISSING, "没查到", missing)):
                yield Arm(way, label, (Box(f"{node.id}.{way}", "say", "说", _said(script, prompt)),))
        case TransferCall():
            yield Arm(ways.CONNECTED, "接通了", ())
            yield to(ways.FAILED, "没接通", node.failed)
        case More():
            yield Arm(ways.ANOTHER, "还有别的事", (Box(f"{node.id}.another", "act", "→ 对应的流程"),))
            yield Arm(ways.NOTHING, "没有了", ())
        case Route():
            for other in script.flows.values():
                if into := came_from(other):
                    yield Arm("", into, (Box(f"to.{other.name}", "act", f"→ {other.name}"),))
        case _:
            return
