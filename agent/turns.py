"""Whose turn it is. Pure: its clock is the number of audio frames it was given.

Facts go in (a voice verdict a frame, words as they settle, the seat starting and stopping to speak);
decisions come out (open an utterance, decode now, hold or cut the seat's speech, the turn is over).
The live call drives it through Pipecat; a replay drives it directly, faster than real time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from data.vocabulary import Listen
from dialogs.schema import Profile


class Do(Enum):
    """What the edge is to do."""

    OPEN = auto()
    """An utterance began: hear it from a little before now."""
    DECODE = auto()
    """The caller paused: settle the words so far."""
    HOLD = auto()
    """Pause the seat's sound; it may go on."""
    RELEASE = auto()
    """It was a backchannel, a cough, an echo: go on from where it paused."""
    CUT = auto()
    """A real turn: drop what the seat still had to say."""
    END = auto()
    """The turn is over: its words are final."""
    DROP = auto()
    """What was heard held no words: forget it."""
    NOISE = auto()
    """No words for long: tell the dialog, which asks again."""
    NOINPUT = auto()
    """Nothing was heard within the step's patience."""


class Seat(Enum):
    """What the seat is doing with its voice."""

    SILENT = auto()
    SPEAKING = auto()
    """May be interrupted."""
    INSISTING = auto()
    """May not: a must-finish prompt, or one without barge-in."""
    HELD = auto()


@dataclass(frozen=True, slots=True)
class Heard:
    """Words settled so far for the open utterance.

    complete: they answer the question. backchannel: only "嗯", "哦", "好" …, empty: no words at all.
    whole: they cover everything voiced so far (a partial does not).
    """

    complete: bool
    backchannel: bool
    empty: bool
    whole: bool = True
    figures: bool = False
    """They end inside a long number, whatever was asked."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Milliseconds. The defaults were chosen on simulated callers, not on people."""

    frame_ms: int = 32
    onset_frames: int = 3
    """So many voiced frames among the last `onset_window` open an utterance."""
    onset_window: int = 5
    voiced: float = 0.5
    unvoiced: float = 0.35
    decode_after_ms: int = 190
    """Silence after which the words so far are settled."""
    hold_real_ms: int = 1100
    """Voice of this length over the seat's speech is a turn, whatever the words."""
    hold_give_up_ms: int = 1500
    """A held prompt goes on when no words came of the interruption for so long."""
    words_late_ms: int = 1200
    """A turn whose words do not settle ends so long after `incomplete_ms` all the same."""
    empty_ms: int = 8000
    """Voice without a word for so long is noise."""
    longest_ms: int = 60_000
    """A caller who never stops is answered after so long."""


class TurnTaker:
    """One call's turn-taking. Not thread-safe; one fact at a time, in audio order."""

    def __init__(self, profiles: Mapping[Listen, Profile], limits: Limits | None = None) -> None:
        self._profiles = profiles
        self._limits = limits or Limits()
        self._profile = Listen.STORY
        self._hold_ms: int | None = None
        self._now = 0
        self._seat = Seat.SILENT
        self._quiet_since = 0
        """When the wait for an answer began: the seat fell silent or the last turn was dropped."""
        self._recent: list[bool] = []
        self._open_at: int | None = None
        self._last_voice = 0
        self._voiced_ms = 0
        self._speaking = False
        """The caller is voiced right now (hysteresis applied)."""
        self._decoding = False
        self._heard: Heard | None = None
        self._over_seat = False
        """The open utterance began while the seat spoke."""
        self._waiting = False
        """The dialog waits for an answer; without a question there is no noinput."""
        self._deaf = False
        """After a forced end, ongoing voice is not a new turn until it pauses, or the seat has waited in vain."""

    @property
    def now_ms(self) -> int:
        """Audio time: milliseconds of caller audio so far."""
        return self._now

    @property
    def listening(self) -> bool:
        """An utterance is open."""
        return self._open_at is not None

    @property
    def voiced(self) -> bool:
        """The caller makes a sound right now."""
        return self._speaking

    @property
    def last_voice_ms(self) -> int:
        return self._last_voice

    def expect(self, profile: Listen, hold_ms: int | None = None) -> None:
        """A new question: how patient to be from now on. hold_ms: silence that is one, if not the profile's."""
        self._profile = profile
        self._hold_ms = hold_ms
        self._waiting = True
        self._quiet_since = self._now

    def rest(self) -> None:
        """No question stands (the seat is working, or the call ends): no noinput."""
        self._waiting = False

    def seat(self, seat: Seat) -> None:
        """The seat started, held or stopped its speech."""
        if seat is Seat.SILENT and self._seat is not Seat.SILENT:
            self._quiet_since = self._now
        self._seat = seat

    # --- facts --------------------------------------------------------------------------------------

    def frame(self, probability: float) -> list[Do]:
        """One VAD verdict; moves the clock by one frame."""
        limits = self._limits
        self._now += limits.frame_ms
        self._speaking = probability >= (limits.unvoiced if self._speaking else limits.voiced)
        self._recent = [*self._recent[-(limits.onset_window - 1) :], self._speaking]
        if self._open_at is None:
            return self._closed_frame()
        return self._open_frame()

    def words(self, heard: Heard) -> list[Do]:
        """Words settled (or a partial came) for the open utterance."""
        if self._open_at is None:
            return []
        if heard.whole:
            self._heard = heard
            self._decoding = False
            return self._judge()
        if self._heard is None or not self._heard.whole:
            self._heard = heard
        real = not heard.empty and not heard.backchannel
        return self._cut() if real and self._interrupting() else []

    # --- inside -------------------------------------------------------------------------------------

    def _closed_frame(self) -> list[Do]:
        limits = self._limits
        waited = self._now - self._quiet_since
        patience = self._hold_ms or self._patience.noinput_ms
        in_vain = self._waiting and self._seat is Seat.SILENT and waited >= patience
        if self._deaf:
            paused = len(self._recent) == limits.onset_window and not any(self._recent)
            if in_vain or paused:
                self._deaf = False
                self._recent = []
                self._quiet_since = self._now
            return []
        if sum(self._recent) >= limits.onset_frames:
            self._open_at = self._now
            self._last_voice = self._now
            self._voiced_ms = sum(self._recent) * limits.frame_ms
            self._heard = None
            self._decoding = False
            self._over_seat = self._seat is not Seat.SILENT
            if self._seat is Seat.SPEAKING:
                self._seat = Seat.HELD
                return [Do.OPEN, Do.HOLD]
            return [Do.OPEN]
        if in_vain:
            self._quiet_since = self._now
            return [Do.NOINPUT]
        return []

    def _open_frame(self) -> list[Do]:
        limits = self._limits
        assert self._open_at is not None
        if self._speaking:
            resumed = self._now - self._last_voice > limits.decode_after_ms
            self._last_voice = self._now
            self._voiced_ms += limits.frame_ms
            if resumed:
                self._heard = None
                self._decoding = False
            if self._seat in (Seat.SPEAKING, Seat.HELD) and self._voiced_ms >= limits.hold_real_ms:
                return self._cut()
            if self._seat is Seat.SPEAKING and sum(self._recent) >= limits.onset_frames:
                # The seat began, or went on, while he speaks.
                self._seat = Seat.HELD
                self._over_seat = True
                return [Do.HOLD]
            if self._now - self._open_at >= limits.longest_ms:
                return self._end(forced=True)
            if self._heard is not None and self._heard.empty and self._now - self._open_at >= limits.empty_ms:
                return self._noise()
            return []
        silence = self._now - self._last_voice
        if not self._decoding and self._heard_is_stale() and silence >= limits.decode_after_ms:
            self._decoding = True
            return [Do.DECODE]
        return self._judge()

    def _heard_is_stale(self) -> bool:
        return self._heard is None or not self._heard.whole

    def _judge(self) -> list[Do]:
        """Is the turn over, given the silence and the words?"""
        silence = self._now - self._last_voice
        profile = self._patience
        heard = self._heard
        if heard is None or not heard.whole:
            if silence >= profile.incomplete_ms + self._limits.words_late_ms:
                return self._end()
            if self._seat is Seat.HELD and silence >= self._limits.hold_give_up_ms:
                self._seat = Seat.SPEAKING
                return [Do.RELEASE]
            return []
        if heard.empty:
            # A cough, a door, a television: nothing was said.
            return self._drop()
        if self._over_seat and heard.backchannel and self._seat is not Seat.SILENT:
            return self._drop()
        patience = profile.complete_ms if heard.complete else profile.incomplete_ms
        if heard.figures:
            patience = max(patience, self._profiles[Listen.DIGITS].incomplete_ms)
        if self._interrupting():
            # The seat was cut into with words: whatever else, it stays silent now.
            return [*self._cut(), *([] if silence < patience else self._end())]
        return self._end() if silence >= patience else []

    @property
    def _patience(self) -> Profile:
        return self._profiles[self._profile]

    def _interrupting(self) -> bool:
        """The open utterance began over speech of the seat that may be cut."""
        return self._seat is Seat.HELD or (self._over_seat and self._seat is Seat.SPEAKING)

    def _cut(self) -> list[Do]:
        self._seat = Seat.SILENT
        self._quiet_since = self._now
        return [Do.CUT]

    def _end(self, *, forced: bool = False) -> list[Do]:
        before = self._cut() if self._seat is Seat.HELD else []
        self._close()
        self._deaf = forced
        return [*before, Do.END]

    def _drop(self) -> list[Do]:
        held = self._seat is Seat.HELD
        self._close()
        if held:
            self._seat = Seat.SPEAKING
            return [Do.DROP, Do.RELEASE]
        return [Do.DROP]

    def _noise(self) -> list[Do]:
        """Over the seat's own speech it is only forgotten; else the dialog is told."""
        dropped = self._drop() if self._seat is not Seat.SILENT else []
        self._close()
        self._deaf = True
        return dropped or [Do.NOISE]

    def _close(self) -> None:
        self._open_at = None
        self._heard = None
        self._decoding = False
        self._over_seat = False
        self._recent = []
        self._quiet_since = self._now
