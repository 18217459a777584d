"""When two values of a slot are the same: the one rule of every score and of the caller who listens. Pure.

Names compare by toneless pinyin (characters can't be heard), addresses by district, road and numbers,
platforms through their aliases, demands through the table; the rest as written, but for case and punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

import cn2an
from pypinyin import lazy_pinyin

from data import reference
from data.understanding import SlotValue
from data.vocabulary import DIGIT_SLOTS, FLAG_SLOTS, LIST_SLOTS, NUMBER_SLOTS, Slot

#: Free text: never scored.
FREE_TEXT = frozenset({Slot.NARRATIVE})
_ADDRESSES = frozenset({Slot.ADDRESS, Slot.RESPONDENT_ADDRESS})
_ROAD = re.compile(r"[一-鿿]+?(?:公路|大道|路|街|镇|广场)")
Address = tuple[str, str, tuple[str, ...]]
FIGURES = re.compile(r"\d+|[零〇一二两三四五六七八九十百千幺]+")


def same(slot: Slot, expected: SlotValue, got: SlotValue | None) -> bool:
    """Whether `got` is what `expected` says, in the way this slot is compared."""
    if got is None:
        return False
    if slot in FREE_TEXT:
        return True
    if slot in FLAG_SLOTS or isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if slot in NUMBER_SLOTS:
        return _number(expected) is not None and _number(expected) == _number(got)
    if slot in DIGIT_SLOTS:
        return _digits(expected) == _digits(got)
    if slot in LIST_SLOTS:
        return names(slot, expected) == names(slot, got)
    if slot is Slot.PLATFORM:
        return platform(str(expected)) == platform(str(got))
    if slot is Slot.NAME:
        return sound(str(expected)) == sound(str(got))
    if slot is Slot.DISTRICT:
        return _district(str(expected)) == _district(str(got))
    if slot in _ADDRESSES:
        return _same_address(address(str(expected)), address(str(got)))
    return plain(str(expected)) == plain(str(got))


def plain(text: str) -> str:
    """Letters, figures and characters only, in one case and width."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(char for char in folded if char.isalnum())


def sound(text: str) -> str:
    """Toneless pinyin, syllables joined by blanks."""
    return " ".join(lazy_pinyin(plain(text)))


def platform(name: str) -> str:
    """The canonical name of a platform, or `name` in plain form where the table knows none."""
    found = reference.platform_named(name)
    return plain(found.name if found else name)


def demand(word: str) -> str:
    """The demand of the official form that `word` asks for (退款: 退还货款和服务费用)."""
    rows = reference.demands().demands
    if any(row.name == word for row in rows):
        return word
    return next((row.name for row in rows if word in row.said or word in row.implied), word)


def address(text: str) -> Address:
    """District (empty where not said), road, and the numbers after it in order."""
    rest = plain(text).removeprefix("上海市").removeprefix("上海")
    district = ""
    for row in reference.districts().districts:
        spelt = next(
            (name for name in sorted(row.aliases, key=len, reverse=True) if rest.startswith(name)), ""
        )
        if spelt:
            district, rest = row.name, rest.removeprefix(spelt).removeprefix("区")
            break
    found = _ROAD.match(rest)
    road = found.group() if found else rest
    after = rest.removeprefix(road)
    return district, road, tuple(_figure(match.group()) for match in FIGURES.finditer(after))


def _same_address(expected: Address, got: Address) -> bool:
    """A district counts where one is expected."""
    return expected[1:] == got[1:] and expected[0] in ("", got[0])


def _figure(text: str) -> str:
    if text.isdigit() and text.isascii():
        return str(int(text))
    plain_text = text.replace("幺", "一").replace("〇", "零")
    if re.search("[十百千]", plain_text):
        try:
            return str(cn2an.cn2an(plain_text.replace("两", "二"), "smart"))
        except ValueError:
            return plain_text
    digits = "".join(str("零一二三四五六七八九".index(char.replace("两", "二"))) for char in plain_text)
    return str(int(digits))


def _number(value: SlotValue) -> Decimal | None:
    try:
        return Decimal(str(value)).quantize(Decimal("0.01"))
    except ArithmeticError:
        return None


def _digits(value: SlotValue) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", str(value)) if char.isdigit())


def names(slot: Slot, value: SlotValue) -> frozenset[str]:
    """The members of a list slot's value in plain form, demands by their official names."""
    words = value if isinstance(value, tuple) else (str(value),)
    return frozenset(plain(demand(word) if slot is Slot.DEMAND else word) for word in words)


def _district(name: str) -> str:
    found = reference.district_named(name)
    return found.code if found else plain(name)
