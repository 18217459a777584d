"""Simplified characters, and the one rule by which transcripts are compared.

**The scoring rule** (`normalise_for_scoring`), applied alike to the reference and to what was heard:

1. Unicode NFKC, lower case, Traditional to Simplified.
2. Every number becomes Arabic figures, because figures are the one form in which both ways of
   reading a number meet: ``一三八`` and ``138`` are ``138``; ``三百九十九`` and ``399`` are ``399``.

   * A run of digit names is read digit by digit (``幺`` is 1, ``两`` is 2, ``〇`` is 0).
   * A run with 十百千万亿 is read as a value; colloquial endings count (``三百五`` is 350).
     A run that is no number as a whole is read as the numbers it begins with, longest first;
     what cannot begin a number (the 千 of ``千万别``) stays a character.
   * Figures with a unit are a value: ``3.5万``, ``三点五万`` and ``三万五`` are ``35000``.
   * The decimal point, the colon of a time and ``点`` are all ``点``: ``3.5``, ``三点五``.
   * ``20%`` is ``百分之20``. Thousands separators go.

3. Punctuation, symbols and spaces are dropped.

The error rate is character edits divided by the length of the normalised reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

import cn2an
from opencc import OpenCC
from rapidfuzz.distance import Levenshtein

_DIGITS = {
    **{name: str(value) for value, name in enumerate("零一二三四五六七八九")},
    "〇": "0",
    "幺": "1",
    "两": "2",
}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_NUMERALS = "".join(_DIGITS) + "".join(_UNITS)
_RUN = re.compile(f"[{_NUMERALS}]+")
_DECIMAL = re.compile(rf"(?<=[\d{_NUMERALS}])点([{''.join(_DIGITS)}\d]+)(?![十百千])")
_FIGURES_UNIT = re.compile(r"(?:\d+(?:点\d+)?[十百千万亿]+(?!分之))+(?:\d+(?!点))?")
_FIGURES_PART = re.compile(r"(\d+(?:点\d+)?)([十百千万亿]*)")
#: A digit and a unit, then one bare digit at the end: 三百五, 一万二.
_COLLOQUIAL = re.compile(r"([百千万亿])([一二三四五六七八九])$")


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


def simplified(text: str) -> str:
    """`text` with Traditional characters turned into Simplified ones."""
    converted: str = _converter().convert(text)
    return converted


def normalise_for_scoring(text: str) -> str:
    """`text` reduced to what an error rate should count; see the rule above. Idempotent."""
    text = simplified(unicodedata.normalize("NFKC", text).lower())
    text = re.sub(r"(?<=\d)[,，](?=\d{3}(?!\d))", "", text)
    text = re.sub(r"(\d+(?:\.\d+)?)%", r"百分之\1", text)
    text = re.sub(r"(?<=\d)[.:](?=\d)", "点", text)
    text = "".join(c for c in text if unicodedata.category(c)[0] in "LN")
    text = _DECIMAL.sub(lambda m: "点" + _digit_by_digit(m[1]), text)
    text = _RUN.sub(lambda m: _figures(m[0], after_figure=_follows_figure(m)), text)
    return _FIGURES_UNIT.sub(_with_unit, text)


def edits(reference: str, heard: str) -> tuple[int, int]:
    """Character edits between the normalised texts, and the length of the normalised reference."""
    wanted = normalise_for_scoring(reference)
    return Levenshtein.distance(wanted, normalise_for_scoring(heard)), len(wanted)


def cer(reference: str, heard: str) -> float:
    """Character error rate of one pair; 0 is perfect, above 1 is possible."""
    return cer_of([(reference, heard)])


def cer_of(pairs: Iterable[tuple[str, str]]) -> float:
    """Character error rate over many (reference, heard) pairs: all edits by all characters."""
    counts = [edits(reference, heard) for reference, heard in pairs]
    return sum(n for n, _ in counts) / max(1, sum(length for _, length in counts))


def _digit_by_digit(run: str) -> str:
    return "".join(_DIGITS.get(c, c) for c in run)


def _follows_figure(match: re.Match[str]) -> bool:
    return match.start() > 0 and match.string[match.start() - 1].isdigit()


def _figures(run: str, *, after_figure: bool) -> str:
    """The numbers in `run`, a string of numerals only, as figures."""
    if after_figure and run[0] in _UNITS:  # 328万, 3点5万: left for _with_unit
        head = re.match(f"[{''.join(_UNITS)}]+", run)
        assert head is not None
        rest = run[head.end() :]
        return head[0] + (_figures(rest, after_figure=False) if rest else "")
    if not any(c in _UNITS for c in run):
        return _digit_by_digit(run)
    for end in range(len(run), 0, -1):
        value = _value(run[:end])
        if value is not None:
            rest = run[end:]
            return value + (_figures(rest, after_figure=False) if rest else "")
    return run[0] + (_figures(run[1:], after_figure=False) if run[1:] else "")


def _value(run: str) -> str | None:
    """The value of a whole numeral, or None where it is not one."""
    if len(run) == 1:
        return "10" if run == "十" else _DIGITS.get(run)
    if run[0] in "百千万亿" or not any(c in _UNITS for c in run):
        return None
    plain = run.translate(str.maketrans("两幺〇", "二一零"))
    ending = _COLLOQUIAL.search(plain)
    if ending:
        unit = {"百": "十", "千": "百", "万": "千", "亿": "千万"}[ending[1]]
        plain = plain + unit
    try:
        return str(cn2an.cn2an(plain, "strict"))
    except ValueError:
        return None


def _with_unit(match: re.Match[str]) -> str:
    """Figures with units as one value: 328万 1138 is 3281138, 1万2 is 12000."""
    total, ceiling = Decimal(0), Decimal("Infinity")
    done: list[str] = []
    for figures, units in _FIGURES_PART.findall(match[0]):
        value, unit = Decimal(figures.replace("点", ".")), Decimal(1)
        for name in units:
            unit *= _UNITS[name]
        if not units and len(figures) == 1 and ceiling.is_finite():
            unit = ceiling / 10
        value *= unit
        if value >= ceiling:
            done.append(_plain(total))
            total = Decimal(0)
        total, ceiling = total + value, unit
    return "".join((*done, _plain(total)))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", "点")
