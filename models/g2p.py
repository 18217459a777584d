"""Speakable Chinese text to the phonemes Kokoro was trained on.

misaki turns pinyin into phonemes; which pinyin a word has is decided here, because a name read wrongly
(长宁 as "zhǎng níng") must be mended by a line of data, not by code. Overriding at the pinyin keeps tone
and neighbours right, which swapping in homophones would not: there is not always one, and jieba would cut
the words elsewhere.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

PRONUNCIATION_FILE = Path(__file__).with_name("pronunciation.yaml")

_NUMERALS = "〇零一二两三四五六七八九十百千幺"
_RUN = re.compile(r"[㐀-鿿〇]+|[A-Za-z]+|[^㐀-鿿〇A-Za-z]+")

#: What is left of punctuation after speakable(): the marks Kokoro knows, with the space misaki gives them.
_MARKS = {"，": ", ", "、": ", ", "。": ". ", "！": "! ", "？": "? ", "；": "; ", "：": ": "}


class Pronunciation(BaseModel):
    """pronunciation.yaml as read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    names: dict[str, str]
    words: dict[str, str]
    after_numeral: dict[str, str]
    letters: dict[str, str]
    latin: dict[str, str]


class _Words(Protocol):
    def lcut(self, sentence: str) -> list[str]: ...


def load_pronunciation(path: Path = PRONUNCIATION_FILE) -> Pronunciation:
    """The lexicon; raises ValueError naming a word whose syllables do not match its characters."""
    table = Pronunciation.model_validate(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))
    for word, pinyin in {**table.names, **table.words, **table.after_numeral}.items():
        syllables = pinyin.split()
        if len(syllables) != len(word) or not all(re.fullmatch(r"[a-zü]+[1-5]", s) for s in syllables):
            raise ValueError(f"{path.name}: {word}: {pinyin!r} needs one syllable with a tone a character")
    return table


class MandarinG2P:
    """Phonemes for one clause at a time. Loads jieba's dictionary when made (about a second)."""

    def __init__(self, table: Pronunciation | None = None) -> None:
        import jieba
        from misaki.zh import ZHG2P

        jieba.setLogLevel(logging.ERROR)
        self._table = table or load_pronunciation()
        # A tokenizer of our own: jieba's global one is shared with whoever else imports it.
        self._words: _Words = jieba.Tokenizer()
        self._words.lcut("预热")
        self._ipa = lru_cache(maxsize=2048)(ZHG2P.py2ipa)
        by_length = sorted(self._table.names, key=len, reverse=True)
        self._names = re.compile("|".join(map(re.escape, by_length)) or r"(?!)")

    def __call__(self, text: str) -> str:
        """Phonemes of `text`, which speakable() has already put into words."""
        return re.sub(r" {2,}", " ", "".join(self._segments(text)).replace(" ,", ",")).strip()

    def pinyin(self, text: str) -> list[str]:
        """The syllables of `text`'s characters, for tests and for trainers who check a name."""
        return [syllable for word in self._cut(text) for syllable in word]

    def _segments(self, text: str) -> Iterator[str]:
        for run in _RUN.findall(text):
            if run[0].isascii() and run[0].isalpha():
                yield " " + self._latin(run) + " "
            elif not _is_hanzi(run[0]):
                yield "".join(_MARKS.get(mark, " ") for mark in run)
            else:
                yield " ".join("".join(map(self._ipa, word)) for word in self._cut(run)).replace(chr(815), "")

    def _cut(self, run: str) -> Iterator[list[str]]:
        """The words of a run of characters, each as a list of syllables."""
        at = 0
        for name in self._names.finditer(run):
            yield from self._dictionary(run[at : name.start()], before=run[at - 1 : at] if at else "")
            yield self._table.names[name.group()].split()
            at = name.end()
        yield from self._dictionary(run[at:], before=run[at - 1 : at] if at else "")

    def _dictionary(self, run: str, before: str) -> Iterator[list[str]]:
        from pypinyin import Style, lazy_pinyin

        for word in self._words.lcut(run) if run else ():
            if word in self._table.words:
                syllables = self._table.words[word].split()
            else:
                syllables = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
            if len(syllables) == len(word):
                for i, character in enumerate(word):
                    lane = self._table.after_numeral.get(character)
                    previous = word[i - 1] if i else before
                    if lane and previous and previous in _NUMERALS:
                        syllables[i] = lane
            before = word[-1]
            yield syllables

    def _latin(self, word: str) -> str:
        known = self._table.latin.get(word.lower())
        return known or " ".join(self._table.letters[letter] for letter in word.upper())


def _is_hanzi(character: str) -> bool:
    return "㐀" <= character <= "鿿" or character == "〇"
