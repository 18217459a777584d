"""Known words in a text: the longest at each place, from left to right, none inside another."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from nlu.gazetteer import Gazetteer

WORDS = ("拼多多", "多多", "多", "App", "京东", "东方", "İ")


@given(st.text(st.sampled_from("拼多京东方ApPİ x"), max_size=16))
def test_hits_are_known_words_in_their_place_and_none_overlaps(text: str) -> None:
    hits = list(Gazetteer((word, word) for word in WORDS).find(text))
    assert all(text[hit.start : hit.end].lower() == hit.entry.lower() for hit in hits)
    assert all(one.end <= other.start for one, other in itertools.pairwise(hits))
    # 多 is a word by itself: every 多 lies in a hit.
    covered = {place for hit in hits for place in range(hit.start, hit.end)}
    assert covered >= {place for place, character in enumerate(text) if character == "多"}


def test_the_longest_word_wins_and_letters_count_in_any_case_but_not_inside_a_word() -> None:
    found = Gazetteer((word, word) for word in WORDS).find("在拼多多APP上，不是Apple")
    assert [(hit.entry, hit.start) for hit in found] == [("拼多多", 1), ("App", 4)]
