"""Numbers as people say them: 四百廿, 一万二, 两百八, 三千多, 二三十, 一块半's 半, 3千8, 三九九."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import cn2an

DIGIT = {
    character: value
    for value, characters in enumerate(("零〇", "一幺", "二两俩", "三仨", *"四五六七八九"))
    for character in characters
}
UNIT = {"十": 10, "百": 100, "千": 1000, "万": 10000, "亿": 100000000}
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬億", "一二三四五六七八九十百千万亿")
_SHORT = {"廿": "二十", "卅": "三十"}

_CHINESE = "零〇一二三四五六七八九十百千万亿两俩仨廿卅幺"
#: A run of figures and number words. "千把", "百来" and "多" after it make it approximate.
_RUN = re.compile(
    rf"\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?[十百千万亿]?|\d+(?:\.\d+)?(?:[十百千万亿]+[{_CHINESE}\d]*)?"
    rf"|[{_CHINESE}](?:[{_CHINESE}]|\d(?!\d))*(?:点[零〇一二三四五六七八九]+[万千百]?)?"
)
_ABOUT = re.compile(r"[多几来把余]")
_MIXED = re.compile(r"\d+(?:\.\d+)?|[一-龥]")
_RANGE = re.compile(r"^([一二三四五六七八九两])([一二三四五六七八九两])([十百千万]+)$")


_PER_ONE = frozenset("米斤箱瓶盒件双套张台桶条包只节位克晚碗杯盘棵")
#: "七八个", "十七八户", "一百二三十块": two neighbouring figures name a range where something is counted.
_NEIGHBOURS = re.compile(
    r"^(?P<base>(?:[一二三四五六七八九两]万)?(?:[一二三四五六七八九两]千)?(?:[一二三四五六七八九两]百)?(?:[一二三四五六七八九]?十)?)"
    r"(?P<low>[一二三四五六七八九两])(?P<high>[二三四五六七八九两])(?P<unit>十?)$"
)
_COUNTED = re.compile(r"[个人名位户家口天年次块元桶台件只箱瓶张条斤吨公米岁]")
#: What a unit after 多, 几 or 来 does: 六十多万 is 60 times 10,000.
_SCALE = re.compile(r"[百千万亿]+")
#: The middle of 十几 (11 to 19), by the same convention as 二三十.
_TEENS = 15.0


@dataclass(frozen=True, slots=True)
class Number:
    """A number heard at text[start:end]. spelt: said figure by figure ("三九九"). about: 多/几/来/a range."""

    value: float
    start: int
    end: int
    text: str
    about: bool = False
    spelt: bool = False

    @property
    def whole(self) -> int | float:
        """An int where it is one."""
        return int(self.value) if self.value == int(self.value) else round(self.value, 2)

    @property
    def composed(self) -> bool:
        """Holds a unit of ten or more, or more than one figure: more than a bare "一"."""
        return len(self.text) > 1


def parse(text: str) -> float | None:
    """The value of one number word, or None. Never raises."""
    text = text.translate(_FORMAL).replace(",", "")
    for short, long in _SHORT.items():
        text = text.replace(short, long)
    if not text or len(text) > 24:
        return None
    if re.fullmatch(r"\d{1,15}(\.\d+)?", text):
        return float(text)
    try:
        return float(cn2an.cn2an(text, "smart"))
    except (ValueError, KeyError, IndexError, TypeError, OverflowError):
        return _colloquial(text)


def _colloquial(text: str) -> float | None:
    """What cn2an does not read: 3千8, 1万2千, 两千零五十, 三九九, 幺五."""
    if all(character in DIGIT or character.isdigit() for character in text):
        return float("".join(str(DIGIT.get(character, character)) for character in text))
    tokens = _MIXED.findall(text)
    if "".join(tokens) != text:
        return None
    total = section = 0.0
    current: float | None = None
    last_unit = tail_unit = 0.0
    for token in tokens:
        if token in UNIT:
            unit = float(UNIT[token])
            if unit >= 10000:
                total = (total + section + (current or (1.0 if not section and not total else 0.0))) * unit
                section = last_unit = 0.0
            elif last_unit and unit >= last_unit:
                return None
            else:
                section += (1.0 if current is None else current) * unit
            current, last_unit = None, unit if unit < 10000 else 0.0
            tail_unit = unit
        elif token in DIGIT:
            # "零" only holds a place; what follows it is no tail of the unit before.
            if DIGIT[token] == 0 and current is None:
                tail_unit = 0.0
                continue
            if current is not None and current < 10 and tail_unit:
                return None
            current = float(DIGIT[token])
        elif token.replace(".", "", 1).isdigit():
            current = float(token)
        else:
            return None
    if current is not None:
        tail = current * tail_unit / 10 if tail_unit >= 100 and current < 10 else current
        section += tail
    return total + section


def scan(text: str) -> Iterator[Number]:
    """Every number in `text`, left to right, with what follows it (多, 几) taken in where it belongs."""
    position = 0
    while match := _RUN.search(text, position):
        number = _read(text, match.start(), match.end())
        position = match.end()
        if number is not None:
            position = max(position, number.end)
            yield number


def _read(text: str, start: int, end: int) -> Number | None:
    said = text[start:end].translate(_FORMAL)
    if pair := _RANGE.match(said):
        # 二三十 is 25 to the records' convention: the middle of what was said.
        low, high = DIGIT[pair[1]], DIGIT[pair[2]]
        unit = _times(pair[3])
        if high == low + 1 or (low, high) in ((1, 2), (3, 5)):
            value = (low + high) / 2 * unit
            return Number(value, start, end, text[start:end], about=True)
    if said in ("十", "百", "千", "万", "亿") and text[end : end + 1] in ("把", "来"):
        end += 1
        value = float(UNIT[said])
        if (scale := _SCALE.match(text, end)) and _times(scale.group()) > value:
            value, end = value * _times(scale.group()), scale.end()
        return Number(value, start, end, text[start:end], about=True)
    if (between := _neighbours(said, text[end : end + 1])) is not None:
        return Number(between, start, end, text[start:end], about=True)
    if said[0] == "十" and text[start - 1 : start] == "几" and start:
        # "几十块" names no number.
        return None
    if said[0] in "百千万亿":
        # "上百人" counts; "好几百", "千万别" do not.
        if len(said) == 1 and text[start - 1 : start] in ("上", "近", "成") and start:
            return Number(float(UNIT[said]), start, end, said, about=True)
        return None
    value_or_none = parse(said)
    while value_or_none is None and len(said) > 2:
        # "二百八一箱", "九十九一个月": the last 一 counts the boxes, not the money.
        said, end = said[:-1], end - 1
        value_or_none = parse(said)
    if value_or_none is None:
        return None
    if len(said) > 2 and said[-1] == "一" and said[-2] in UNIT and text[end : end + 1] in _PER_ONE:
        # "三百一米": one metre, not ten.
        said, end = said[:-1], end - 1
        value_or_none = parse(said) or 0.0
    # Figure by figure: "三九九"; a bare "十" or "百" is none.
    spelt = len(said) > 1 and not any(character in UNIT or character in "廿卅点" for character in said)
    about = False
    if _ABOUT.match(text, end) and (said[-1] in UNIT or said[-1].isdigit() or said[-1] in "廿卅"):
        about, end = True, end + 1
        # "两百多" ends here; "四十几" too.
        if said == "十" and text[end - 1] == "几":
            value_or_none = _TEENS
        if (scale := _SCALE.match(text, end)) and _times(scale.group()) > _last_unit(said):
            value_or_none, end = value_or_none * _times(scale.group()), scale.end()
    return Number(value_or_none, start, end, text[start:end], about=about, spelt=spelt)


def _neighbours(said: str, after: str) -> float | None:
    """The middle of a range of neighbours (七八个, 一百五六); None where they are read figure by figure."""
    match = _NEIGHBOURS.match(said)
    if match is None:
        return None
    tail = _last_unit(match["base"]) / 10 if match["base"] and not match["unit"] else 0.0
    if tail < 10 and not match["unit"] and _COUNTED.match(after) is None:
        return None
    low, high = DIGIT[match["low"]], DIGIT[match["high"]]
    base = parse(match["base"]) if match["base"] else 0.0
    if high != low + 1 or base is None or (match["unit"] and match["base"].endswith("十")):
        return None
    return base + (low + high) / 2 * (10 if match["unit"] else max(tail, 1))


def _times(units: str) -> float:
    product = 1.0
    for character in units:
        product *= UNIT[character]
    return product


def _last_unit(said: str) -> float:
    return float(UNIT.get(said[-1], 1))


def digits_of(text: str) -> str:
    """The figures of a number word, one by one where it was spelt ("幺三八" → "138", "二十三" → "23")."""
    said = text.translate(_FORMAL)
    if all(character in DIGIT or character.isdigit() for character in said):
        return "".join(str(DIGIT.get(character, character)) for character in said)
    value = parse(said)
    return str(int(value)) if value is not None and value < 1e15 else ""
