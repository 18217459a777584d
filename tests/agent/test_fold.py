"""Whatever comes, in whatever order: the promises that hold in every call."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import data.events as ev
from agent.acts import QueueCallback, Refer, Say
from agent.dialog import Decision, Input, decide
from agent.ladder import MOST_REPEATS
from agent.state import CallState, fold
from data.events import EVENT
from data.understanding import Finding, Flags, Scored, SlotValue, Understanding
from data.vocabulary import (
    LOOKED_UP_BY,
    Act,
    ConsentReply,
    ConsentStatus,
    Emergency,
    Intent,
    Kind,
    Slot,
)
from dialogs.schema import Collect
from dialogs.script import Script
from tests.agent.talk import (
    CALLER,
    DROPPED,
    EARLIER,
    answered,
    complaint,
    heard,
    meaning,
    real_script,
    small_script,
)

VALUES: dict[Slot, list[SlotValue]] = {
    Slot.PLATFORM: ["拼多多", "淘宝"],
    Slot.AMOUNT: [399, 499.5],
    Slot.PHONE: ["13800001234", CALLER, "138"],
    Slot.ORDER_NO: ["230518764"],
    Slot.DEMAND: [("退款",), ("赔偿",)],
    Slot.NAME: ["王芳"],
    Slot.RESPONDENT: ["某店"],
    Slot.DATE: ["2026-11-11"],
    Slot.ANONYMOUS: [True, False],
    Slot.PRODUCT: ["羽绒服"],
    Slot.CASE_NO: ["000042"],
    Slot.ISSUE: ["质量"],
}
TEXTS = ["呃", "对", "不对", "电话不对", "我在网上买到假货了", "算了"]
ACTS = [act for act in Act if act is not Act.GOODBYE]


def _words(random: Random) -> ev.WordsHeard:
    """What somebody might say: anything, whether it makes sense here or not."""
    findings = [
        Finding(
            slot=slot,
            value=random.choice(VALUES[slot]),
            heard="……",
            span=(0, 1),
            confidence=random.choice([0.3, 1.0]),
            method="test",
        )
        for slot in random.choices(list(VALUES), k=random.choice([0, 0, 1, 1, 2]))
    ]
    meant = Understanding(
        text=random.choice(TEXTS),
        intents=tuple(
            Scored(intent=i, score=0.5) for i in random.sample(list(Intent), random.choice([0, 0, 1, 2]))
        ),
        acts=frozenset(random.sample(ACTS, random.choice([0, 1, 1, 2]))),
        findings=tuple(findings),
        consent=random.choice([None, *ConsentReply, ConsentReply.AGREE, ConsentReply.AGREE]),
        request_human=random.random() < 0.03,
        flags=Flags(
            emergency=random.choice([Emergency.FIRE, Emergency.SELF_HARM])
            if random.random() < 0.04
            else None,
            emotion=random.choice([None, None, "angry"]),
            mass_incident=random.random() < 0.2,
        ),
    )
    return ev.WordsHeard(
        turn=random.randint(1, 99),
        text=meant.text,
        confidence=1.0,
        start_ms=0,
        end_ms=1,
        during=random.choice([None, None, *map(str, range(1, 30))]),
        understanding=meant,
    )


#: Drawn once: hypothesis picks from them a hundred times faster than it builds them.
WORDS = st.sampled_from([_words(Random(seed)) for seed in range(1500)])
YES = st.sampled_from(
    [heard(1, meaning("对", Act.AFFIRM, consent=ConsentReply.AGREE)), heard(1, meaning("呃", Act.DONT_KNOW))]
)
#: (what came, whether the seat's speech so far has been heard: to its end, cut, or still sounding).
STEP = st.tuples(
    st.one_of(
        *[WORDS] * 10,
        *[YES] * 4,
        st.builds(ev.KeysPressed, digits=st.sampled_from(["0", "1", "#", "13800001234#", "12*34", "399"])),
        st.just(ev.SilenceHeard()),
        st.just(ev.NoiseHeard(turn=1)),
        st.just(ev.RecordLodged(record="r", kind=Kind.COMPLAINT, case_no="20261124000123")),
        st.just(ev.EffectDelayed(what="refer")),
        st.just(ev.CaseFound(case_no="1", status=None)),
        st.just(ev.CaseMoved(case_no="1", move="urge", done=True)),
        st.just(ev.EarlierTold(call_id="c0", told=EARLIER)),
        st.just(ev.FaultStruck(room="agent")),
        st.just(ev.TransferEnded(answered=False)),
    ),
    st.sampled_from([True, True, True, False, None]),
)
LAST = st.sampled_from([None, ev.TimeUp(), ev.CallerHungUp(), ev.EffectDelayed(what="lodge")])
CALLS = st.tuples(
    st.lists(STEP, max_size=30), LAST, st.sampled_from([None, CALLER]), st.sampled_from(["12315", "12345"])
)


class Call:
    """A call by raw inputs; keeps all that came of it."""

    def __init__(
        self,
        script: Script,
        caller_no: str | None = None,
        line: str = "12315",
        earlier: ev.EarlierCall | None = None,
    ) -> None:
        self.script = script
        self.state = CallState()
        self.events: list[ev.CallEvent] = []
        self.acts: list[object] = []
        self.put(answered(script, caller_no, line, earlier))

    def put(self, event: Input) -> Decision:
        decision = decide(self.script, self.state, event)
        self.state = decision.state
        self.events += decision.events
        self.acts += decision.acts
        return decision

    def hear(self, complete: bool | None) -> None:
        if complete is None:
            return
        for number in [n for n, said in self.state.said.items() if said.heard is None]:
            self.put(ev.PromptStarted(utterance=number))
            self.put(ev.PromptEnded(utterance=number, heard_ms=1, total_ms=1, complete=complete))

    def lodge(self) -> None:
        """What a store and a desk would answer, so that the call gets on."""
        standing = self.state.standing
        if standing is None or standing.phase != "pending" or self.state.handing_over:
            return
        self.put(
            ev.RecordLodged(record="r", kind=self.state.kind or Kind.COMPLAINT, case_no="20261124000123")
        )
        self.put(ev.CaseFound(case_no="1", status="已登记"))
        self.put(ev.CaseMoved(case_no="1", move="urge", done=True))
        self.put(ev.EarlierTold(call_id="c0", told=EARLIER))


def check(call: Call) -> None:
    events = call.events
    assert fold(events) == call.state
    _never_asked_too_often(call)
    _nothing_after_the_end(events)
    _never_referred_without_consent(call)


def _never_asked_too_often(call: Call) -> None:
    limits: Counter[Slot] = Counter()
    for flow in call.script.flows.values():
        for node in flow.nodes.values():
            if isinstance(node.step, Collect):
                limits[node.step.collect] = max(limits[node.step.collect], node.step.limit)
    asked: Counter[Slot] = Counter()
    for event in call.events:
        if isinstance(event, ev.RecordBegun):
            asked.clear()  # another record is asked for in its own right
        if isinstance(event, ev.CaseAskedAgain):
            asked.subtract({slot: asked[slot] for slot in LOOKED_UP_BY})
        if isinstance(event, ev.StepEntered) and event.phase == "value" and event.slot:
            asked[event.slot] += 1
            assert asked[event.slot] <= limits[event.slot] + MOST_REPEATS
            assert event.attempt < limits[event.slot], "on its own account, no more than its limit"


def _nothing_after_the_end(events: list[ev.CallEvent]) -> None:
    closed = [i for i, event in enumerate(events) if isinstance(event, ev.CallClosed)]
    assert len(closed) <= 1
    assert not closed or closed[0] == len(events) - 1
    ending = next((i for i, event in enumerate(events) if isinstance(event, ev.CallEnding)), None)
    if ending is not None:
        after = events[ending + 1 :]
        assert not any(isinstance(e, ev.StepEntered | ev.ConsentAsked | ev.CallEnding) for e in after)
        dangers = sum(isinstance(e, ev.EmergencyRaised) for e in after)
        assert sum(isinstance(e, ev.PromptSaid) for e in after) == dangers, "only a danger is answered"


def _never_referred_without_consent(call: Call) -> None:
    given: dict[str, str] = {}
    heard: set[int] = set()
    binding: dict[str, int] = {}
    for event in call.events:
        match event:
            case ev.PromptEnded(utterance=number, complete=True):
                heard.add(number)
            case ev.ConsentAsked():
                binding[event.consent] = event.utterance
                given.pop(event.consent, None)
            case ev.ConsentGiven():
                assert binding[event.consent] in heard
                given[event.consent] = event.recipient
            case ev.ConsentWithdrawn(record=str()):
                pass  # of an earlier record, and no matter of this one
            case ev.ConsentRefused() | ev.ConsentWithdrawn():
                given.pop(event.consent, None)
            case ev.RecordBegun():
                given.clear()
            case ev.ReferralQueued():
                assert event.recipient in given.values()
            case _:
                pass
    refers = [act for act in call.acts if isinstance(act, Refer)]
    assert len(refers) == sum(isinstance(e, ev.ReferralQueued) for e in call.events)
    records = [call.state.consents, *(earlier.consents for earlier in call.state.earlier)]
    once_given = Counter(
        consent
        for record in records
        for consent, held in record.items()
        if held.status in (ConsentStatus.GIVEN, ConsentStatus.WITHDRAWN)
    )
    for consent, times in Counter(act.consent for act in refers).items():
        assert times <= once_given[consent]


def play(
    script: Script, steps: list[tuple[Input, bool | None]], last: Input | None, no: str | None, line: str
) -> Call:
    call = Call(script, no, line, DROPPED if no is not None and line == "12345" else None)
    for event, to_end in steps:
        call.hear(to_end)
        call.put(event)
        call.lodge()
    if last is not None:
        call.put(last)
        call.put(ev.SilenceHeard())
    return call


SETTINGS = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(CALLS)
def test_any_call_of_the_small_script(
    drawn: tuple[list[tuple[Input, bool | None]], Input | None, str | None, str],
) -> None:
    check(play(small_script(), *drawn))


@SETTINGS
@given(CALLS)
def test_any_call_of_the_real_script(
    drawn: tuple[list[tuple[Input, bool | None]], Input | None, str | None, str],
) -> None:
    check(play(real_script(), *drawn))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(CALLS, st.sampled_from(["silence", "noise", "mumble"]))
def test_a_caller_who_is_not_understood_any_more_is_let_go(
    drawn: tuple[list[tuple[Input, bool | None]], Input | None, str | None, str], how: str
) -> None:
    steps, _, no, line = drawn
    call = play(real_script(), steps, None, no, line)
    for turn in range(100):
        if call.state.ending is not None:
            break
        if call.state.handing_over:
            call.put(ev.TransferEnded(answered=False, reason="no_desk"))
            continue
        call.hear(True)
        call.lodge()
        call.put(
            {
                "silence": ev.SilenceHeard(),
                "noise": ev.NoiseHeard(turn=turn),
                "mumble": ev.WordsHeard(
                    turn=turn,
                    text="呃",
                    confidence=1,
                    start_ms=0,
                    end_ms=1,
                    understanding=Understanding(text="呃"),
                ),
            }[how]  # type: ignore[arg-type]
        )
    assert call.state.ending is not None
    check(call)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(CALLS)
def test_hanging_up_anywhere_leaves_a_call_back(
    drawn: tuple[list[tuple[Input, bool | None]], Input | None, str | None, str],
) -> None:
    steps, _last, no, line = drawn
    call = play(real_script(), steps, None, no, line)
    unfinished = call.state.case_no is None and call.state.shown is None and call.state.ending is None
    told = call.state.turns > 0 and unfinished
    call.put(ev.CallerHungUp())
    assert call.state.closed is not None
    if told:
        assert any(isinstance(act, QueueCallback) for act in call.acts)
    said = sum(isinstance(act, Say) for act in call.acts)
    call.put(ev.SilenceHeard())
    assert sum(isinstance(act, Say) for act in call.acts) == said


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(CALLS)
def test_a_call_read_back_from_its_text_is_the_same(
    drawn: tuple[list[tuple[Input, bool | None]], Input | None, str | None, str],
) -> None:
    call = play(real_script(), *drawn)
    again = [EVENT.validate_json(EVENT.dump_json(event)) for event in call.events]
    assert fold(again) == call.state


@pytest.mark.parametrize("script", [small_script, real_script])
def test_a_step_takes_less_than_a_millisecond(script: Callable[[], Script]) -> None:
    """The 99th percentile, of this thread's own time: another process's work is not the dialog's."""
    took: list[float] = []
    for _ in range(30):
        talk = complaint(script(), CALLER, platform="拼多多", amount=399, demand=("退款",))
        for event in _a_long_call():
            begun = time.thread_time()
            decision = decide(talk.script, talk.state, event)
            took.append(time.thread_time() - begun)
            talk.state = decision.state
    took.sort()
    assert took[int(len(took) * 0.99)] < 0.001


def _a_long_call() -> list[Input]:
    said: list[Input] = [
        heard(2, meaning("呃")),
        heard(3, meaning("对", Act.AFFIRM)),
        heard(4, meaning("王芳", name="王芳", shop="某店", product="羽绒服", date="2026-11-11")),
        heard(5, meaning("不知道", Act.DONT_KNOW)),
        heard(6, meaning("对", Act.AFFIRM)),
        heard(7, meaning("再说一遍", Act.REPEAT)),
        heard(8, meaning("不对，四百九十九", Act.DENY, Act.CORRECT, amount=499)),
    ]
    return [*said, ev.SilenceHeard(), *said, ev.SilenceHeard(), *said]


def test_the_calls_drawn_go_somewhere() -> None:
    """The promises above are worth little if no drawn call ever comes to a consent or a referral."""
    reached: Counter[str] = Counter()
    random = Random(7)
    pool = [_words(Random(seed)) for seed in range(1500)]
    for _ in range(200):
        call = Call(real_script(), random.choice([None, CALLER]))
        call.put(
            heard(1, meaning("我在网上买到假货了", intents=(Intent.COMPLAINT_ONLINE,), platform="拼多多"))
        )
        for _ in range(40):
            call.hear(True)
            call.put(
                random.choice(pool)
                if random.random() < 0.4
                else heard(1, meaning("对", Act.AFFIRM, consent=ConsentReply.AGREE))
            )
            call.lodge()
        check(call)
        reached.update({event.type for event in call.events})
    for kind in ("consent_asked", "consent_given", "referral_queued", "slot_corrected", "emergency_raised"):
        assert reached[kind] >= 5, kind
