from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from qa.gaps import Turns, Utterance, measure, percentile, utterance
from telephony.call import LINE_RATE


def track(seconds: float, *sounds: tuple[float, float]) -> npt.NDArray[np.int16]:
    """Silence with a tone in each (start, end)."""
    pcm = np.zeros(round(seconds * LINE_RATE), dtype=np.int16)
    for start, end in sounds:
        a, b = round(start * LINE_RATE), round(end * LINE_RATE)
        pcm[a:b] = (8000 * np.sin(np.arange(b - a) * 0.3)).astype(np.int16)
    return pcm


def test_a_gap_runs_from_the_last_sound_to_the_answer() -> None:
    heard = track(20, (0, 2), (5.8, 8), (12.4, 13))
    said = [Utterance(3, 5), Utterance(9, 11.5)]
    assert measure(heard, said) == Turns(gaps_ms=(800, 900), cut_ins=0, no_replies=0, utterances=2)


def test_a_sound_in_a_pause_of_the_caller_is_a_cut_in_and_no_gap() -> None:
    said = [Utterance(3, 6)]
    assert measure(track(20, (4.5, 8)), said) == Turns((), 1, 0, 1)
    # It fell silent again and answered afterwards: cut in, and answered.
    assert measure(track(20, (4.5, 5), (7, 8)), said) == Turns((1000,), 1, 0, 1)


def test_a_meant_barge_in_is_no_cut_in() -> None:
    heard = track(20, (0, 3.2), (6, 8))
    assert measure(heard, [Utterance(3, 5, barges_in=True)]) == Turns((1000,), 0, 0, 0)


def test_a_prompt_that_plays_on_over_a_barge_in_gives_no_gap() -> None:
    assert measure(track(20, (0, 9)), [Utterance(3, 5, barges_in=True)]) == Turns((), 0, 0, 0)


def test_no_sound_for_five_seconds_is_no_reply() -> None:
    said = [Utterance(3, 5)]
    assert measure(track(20, (10.1, 11)), said).no_replies == 1
    assert measure(track(20), [*said, Utterance(12, 13)]).no_replies == 2
    assert measure(track(20), [*said, Utterance(7, 8)]).no_replies == 1


def test_who_hangs_up_needs_no_reply_and_who_is_hung_up_on_got_none() -> None:
    assert measure(track(6), [Utterance(3, 5)], caller_hung_up=True).no_replies == 0
    assert measure(track(6), [Utterance(3, 5)]).no_replies == 1


def test_an_utterance_is_read_by_the_same_rule() -> None:
    speech = track(4, (0.5, 1), (1.9, 3))
    assert utterance(speech, 10) == Utterance(10.5, 13.0)
    assert utterance(track(1), 10) is None


def test_percentiles() -> None:
    assert percentile([], 50) is None
    assert percentile([1, 2, 3], 50) == 2


@given(st.floats(min_value=0.02, max_value=4.9), st.integers(min_value=0, max_value=3))
def test_every_answer_is_found_within_a_frame(gap: float, before: int) -> None:
    start = 5 + before
    found = measure(track(20, (start + gap, start + gap + 1)), [Utterance(start - 2, start)])
    assert len(found.gaps_ms) == 1 and abs(found.gaps_ms[0] - gap * 1000) <= 21
