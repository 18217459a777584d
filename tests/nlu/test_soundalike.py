"""Names by their sound: whatever is left out early, the windows found are those that are near enough."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nlu.soundalike import Echo, SoundBook, distance, sound, syllables

NAMES = ("拼多多", "京东", "淘宝", "得物", "美团外卖", "抖音", "徐汇", "去哪儿旅行网")
BOOK = SoundBook((name, sound(name)) for name in NAMES)
TEXTS = st.text(
    st.sampled_from("拼品多朵京经东冬淘逃宝保得德物务美没团外卖买抖斗音因徐会汇去哪儿在上a，"), max_size=14
)


def near_enough(text: str, limit: float) -> list[tuple[float, int, int]]:
    """(distance, minus the length, start) of every window, as it stands in the definition."""
    found = []
    for name in NAMES:
        for start in range(len(text) - len(name) + 1):
            window = text[start : start + len(name)]
            far = distance(syllables(window), syllables(name))
            if far <= limit and all("一" <= character <= "鿿" for character in window):
                found.append((far, -len(name), start))
    return sorted(found)


@given(TEXTS, st.sampled_from([0.001, 0.12, 0.13, 0.34]))
def test_every_window_near_enough_is_found_or_overlaps_a_nearer_one(text: str, limit: float) -> None:
    echoes = list(BOOK.echoes(text, limit=limit))
    taken: list[tuple[float, int, int]] = []
    for far, length, start in near_enough(text, limit):
        if all(start - length <= at or start >= at - size for _, size, at in taken):
            taken.append((far, length, start))
    assert [(echo.distance, echo.start - echo.end, echo.start) for echo in echoes] == taken


def test_a_name_of_one_syllable_is_not_looked_for_by_its_sound() -> None:
    assert list(SoundBook([("毒", sound("毒"))]).echoes("读读读", limit=0.34)) == []


def test_an_echo_says_what_was_heard_for_what() -> None:
    assert list(BOOK.echoes("在萍多多上", limit=0.13)) == [Echo("拼多多", "拼多多", "萍多多", 1, 4, 0.04)]
