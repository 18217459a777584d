"""Audio → words: the caller's channel of a recording heard again, by the same ear, faster than real time.

The clock is the count of samples. The seat's side is the recording's: its prompts sound when they sounded,
its questions stand when they stood, so that turn-taking and recogniser are tried under the conditions of the
call, whatever a changed dialog would ask. Nothing of Pipecat, no line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate

import data.events as ev
from agent.acts import Clause, Listen, Say
from agent.deciding import asked_of
from agent.ear import Ear, Found
from agent.kit import Understand
from agent.session import FROM_CALLER
from agent.speech import Speech
from agent.state import CallState, fold
from agent.turns import Limits, TurnTaker
from data.understanding import Asked
from data.vocabulary import Listen as Listening
from dialogs.schema import Collect
from dialogs.script import Script
from models.protocols import LINE_RATE, Pcm, Recogniser, Vad
from qa.replay.exchanges import Exchange
from telephony.energy import active_spans

#: Fed to the ear at a time: a packet of the line. Milliseconds.
_PACKET_MS = 20
#: What the seat did upon the caller's turn, or silence, is done so much later here: this ear's frames begin
#: elsewhere, and it may find the same a frame or two after. Milliseconds.
_GRACE_MS = 100


@dataclass(frozen=True, slots=True)
class Listener:
    """What hears: the parts of a seat that stand between the line and the dialog. Shared by all calls."""

    recogniser: Recogniser
    new_vad: Callable[[], Vad]
    understand: Understand
    expand: Callable[[Sequence[str]], tuple[str, ...]]
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class _Moment:
    """The seat does something at `at` ms of the recording."""

    at: int
    said: ev.PromptSaid | None = None
    started: int | None = None
    ended: ev.PromptEnded | None = None
    listen: Listen | None = None


async def hear_again(
    sound: Pcm, recorded: Sequence[Exchange], script: Script, listener: Listener
) -> list[Found]:
    """What the ear finds in `sound` (the caller's channel, int16, 8 kHz) while the seat does what it did.

    Each finding is stamped with the audio's time in ms; turns are numbered by the ear.
    """
    answered = recorded[0].input
    assert isinstance(answered, ev.CallAnswered)
    moments = _moments(recorded, script)
    return await _hear(sound, moments, script, listener, answered.started_at.date())


async def hear_alone(
    sound: Pcm, seat: Pcm | None, script: Script, listener: Listener, today: date
) -> list[ev.WordsHeard]:
    """The same for a recording without events. seat: the other channel; where it sounds, somebody speaks."""
    moments = [_Moment(0, listen=Listen(asked=Asked(listen=Listening.STORY)))]
    for number, (start_s, end_s) in enumerate(active_spans(seat, LINE_RATE) if seat is not None else []):
        start, end = round(start_s * 1000), round(end_s * 1000)
        moments.append(_Moment(start, said=_spoken(number + 1)))
        moments.append(_Moment(start, started=number + 1))
        ended = ev.PromptEnded(
            utterance=number + 1, heard_ms=end - start, total_ms=end - start, complete=True
        )
        moments.append(_Moment(end, ended=ended))
    found = await _hear(sound, sorted(moments, key=lambda moment: moment.at), script, listener, today)
    # Nobody knows which of the pauses were for the caller to fill.
    return [each for each in found if isinstance(each, ev.WordsHeard)]


async def _hear(
    sound: Pcm, moments: Sequence[_Moment], script: Script, listener: Listener, today: date
) -> list[Found]:
    turns = TurnTaker(script.file.profiles, listener.limits)
    speech = Speech(lambda: turns.now_ms, lambda event: None, turns.seat)
    found: list[Found] = []
    seat = _SeatThen(moments, speech)

    async def put(event: Found) -> None:
        found.append(event.model_copy(update={"at": turns.now_ms}))
        ended = event.end_ms if isinstance(event, ev.WordsHeard) else turns.now_ms - 2 * _GRACE_MS
        if seat.listen is not None and seat.listens_since > ended:
            # The dialog of the recording was faster than this ear: its next question stands already.
            ear.attend(seat.listen)

    def cut() -> None:
        speech.cut()

    ear = Ear(
        vad=listener.new_vad(),
        recogniser=listener.recogniser,
        understand=listener.understand,
        turns=turns,
        speech=speech,
        cut=cut,
        today=today,
        expand=listener.expand,
        put=put,
    )
    packet = LINE_RATE * _PACKET_MS // 1000
    for start in range(0, len(sound), packet):
        seat.until(start * 1000 // LINE_RATE, ear)
        await ear.hear(sound[start : start + packet])
        await ear.caught_up()
    await ear.conclude()
    ear.close()
    return found


class _SeatThen:
    """The seat of the recording, played beside the audio."""

    def __init__(self, moments: Sequence[_Moment], speech: Speech) -> None:
        self._moments = list(moments)
        self._speech = speech
        self.listen: Listen | None = None
        self.listens_since = 0

    def until(self, now_ms: int, ear: Ear) -> None:
        """Do what the seat had done by `now_ms`."""
        while self._moments and self._moments[0].at <= now_ms:
            moment = self._moments.pop(0)
            if moment.said is not None:
                self._speech.plan(_say(moment.said))
            if moment.started is not None:
                self._speech.begins(moment.started)
                self._speech.wrote(_PACKET_MS)
            if moment.ended is not None:
                whole = moment.ended.complete
                if self._speech.sent(moment.ended.utterance, whole=whole):
                    self._speech.heard(moment.ended.utterance, played=whole)
            if moment.listen is not None:
                self.listen, self.listens_since = moment.listen, moment.at
                ear.attend(moment.listen)


def _moments(recorded: Sequence[Exchange], script: Script) -> list[_Moment]:
    moments: list[_Moment] = []
    state = CallState()
    for exchange in recorded:
        event = exchange.input
        reacts_at = event.at + (_GRACE_MS if isinstance(event, FROM_CALLER) else 0)
        if isinstance(event, ev.PromptStarted):
            moments.append(_Moment(event.at, started=event.utterance))
        elif isinstance(event, ev.PromptEnded):
            moments.append(_Moment(event.at, ended=event))
        state = fold((event,), state)
        listen: Listen | None = None
        for followed in exchange.followed:
            state = fold((followed,), state)
            if isinstance(followed, ev.PromptSaid):
                moments.append(_Moment(reacts_at, said=followed))
            elif isinstance(followed, ev.StepEntered) and followed.phase != "pending":
                listen = Listen(asked=asked_of(state), expect=_expected(script, followed))
        waits = state.standing is not None and state.standing.phase != "pending"
        if listen is None and isinstance(event, FROM_CALLER) and waits:
            listen = Listen(asked=asked_of(state))
        if listen is not None:
            moments.append(_Moment(reacts_at, listen=listen))
    # In their order, whatever the grace: a prompt is said before it sounds.
    latest = accumulate((moment.at for moment in moments), max)
    return [replace(moment, at=at) for moment, at in zip(moments, latest, strict=True)]


def _expected(script: Script, entered: ev.StepEntered) -> tuple[str, ...]:
    """The words the step expects, where this script still has it."""
    flow = script.flows.get(entered.flow)
    node = flow.nodes.get(entered.step) if flow is not None else None
    if node is None or not isinstance(node.step, Collect) or entered.phase != "value":
        return ()
    return () if entered.listen is Listening.YES_NO else tuple(node.step.expect)


def _say(said: ev.PromptSaid) -> Say:
    return Say(
        utterance=said.utterance,
        prompt=said.prompt,
        clauses=(Clause(text=said.text, fixed=False),),
        bargein=said.bargein,
        must_finish=said.must_finish,
    )


def _spoken(utterance: int) -> ev.PromptSaid:
    """Somebody speaks on the other channel; what, nobody knows."""
    return ev.PromptSaid(
        utterance=utterance,
        prompt="",
        version="",
        text="",
        bargein=True,
        must_finish=False,
        purpose="inform",
    )
