"""Words by their sound: 萍多多 is 拼多多, 徐会 is 徐汇 — to a Mandarin ear of the Shanghai region.

Tones are ignored; zh/z, ch/c, sh/s, n/l, f/h, r/l and -n/-ng count as the same sound said carelessly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

from data import reference

#: Initials that one sentence on a bad line may exchange: 8 kHz loses what tells them apart; the finals stay.
EXCHANGEABLE = (
    frozenset({"j", "q", "x"}),
    frozenset({"z", "zh", "c", "ch", "s", "sh"}),
    frozenset({"b", "p"}),
    frozenset({"l", "n"}),
    frozenset({"d", "t"}),
    frozenset({"g", "k"}),
)
#: Confused sounds cost this much of a syllable; unlike ones a whole half.
CARELESS = 0.12
#: Sums of distances are held against each other; what they differ by in the last digit is no distance.
_ROUNDING = 1e-9
_INITIALS = (
    "zh",
    "ch",
    "sh",
    "b",
    "p",
    "m",
    "f",
    "d",
    "t",
    "n",
    "l",
    "g",
    "k",
    "h",
    "j",
    "q",
    "x",
    "r",
    "z",
    "c",
    "s",
    "y",
    "w",
)


@lru_cache(maxsize=16384)
def syllable(character: str) -> str:
    """The toneless pinyin of one character; the character itself where it has none."""
    return str(lazy_pinyin(character)[0]) if character else ""


def syllables(text: str) -> list[str]:
    return [syllable(character) for character in text]


@lru_cache(maxsize=4096)
def split(sound: str) -> tuple[str, str]:
    """A toneless syllable as initial and final."""
    for initial in _INITIALS:
        if sound.startswith(initial) and len(sound) > len(initial):
            return initial, sound[len(initial) :]
    return "", sound


@cache
def _careless() -> frozenset[tuple[str, str]]:
    table = reference.sound_alikes()
    return frozenset(
        pair for left, right in (*table.initials, *table.finals) for pair in ((left, right), (right, left))
    )


@lru_cache(maxsize=65536)
def syllable_distance(left: str, right: str) -> float:
    """0 the same, 1 nothing in common."""
    if left == right:
        return 0.0
    (left_initial, left_final), (right_initial, right_final) = split(left), split(right)
    return min(1.0, _half(left_initial, right_initial) + _half_final(left_final, right_final))


@cache
def line_distance(left: str, right: str, exchanged: float) -> float:
    """syllable_distance as a bad line makes it: an initial exchanged for another of its class costs `exchanged`."""
    (left_initial, left_final), (right_initial, right_final) = split(left), split(right)
    initial = _half(left_initial, right_initial)
    if initial > exchanged and any({left_initial, right_initial} <= alike for alike in EXCHANGEABLE):
        initial = exchanged
    return min(1.0, initial + _half_final(left_final, right_final))


def _half(left: str, right: str) -> float:
    if left == right:
        return 0.0
    return CARELESS if (left, right) in _careless() else 0.5


def _half_final(left: str, right: str) -> float:
    if left == right:
        return 0.0
    if (left, right) in _careless():
        return CARELESS
    return 0.2 + 0.3 * float(Levenshtein.normalized_distance(left, right))


def distance(left: Sequence[str], right: Sequence[str]) -> float:
    """Mean syllable distance of two sounds of equal length; 1 where lengths differ."""
    if len(left) != len(right) or not left:
        return 1.0
    return sum(map(syllable_distance, left, right)) / len(left)


@dataclass(frozen=True, slots=True)
class Sound:
    """A name and how it is spoken."""

    name: str
    spoken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Echo:
    """`heard` at text[start:end] sounds like `name`."""

    name: str
    written: str
    heard: str
    start: int
    end: int
    distance: float

    @property
    def reason(self) -> str:
        return f"‘{self.heard}’音近‘{self.written}’"


def sound(name: str, pinyin: Sequence[str] | None = None) -> Sound:
    return Sound(name, tuple(pinyin) if pinyin else tuple(syllables(name)))


class SoundBook:
    """Names by sound: finds windows of a text that sound like one of them."""

    def __init__(self, entries: Iterable[tuple[str, Sound]]) -> None:
        """entries: (what it means, the sound it goes by); one of a single syllable is never found."""
        self._entries = [entry for entry in entries if len(entry[1].spoken) > 1]
        self._openings: dict[tuple[str, float], list[tuple[str, Sound, float]]] = {}

    def _opening(self, first: str, limit: float) -> list[tuple[str, Sound, float]]:
        """Entries whose first syllable alone does not rule them out, each with how far the others may be together;
        kept, for there are few syllables."""
        key = (first, limit)
        if key not in self._openings:
            left = [
                (
                    *entry,
                    limit * len(entry[1].spoken) - syllable_distance(first, entry[1].spoken[0]) + _ROUNDING,
                )
                for entry in self._entries
            ]
            self._openings[key] = [entry for entry in left if entry[2] >= 0]
        return self._openings[key]

    def echoes(self, text: str, *, limit: float, longest_text: int = 160) -> Iterator[Echo]:
        """Windows within `limit` of a name, nearest first among those that overlap."""
        text = text[:longest_text]
        sounds = syllables(text)
        found: list[Echo] = []
        for start, (first, second) in enumerate(pairwise(sounds)):
            for meaning, spoken, left in self._opening(first, limit):
                if syllable_distance(second, spoken.spoken[1]) > left:
                    continue
                end = start + len(spoken.spoken)
                far = distance(sounds[start:end], spoken.spoken)
                if far <= limit and _chinese(text[start:end]):
                    found.append(Echo(meaning, spoken.name, text[start:end], start, end, far))
        found.sort(key=lambda echo: (echo.distance, -(echo.end - echo.start)))
        taken: list[tuple[int, int]] = []
        for echo in found:
            if all(echo.end <= start or echo.start >= end for start, end in taken):
                taken.append((echo.start, echo.end))
                yield echo


def _chinese(text: str) -> bool:
    return all("一" <= character <= "鿿" for character in text)


def nearest_window(text: str, wanted: str, *, longest_text: int = 160) -> float:
    """The least distance of any window of `text` to the sound of `wanted`; 1 if none is as long."""
    target = syllables(wanted)
    sounds = syllables(text[:longest_text])
    if not target or len(sounds) < len(target):
        return 1.0
    return min(
        distance(sounds[start : start + len(target)], target)
        for start in range(len(sounds) - len(target) + 1)
    )


@cache
def real_words() -> frozenset[str]:
    """Words of their own that a repair must leave alone."""
    return frozenset(reference.sound_alikes().real_words)
