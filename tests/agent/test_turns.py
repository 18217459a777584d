"""Whose turn it is, by audio frames that nobody has to hear."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.turns import Do, Heard, Limits, Seat, TurnTaker
from data.vocabulary import Listen
from dialogs.schema import Profile

PROFILES = {
    Listen.STORY: Profile(complete_ms=1150, incomplete_ms=1700, noinput_ms=8000),
    Listen.SHORT: Profile(complete_ms=700, incomplete_ms=1350, noinput_ms=7000),
    Listen.DIGITS: Profile(complete_ms=900, incomplete_ms=1500, noinput_ms=8000),
    Listen.YES_NO: Profile(complete_ms=550, incomplete_ms=1000, noinput_ms=6000),
    Listen.ADDRESS: Profile(complete_ms=900, incomplete_ms=1500, noinput_ms=8000),
}
LIMITS = Limits()
WORDS = Heard(complete=True, backchannel=False, empty=False)
HALF = Heard(complete=False, backchannel=False, empty=False)
UH_HUH = Heard(complete=False, backchannel=True, empty=False)
COUGH = Heard(complete=False, backchannel=False, empty=True)


class Line:
    """A caller's line: voice and silence in milliseconds; words come `late` ms after they are asked for."""

    def __init__(self, profile: Listen = Listen.SHORT, *, late: int = 96) -> None:
        self.turns = TurnTaker(PROFILES, LIMITS)
        self.turns.expect(profile)
        self.did: list[tuple[int, Do]] = []
        self.heard: Heard | None = HALF
        self.late = late
        self._due: int | None = None

    def voice(self, ms: int) -> Line:
        return self._frames(ms, 0.9)

    def silence(self, ms: int) -> Line:
        return self._frames(ms, 0.05)

    def partial(self, *, empty: bool = False, backchannel: bool = False) -> Line:
        self._note(self.turns.words(Heard(complete=False, backchannel=backchannel, empty=empty, whole=False)))
        return self

    def _frames(self, ms: int, probability: float) -> Line:
        for _ in range(ms // LIMITS.frame_ms):
            self._note(self.turns.frame(probability))
            if self._due is not None and self.turns.now_ms >= self._due:
                self._due = None
                if self.heard is not None:
                    self._note(self.turns.words(self.heard))
        return self

    def _note(self, dos: list[Do]) -> None:
        self.did += [(self.turns.now_ms, do) for do in dos]
        if Do.DECODE in dos:
            self._due = self.turns.now_ms + self.late

    @property
    def kinds(self) -> list[Do]:
        return [do for _, do in self.did if do is not Do.DECODE]

    def when(self, wanted: Do) -> int:
        return next(at for at, do in self.did if do is wanted)


@pytest.mark.parametrize("profile", list(Listen))
@pytest.mark.parametrize(("heard", "key"), [(WORDS, "complete_ms"), (HALF, "incomplete_ms")])
def test_a_turn_ends_by_the_profile(profile: Listen, heard: Heard, key: str) -> None:
    line = Line(profile)
    line.heard = heard
    line.voice(1600).silence(2500)
    assert line.kinds == [Do.OPEN, Do.END]
    waited = line.when(Do.END) - line.turns.last_voice_ms
    assert 0 <= waited - getattr(PROFILES[profile], key) < 2 * LIMITS.frame_ms


@pytest.mark.parametrize("pause", [600, 900, 1200])
@pytest.mark.parametrize("profile", [Listen.STORY, Listen.SHORT, Listen.DIGITS, Listen.ADDRESS])
def test_a_pause_inside_an_answer_does_not_end_it(profile: Listen, pause: int) -> None:
    line = Line(profile).voice(800).silence(pause)
    assert line.kinds == [Do.OPEN]
    line.heard = WORDS
    line.voice(800).silence(2000)
    assert line.kinds == [Do.OPEN, Do.END]


def test_words_after_a_pause_are_decoded_anew() -> None:
    line = Line().voice(600).silence(500).voice(600).silence(500)
    assert [do for _, do in line.did].count(Do.DECODE) == 2


def test_a_partial_does_not_undo_settled_words() -> None:
    line = Line()
    line.heard = WORDS
    line.voice(800).silence(350).partial().silence(160).partial().silence(500)
    assert line.kinds == [Do.OPEN, Do.END]
    assert [do for _, do in line.did].count(Do.DECODE) == 1


def test_words_that_never_settle_end_all_the_same() -> None:
    line = Line()
    line.heard = None
    line.voice(800).silence(4000)
    assert line.kinds == [Do.OPEN, Do.END]
    assert line.when(Do.END) - line.turns.last_voice_ms >= 1350 + LIMITS.words_late_ms


def test_words_after_the_end_are_ignored() -> None:
    line = Line().voice(800).silence(3000)
    assert line.turns.words(WORDS) == []


def test_a_click_opens_nothing() -> None:
    assert Line().voice(64).silence(2000).kinds == []


# --- over the seat's speech ---------------------------------------------------------------------------


def over(seat: Seat, heard: Heard, *, voice: int = 400, silence: int = 3000) -> Line:
    line = Line()
    line.turns.seat(seat)
    line.heard = heard
    return line.silence(320).voice(voice).silence(silence)


def test_a_backchannel_lets_the_seat_go_on() -> None:
    assert over(Seat.SPEAKING, UH_HUH).kinds == [Do.OPEN, Do.HOLD, Do.DROP, Do.RELEASE]


def test_a_cough_lets_the_seat_go_on() -> None:
    assert over(Seat.SPEAKING, COUGH).kinds == [Do.OPEN, Do.HOLD, Do.DROP, Do.RELEASE]


def test_the_sound_pauses_within_300_ms() -> None:
    line = over(Seat.SPEAKING, WORDS)
    assert line.when(Do.HOLD) - 320 <= 300


def test_real_words_cut_the_seat() -> None:
    line = over(Seat.SPEAKING, WORDS)
    assert line.kinds == [Do.OPEN, Do.HOLD, Do.CUT, Do.END]


def test_real_running_words_cut_at_once() -> None:
    line = Line()
    line.turns.seat(Seat.SPEAKING)
    line.voice(400).partial(backchannel=True)
    assert line.kinds == [Do.OPEN, Do.HOLD]
    line.partial()
    assert line.kinds == [Do.OPEN, Do.HOLD, Do.CUT]


def test_a_long_voice_cuts_whatever_the_words() -> None:
    line = Line()
    line.turns.seat(Seat.SPEAKING)
    line.voice(1300)
    assert line.kinds == [Do.OPEN, Do.HOLD, Do.CUT]


@pytest.mark.parametrize("heard", [UH_HUH, COUGH, WORDS, HALF])
def test_a_must_finish_prompt_is_never_held(heard: Heard) -> None:
    line = over(Seat.INSISTING, heard, voice=2500)
    assert Do.HOLD not in line.kinds
    assert Do.CUT not in line.kinds
    assert line.kinds == [Do.OPEN, Do.DROP if heard in (UH_HUH, COUGH) else Do.END]


def test_a_held_prompt_goes_on_when_no_words_come() -> None:
    line = Line(late=5000)
    line.turns.seat(Seat.SPEAKING)
    line.voice(300).silence(1700)
    assert line.kinds == [Do.OPEN, Do.HOLD, Do.RELEASE]
    # They come after all, and are real.
    assert line.turns.words(WORDS) == [Do.CUT, Do.END]


def test_a_seat_that_begins_while_the_caller_speaks_is_held() -> None:
    line = Line().voice(300)
    line.turns.seat(Seat.SPEAKING)
    line.voice(200)
    assert line.kinds == [Do.OPEN, Do.HOLD]


def test_the_same_word_is_an_answer_when_the_seat_is_silent() -> None:
    line = Line()
    line.heard = UH_HUH
    assert line.voice(400).silence(3000).kinds == [Do.OPEN, Do.END]


# --- noise and endless speech -------------------------------------------------------------------------


def test_a_minute_of_noise_is_told_again_and_again() -> None:
    line = Line()
    for _ in range(60):
        line.voice(1000).partial(empty=True)
    assert line.kinds[:2] == [Do.OPEN, Do.NOISE]
    assert line.kinds.count(Do.NOISE) >= 3
    assert Do.END not in line.kinds
    line.silence(2000)
    line.heard = WORDS
    line.voice(800).silence(2000)
    assert line.kinds[-2:] == [Do.OPEN, Do.END], "and then he is heard"


def test_noise_over_a_must_finish_prompt_is_not_told() -> None:
    line = Line()
    line.turns.seat(Seat.INSISTING)
    for _ in range(20):
        line.voice(500).partial(empty=True)
    assert Do.NOISE not in line.kinds


def test_a_caller_who_never_stops_is_answered() -> None:
    line = Line(Listen.STORY)
    for _ in range(70):
        line.voice(1000).partial()
    end = line.when(Do.END)
    assert LIMITS.longest_ms <= end <= LIMITS.longest_ms + 500
    assert line.kinds[:2] == [Do.OPEN, Do.END]


def test_a_gap_right_after_a_forced_end_is_no_pause() -> None:
    line = Line(Listen.STORY)
    while Do.END not in line.kinds:
        line.voice(32)
        line.partial()
    line.silence(32).voice(2000)
    assert line.kinds == [Do.OPEN, Do.END]


def test_the_answer_to_him_is_not_cut_by_his_going_on() -> None:
    line = Line(Listen.STORY)
    for _ in range(61):
        line.voice(1000).partial()
    line.turns.seat(Seat.SPEAKING)
    line.voice(5000)
    assert line.kinds == [Do.OPEN, Do.END]
    # A short gap between two words is no pause.
    line.silence(64).voice(2000)
    assert line.kinds == [Do.OPEN, Do.END]


# --- nothing --------------------------------------------------------------------------------------------


def test_noinput_after_the_profiles_patience() -> None:
    line = Line(Listen.YES_NO).silence(6300)
    assert line.kinds == [Do.NOINPUT]
    assert abs(line.when(Do.NOINPUT) - 6000) < 2 * LIMITS.frame_ms


def test_asked_to_wait_it_waits_and_for_this_once_only() -> None:
    line = Line(Listen.YES_NO)
    line.turns.expect(Listen.YES_NO, hold_ms=30_000)
    assert line.silence(29_000).kinds == []
    assert line.silence(1_300).kinds == [Do.NOINPUT]
    line.turns.expect(Listen.YES_NO)
    assert line.silence(6_300).kinds == [Do.NOINPUT, Do.NOINPUT]


def test_no_noinput_while_the_seat_speaks_or_nothing_is_asked() -> None:
    line = Line()
    line.turns.seat(Seat.SPEAKING)
    assert line.silence(20_000).kinds == []
    line.turns.seat(Seat.SILENT)
    assert line.silence(6500).kinds == []
    assert line.silence(1000).kinds == [Do.NOINPUT]
    line.turns.rest()
    assert line.silence(20_000).kinds == [Do.NOINPUT]


def test_a_cough_begins_the_wait_anew() -> None:
    line = Line().silence(6500)
    line.heard = COUGH
    line.voice(300).silence(6000)
    assert line.kinds == [Do.OPEN, Do.DROP]


# --- whatever comes -----------------------------------------------------------------------------------

FACTS = st.one_of(
    st.tuples(st.just("frames"), st.integers(1, 120), st.sampled_from([0.0, 0.4, 0.9])),
    st.tuples(st.just("words"), st.builds(Heard, st.booleans(), st.booleans(), st.booleans(), st.booleans())),
    st.tuples(st.just("seat"), st.sampled_from([Seat.SILENT, Seat.SPEAKING, Seat.INSISTING])),
    st.tuples(st.just("expect"), st.sampled_from(list(Listen))),
    st.tuples(st.just("rest")),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(FACTS, max_size=40))
def test_whatever_comes_it_stays_in_order(facts: list[tuple[object, ...]]) -> None:
    turns = TurnTaker(PROFILES, Limits(longest_ms=6000, empty_ms=2000))
    dos: list[Do] = []
    for fact in facts:
        match fact:
            case ("frames", int() as count, float() as probability):
                for _ in range(count):
                    dos += turns.frame(probability)
            case ("words", Heard() as heard):
                dos += turns.words(heard)
            case ("seat", Seat() as seat):
                if dos_held(dos):
                    # The edge stops a held prompt only as the taker said, or with all its speech.
                    if seat is not Seat.SILENT:
                        continue
                    dos.append(Do.CUT)
                turns.seat(seat)
            case ("expect", Listen() as profile):
                turns.expect(profile)
            case _:
                turns.rest()
    borders = [do for do in dos if do in (Do.OPEN, Do.END, Do.DROP, Do.NOISE)]
    for index, do in enumerate(borders):
        assert (do is Do.OPEN) == (index % 2 == 0)
    sound = [do for do in dos if do in (Do.HOLD, Do.RELEASE, Do.CUT)]
    for before, after in pairwise(sound):
        if before is Do.HOLD:
            assert after is not Do.HOLD
        if after is Do.RELEASE:
            assert before is Do.HOLD


def dos_held(dos: list[Do]) -> bool:
    sound = [do for do in dos if do in (Do.HOLD, Do.RELEASE, Do.CUT)]
    return bool(sound) and sound[-1] is Do.HOLD
