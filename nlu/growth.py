"""One written sentence to many spoken ones: other goods and firms, hesitation, self-correction, a recogniser's faults.

Every character carries its tag along, so that the marks stay where the words went. The same seed grows the same.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Sequence
from functools import cache

import jieba
from pypinyin import lazy_pinyin

from data import reference
from data.vocabulary import Slot
from nlu.intents import COMPLAINTS, REPORTS
from nlu.sentences import Marked, Sentence
from nlu.soundalike import EXCHANGEABLE, split
from nlu.tables import Table, load

#: A character, the slot it belongs to, and whether it is that value's first.
_Tagged = tuple[str, Slot | None, bool]
_Line = list[_Tagged]
_PUNCTUATION = re.compile(r"[,，。.;；!！?？、…]")
_HAN = re.compile(r"[一-龥]")
#: How often (of one) each change befalls a grown sentence.
_OTHER_VALUE, _OPENING, _FILLER, _ENDING, _CORRECTION, _STAMMER, _BARE = 0.7, 0.35, 0.4, 0.15, 0.12, 0.2, 0.55
_QUALITY, _NAMED, _KNOWN_BRAND, _SAYS_ITS_KIND = 0.2, 0.3, 0.3, 0.8
#: How often a recogniser's fault befalls a sentence, and in it a character.
_MISHEARD, _HOMOPHONE, _DROPPED, _DOUBLED = 0.6, 0.05, 0.012, 0.012
#: How often (of one) a sentence is left as it was written.
_AS_WRITTEN = 0.35
#: Characters rarer than this in jieba's corpus are not what a recogniser writes.
_LEAST_COUNT = 400
_SOFT = (Slot.PRODUCT, Slot.SHOP, Slot.RESPONDENT, Slot.PLATFORM)


class _Growth(Table):
    openings: tuple[str, ...]
    fillers: tuple[str, ...]
    endings: tuple[str, ...]
    corrections: tuple[str, ...]
    brands: tuple[str, ...]
    kinds: tuple[str, ...]
    store_endings: tuple[str, ...]
    qualities: tuple[str, ...]
    brand_characters: str
    named: tuple[str, ...]


@cache
def _table() -> _Growth:
    return load("growth", _Growth)


def grow(sentences: Sequence[Sentence], seed: int) -> list[Sentence]:
    """Each sentence once: as it is, or as another caller might say it."""
    chance = random.Random(seed)
    return [
        sentence if chance.random() < _AS_WRITTEN else changed(sentence, chance) for sentence in sentences
    ]


def changed(sentence: Sentence, chance: random.Random) -> Sentence:
    """`sentence` as another caller might say it through a bad line."""
    table = _table()
    line = _tagged(sentence)
    if chance.random() < _OTHER_VALUE:
        line = _other_values(line, chance)
    if chance.random() < _NAMED and sentence.known and sentence.intents[0] in (*REPORTS, *COMPLAINTS):
        line = _named(line, chance)
    if chance.random() < _CORRECTION:
        line = _corrected(line, chance)
    if chance.random() < _FILLER:
        _insert(line, chance.choice(table.fillers), _pauses(line), chance)
    if chance.random() < _STAMMER:
        line = _stammered(line, chance)
    if chance.random() < _OPENING:
        line = [*_plain(chance.choice(table.openings) + chance.choice(("，", ""))), *line]
    if chance.random() < _ENDING:
        line = [*line, *_plain(chance.choice(table.endings))]
    if chance.random() < _BARE:
        line = [one for one in line if not _PUNCTUATION.match(one[0])]
    if chance.random() < _MISHEARD:
        line = _misheard(line, chance)
    return _sentence(line, sentence)


def _tagged(sentence: Sentence) -> _Line:
    line: _Line = [(character, None, False) for character in sentence.text]
    for mark in sentence.marks:
        for at in range(mark.start, mark.end):
            line[at] = (sentence.text[at], mark.slot, at == mark.start)
    return line


def _sentence(line: _Line, like: Sentence) -> Sentence:
    marks: list[Marked] = []
    for at, (_, slot, first) in enumerate(line):
        if slot is None:
            continue
        if first or not marks or marks[-1].end != at or marks[-1].slot is not slot:
            marks.append(Marked(slot, at, at + 1))
        else:
            marks[-1] = Marked(slot, marks[-1].start, at + 1)
    return Sentence("".join(character for character, _, _ in line), like.intents, tuple(marks), like.known)


def _plain(text: str) -> _Line:
    return [(character, None, False) for character in text]


def _value(text: str, slot: Slot) -> _Line:
    return [(character, slot, at == 0) for at, character in enumerate(text)]


def _spans(line: _Line) -> list[Marked]:
    return list(_sentence(line, Sentence("", ())).marks)


def _other_values(line: _Line, chance: random.Random) -> _Line:
    """With one kind of value exchanged for another of its kind."""
    for mark in reversed(_spans(line)):
        if mark.slot in _SOFT and chance.random() < 0.7:
            old = "".join(character for character, _, _ in line[mark.start : mark.end])
            line = [
                *line[: mark.start],
                *_value(_another(mark.slot, old, chance), mark.slot),
                *line[mark.end :],
            ]
    return line


def _another(slot: Slot, old: str, chance: random.Random) -> str:
    if slot is Slot.PRODUCT:
        quality = chance.choice(_table().qualities) if chance.random() < _QUALITY else ""
        return quality + chance.choice(_like(old))
    if slot is Slot.PLATFORM:
        return chance.choice(_platforms())
    table = _table()
    ending = chance.choice(table.store_endings if slot is Slot.SHOP else table.kinds)
    if chance.random() < _KNOWN_BRAND:
        return chance.choice(table.brands) + ending
    characters = chance.sample(table.brand_characters, chance.choice((2, 2, 3)))
    return "".join(characters) + (ending if chance.random() < _SAYS_ITS_KIND else "")


@cache
def _platforms() -> tuple[str, ...]:
    return tuple(platform.name for platform in reference.platforms().platforms)


@cache
def _like(product: str) -> tuple[str, ...]:
    """Goods of the same category, so that the sentence stays sensible; only itself where none is known."""
    for group in (*reference.products().products, *reference.products().services):
        words = (*group.words, *getattr(group, "short", ()))
        if product in words or any(product.endswith(word) for word in words if len(word) >= 2):
            return tuple(words)
    return (product,)


def _corrected(line: _Line, chance: random.Random) -> _Line:
    """ "电视不对是冰箱": the first is no value."""
    spans = [mark for mark in _spans(line) if mark.slot in (Slot.PRODUCT, Slot.PLATFORM)]
    if not spans:
        return line
    mark = chance.choice(spans)
    old = "".join(character for character, _, _ in line[mark.start : mark.end])
    wrong = _another(mark.slot, old, chance)
    if wrong == old:
        return line
    said = wrong + chance.choice(("，", "")) + chance.choice(_table().corrections)
    return [*line[: mark.start], *_plain(said), *line[mark.start :]]


def _named(line: _Line, chance: random.Random) -> _Line:
    """ "就是金海面馆这家，" before a sentence that names no firm."""
    if any(slot in (Slot.SHOP, Slot.RESPONDENT) for _, slot, _ in line):
        return line
    before, after = chance.choice(_table().named).split("{firm}")
    firm = _value(_another(Slot.RESPONDENT, "", chance), Slot.RESPONDENT)
    return [*_plain(before), *firm, *_plain(after), *line]


def _pauses(line: _Line) -> list[int]:
    """Where a filler may stand: after a comma, else before any character outside a value."""
    after = [at + 1 for at, (character, _, _) in enumerate(line) if _PUNCTUATION.match(character)]
    free = [at for at, (_, slot, _) in enumerate(line) if slot is None]
    return [at for at in after if at < len(line)] or free


def _insert(line: _Line, words: str, places: Sequence[int], chance: random.Random) -> None:
    if places:
        at = chance.choice(places)
        line[at:at] = _plain(words)


def _stammered(line: _Line, chance: random.Random) -> _Line:
    """ "我我我在", "那个那个": one or two characters said again, outside values."""
    size = chance.choice((1, 2))
    free = [at for at in range(len(line) - size) if all(slot is None for _, slot, _ in line[at : at + size])]
    if not free:
        return line
    at = chance.choice(free)
    return [*line[:at], *line[at : at + size], *line[at:]]


def _misheard(line: _Line, chance: random.Random) -> _Line:
    heard: _Line = []
    for character, slot, first in line:
        draw = chance.random()
        if draw < _HOMOPHONE and _HAN.match(character):
            heard.append((_homophone(character, chance), slot, first))
        elif draw < _HOMOPHONE + _DROPPED and slot is None:
            continue
        elif draw < _HOMOPHONE + _DROPPED + _DOUBLED:
            heard += [(character, slot, first), (character, slot, False)]
        else:
            heard.append((character, slot, first))
    return heard or line


def _homophone(character: str, chance: random.Random) -> str:
    sounds = _by_sound()
    own = str(lazy_pinyin(character)[0])
    alike = [other for other in sounds.get(own, ()) if other != character]
    if not alike or chance.random() < 0.25:
        initial, final = split(own)
        near = [s for group in EXCHANGEABLE if initial in group for s in sorted(group)]
        alike += [other for one in near for other in sounds.get(one + final, ())[:3] if other != character]
    return chance.choice(alike) if alike else character


@cache
def _by_sound() -> dict[str, tuple[str, ...]]:
    """Common characters by toneless syllable, the commonest first."""
    jieba.setLogLevel(logging.WARNING)
    cutter = jieba.Tokenizer()
    cutter.initialize()
    counts = {word: count for word, count in cutter.FREQ.items() if len(word) == 1 and _HAN.match(word)}
    common = sorted(
        (word for word in counts if counts[word] >= _LEAST_COUNT), key=lambda word: (-counts[word], word)
    )
    found: dict[str, list[str]] = {}
    for character in common:
        found.setdefault(str(lazy_pinyin(character)[0]), []).append(character)
    return {sound: tuple(characters[:8]) for sound, characters in found.items()}
