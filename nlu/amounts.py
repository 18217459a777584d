"""Money: 三百九十九块, 399, 三块五毛, 一千二百多, 二百八一箱, 三九九 when the amount was asked.

Of several sums the one in dispute is taken: what was paid or charged, not the list price, the gift or the balance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from data.understanding import Finding
from data.vocabulary import Slot
from nlu.heard import Heard
from nlu.numbers import DIGIT, Number, scan
from nlu.tables import pattern

_YUAN = re.compile(r"\s*(?:块钱|元钱|块大洋|人民币|块|元|圆|快钱|塊)(?:钱|钞票)?")
_JIAO = pattern("amounts", "jiao")
_NOT_YUAN = pattern("amounts", "not_yuan")
_BARE_JIAO = re.compile(r"\s*(?:毛钱|毛|角钱)")
_CURRENCY_BEFORE = re.compile(r"[¥￥]\s*$")
_PER = pattern("amounts", "per")
_UNIT_AFTER = pattern("amounts", "unit_after")
_NOT_MONEY_BEFORE = pattern("amounts", "not_money_before")
#: "苹果十五" is a telephone.
_MODEL_BEFORE = re.compile(r"(?:苹果|华为|小米|iPhone|手机)\s*$")
_LARGEST_MODEL = 30
_HOTLINE = re.compile(
    r"^(?:12315|12345|12331|12358|12365|12330|110|119|120|12\d{3}|95\d{3,4}|96110|618|315|996)$"
)
_PAID = pattern("amounts", "paid")
_TOTAL = re.compile(r"(?:一共|总共|总价|合计|总计|加起来|拢共|前后|总额|金额是?)[花付交充收用了是]*\s*$")
_NOW = re.compile(r"(?:现在|结果|却|实际|昨天|最后|后来|变成|居然|涨到|要)[^,，。]{0,6}$")
_LIST_PRICE = pattern("amounts", "list_price")
_OTHER = pattern("amounts", "other")
_SUPERSEDED = re.compile(r"不对|说错|错了|搞错|记错|不不|哦不|噢不|不是|应该是|更正|改成|改为|不止")
_CLAIMED = re.compile(
    r"(?:要求?|让|叫|得|应该|至少|必须|想)(?:他们?|商家|店家|店里|卖家|平台)?(?:给我|再)?赔(?:偿|我|给我|个|到)*$"
)
_DEMANDED = pattern("amounts", "demanded")
_RATE = pattern("amounts", "rate")
_CLOSES = pattern("amounts", "closes")
_ALONE_BEFORE = re.compile(r"[,，。!！?？;；]\s*$")
_ALONE_AFTER = re.compile(r"\s*(?:$|[,，。!！?？;；])")
_TALK_OF_MONEY = pattern("amounts", "talk_of_money")
_MEASURED = pattern("amounts", "measured")
#: "一千块以上的", "五百块保底": a limit somebody speaks of, no sum he paid.
_LIMIT_AFTER = re.compile(r"^(?:以[上下内]|保底|封顶|起赔)")
_VAGUE = re.compile(r"(?:大概|大约|差不多|约|将近|快|左右|上下|不到|来块|至少|起码|好像|接近|近)\s*$")
_VAGUE_AFTER = re.compile(r"^(?:左右|上下|的样子|不到|出头|多)")
_BASE = 1.0


@dataclass(frozen=True, slots=True)
class _Sum:
    value: float
    start: int
    end: int
    about: bool
    marked: bool
    """Carries a currency word."""
    score: float


def find(heard: Heard) -> list[Finding]:
    """The sum in dispute, if one was named."""
    text = heard.text
    asked = heard.asks(Slot.AMOUNT)
    sums: list[_Sum] = []
    for number in heard.numbers:
        # The 五 of 三块五毛 is already part of the sum before it.
        if sums and number.start < sums[-1].end:
            continue
        if (found := _sum(text, number, asked)) is not None:
            sums.append(found)
    sums = _drop_superseded(text, sums)
    if not sums:
        return []
    # The later of two equal ones: people correct themselves forwards.
    best = max(enumerate(sums), key=lambda pair: (pair[1].score, pair[0] if asked else -pair[0]))[1]
    confidence = 0.95 if best.marked else 0.9 if asked else 0.75
    others = tuple(
        _plain(other.value)
        for other in sums
        if other is not best and other.score >= best.score - 0.5 and other.value != best.value
    )
    return [
        heard.finding(
            Slot.AMOUNT,
            _plain(best.value),
            (best.start, best.end),
            method="amount",
            confidence=confidence,
            precision="approx" if best.about else None,
            alternatives=others[:3],
        )
    ]


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else round(value, 2)


def _sum(text: str, number: Number, asked: bool) -> _Sum | None:
    before, end, value = text[: number.start], number.end, number.value
    start = number.start
    if _HOTLINE.match(number.text) and not asked:
        return None
    if asked and _CLAIMED.search(before):
        # What the shop is to pay is not what was paid.
        return None
    marked = bool(_CURRENCY_BEFORE.search(before))
    if marked:
        start = before.rindex("¥" if "¥" in before[-3:] else "￥")
    yuan = _YUAN.match(text, end)
    if yuan is not None and (_NOT_YUAN.match(text, end) or _one_piece(text, number, yuan, before, asked)):
        return None
    if yuan is not None:
        marked, end = True, yuan.end()
        if yuan.group().strip() in ("块", "元") and (tail := _JIAO.match(text, end)):
            value, end = value + _change(tail), tail.end()
            if extra := _YUAN.match(text, end):
                end = extra.end()
            elif text.startswith("钱", end):
                end += 1
    elif jiao := _BARE_JIAO.match(text, end):
        marked, value, end = True, value / 10, jiao.end()
    elif not marked and not _stands_as_sum(text, number, before, asked):
        return None
    if value <= 0 or value >= 1e9 or (not asked and _LIMIT_AFTER.match(text[end:])):
        return None
    about = number.about or bool(_VAGUE.search(before)) or bool(_VAGUE_AFTER.match(text[end:]))
    return _Sum(value, start, end, about, marked, _score(before, marked, value))


def _one_piece(text: str, number: Number, yuan: re.Match[str], before: str, asked: bool) -> bool:
    """Whether 一块 is a piece ("一块深一块浅", "一块三百多") and not one yuan."""
    if number.text not in ("一", "两") or yuan.group() != "块" or _JIAO.match(text, yuan.end()):
        return False
    if (after := next(scan(text[yuan.end() : yuan.end() + 12]), None)) is not None and after.start == 0:
        return after.composed
    if number.text == "两" or asked:
        return False
    return not (
        _PAID.search(before) or _NOW.search(before) or _TOTAL.search(before) or _LIST_PRICE.search(before)
    )


def _change(tail: re.Match[str]) -> float:
    """块五 → 0.5, 块五毛 → 0.5, 块八毛五 → 0.85, 块半 → 0.5."""
    if tail.group() == "半":
        return 0.5
    jiao = tail["jiao"] or tail["bare"]
    return round(_figure(jiao) / 10 + (_figure(tail["fen"]) / 100 if tail["fen"] else 0.0), 2)


def _figure(character: str) -> int:
    return DIGIT[character] if character in DIGIT else int(character)


def _stands_as_sum(text: str, number: Number, before: str, asked: bool) -> bool:
    """Whether a number without a currency word is money."""
    if len(number.text) >= 7 and number.spelt:
        return False
    if (_NOT_MONEY_BEFORE.search(before) and not _PAID.search(before)) or _MEASURED.search(before):
        return False
    if number.value < _LARGEST_MODEL and _MODEL_BEFORE.search(before):
        return False
    per = _PER.match(text, number.end)
    if _UNIT_AFTER.match(text, number.end) and not (per and text[number.end : number.end + 1] in "一每两1"):
        return False
    if asked:
        return number.composed or text[number.end :].strip(" ,，。了吧啊呀嗯") == ""
    if not number.composed or number.value < 5:
        return False
    if _PAID.search(before) or _NOW.search(before):
        return True
    if per:
        return number.value >= 10
    alone = bool(_ALONE_BEFORE.search(before) and _ALONE_AFTER.match(text, number.end))
    if alone and number.value >= 10 and not number.spelt and _TALK_OF_MONEY.search(before[-20:]):
        return True
    # "停车一小时三十", "三千八": a rounded or composed number closing a clause.
    closes = bool(_CLOSES.match(text, number.end))
    rate = _RATE.search(before)
    money_like = any(unit in number.text for unit in "百千万") or number.about
    return closes and (bool(rate) or (money_like and not number.text.isdigit()))


def _score(before: str, marked: bool, value: float) -> float:
    score = _BASE + (0.3 if marked else 0.0)
    if _DEMANDED.search(before):
        # What he is to pay on top is not what he paid.
        return score - 1.5
    if _TOTAL.search(before):
        score += 1.5
    if _PAID.search(before) and not _OTHER.search(before):
        score += 1.0
    if _NOW.search(before):
        score += 0.6
    if _LIST_PRICE.search(before):
        score -= 0.7
    if _OTHER.search(before):
        score -= 1.5
    return score


def _drop_superseded(text: str, sums: list[_Sum]) -> list[_Sum]:
    """Without the sums that were taken back: "三百九，不对，四百二十九"."""
    kept: list[_Sum] = []
    for index, found in enumerate(sums):
        following = sums[index + 1] if index + 1 < len(sums) else None
        if following is not None and _SUPERSEDED.search(text[found.end : following.start]):
            continue
        kept.append(found)
    if len(kept) == 1 and len(sums) > 1:
        return [replace(kept[0], score=kept[0].score + 1)]
    return kept
