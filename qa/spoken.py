"""Values as callers say them, and what numbers a caller's own text holds.

The scorer must not lean on the seat's extractors, so this knows just enough of spoken Chinese by itself.
"""

from __future__ import annotations

import re
from decimal import Decimal

import cn2an

from data.understanding import SlotValue
from data.values import DIGIT_SLOTS
from data.vocabulary import Slot

#: What a caller calls each slot when he puts it right.
LABELS: dict[Slot, str] = {
    Slot.PLATFORM: "平台",
    Slot.SHOP: "店铺",
    Slot.PRODUCT: "商品",
    Slot.AMOUNT: "金额",
    Slot.DATE: "日期",
    Slot.ORDER_NO: "订单号",
    Slot.CASE_NO: "登记编号",
    Slot.RESPONDENT: "商家",
    Slot.RESPONDENT_ADDRESS: "商家地址",
    Slot.DISTRICT: "区",
    Slot.NAME: "姓名",
    Slot.PHONE: "电话",
    Slot.ADDRESS: "地址",
    Slot.DEMAND: "诉求",
    Slot.PEOPLE_COUNT: "人数",
}

_FIGURES = "零一二三四五六七八九"
_DIGIT = {figure: str(number) for number, figure in enumerate(_FIGURES)} | {
    "〇": "0", "洞": "0", "幺": "1", "两": "2", "拐": "7", "勾": "9",
}  # fmt: skip
_DIGIT |= {str(number): str(number) for number in range(10)} | {
    chr(ord("０") + number): str(number) for number in range(10)
}
_RUN = re.compile(f"[{''.join(_DIGIT)}]+(?:[，、。 …-]+[{''.join(_DIGIT)}]+)*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?[万千百]?|[零〇一二两三四五六七八九十百千万亿廿点]+")
#: 三块五, 九十九块九: the figure after 块 is tenths.
_TENTHS = re.compile(
    r"([零一二两三四五六七八九十百千万]+)[块元]([零一二三四五六七八九])(?:毛|角)?"
    r"(?![零一二两三四五六七八九十百千万])"
)


def digits_said(text: str) -> list[str]:
    """The runs of digits in `text`, as figures; a pause, a comma or a space inside a run joins it."""
    return ["".join(_DIGIT.get(char, "") for char in run.group()) for run in _RUN.finditer(text)]


def numbers_said(text: str) -> set[Decimal]:
    """Every number `text` may mean, whole numbers and decimals ("三百九十九", "三九九", "1.5万")."""
    text = text.replace("…", "")
    found: set[Decimal] = set()
    for match in _TENTHS.finditer(text):
        whole = _number(match.group(1))
        if whole is not None:
            found.add(whole + Decimal(_DIGIT[match.group(2)]) / 10)
    for match in _NUMBER.finditer(text):
        number = _number(match.group())
        if number is not None:
            found.add(number)
    return found | {Decimal(run) for run in digits_said(text) if len(run) > 1}


def _number(text: str) -> Decimal | None:
    plain = text.replace("两", "二").replace("〇", "零").replace("廿", "二十")
    try:
        return Decimal(str(cn2an.cn2an(plain, "smart")))
    except (ValueError, KeyError, IndexError):
        return None


def say_digits(digits: str) -> str:
    """A number digit by digit, in groups as people say them: a mobile 3-4-4, others by four; 1 is 幺."""
    figures = "".join(_FIGURES[int(digit)] for digit in digits if digit.isascii() and digit.isdigit())
    figures = figures.replace("一", "幺")
    if len(figures) == 11 and figures.startswith("幺"):
        groups = [figures[:3], figures[3:7], figures[7:]]
    else:
        groups = [figures[at : at + 4] for at in range(0, len(figures), 4)]
    return "，".join(groups)


def say_amount(amount: float) -> str:
    return f"{cn2an.an2cn(format(Decimal(str(amount)).normalize(), 'f'), 'low')}元"


def say_date(date: str) -> str:
    """ "2026-11-05" as 十一月五号; a month or a year alone as such."""
    parts = date.split("-")
    units = ("年", "月", "号")
    said = ["".join(_FIGURES[int(figure)] for figure in parts[0])] if parts[0].isdigit() else []
    said += [cn2an.an2cn(str(int(part)), "low") for part in parts[1:3] if part.isdigit()]
    text = "".join(f"{part}{unit}" for part, unit in zip(said, units, strict=False))
    return text.split("年", 1)[1] if len(parts) == 3 and "年" in text else text


def say_value(slot: Slot, value: SlotValue) -> str | None:
    """`value` as a caller would say it; None where it is not something one says (yes or no, a category)."""
    if slot not in LABELS or isinstance(value, bool):
        return None
    if slot in DIGIT_SLOTS:
        return say_digits(str(value))
    if slot is Slot.AMOUNT and isinstance(value, int | float):
        return say_amount(value)
    if slot is Slot.PEOPLE_COUNT and isinstance(value, int):
        return f"{cn2an.an2cn(str(value), 'low')}个人"
    if slot is Slot.DATE and isinstance(value, str):
        return say_date(value)
    if isinstance(value, tuple):
        return "、".join(value)
    return str(value)
