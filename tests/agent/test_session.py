"""A whole call by keyboard, over a keeper in memory: decided, kept, carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

import pytest

import data.events as ev
from agent.acts import Act, Listen, Say, Transfer
from agent.hands import NotKept
from agent.memory_keeper import MemoryKeeper
from agent.session import CallSession
from agent.state import fold
from agent.text_call import TextCall
from data.understanding import Asked, Understanding
from data.vocabulary import Act as Does
from data.vocabulary import ConsentReply, Emergency, Intent, Outcome, Slot
from tests.agent.talk import CALLER, FULL, STARTED, answered, heard, meaning, small_script

STORY = meaning(
    "拼多多买到假货",
    Does.INFORM,
    intents=(Intent.COMPLAINT_ONLINE,),
    **{k: v for k, v in FULL.items() if k != "phone"},
)
MEANINGS = {
    "拼多多买到假货": STORY,
    "对": meaning("对", Does.AFFIRM),
    "可以": meaning("可以", Does.AFFIRM, consent=ConsentReply.AGREE),
    "转人工": meaning("转人工", human=True),
    "着火了": meaning("着火了", emergency=Emergency.FIRE),
}


def understand(
    text: str, asked: Asked, today: date, readings: Sequence[ev.Reading], confidence: float
) -> Understanding:
    return MEANINGS.get(text, meaning(text))


def chat(keeper: MemoryKeeper) -> TextCall:
    return TextCall(small_script(), keeper, understand, call_id="c1", caller_no=CALLER, started_at=STARTED)


async def test_a_whole_complaint() -> None:
    keeper = MemoryKeeper()
    call = chat(keeper)
    assert [say.prompt for say in await call.start()] == ["greeting", "narrative.ask"]
    assert [say.prompt for say in await call.say("拼多多买到假货")] == ["phone.offer"]
    await call.say("对")
    await call.say("对")
    said = await call.say("可以")
    assert "".join(say.text for say in said) == "将转给拼多多。编号后六位。000042。再见。"
    assert call.over
    assert call.state.closed is Outcome.LODGED
    assert keeper.lodged == ["c1:lodge:投诉"]
    assert [act.recipient for act in keeper.referred] == ["拼多多"]
    assert {"c1:lodge:投诉", "c1:refer:refer_to_platform:投诉"} <= set(keeper.finished)
    assert fold(keeper.events) == call.state


async def test_a_call_back_knows_the_number() -> None:
    keeper = MemoryKeeper()
    call = chat(keeper)
    await call.start()
    await call.say("拼多多买到假货")
    await call.hang_up()
    [(act, phone)] = keeper.callbacks
    assert (act.reason, phone) == ("hung_up", CALLER)


async def test_danger_without_a_desk() -> None:
    keeper = MemoryKeeper()
    call = chat(keeper)
    await call.start()
    said = await call.say("着火了")
    assert [say.prompt for say in said] == ["safety.any", "desk.transfer", "desk.none.emergency"]
    assert [alert.cause for alert in keeper.alerts] == [Emergency.FIRE]
    assert [act.priority for act, _ in keeper.callbacks] == [1]
    assert call.over


async def test_lodging_put_off() -> None:
    keeper = MemoryKeeper(lodging=False)
    call = chat(keeper)
    await call.start()
    for text in ("拼多多买到假货", "对", "对"):
        await call.say(text)
    assert [say.prompt for say in await call.say("可以")] == ["lodge_later"]
    assert call.state.closed is Outcome.INCOMPLETE
    # The referral is planned with the record: whoever lodges it later refers it, under the same consent.
    assert [act.consent for act in keeper.referred] == ["refer_to_platform"]


async def test_silence_and_keys() -> None:
    keeper = MemoryKeeper()
    call = chat(keeper)
    await call.start()
    assert [say.prompt for say in await call.silence()] == ["noinput.1", "narrative.ask"]
    assert "desk.transfer" in [say.prompt for say in await call.keys("0")]


class Mute:
    """Hands that remember; `fails`: what they cannot do just now."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.fails: set[str] = set()
        self.heard_anew: list[Listen] = []
        self.foreseen: list[str] = []

    def _do(self, what: str) -> None:
        if what in self.fails:
            self.fails.discard(what)
            raise RuntimeError("broken on purpose")
        self.did.append(what)

    async def say(self, say: Say) -> None:
        self._do(say.prompt)

    async def supersede(self) -> None:
        self._do("supersede")

    async def foresee(self, texts: Sequence[str]) -> None:
        self.foreseen += texts

    async def hush(self) -> None:
        self._do("hush")

    async def listen(self, listen: Listen) -> None:
        self._do("listen")
        self.heard_anew.append(listen)

    async def transfer(self, reason: str, to: str | None) -> ev.TransferEnded:
        self._do("transfer")
        return ev.TransferEnded(answered=False, reason="no_desk")

    async def stop_recording(self) -> None:
        self._do("stop_recording")

    async def hang_up(self) -> None:
        self._do("hang_up")


def session(keeper: MemoryKeeper, hands: Mute) -> CallSession:
    return CallSession(small_script(), keeper, hands, clock=lambda: 7)


async def run(call: CallSession, *events: ev.Event) -> None:
    for event in events:
        call.put(event)  # type: ignore[arg-type]
    call.finish()
    await asyncio.wait_for(call.run(), 5)


async def test_events_are_kept_before_anything_is_said() -> None:
    keeper, hands = MemoryKeeper(), Mute()
    order: list[str] = []

    class Watchful(MemoryKeeper):
        async def append(self, events: Sequence[ev.CallEvent], acts: Sequence[Act]) -> None:
            order.append(f"kept {len(hands.did)}")
            await super().append(events, acts)

    keeper = Watchful()
    await run(session(keeper, hands), answered(small_script()))
    assert order == ["kept 0"]
    assert hands.did[0] == "greeting"
    assert {event.at for event in keeper.events} == {7}


async def test_effects_are_planned_and_marked_done() -> None:
    keeper, hands = MemoryKeeper(), Mute()
    await run(session(keeper, hands), answered(small_script()), heard(1, MEANINGS["转人工"]))
    planned = [act for act in keeper.planned if isinstance(act, Transfer)]
    assert [act.key for act in planned] == ["c1:transfer:1"]
    assert "c1:transfer:1" in keeper.finished


async def test_a_fault_becomes_a_sentence() -> None:
    keeper, hands = MemoryKeeper(), Mute()
    hands.fails = {"phone.offer"}
    call = session(keeper, hands)
    await run(call, answered(small_script(), CALLER), heard(1, STORY))
    assert hands.did[-3:] == ["fault", "phone.offer", "listen"]
    assert call.state.value(Slot.AMOUNT) == 399


async def test_nothing_is_promised_that_is_not_kept() -> None:
    keeper, hands = MemoryKeeper(), Mute()
    call = session(keeper, hands)
    await run(call, answered(small_script()))
    keeper.broken = True
    await run(call, heard(1, STORY))
    assert hands.did[-3:] == ["hush", "cannot_keep", "hang_up"]
    assert call.state.value(Slot.AMOUNT) is None
    with pytest.raises(NotKept):
        await call.handle(ev.SilenceHeard())


async def test_a_turn_that_changed_nothing_is_listened_after() -> None:
    keeper, hands = MemoryKeeper(), Mute()
    call = session(keeper, hands)
    early = [ev.PromptEnded(utterance=n, heard_ms=1, total_ms=1, complete=True) for n in range(1, 20)]
    told = STORY.model_copy(update={"findings": (*STORY.findings, *meaning("", phone=CALLER).findings)})
    await run(call, answered(small_script()), heard(1, told), heard(2, MEANINGS["对"]), *early)
    agreed = heard(3, MEANINGS["对"])
    await run(call, agreed)
    assert call.state.standing is not None
    assert call.state.standing.phase == "consent"
    before = len(hands.did)
    # A yes over the binding part: no answer, no word, and still the same question.
    await run(call, heard(4, MEANINGS["可以"]))
    assert hands.did[before:] == ["listen"]
    assert hands.heard_anew[-1].asked.consent == "refer_to_platform"


async def test_an_answer_drops_the_questions_that_wait() -> None:
    keeper, hands = MemoryKeeper(), Mute()
    await run(session(keeper, hands), answered(small_script(), CALLER), heard(1, STORY))
    assert hands.did.index("supersede") < hands.did.index("phone.offer")


async def test_what_will_be_read_back_is_told_ahead() -> None:
    keeper, hands = MemoryKeeper(), Mute()
    await run(session(keeper, hands), answered(small_script(), CALLER), heard(1, STORY))
    assert "399元。" in hands.foreseen
    assert "read_back.online" not in hands.did
