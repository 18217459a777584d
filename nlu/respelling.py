"""What was most likely said, given how the recogniser's words sound: 我想自行一下 → 我想咨询一下.

A small recogniser on a telephone line hears the sounds and writes other words. The characters are read as sounds
again, and the likeliest words of this office with nearly those sounds are looked for (Viterbi over nlu.lexicon).
Every character keeps its place, so that spans stay those of the text. Never used where a figure or a yes is at
stake: there nothing is put into a mouth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from pypinyin import Style, pinyin

from nlu.lexicon import Lexicon, Node, Spelling, lexicon, split_tone
from nlu.soundalike import line_distance

#: What stands for a figure or a Latin word as the word before.
FIGURE = "#"
_WEAK_MARKS = frozenset(",，、 ")
#: A number that was heard stays as it is, and none is put in.
_NUMERALS = frozenset("零一二三四五六七八九十百千万亿幺两半")
#: Longer texts are respelt up to here.
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Costs:
    """What it takes to believe another spelling, in nats (set on spoken calls, see bench)."""

    character: float = 3.0
    """A character written otherwise."""
    tone: float = 0.5
    sound: float = 11.0
    """A syllable with nothing in common; parts of it in proportion."""
    furthest: float = 0.45
    """Syllables less alike than this are never exchanged."""
    exchanged: float = 0.2
    """An initial for another of its class (j q x, b p, …), as a share of a syllable."""
    expected: float = 4.0
    """So much likelier is a word of the kind that was asked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """text[start:end] was respelt."""

    start: int
    end: int
    heard: str
    said: str

    @property
    def reason(self) -> str:
        return f"‘{self.heard}’音近‘{self.said}’"


@dataclass(frozen=True, slots=True)
class Respelt:
    text: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """A way to a position: its cost, the last word, and the way before it."""

    cost: float
    word: str
    before: _Step | None


class Respeller:
    """Holds no call's state."""

    def __init__(self, words: Lexicon | None = None, costs: Costs = Costs(), *, beam: int = 6) -> None:
        self._lexicon = words or lexicon()
        self._costs = costs
        self._beam = beam
        self._near: dict[str, tuple[tuple[str, float], ...]] = {}
        self._syllables = _all_syllables(self._lexicon.root)

    def respell(self, text: str, expected: frozenset[str] = frozenset()) -> Respelt:
        """`text` with the likeliest spelling; equal length. expected: words of the kind that was asked for."""
        out = list(text[:LONGEST])
        for places, after_figure in _stretches(out):
            heard = "".join(out[place] for place in places)
            said = self._stretch(heard, FIGURE if after_figure else "", expected)
            for place, character in zip(places, said, strict=True):
                out[place] = character
        said = "".join(out) + text[LONGEST:]
        return Respelt(said, tuple(_changes(text, said)))

    def _stretch(self, heard: str, first: str, expected: frozenset[str]) -> str:
        sounds = [_readings(character) for character in heard]
        ways: list[list[_Step]] = [[] for _ in range(len(heard) + 1)]
        ways[0] = [_Step(0.0, first, None)]
        for at in range(len(heard)):
            before = ways[at] = sorted(ways[at], key=lambda step: step.cost)[: self._beam]
            if not before:
                continue
            for spelling, price in self._candidates(heard, sounds, at):
                end = at + len(spelling.word)
                if spelling.word in expected:
                    price -= self._costs.expected
                for step in before:
                    cost = self._lexicon.cost_after(step.word, spelling.word, spelling.cost)
                    ways[end].append(_Step(step.cost + cost + price, spelling.word, step))
        best = min(ways[-1], key=lambda step: step.cost)
        words: list[str] = []
        way = best
        while way.before is not None:
            words.append(way.word)
            way = way.before
        return "".join(reversed(words))

    def _candidates(
        self, heard: str, sounds: list[tuple[tuple[str, str], ...]], at: int
    ) -> Iterator[tuple[Spelling, float]]:
        """Words from `at` on that sound nearly like what was heard, with what the difference costs."""
        alone = heard[at]
        yield Spelling(alone, ((alone, "5"),), self._lexicon.cost(alone)), 0.0
        stack: list[tuple[Node, int, float]] = [(self._lexicon.root, at, 0.0)]
        while stack:
            node, place, price = stack.pop()
            for spelling in node.words:
                if not _same_figures(spelling.word, heard[at:place]):
                    continue
                written = self._written(spelling, heard[at:place], sounds[at:place])
                if len(spelling.word) > 1 or spelling.word != alone:
                    yield spelling, price + written
            if place == len(heard):
                continue
            steps: dict[str, float] = {}
            for syllable, _ in sounds[place]:
                for other, far in self._neighbours(syllable):
                    if other in node.next and far < steps.get(other, 9.0):
                        steps[other] = far
            stack.extend(
                (node.next[other], place + 1, price + far * self._costs.sound) for other, far in steps.items()
            )

    def _written(self, spelling: Spelling, heard: str, sounds: list[tuple[tuple[str, str], ...]]) -> float:
        """The cost of the characters and tones that differ."""
        cost = 0.0
        for said, (_, tone), character, readings in zip(
            spelling.word, spelling.syllables, heard, sounds, strict=True
        ):
            if said != character:
                cost += self._costs.character
                cost += 0.0 if any(tone == other for _, other in readings) else self._costs.tone
        return cost

    def _neighbours(self, syllable: str) -> tuple[tuple[str, float], ...]:
        if syllable not in self._near:
            self._near[syllable] = tuple(
                (other, far)
                for other in self._syllables
                if (far := line_distance(syllable, other, self._costs.exchanged)) <= self._costs.furthest
            )
        return self._near[syllable]


@cache
def respeller() -> Respeller:
    """The process's respeller; the first call builds its lexicon."""
    return Respeller()


def _same_figures(said: str, heard: str) -> bool:
    return all(
        one == other or (one not in _NUMERALS and other not in _NUMERALS)
        for one, other in zip(said, heard, strict=True)
    )


def _all_syllables(root: Node) -> tuple[str, ...]:
    found: set[str] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        found.update(node.next)
        stack.extend(node.next.values())
    return tuple(sorted(found))


@lru_cache(maxsize=8192)
def _readings(character: str) -> tuple[tuple[str, str], ...]:
    """The syllables a character may stand for, with their tones."""
    spoken = pinyin(character, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True)[0]
    return tuple(split_tone(one) for one in spoken)


def _stretches(text: Sequence[str]) -> Iterator[tuple[list[int], bool]]:
    """Places of the Chinese characters of each clause, and whether a figure stands before.

    A recogniser sets commas anywhere: they end no clause. One character beside figures or marks is a unit or a
    particle and gives no hold: it is left out.
    """
    places: list[int] = []
    figure = False
    for at, character in enumerate([*text, "。"]):
        if _chinese(character):
            places.append(at)
        elif character not in _WEAK_MARKS:
            if len(places) > 1:
                yield places, figure
            places, figure = [], character.isalnum()


def _chinese(character: str) -> bool:
    return "一" <= character <= "龥"


def _changes(heard: str, said: str) -> Iterator[Change]:
    """Where they differ, neighbours together."""
    start: int | None = None
    for at in range(len(heard) + 1):
        differs = at < len(heard) and heard[at] != said[at]
        if differs and start is None:
            start = at
        elif not differs and start is not None:
            yield Change(start, at, heard[start:at], said[start:at])
            start = None
