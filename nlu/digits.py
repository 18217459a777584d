"""Figures read one by one: phones, order and case numbers, as spoken and as misheard.

A run holds figures, number words, gaps and, where figures were asked, characters that sound like a figure between
figures (其 for 七). What is said twice counts once; "四个零" is 0000.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from data import reference
from nlu.heard import GAP
from nlu.numbers import DIGIT, UNIT, digits_of
from nlu.tables import pattern

_WORDS = "".join(DIGIT) + "洞"
_FIGURE = re.compile(rf"[\d{_WORDS}]")
_REPEATED = re.compile(rf"([一两俩二三四五六七八九2-9双])个?([\d{_WORDS}])(?![百千万十])")
_COUNT = {"双": 2, "俩": 2, "两": 2}
_ONE = "[一二两三四五六七八九]"
#: "一百三十八" inside a number that is otherwise spelt.
_COMPOSED = re.compile(rf"(?:{_ONE}千零?)?(?:{_ONE}百零?)?(?:{_ONE}?十)?{_ONE}?")
#: "后面是" goes on with a number where three figures follow; one or two put its end right.
_FILLER = re.compile(
    rf"^(?:然后|还有|后面(?:是)?(?=[ ,，、]*[\d{_WORDS}]{{3}})|中间(?:是)?|接着|嗯|呃|额|那个|空格|空|横杠|杠|再|(?P<yes>对))"
)
#: Where no figures were asked, a filler stands inside a number only if more of them follow.
_GOES_ON = re.compile(rf"(?:[ ,，、]|嗯|呃|额|那个|然后|后面(?:是)?|再)*[\d{_WORDS}]{{2}}")
#: "…九幺幺，三个多月了": after a pause a count of something, no more figures.
_COUNTED = pattern("identifiers", "counted")
#: Nor is a single number word that begins an ordinary one: "，一共两件", "，三天".
_PARTICLES = "吧啊呀嘛呢了的哦喔"


@dataclass(frozen=True, slots=True)
class Run:
    """Figures heard at text[start:end]. repaired: how many characters were read as the figure they sound like."""

    digits: str
    start: int
    end: int
    repaired: int = 0
    others: tuple[str, ...] = ()
    """Other readings: with or without a doubtful figure at an end."""


@cache
def _homophones() -> dict[str, str]:
    return {
        character: digit
        for digit, characters in reference.sound_alikes().digits.items()
        for character in characters
        if character not in DIGIT
    }


@dataclass(slots=True)
class _Token:
    digits: str
    start: int
    end: int
    sure: bool
    after_yes: bool = False
    """对 stands before it: the caller may be repeating himself."""


def runs(text: str, *, expected: bool = False, shortest: int = 4) -> list[Run]:
    """The runs of figures in `text`; `expected` lets homophones and composed numbers in."""
    found: list[Run] = []
    for group in _groups(text, expected):
        run = _assemble(group, expected)
        if run is not None and len(run.digits) >= shortest:
            found.append(run)
    return found


def _groups(text: str, expected: bool) -> Iterator[list[_Token]]:
    group: list[_Token] = []
    position = 0
    yes = False
    while position < len(text):
        paused = bool(group) and position > group[-1].end
        counted = _COUNTED.match(text, position) if paused else None
        if counted is not None or (paused and _begins_a_word(text, position, expected)):
            yield group
            group, position = [], counted.end() if counted else position + 1
            continue
        token = _token(text, position, expected)
        if token is not None:
            token.after_yes, yes = yes and bool(group), False
            group.append(token)
            position = token.end
            continue
        if (text[position] in GAP and text[position] not in "。！？!?") or (
            expected and text[position] in "。"
        ):
            position += 1
            continue
        if (
            group
            and (filler := _FILLER.match(text[position:]))
            and (expected or _GOES_ON.match(text, position + filler.end()))
        ):
            yes = yes or bool(filler["yes"])
            position += filler.end()
            continue
        if group:
            yield group
            group = []
        position += 1
    if group:
        yield group


def _begins_a_word(text: str, position: int, expected: bool) -> bool:
    """Whether the one figure at `position` is the beginning of another word."""
    if not _FIGURE.match(text[position]) or _REPEATED.match(text, position):
        return False
    after = text[position + 1 : position + 2]
    if not after or after in GAP or after in _PARTICLES or after in UNIT or _FIGURE.match(after):
        return False
    return not (expected and after in _homophones()) and not _FILLER.match(text[position + 1 :])


def _token(text: str, position: int, expected: bool) -> _Token | None:
    if repeated := _REPEATED.match(text, position):
        # "三个零" is 000; "二个…" inside a plain run ("一二三") needs the 个 or a 双.
        count_word, digit = repeated[1], repeated[2]
        if "个" in repeated.group() or count_word == "双":
            count = _COUNT.get(count_word) or DIGIT.get(count_word) or int(count_word)
            return _Token(_digit(digit) * count, position, repeated.end(), True)
    if expected and (composed := _COMPOSED.match(text, position)):
        word = composed.group()
        if any(character in UNIT for character in word) and (value := digits_of(word)):
            return _Token(value, position, composed.end(), True)
    character = text[position]
    if _FIGURE.match(character):
        return _Token(_digit(character), position, position + 1, True)
    if expected and character in _homophones():
        return _Token(_homophones()[character], position, position + 1, False)
    return None


def _digit(character: str) -> str:
    if character == "洞":
        return "0"
    return str(DIGIT[character]) if character in DIGIT else character


def _assemble(group: list[_Token], expected: bool) -> Run | None:
    first = next((index for index, token in enumerate(group) if token.sure), None)
    if first is None:
        return None
    last = len(group) - next(index for index, token in enumerate(reversed(group)) if token.sure)
    inner = _without_repeat(group[first:last])
    doubtful = sum(not token.sure for token in inner)
    if doubtful > max(2, len(inner) // 3):
        return None
    digits = "".join(token.digits for token in inner)
    others: list[str] = []
    if expected:
        # A figure lost at an end: "…一二三是" may end in 4.
        if last < len(group):
            others.append(digits + group[last].digits)
        if first > 0:
            others.append(group[first - 1].digits + digits)
    once = _once(digits)
    return Run(once, inner[0].start, inner[-1].end, doubtful, tuple(others))


def _without_repeat(tokens: list[_Token]) -> list[_Token]:
    """Without what is said again after 对: the end ("…三三二一，对三三二一") or the beginning of a fresh start."""
    for index, token in enumerate(tokens):
        if not token.after_yes:
            continue
        head = "".join(earlier.digits for earlier in tokens[:index])
        tail = "".join(later.digits for later in tokens[index:])
        if len(tail) >= 2 and head.endswith(tail):
            return tokens[:index]
        if len(head) >= 3 and tail.startswith(head):
            return _without_repeat(tokens[index:])
    return tokens


def _once(digits: str) -> str:
    """`digits` without its repetition, where the whole was said twice."""
    half, odd = divmod(len(digits), 2)
    if not odd and half >= 5 and digits[:half] == digits[half:]:
        return digits[:half]
    return digits
