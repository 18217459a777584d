"""Figures that a telephone line turned into other words: 稀释休快 is 七十九块, 西奇遥二物 is 七七幺二五.

A line of 8 kHz loses what tells j, q and x (or z, c and s) apart; the finals stay. Only tried where a number was
asked for and none was heard, and never believed without a confirmation.
"""

from __future__ import annotations

from functools import cache

from nlu.heard import GAP
from nlu.soundalike import EXCHANGEABLE, split, syllable

#: How number words sound; the first spelling is what a window is rewritten to.
_WORDS = {
    "ling": "零", "yi": "一", "yao": "幺", "er": "二", "liang": "两", "san": "三", "si": "四", "wu": "五",
    "liu": "六", "qi": "七", "ba": "八", "jiu": "九", "shi": "十", "bai": "百", "qian": "千", "wan": "万",
    "dian": "点", "kuai": "块", "yuan": "元", "mao": "毛", "duo": "多", "dong": "洞",
}  # fmt: skip
_UNITS = frozenset("十百千万点块元毛多")
#: What a recogniser writes for a pause or a breath between two figures.
_BREATHS = frozenset("你呢嗯呃额啊那")
#: Everyday words that sound like figures: no number begins with them.
_NOT_FIRST = frozenset("是时事实世使士势市室式试示要有又以已易也而耳")
#: What an exchanged initial costs, and the mean cost a window may have.
_EXCHANGED = 0.15
_MOST = 0.11


def rewritten(text: str, *, money: bool) -> str | None:
    """`text` with its longest window of number sounds written as number words, character for character.

    money: the window must hold a unit (块, 元, 十 …), else only figures. None when there is no such window.
    """
    costs = [_cost(character, money=money) for character in text]
    best: tuple[int, int] | None = None
    start = 0
    while start < len(text):
        end, total, count = start, 0.0, 0
        if text[start] in _NOT_FIRST:
            start += 1
            continue
        while end < len(text):
            if count and (text[end] in GAP or text[end] in _BREATHS):
                end += 1
                continue
            cost = costs[end][1]
            if cost is None:
                break
            total, count, end = total + cost, count + 1, end + 1
        if count >= 2 and total / count <= _MOST and (best is None or end - start > best[1] - best[0]):
            window = "".join(word for word, cost in costs[start:end] if cost is not None)
            if not money or any(word in _UNITS for word in window):
                best = (start, end)
        start = max(end, start + 1)
    if best is None:
        return None
    first, last = best
    # Gaps inside go to the end: "七十，九块" is one sum.
    spelt = "".join(word for word, cost in costs[first:last] if cost is not None)
    changed = text[:first] + spelt.ljust(last - first) + text[last:]
    return changed if changed != text else None


@cache
def _cost(character: str, *, money: bool) -> tuple[str, float | None]:
    """The number word a character sounds like, and how far off it is; None when like none."""
    if character.isdigit():
        return character, 0.0
    heard = syllable(character)
    word = _WORDS.get(heard)
    if word is not None and (money or word not in _UNITS):
        return (character if character in _WORDS.values() else word), 0.0
    initial, final = split(heard)
    for sound, spelt in _WORDS.items():
        if not money and spelt in _UNITS:
            continue
        other, rest = split(sound)
        if rest == final and any({initial, other} <= alike for alike in EXCHANGEABLE):
            return spelt, _EXCHANGED
    return character, None
