"""Figures as people say them: digit by digit, as a count, as money, as a date."""

from __future__ import annotations

import cn2an

#: Words before which a lone 2 is 两. Dates, floors and ordinals keep 二.
MEASURES = (
    "个|件|次|天|家|位|名|块|元|条|只|双|台|部|箱|瓶|斤|公斤|千克|克|小时|分钟|周|年|张|份|包|袋|盒|套|间|款|"
    "项|种|笔|本|辆|顿|桌|人|遍|倍|杯|把|根|节|课|期|成|万|亿|米|吨|升|桶|支|颗|片|对|半|点|岁|批|单"
)

_DIGITS = "零一二三四五六七八九"
_PHONE_DIGITS = "零幺二三四五六七八九"


def one_by_one(digits: str, *, phone: bool = True) -> str:
    """Each digit by its name; `phone`: 1 is yāo, so that it cannot be heard as seven."""
    names = _PHONE_DIGITS if phone else _DIGITS
    return "".join(names[int(digit)] for digit in digits)


def grouped(digits: str, sizes: tuple[int, ...] | None = None) -> str:
    """Digit by digit with a short pause between groups, so that a listener can write along.

    Without `sizes`, groups of 3 to 4; five digits or fewer are one group.
    """
    if sizes is None:
        sizes = _even_groups(len(digits))
    groups, at = [], 0
    for size in sizes:
        groups.append(one_by_one(digits[at : at + size]))
        at += size
    return "、".join(group for group in groups if group)


def _even_groups(length: int) -> tuple[int, ...]:
    if length <= 5:
        return (length,)
    count = -(-length // 4)
    small, longer = divmod(length, count)
    return tuple(small + 1 if i < longer else small for i in range(count))


def count(digits: str) -> str:
    """A whole number as a count: 12000 is 一万二千, 2000 is 两千. Too long for cn2an: digit by digit."""
    digits = digits.lstrip("0") or "0"
    if len(digits) > 16:
        return grouped(digits)
    said: str = cn2an.an2cn(digits)
    if said.startswith("一十"):
        said = said[1:]
    if said[0] == "二" and said[1:2] in tuple("百千万亿"):
        said = "两" + said[1:]
    return said


def decimal(whole: str, fraction: str) -> str:
    """12.50 is 十二点五零."""
    return count(whole or "0") + "点" + one_by_one(fraction, phone=False)


def money(whole: str, fraction: str) -> str:
    """Yuan with 角 and 分: 1299.5 is 一千二百九十九元五角, 0.05 is 五分."""
    tenths, hundredths = list((fraction + "00")[:2])
    yuan = "" if int(whole or "0") == 0 else _two(count(whole)) + "元"
    jiao = _two(count(tenths)) + "角" if tenths != "0" else ""
    fen = _two(count(hundredths)) + "分" if hundredths != "0" else ""
    if yuan and fen and not jiao:
        fen = "零" + fen
    return (yuan + jiao + fen) or "零元"


def _two(said: str) -> str:
    return "两" if said == "二" else said


def measured(digits: str) -> str:
    """A count before a measure word, where a lone 2 is 两."""
    return _two(count(digits))


def clock(hour: str, minute: str, second: str | None = None) -> str:
    """8:05 is 八点零五分, 14:00 is 十四点."""
    said = measured(hour) + "点"
    if int(minute) or second:
        said += ("零" if len(minute) == 2 and minute[0] == "0" else "") + count(minute) + "分"
    if second:
        said += ("零" if second[0] == "0" else "") + count(second) + "秒"
    return said


def year(digits: str) -> str:
    """2026 is 二零二六."""
    return one_by_one(digits, phone=False)
