"""A call typed by a trainer: undone, hurried to a step, kept as a story. The session is that of every call."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import data.events as ev
from agent.acts import Say
from agent.stories import act
from agent.story_making import story_of
from agent.text_call import TextCall
from data.vocabulary import Slot
from dialogs.problems import did_you_mean
from dialogs.script import CompiledFlow, Script
from dialogs.stories import Line, Meaning
from dialogs.story_writing import story_yaml

#: Answers given on the way to a step before it counts as out of reach.
_MOST_ANSWERS = 60
#: What is said to get into a flow; long enough to pass for a story.
_MATTER = "我有一件这样的事要办"

#: Begins a new call, and ends the one before; `watch` sees its events.
NewCall = Callable[[Callable[[ev.CallEvent], None]], Awaitable[TextCall]]


class OutOfReach(ValueError):
    """The step cannot be come to from here; the message says where the call stands."""


@dataclass(slots=True)
class Turn:
    """One thing typed: what followed, and how long the seat took. lines: what the caller did, in a story's form."""

    lines: list[Line]
    said: list[Say]
    events: list[ev.CallEvent]
    milliseconds: float


@dataclass(slots=True)
class Chat:
    """Every line typed so far can be taken back: the call is begun anew and the others are typed again."""

    script: Script
    new_call: NewCall
    turns: list[Turn] = field(default_factory=list)
    events: list[ev.CallEvent] = field(default_factory=list)
    _call: TextCall | None = None

    @property
    def call(self) -> TextCall:
        assert self._call is not None, "begin first"
        return self._call

    async def begin(self) -> list[Say]:
        """Answer a call; gives the greeting."""
        self.events = []
        self._call = await self.new_call(self.events.append)
        return await self._call.start()

    async def do(self, *lines: Line) -> Turn:
        """The caller does these, one after another; together they are taken back."""
        begun, seen = time.perf_counter(), len(self.events)
        said: list[Say] = []
        done: list[Line] = []
        for line in lines:
            if not self.call.over:
                said += await act(self.call, line)
                done.append(line)
        took = (time.perf_counter() - begun) * 1000
        turn = Turn(done, said, self.events[seen:], took)
        self.turns.append(turn)
        return turn

    async def back(self) -> list[Say]:
        """Take the latest turn back; gives what the seat had said before it."""
        kept = [turn.lines for turn in self.turns[:-1]]
        self.turns = []
        said = await self.begin()
        for lines in kept:
            said = (await self.do(*lines)).said
        return said

    async def go_to(self, step: str) -> Turn:
        """Answer "不知道", or yes, until the call waits at a step (`amount`, or `complaint_online.amount`).

        A consent is nobody's to give but the caller's: the way ends there. Raises OutOfReach; what was answered
        till then stands.
        """
        flow = self._flow_of(step)
        begun, seen = time.perf_counter(), len(self.events)
        turn = Turn([], [], [], 0.0)
        for _ in range(_MOST_ANSWERS):
            if self._stands_at(step):
                break
            answer = self._answer(flow)
            if answer is None:
                break
            turn.said = await act(self.call, answer)
            turn.lines.append(answer)
        turn.events = self.events[seen:]
        turn.milliseconds = (time.perf_counter() - begun) * 1000
        if turn.lines:
            self.turns.append(turn)
        if not self._stands_at(step):
            raise OutOfReach(self._where())
        return turn

    def story(self, name: str) -> str:
        """The talk so far as a story's YAML, with what must come of it."""
        head, lines, expect = story_of(name, self.events)
        typed = iter([line for turn in self.turns for line in turn.lines])
        # What was typed may bring its meaning along.
        talk = [line if line.seat is not None else next(typed, line) for line in lines]
        return story_yaml(head, talk, expect)

    def _flow_of(self, step: str) -> CompiledFlow:
        """The flow that has the step. Raises OutOfReach."""
        name, _, inner = step.rpartition(".")
        if name in self.script.flows and inner in self.script.flows[name].nodes:
            return self.script.flows[name]
        now = self.call.state.flow
        ordered = sorted(self.script.flows.values(), key=lambda flow: flow.name != now)
        found = next((flow for flow in ordered if step in flow.nodes), None)
        if found is None:
            if not step:
                raise OutOfReach("请写走到哪一步，例如：/goto amount")
            names = {name for flow in self.script.flows.values() for name in flow.nodes}
            raise OutOfReach(f"话术里没有步骤“{step}”。{did_you_mean(step, names, else_list=False) or ''}")
        return found

    def _stands_at(self, step: str) -> bool:
        standing = self.call.state.standing
        return standing is not None and step in (standing.step, f"{standing.flow}.{standing.step}")

    def _answer(self, flow: CompiledFlow) -> Line | None:
        standing = self.call.state.standing
        if standing is None or standing.phase in ("pending", "consent"):
            return None
        if standing.phase == "more":
            return Line(caller="没有了")
        if standing.phase == "route" or standing.slot is Slot.NARRATIVE:
            if not flow.intents and not flow.said:
                return None
            text = "，".join((_MATTER, *flow.said[:1]))
            return Line(caller=text, meaning=Meaning(intent=flow.intents[:1]))
        return Line(caller="不知道" if standing.phase == "value" else "对")

    def _where(self) -> str:
        standing = self.call.state.standing
        if standing is None:
            return "通话已经结束了"
        if standing.phase == "consent":
            return "停在征得同意：要您自己答"
        return f"停在 {standing.flow}.{standing.step}，从这里走不到"
