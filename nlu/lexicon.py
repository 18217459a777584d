"""The words callers use, by their sound: how likely each is here, and which follows which.

Two sources: this office's own sentences and tables (nlu/examples, nlu/answers.yaml, the reference tables), and the
general word frequencies of jieba's dictionary (MIT licence) for all the rest of Mandarin.
"""

from __future__ import annotations

import logging
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Annotated

import jieba
from pydantic import BeforeValidator
from pypinyin import Style, lazy_pinyin

from data import reference
from data.vocabulary import Slot
from nlu.sentences import read_sentences
from nlu.tables import Table, load

_HAN = re.compile(r"[一-龥]+")
#: Rarer general words are left out: they only offer wrong spellings. Counts of jieba's corpus (60 million words).
_LEAST_COUNT = 50
_LONGEST = 5
#: Shares of the three models a word's likelihood is mixed from: after this very word, here, in Mandarin at large.
_AFTER, _HERE, _ANYWHERE = 0.45, 0.35, 0.20
#: A word of the tables counts as if it had been said so often.
_LISTED = 1
#: Cost (nats) of a character nobody ever said.
UNKNOWN = 16.0


def _lines(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


class _Answers(Table):
    source: str
    date: date
    verified: bool
    answers: Annotated[tuple[str, ...], BeforeValidator(_lines)]


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word, its syllables with tones ("zi1 xun2" as ("zi", 1), …), and its cost in nats."""

    word: str
    syllables: tuple[tuple[str, str], ...]
    cost: float


@dataclass(slots=True)
class Node:
    """A place in the tree of sounds: the words that end here, and what may follow."""

    words: list[Spelling] = field(default_factory=list)
    next: dict[str, Node] = field(default_factory=dict)


class Lexicon:
    """Words in a tree of toneless syllables, with costs alone and after another word."""

    def __init__(
        self,
        sentences: Iterable[str],
        names: Iterable[str],
        general: dict[str, int],
        *,
        spoken: Mapping[str, list[str]] | None = None,
        homophones: int = 5,
    ) -> None:
        """sentences: what is said here; names: words of the tables; general: counts of Mandarin at large.

        spoken: the pinyin ("min3", "hang2") of words whose sound no dictionary tells. homophones: so many words
        of one sound are kept, the likeliest.
        """
        cutter = jieba.Tokenizer()
        cutter.initialize()
        names = list(dict.fromkeys(names))
        for name in names:
            cutter.add_word(name)
        here: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for sentence in sentences:
            for stretch in _HAN.findall(sentence):
                words = [word for word in cutter.cut(stretch, HMM=False) if len(word) <= _LONGEST]
                here.update(words)
                pairs.update(zip(["", *words], words, strict=False))
        for name in names:
            if len(name) <= _LONGEST:
                here[name] += _LISTED
        self._here, self._pairs = here, pairs
        self._starts: Counter[str] = Counter()
        for (before, _), count in pairs.items():
            self._starts[before] += count
        self._total, self._general = sum(here.values()), general
        self._general_total = max(1, sum(general.values()))
        self.root = Node()
        vocabulary = [word for word in {**general, **here} if _HAN.fullmatch(word) and len(word) <= _LONGEST]
        for word in vocabulary:
            self._plant(word, (spoken or {}).get(word) or _pinyin(word))
        self._prune(self.root, homophones)

    def cost(self, word: str) -> float:
        """Of `word` by itself, in nats."""
        likely = _HERE * self._here[word] / self._total
        likely += _ANYWHERE * self._general.get(word, 0) / self._general_total
        return -math.log(likely) if likely > 0 else UNKNOWN

    def cost_after(self, before: str, word: str, alone: float) -> float:
        """Of `word` right after `before` ("" is the start of a clause), where `alone` is its cost by itself."""
        count = self._pairs.get((before, word), 0)
        if not count:
            return alone
        return -math.log(_AFTER * count / self._starts[before] + math.exp(-alone))

    def _plant(self, word: str, pinyin: list[str]) -> None:
        node = self.root
        syllables = tuple(split_tone(one) for one in pinyin)
        if len(syllables) != len(word):
            return
        for syllable, _ in syllables:
            node = node.next.setdefault(syllable, Node())
        node.words.append(Spelling(word, syllables, self.cost(word)))

    def _prune(self, node: Node, homophones: int) -> None:
        node.words = sorted(node.words, key=lambda spelling: spelling.cost)[:homophones]
        for child in node.next.values():
            self._prune(child, homophones)


def _pinyin(word: str) -> list[str]:
    return [str(one) for one in lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)]


def split_tone(pinyin: str) -> tuple[str, str]:
    """ "zi1" → ("zi", "1")."""
    return (pinyin[:-1], pinyin[-1]) if pinyin[-1:].isdigit() else (pinyin, "5")


def _platforms() -> Iterator[str]:
    for platform in reference.platforms().platforms:
        yield from (word for word in platform.spellings if word not in platform.misheard)


def _places() -> Iterator[str]:
    for district in reference.districts().districts:
        yield from (district.name, *district.aliases, *district.places)
    yield from reference.roads().roads


def _products() -> Iterator[str]:
    for category in reference.products().products:
        yield from category.words


def _demands() -> Iterator[str]:
    for demand in reference.demands().demands:
        yield from (*demand.said, *demand.implied)


def _venues() -> Iterator[str]:
    for venue in reference.venues().venues:
        yield from venue.words


#: The tables' words that answer a question.
_ANSWERS_TO: dict[Slot, tuple[Callable[[], Iterator[str]], ...]] = {
    Slot.PLATFORM: (_platforms,),
    Slot.PRODUCT: (_products,),
    Slot.DEMAND: (_demands,),
    Slot.SHOP: (_venues,),
    Slot.RESPONDENT: (_venues,),
    Slot.DISTRICT: (_places,),
    Slot.ADDRESS: (_places,),
    Slot.RESPONDENT_ADDRESS: (_places,),
}


@cache
def expected(slot: Slot | None) -> frozenset[str]:
    """The listed words that a question for `slot` is answered with."""
    tables = _ANSWERS_TO.get(slot, ()) if slot is not None else ()
    return frozenset(word for table in tables for word in table())


@cache
def lexicon() -> Lexicon:
    """The seat's lexicon: built once a process, in about two seconds."""
    jieba.setLogLevel(logging.WARNING)
    general = jieba.Tokenizer()
    general.initialize()
    counts = {
        word: count
        for word, count in general.FREQ.items()
        if count >= _LEAST_COUNT and len(word) <= _LONGEST and _HAN.fullmatch(word)
    }
    sentences = [sentence.text for sentence in read_sentences()]
    tables = (_platforms, _places, _products, _demands, _venues)
    return Lexicon(
        [*sentences, *load("answers", _Answers).answers],
        [word for table in tables for word in table()],
        counts,
        spoken={word: _as_spoken_here(word) for word in _places()},
    )


def _as_spoken_here(place: str) -> list[str]:
    own = reference.roads().spoken
    return [own.get(character, sound) for character, sound in zip(place, _pinyin(place), strict=False)]
