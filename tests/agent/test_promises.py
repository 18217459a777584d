"""The promises of the dialog, kept by an oracle that reads only what went in and what came out.

The caller drawn here mostly answers what he is asked, so that calls come deep into a flow; between, he does
anything: corrects, refuses, cuts in, keys, falls silent, is in danger, hangs up.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import data.events as ev
from agent.acts import Act, Lodge, LookUp, MoveCase, Recall, Refer, Say, Transfer
from agent.dialog import Input, decide
from agent.ladder import MOST_REPEATS
from agent.state import CallState, fold
from data.understanding import SlotValue
from data.vocabulary import LOOKED_UP_BY, ConsentReply, Emergency, Intent, Kind, Slot
from data.vocabulary import Act as Does
from dialogs.schema import Collect, ConsentStep
from dialogs.script import Script
from tests.agent.talk import (
    CALLER,
    DROPPED,
    EARLIER,
    answered,
    heard,
    meaning,
    real_script,
    small_script,
    wide_script,
)
from tests.agent.test_script_12315 import ANSWERS

#: How many calls each property is tried on; more with SMARTSEAT_TEST_CALLS.
CALLS = int(os.environ.get("SMARTSEAT_TEST_CALLS", "400"))
OTHER_VALUES: dict[Slot, SlotValue] = {
    Slot.PLATFORM: "淘宝",
    Slot.AMOUNT: 499,
    Slot.PHONE: "13800009876",
    Slot.NAME: "赵敏",
    Slot.DEMAND: ("退货",),
    Slot.DATE: "2026-10",
    Slot.ISSUE: "质量",
}
BUSINESS = [intent for intent in Intent if intent not in (Intent.EMOTIONAL, Intent.REQUEST_HUMAN)]


@dataclass
class Oracle:
    """What is promised, worked out from inputs and outputs alone."""

    script: Script
    given: dict[str, str] = field(default_factory=dict)
    """Standing consents of the present record: purpose to recipient."""
    binding: dict[str, int] = field(default_factory=dict)
    complete: set[int] = field(default_factory=set)
    lodged: bool = False
    earlier: dict[str, dict[str, str]] = field(default_factory=dict)
    """The same of the records lodged before the present one, by their ids."""
    record: str = ""
    kind: Kind | None = None
    asked: Counter[Slot] = field(default_factory=Counter)
    words: ev.WordsHeard | None = None
    ending: bool = False
    hung_up: bool = False
    closed: bool = False
    keys: Counter[str] = field(default_factory=Counter)
    told: set[str] = field(default_factory=set)
    """The cases the store told of."""

    def take(self, event: Input, events: tuple[ev.CallEvent, ...], acts: tuple[Act, ...]) -> None:
        if self.closed:
            assert not events, "a closed call keeps nothing"
            assert not acts, "and does nothing"
            return
        if isinstance(event, ev.WordsHeard):
            self.words = event
        for one in events:
            self._event(one)
        for act in acts:
            self._act(act)
        if isinstance(event, ev.CallerHungUp):
            self.hung_up = True
            assert self.closed
            assert not any(isinstance(act, Say) for act in acts), "nobody is there to hear it"
        if self.closed:
            assert isinstance(events[-1], ev.CallClosed), "the last event of a call"

    def _event(self, event: ev.CallEvent) -> None:
        match event:
            case ev.PromptEnded(complete=True):
                self.complete.add(event.utterance)
            case ev.RecordBegun():
                assert self.lodged, "what was begun is finished first"
                self.earlier[self.record] = self.given
                self.given, self.lodged, self.kind = {}, False, None
                self.asked.clear()
            case ev.FlowEntered(kind=Kind() as kind):
                assert kind is self.kind or not self.lodged or not event.fresh, "a record of its own"
                self.kind = kind
            case ev.RecordLodged():
                self.lodged, self.record = True, event.record
            case ev.CaseFound(case_no=str() as case_no, status=str()):
                self.told.add(case_no)
            case ev.CaseAskedAgain():
                for slot in LOOKED_UP_BY:
                    self.asked.pop(slot, None)
            case ev.CallEnding():
                self.ending = True
            case ev.StepEntered() | ev.ConsentAsked() | ev.ConsentGiven() if self.ending:
                raise AssertionError(f"{event.type} after the closing words")
            case ev.StepEntered(phase="value", slot=Slot() as slot):
                self._asked(event, slot)
            case ev.ConsentAsked():
                self.binding[event.consent] = event.utterance
                self.given.pop(event.consent, None)
            case ev.ConsentGiven():
                self._given(event)
            case ev.ConsentWithdrawn(record=str() as record):
                assert self.earlier[record].pop(event.consent) == event.recipient
            case ev.ConsentRefused() | ev.ConsentWithdrawn():
                self.given.pop(event.consent, None)
            case ev.ReferralQueued() | ev.TransferAsked():
                to = event.recipient if isinstance(event, ev.ReferralQueued) else event.to
                assert to in self.given.values()
                assert self.lodged, "only what is lodged is passed on"
                assert self.kind is Kind.COMPLAINT, "a report never"
            case ev.PromptSaid():
                assert not self.hung_up
            case ev.CallClosed():
                assert not self.closed
                self.closed = True
            case _:
                pass

    def _asked(self, event: ev.StepEntered, slot: Slot) -> None:
        step = self.script.node(event.flow, event.step).step
        if not isinstance(step, Collect):
            return
        self.asked[slot] += 1
        assert event.attempt < step.limit, f"{slot}: on its own account, no more than its limit"
        most = max(
            node.step.limit
            for flow in self.script.flows.values()
            for node in flow.nodes.values()
            if isinstance(node.step, Collect) and node.step.collect is slot
        )
        assert self.asked[slot] <= most + MOST_REPEATS, f"{slot}: not even at the caller's wish"

    def _given(self, event: ev.ConsentGiven) -> None:
        assert self.kind is Kind.COMPLAINT, "a report is nobody's but ours"
        words = self.words
        assert words is not None
        assert words.understanding.consent is ConsentReply.AGREE
        assert words.turn == event.turn
        assert self.binding[event.consent] in self.complete, "heard to its end"
        assert words.during != str(self.binding[event.consent]), "and before the answer began"
        self.given[event.consent] = event.recipient

    def _act(self, act: Act) -> None:
        key = getattr(act, "key", None)
        if isinstance(act, Lodge):
            assert isinstance(key, str)
            self.keys[key] += 1
            assert self.keys[key] == 1, "a record is lodged once"
        if isinstance(act, MoveCase):
            assert act.case_no in self.told, "only a case that was shown"
        if isinstance(act, Recall):
            words = self.words
            assert words is not None
            assert Does.AFFIRM in words.understanding.acts, "only on a yes"
        if isinstance(act, Refer):
            assert self.given.get(act.consent) == act.recipient
            assert self.kind is Kind.COMPLAINT


class DeepCall:
    """A call that is played move by move; `random` fills in what a move leaves open."""

    def __init__(
        self, script: Script, caller_no: str | None, random: Random, earlier: ev.EarlierCall | None = None
    ) -> None:
        self.script = script
        self.random = random
        self.state = CallState()
        self.events: list[ev.CallEvent] = []
        self.oracle = Oracle(script)
        self.late: list[Input] = []
        self.hearing = True
        self._turn = 0
        self.put(answered(script, caller_no, earlier=earlier))

    def put(self, event: Input) -> None:
        decision = decide(self.script, self.state, event)
        self.oracle.take(event, decision.events, decision.acts)
        self.state = decision.state
        self.events += decision.events
        for act in decision.acts:
            self._carry_out(act)

    def _carry_out(self, act: Act) -> None:
        """What the store and the desk answer; sometimes late, sometimes not at all."""
        well = self.random.random() < 0.9
        kind = self.state.kind or Kind.COMPLAINT
        match act:
            case Lodge() if well:
                number = self.state.number
                self._comes(
                    ev.RecordLodged(record=f"r{number}", kind=kind, case_no=f"{20261124000122 + number}")
                )
            case Lodge():
                self._comes(ev.EffectDelayed(what="lodge"))
            case LookUp():
                self._comes(ev.CaseFound(case_no=act.case_no, status="已登记" if well else None))
            case MoveCase():
                self._comes(ev.CaseMoved(case_no=act.case_no, move=act.move, done=well))
            case Recall():
                self._comes(ev.EarlierTold(call_id=act.call_id, told=EARLIER if well else None))
            case Transfer() if well:
                self._comes(ev.TransferEnded(answered=self.random.random() < 0.5))
            case _:
                pass

    def _comes(self, result: Input) -> None:
        """Mostly at once; else the caller may do something before."""
        if self.random.random() < 0.7:
            self.put(result)
        else:
            self.late.append(result)

    def catch_up(self) -> None:
        late, self.late = self.late, []
        for result in late:
            self.put(result)

    def hear(self, *, whole: bool = True) -> None:
        """All that waits is heard; not whole: the last of it is cut."""
        waiting = [number for number, said in self.state.said.items() if said.heard is None]
        for number in waiting:
            complete = whole or number != waiting[-1]
            self.put(ev.PromptStarted(utterance=number))
            self.put(ev.PromptEnded(utterance=number, heard_ms=int(complete), total_ms=1, complete=complete))

    def says(self, text: str, *acts: Does, during: int | None = None, **meant: object) -> None:
        self._turn += 1
        self.put(heard(self._turn, meaning(text, *acts, **meant), during))  # type: ignore[arg-type]

    def sounding(self) -> int | None:
        return next((number for number, said in self.state.said.items() if said.heard is None), None)


# --- what a caller may do ---------------------------------------------------------------------------

Move = Callable[[DeepCall], None]


def answer(call: DeepCall) -> None:
    """What is asked: a value, a yes, a matter, an agreement."""
    standing = call.state.standing
    if standing is None or standing.phase == "pending":
        call.put(ev.SilenceHeard())
    elif standing.phase == "consent":
        call.says("同意", Does.AFFIRM, consent=ConsentReply.AGREE)
        if call.random.random() < 0.25:
            # And takes it back, sometimes while the record is being lodged.
            call.says("等等，别转了", Does.WITHDRAW)
    elif standing.phase == "more" and call.random.random() < 0.7:
        another(call)
    elif standing.phase == "route" or standing.slot is Slot.NARRATIVE:
        call.says("我把事情从头说一遍给你听", intents=(call.random.choice(BUSINESS),), platform="拼多多")
    elif standing.phase == "value" and standing.slot in ANSWERS:
        call.says("……", Does.INFORM, **{standing.slot.value: ANSWERS[standing.slot]})
    else:
        call.says("对", Does.AFFIRM)


def online(call: DeepCall) -> None:
    both = (Intent.COMPLAINT_ONLINE, Intent.REPORT_OTHER) if call.random.random() < 0.5 else ()
    call.says(
        "我在网上买的东西是假的",
        intents=(Intent.COMPLAINT_ONLINE,),
        outright=both,
        platform="拼多多",
        amount=399,
    )


def another(call: DeepCall) -> None:
    intent = call.random.choice(BUSINESS)
    call.says("还有一件事要说一说", intents=(intent,), outright=(intent,), platform="京东")


def correct(call: DeepCall) -> None:
    slot = call.random.choice(list(OTHER_VALUES))
    call.says("不对", Does.DENY, Does.CORRECT, **{slot.value: OTHER_VALUES[slot]})


def unsure(call: DeepCall) -> None:
    standing = call.state.standing
    if standing is not None and standing.slot in ANSWERS:
        call.says("……", Does.INFORM, confidence=0.3, **{standing.slot.value: ANSWERS[standing.slot]})


def consent_reply(call: DeepCall) -> None:
    call.says("……", consent=call.random.choice(list(ConsentReply)))


def over_the_binding(call: DeepCall) -> None:
    call.says("同意", Does.AFFIRM, during=call.sounding(), consent=ConsentReply.AGREE)


def aside(call: DeepCall) -> None:
    call.says("……", call.random.choice([Does.REPEAT, Does.SLOWER, Does.WAIT, Does.ASK_QUESTION]))


def nag(call: DeepCall) -> None:
    for _ in range(12):
        call.says("再说一遍", Does.REPEAT)


def keys(call: DeepCall) -> None:
    call.put(ev.KeysPressed(digits=call.random.choice(["13800001234", "42", "#", "12*3", "138"])))


def unheard(call: DeepCall) -> None:
    call.hearing = False


def cut(call: DeepCall) -> None:
    call.hear(whole=False)


MOVES: dict[str, Move] = {
    "answer": answer,
    "online": online,
    "another": another,
    "withdraw_passing_on": lambda call: call.says("那件别转了", Does.WITHDRAW),
    "correct": correct,
    "unsure": unsure,
    "consent": consent_reply,
    "over": over_the_binding,
    "aside": aside,
    "nag": nag,
    "keys": keys,
    "unheard": unheard,
    "cut": cut,
    "no": lambda call: call.says("不对", Does.DENY),
    "unknown": lambda call: call.says("不知道", Does.DONT_KNOW),
    "decline": lambda call: call.says("不想说", Does.DECLINE),
    "mumble": lambda call: call.says("呃"),
    "silence": lambda call: call.put(ev.SilenceHeard()),
    "noise": lambda call: call.put(ev.NoiseHeard(turn=1)),
    "withdraw": lambda call: call.says("算了", Does.WITHDRAW, consent=ConsentReply.WITHDRAW),
    "goodbye": lambda call: call.says("再见", Does.GOODBYE),
    "no_recording": lambda call: call.says("不要录音", Does.REFUSE_RECORDING),
    "angry": lambda call: call.says("气死我了", emotion="angry"),
    "human": lambda call: call.says("转人工", human=True),
    "danger": lambda call: call.says("着火了", emergency=Emergency.FIRE),
    "fault": lambda call: call.put(ev.FaultStruck(room="agent")),
    "stray_desk": lambda call: call.put(ev.TransferEnded(answered=False)),
    "stray_case": lambda call: call.put(ev.CaseFound(case_no=None, status="已登记")),
    "stray_move": lambda call: call.put(ev.CaseMoved(case_no="1", move="urge", done=True)),
    "stray_earlier": lambda call: call.put(ev.EarlierTold(call_id="c0", told=EARLIER)),
}
#: Ends that come from outside.
ENDS: dict[str, Input] = {"hang_up": ev.CallerHungUp(), "time_up": ev.TimeUp()}
#: Mostly answers; the rarer a move ends a call, the more of the flow is seen.
_OFTEN = ["answer"] * 30 + ["online"] * 2 + ["correct", "consent", "over", "unsure", "no", "unknown"] * 2
PLANS = st.tuples(
    st.lists(st.sampled_from([*_OFTEN, *MOVES]), max_size=45),
    st.sampled_from([None, None, *ENDS]),
    st.sampled_from([None, CALLER]),
    st.randoms(use_true_random=False),
)
Plan = tuple[list[str], str | None, str | None, Random]


def play(script: Script, plan: Plan) -> DeepCall:
    moves, end, caller_no, random = plan
    # Who withholds his number is known by nothing.
    dropped = DROPPED if caller_no is not None and len(moves) % 3 == 1 else None
    call = DeepCall(script, caller_no, random, dropped)
    for name in moves:
        if call.hearing and name != "over":
            call.hear()
        call.hearing = True
        MOVES[name](call)
        if name != "withdraw":
            call.catch_up()
    if end is not None:
        call.put(ENDS[end])
    return call


SETTINGS = settings(
    max_examples=CALLS, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
scripts = pytest.mark.parametrize("script", [small_script, wide_script, real_script])


@scripts
@SETTINGS
@given(plan=PLANS)
def test_every_promise_in_any_call(script: Callable[[], Script], plan: Plan) -> None:
    call = play(script(), plan)
    assert fold(call.events) == call.state, "what is stored is what is"
    middle = len(call.events) // 2
    assert fold(call.events[middle:], fold(call.events[:middle])) == call.state


@scripts
@settings(SETTINGS, max_examples=max(CALLS // 4, 1))
@given(plan=PLANS, how=st.sampled_from(sorted(ENDS)))
def test_any_call_ends_when_the_line_or_the_clock_says_so(
    script: Callable[[], Script], plan: Plan, how: str
) -> None:
    call = play(script(), plan)
    call.put(ENDS[how])
    assert call.state.ending is not None or call.state.closed is not None
    call.hear()
    call.put(ev.CallerHungUp())
    assert call.state.closed is not None
    before = len(call.events)
    for move in MOVES.values():
        move(call)
    assert len(call.events) == before, "nothing stirs after the end"


@scripts
@settings(SETTINGS, max_examples=max(CALLS // 4, 1))
@given(plan=PLANS)
def test_whoever_goes_on_answering_comes_to_an_end(script: Callable[[], Script], plan: Plan) -> None:
    call = play(script(), plan)
    for _ in range(120):
        if call.state.ending is not None or call.state.closed is not None:
            return
        if call.state.handing_over:
            call.put(ev.TransferEnded(answered=True))
        call.hear()
        answer(call)
        call.catch_up()
    raise AssertionError(f"stuck at {call.state.standing}")


def test_the_calls_drawn_see_the_script() -> None:
    """An oracle that sees no referral, no correction, no second asking promises little."""
    random = Random(20261124)
    seen: Counter[str] = Counter()
    walked: set[str] = set()
    script = real_script()
    for _ in range(300):
        moves = ["online" if random.random() < 0.5 else "answer"]
        moves += random.choices([*_OFTEN, *MOVES], k=40)
        call = play(script, (moves, None, random.choice([None, CALLER]), random))
        seen.update(event.type for event in call.events)
        walked |= {e.consent or e.step for e in call.events if isinstance(e, ev.StepEntered)}
    for kind in ("consent_given", "referral_queued", "slot_corrected", "call_ending"):
        assert seen[kind] >= 20, (kind, seen[kind])
    for kind in ("consent_refused", "consent_withdrawn", "emergency_raised", "effect_delayed", "case_found"):
        assert seen[kind] >= 3, (kind, seen[kind])
    consents = {
        node.step.consent
        for flow in script.flows.values()
        for node in flow.nodes.values()
        if isinstance(node.step, ConsentStep)
    }
    assert consents <= walked


def test_the_calls_drawn_see_further_records() -> None:
    random = Random(20261125)
    seen: Counter[str] = Counter()
    kinds: set[tuple[Kind | None, Kind | None]] = set()
    for _ in range(500):
        moves = ["online" if random.random() < 0.5 else "answer"]
        moves += random.choices([*_OFTEN, *MOVES], k=40)
        call = play(wide_script(), (moves, None, random.choice([None, CALLER]), random))
        seen.update(event.type for event in call.events)
        seen.update("of_earlier" for e in call.events if isinstance(e, ev.ConsentWithdrawn) and e.record)
        records = [*(lodged.kind for lodged in call.state.earlier), call.state.kind]
        kinds |= set(pairwise(records))
    for kind in ("record_begun", "transfer_asked", "consent_given", "referral_queued"):
        assert seen[kind] >= 20, (kind, seen[kind])
    assert seen["of_earlier"] >= 1
    assert (Kind.COMPLAINT, Kind.REPORT) in kinds
    assert len(kinds) >= 3
