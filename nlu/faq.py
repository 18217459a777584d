"""Which of the questions the seat can answer is asked: the nearest wordings, by their sense and their words.

Nothing is trained: an entry counts as soon as it is read. Questions for other offices (`others` in faq.yaml) stand
beside the entries: what is nearer to them has no answer here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache as once
from math import log
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.understanding import Question
from models.protocols import TextEncoder
from nlu.heard import GAP, plain
from nlu.tables import Table, load
from nlu.vectors import Matrix, encoded, grams

_GAPS = re.compile(f"[{re.escape(GAP)}]+")
#: So many characters of a long question are held against the wordings: the end is what is asked.
_LONGEST = 60
#: So many of an entry's wordings count, the nearest ones.
_NEAREST = 3
#: What characters in a row tell, by how many they are.
_TELLING = {1: 0.35, 2: 1.0, 3: 0.6}


class Wordings(Protocol):
    """How one answer is asked for. words: such as hardly occur in other questions."""

    @property
    def questions(self) -> Sequence[str]: ...

    @property
    def words(self) -> Sequence[str]: ...


class _Weights(Table):
    share: float
    word: float
    least: float
    ahead: float


class _Settings(Table):
    openers: str
    empty: str
    form: str
    filler: str
    by_sense: _Weights
    by_characters: _Weights
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    openers: re.Pattern[str]
    empty: re.Pattern[str]
    form: re.Pattern[str]
    filler: re.Pattern[str]


@once
def _settings() -> _Settings:
    return load("faq", _Settings)


@once
def _rules() -> _Rules:
    table = _settings()
    return _Rules(
        re.compile(table.openers), re.compile(table.empty), re.compile(table.form), re.compile(table.filler)
    )


def asked_in(core: str) -> str:
    """The question itself, without gaps and what leads up to it; empty when only a question is announced."""
    left = _rules().openers.sub("", core)
    return "" if _rules().empty.match(left) else left


def may_ask(core: str) -> bool:
    """The words have the form of a question; whether they ask, is told by whether there is an answer."""
    return len(core) <= _LONGEST and _rules().form.search(core) is not None


@dataclass(frozen=True, slots=True)
class Nearest:
    """The mean of the nearest sentences of each group, where groups lie one behind the other.

    groups: of each sentence; picks: of the sentences by group and likeness, the last _NEAREST of each group; where
    a group has fewer, some are left out by `counts`.
    """

    groups: NDArray[np.intp]
    picks: NDArray[np.intp]
    counts: NDArray[np.bool_]

    @classmethod
    def among(cls, sizes: Sequence[int]) -> Nearest:
        """sizes: how many sentences each group has."""
        ends = np.cumsum(sizes)
        back = np.arange(_NEAREST, 0, -1)
        counts = back <= np.asarray(sizes)[:, None]
        return cls(np.repeat(np.arange(len(sizes)), sizes), np.where(counts, ends[:, None] - back, 0), counts)

    def of(self, alike: Matrix) -> Matrix:
        """One mean a group. alike: how near each sentence is."""
        nearest = alike[np.lexsort((alike, self.groups))][self.picks] * self.counts
        return np.asarray(nearest.sum(axis=1) / self.counts.sum(axis=1), dtype=np.float32)


class Faq:
    """The wordings of all entries, encoded when made. cache: a file for their vectors."""

    def __init__(
        self,
        entries: Mapping[str, Wordings],
        encoder: TextEncoder | None = None,
        *,
        cache: Path | None = None,
    ) -> None:
        self._ids = tuple(entries)
        self._encoder = encoder
        self._weights = _settings().by_characters if encoder is None else _settings().by_sense
        if not entries:
            return
        others = [_bare(question) for question in _settings().others]
        own = [[_bare(question) for question in entry.questions] for entry in entries.values()]
        sentences = [core for cores in own for core in cores] + others
        self._nearest = Nearest.among([*map(len, own), len(others)])
        self._rarity = self._mean = np.zeros(0, dtype=np.float32)
        if encoder is not None:
            vectors = encoded(encoder, sentences, cache)
            self._mean = np.asarray(vectors.mean(axis=0), dtype=np.float32)
            rows = _unit(vectors - self._mean)
        else:
            counted = np.stack([grams(core) for core in sentences])
            # Characters that every question holds tell nothing.
            self._rarity = np.log((1 + len(sentences)) / (1 + (counted > 0).sum(axis=0))).astype(np.float32)
            rows = _unit(counted * self._rarity)
        #: A sentence a column: of the thousands of rows a question by its characters has use for some dozens.
        self._sentences = np.ascontiguousarray(rows.T)
        self._words = tuple(tuple(map(_core, entry.words)) for entry in entries.values())
        #: The entries that hold a piece, in their wordings or words.
        self._holders: dict[str, list[int]] = {}
        for number, (cores, words) in enumerate(zip(own, self._words, strict=True)):
            for piece in {piece for core in (*cores, *words) for piece in (*_pieces(core), core)}:
                self._holders.setdefault(piece, []).append(number)

    def match(self, text: str) -> Question:
        """The entry nearest to what `text` asks, and the next best."""
        core = asked_in(_core(text))[-_LONGEST:]
        if not self._ids or not core:
            return Question()
        near, other = self._nearness(core)
        first, *rest = map(int, np.argsort(-near)[:2])
        score, behind = float(near[first]), float(near[rest[0]]) if rest else 0.0
        rival = max(behind + self._weights.ahead, other)
        return Question(
            nearest=self._ids[first],
            score=_rounded(score),
            second=self._ids[rest[0]] if rest else None,
            second_score=_rounded(behind),
            sure=score >= self._weights.least and score >= rival,
        )

    def _nearness(self, core: str) -> tuple[Matrix, float]:
        """How near each entry is, about 0 to 1; and how near the questions for other offices are."""
        row = _unit(self._row(core)[None, :])[0]
        told = row.nonzero()[0]
        alike = row[told] @ self._sentences[told]
        sense = self._nearest.of(alike)
        said = np.array([any(word in core for word in words) for words in self._words], dtype=np.float32)
        near = sense[:-1] + self._weights.share * self._shares(core) + self._weights.word * said
        return np.asarray(near, dtype=np.float32), float(sense[-1])

    def _row(self, core: str) -> Matrix:
        """The question as the sentences are kept, its length aside."""
        if self._encoder is not None:
            return np.asarray(self._encoder.encode([core])[0] - self._mean, dtype=np.float32)
        return np.asarray(grams(core) * self._rarity, dtype=np.float32)

    def _shares(self, core: str) -> Matrix:
        """The share of what the question says that occurs in each entry's wordings, rare words counting more."""
        held, told = np.zeros(len(self._ids)), 0.0
        for piece in _pieces(core):
            holders = self._holders.get(piece, [])
            weight = _TELLING[len(piece)] * log((len(self._ids) + 1) / (len(holders) + 0.5))
            held[holders] += weight
            told += weight
        return np.asarray(held, dtype=np.float32) / max(told, 1e-9)


def _core(text: str) -> str:
    return _GAPS.sub("", plain(text))


def _bare(question: str) -> str:
    return asked_in(_core(question)) or _core(question)


def _pieces(core: str) -> list[str]:
    """One to three characters in a row, each once, none of them of the words every question is made with."""
    parts = _rules().filler.split(core)
    return sorted(
        {part[at : at + size] for part in parts for size in _TELLING for at in range(len(part) - size + 1)}
    )


def _rounded(score: float) -> float:
    return round(min(max(score, 0.0), 1.0), 3)


def _unit(rows: Matrix) -> Matrix:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)
