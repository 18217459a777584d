"""Written text to text that can be spoken: every figure in words, no symbol a voice would stumble over.

A list of rules, tried in order; each replaces one written form by its spoken form. A new form is a new
rule. The result holds Chinese characters, Latin letters, spaces between Latin words and the marks
。！？；，：、 only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from models import spoken_numbers as say

#: Part of the audio cache's key: raise it when the same text comes out differently.
VERSION = 1

_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_START = r"(?<![\d.])"
_END = r"(?!\d|\.\d)"
_MONEY_UNIT = r"(?:元|块钱|块|人民币)"
_UNITS = (
    rf"(?:{say.MEASURES}|月|日|号|点|分|秒|时|℃|度|％|%|年|周岁|号楼|楼|层|弄|毫升|厘米|毫米|平方|立方|公里)"
)
_NUMBERED = (
    r"(?:单号|编号|号码|尾号|账号|帐号|卡号|验证码|邮编|电话|手机号?|热线|座机|工号|信用代码"
    r"|流水号|运单|快递号)"
)


def _date(match: re.Match[str]) -> str:
    year, month, day = match.group(1), match.group(2), match.group(3)
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return say.grouped(year + month + day)
    return f"{say.year(year)}年{say.count(month)}月{say.count(day)}日"


def _clock(match: re.Match[str]) -> str:
    hour, minute, second = match.group(1), match.group(2), match.group(3)
    if int(hour) > 24 or int(minute) > 59:
        return f"{say.count(hour)}比{say.count(minute)}"
    return say.clock(hour, minute, second)


def _price(match: re.Match[str]) -> str:
    return say.money(match.group(1), match.group(2) or "")


def _mixed(match: re.Match[str]) -> str:
    digits = match.group()
    return say.count(digits) if len(digits) < 3 and not digits.startswith("0") else say.grouped(digits)


def _plain(match: re.Match[str]) -> str:
    """A number nothing is known about: short or round is a count, long is a number to write down."""
    digits = match.group()
    if len(digits) > 1 and digits[0] == "0":
        return say.grouped(digits)
    if len(digits) <= 4 or (digits.endswith("000") and len(digits) <= 8):
        return say.count(digits)
    return say.grouped(digits)


def _rules() -> list[_Rule]:
    written: list[tuple[str, Callable[[re.Match[str]], str]]] = [
        # Dates and times
        (rf"{_START}(\d{{4}})[-/.年](\d{{1,2}})[-/.月](\d{{1,2}})(?:[日号]|{_END})", _date),
        (rf"{_START}((?:19|20)\d\d)(?=年)", lambda m: say.year(m[1])),
        (rf"{_START}(\d{{1,2}}):(\d\d)(?::(\d\d))?(?![\d:])", _clock),
        # Money
        (rf"[¥￥]\s*(\d{{1,13}})(?:\.(\d{{1,2}}))?{_END}(?:元|块钱|块)?", _price),
        (rf"{_START}(\d{{1,13}})\.(\d{{1,2}})(?:元|块钱)", _price),
        (rf"{_START}(\d{{1,13}})\.(\d)块", lambda m: f"{say.measured(m[1])}块{say.count(m[2])}"),
        # Numbers people dial
        (
            rf"{_START}(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{{4}})[- ]?(\d{{4}}){_END}",
            lambda m: say.grouped(m[1] + m[2] + m[3], (3, 4, 4)),
        ),
        (
            rf"{_START}(0(?:10|2\d|[3-9]\d\d))[- ]?(\d{{7,8}}){_END}(?!{_MONEY_UNIT})",
            lambda m: f"{say.one_by_one(m[1])}、{say.grouped(m[2])}",
        ),
        (
            rf"{_START}([48]00)[- ]?(\d{{3,4}})[- ]?(\d{{3,4}}){_END}(?!{_MONEY_UNIT})",
            lambda m: "、".join(map(say.one_by_one, m.groups())),
        ),
        (
            rf"{_START}(?:1231[589]|12345|123[0-9]{{2}}|100\d\d|95\d{{3}}){_END}(?!{_MONEY_UNIT}|{_UNITS})",
            lambda m: say.one_by_one(m[0]),
        ),
        (rf"{_START}(?:110|119|120|122){_END}(?!{_MONEY_UNIT}|{_UNITS}|-\d)", lambda m: say.one_by_one(m[0])),
        (
            rf"({_NUMBERED}(?:后四位)?(?:是|为)?[:：，,]?\s*)(\d+){_END}(?!{_MONEY_UNIT})",
            lambda m: m[1] + say.grouped(m[2]),
        ),
        (rf"{_START}(\d{{3,4}})(?=室|房)", lambda m: say.one_by_one(m[1])),
        # Shares and ranges
        (
            rf"{_START}(\d+)(?:\.(\d+))?[%％]",
            lambda m: "百分之" + (say.decimal(m[1], m[2]) if m[2] else say.count(m[1])),
        ),
        (
            rf"(?<=[\d点分])\s*[-~～—–]\s*(?=\d{{1,6}}\s*{_UNITS}|\d{{1,6}}\s*{_MONEY_UNIT}|[零一二两三四五六七八九十])",
            lambda m: "到",
        ),
        (rf"{_START}(\d+)\.(\d+)(?![\d.])", lambda m: say.decimal(m[1], m[2])),
        (r"(?<=\d)\.(?=\d)", lambda m: "点"),
        # Counts
        (r"(?<=[A-Za-z])\d+|\d+(?=[A-Za-z])(?!(?:kg|km|cm|mm|ml|g|m|L|GB|G)\b)", _mixed),
        (rf"(?<![\d第十百千万星期周])(\d{{1,16}})(?={say.MEASURES})", lambda m: say.measured(m[1])),
        (rf"(\d{{1,16}})(?={_UNITS}|{_MONEY_UNIT})", lambda m: say.count(m[1])),
        (r"(?<=[(（\[])\d{1,2}(?=[)）\]])", lambda m: say.count(m[0])),
        (r"\d+", _plain),
        # Signs that are words
        (r"℃", lambda m: "摄氏度"),
        (r"㎡", lambda m: "平方米"),
        (r"(?<![A-Za-z])(?:kg|KG|Kg)(?![A-Za-z])", lambda m: "公斤"),
        (r"(?<![A-Za-z])(?:km|KM)(?![A-Za-z])", lambda m: "公里"),
        (r"(?<![A-Za-z])(?:ml|ML|mL)(?![A-Za-z])", lambda m: "毫升"),
        (r"\+", lambda m: "加"),
        (r"&", lambda m: "和"),
        (r"=", lambda m: "等于"),
        # Marks
        (r"[…]+|\.{2,}|—{2,}|\n+", lambda m: "，"),
        (r"[,;:!?](?=\s|$|[^\x00-\x7f])|(?<=[^\x00-\x7f])[,;:!?]", lambda m: _WIDE[m[0]]),
        (r"[(（【\[](?=.)|[)）】\]](?=.)|\s*[/|]\s*", lambda m: "，"),
        (r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])", lambda m: ""),
        (r"(?<=[A-Za-z])[^㐀-鿿〇A-Za-z。！？；，：、 ]+(?=[A-Za-z])", lambda m: " "),
        (r"[^㐀-鿿〇A-Za-z。！？；，：、 ]", lambda m: ""),
        (r"[，、：；]*([。！？])[。！？，、；：]*", lambda m: m[1]),
        (r"[，、：；]{2,}", lambda m: "，"),
        (r"^[，、：；。！？ ]+", lambda m: ""),
    ]
    return [(re.compile(pattern), replace) for pattern, replace in written]


_WIDE = {",": "，", ";": "；", ":": "：", "!": "！", "?": "？"}
_RULES = _rules()


def _ascii_figures(text: str) -> str:
    """Every kind of digit as 0-9, full-width letters as Latin ones, thousands without separators."""
    out = []
    for character in text:
        digit = unicodedata.digit(character, None)
        if digit is not None:
            out.append(str(digit))
        elif "Ａ" <= character <= "ｚ" or character in "％＋＆＝／－":
            out.append(unicodedata.normalize("NFKC", character))
        elif character in "．·" or unicodedata.category(character) == "Zs":
            out.append("." if character == "．" else " " if character != "·" else "")
        else:
            out.append(character)
    plain = re.sub(r"(?<=\d)：(?=\d\d)", ":", "".join(out))
    return re.sub(r"(?<![\d.])\d{1,3}(?:[,，]\d{3})+(?!\d)", lambda m: re.sub(r"\D", "", m[0]), plain)


def speakable(text: str) -> str:
    """`text` as it is read aloud. Never raises; may be empty when there is nothing to say.

    Remembers nothing: what callers say must not outlive their call in a cache.
    """
    text = _ascii_figures(text)
    for pattern, replace in _RULES:
        text = pattern.sub(replace, text)
    return text
