"""What was bought: known goods first, else what follows "买了一件"; the goods category with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from data import reference
from data.understanding import Finding
from data.vocabulary import Slot
from nlu.gazetteer import Gazetteer
from nlu.heard import Heard, strip_gaps
from nlu.leads import past
from nlu.soundalike import SoundBook, sound
from nlu.tables import pattern

_MEASURE = "件|个|台|双|瓶|盒|箱|条|部|套|张|把|只|本|斤|袋|包|辆|副|块|桶|份|支|顶|款|束|盆|节|株|枚|罐|枝|幅|架|床|颗|批|些|点"
_BOUGHT = re.compile(
    rf"(?:买|购买?|订|拍|下单|入手|团)(?:了|的|到|过)?(?:一|1|两|二|三|四|五|几|好几)?(?:{_MEASURE})?(?:的)?(?P<thing>[一-龥A-Za-z]{{2,9}})"
)
_STOP = pattern("products", "stop")
_SHORT_BEFORE = re.compile(
    rf"(?:买[了的]?(?:[一两几三二]?(?:{_MEASURE}))?|卖[的]?|[一两几三二半](?:{_MEASURE})|假|的)\s*$"
)
_NOT_GOODS_AFTER = re.compile(
    r"^(?:号|尾号|短信|店|行|公司|厂|群|用户|客户端|银行|支付|验证|里|节|站|费|资|卡|贵)"
)
_USED_BEFORE = pattern("products", "used_before")
_COUNTED_BEFORE = re.compile(rf"(?:[一两几三四五六]|\d)(?:{_MEASURE})(?:的)?\s*$")
_VOUCHER = re.compile(r"^(?:代金|兑换|提货)?券")
_NOT_SHORT_AFTER = pattern("products", "not_short_after")
_BOUGHT_BEFORE = re.compile(r"(?:买|购|订|拍|卖|下单|入手|团)[^,，。!！?？]{0,14}$")
_THE_ONE = re.compile(r"(?:那个|这个|这件|那件|这台|那台|那双|这双|这部|那部|关于)[^,，。]{0,4}$")
_LEAD = pattern("products", "lead")
_TAIL = re.compile(r"(?:[,，。!！?？ ]|吧|啊|呀|呢|哦|的|了|嘛)+$")
_NO_ANSWER = re.compile(r"不知道|不清楚|忘|不记得|什么|没有|转人工|投诉|人工|怎么|为什么|等一下|再说")


@dataclass(frozen=True, slots=True)
class _Entry:
    product: str
    category: str
    short: bool
    service: bool


@cache
def _words() -> Gazetteer[_Entry]:
    table = reference.products()
    words: dict[str, _Entry] = {}
    for group in table.products:
        for word in group.words:
            words.setdefault(word, _Entry(word, group.category, False, False))
        for word in group.short:
            words.setdefault(word, _Entry(word, group.category, True, False))
    for group in table.services:
        for word in group.words:
            words.setdefault(word, _Entry(word, group.category, False, True))
    # Words of places and phrases that hold a product's name: read, and thrown away.
    for venue in reference.venues().venues:
        for word in venue.words:
            words.setdefault(word, _Entry("", "", False, False))
    for word in table.not_goods:
        # 酒店 is ordered as a room too, and keeps that reading.
        words.setdefault(word, _Entry("", "", False, False))
    return Gazetteer(words.items())


@cache
def _sounds() -> SoundBook:
    """Longer product names, by exact sound: 与荣福 is 羽绒服."""
    return SoundBook(
        (word, sound(word))
        for group in reference.products().products
        for word in group.words
        if 3 <= len(word) <= 5 and all("一" <= character <= "鿿" for character in word)
    )


def find(heard: Heard) -> list[Finding]:
    """The product and its category, when there is one."""
    asked = heard.asks(Slot.PRODUCT)
    best = _known(heard) or _by_sound(heard)
    found: list[Finding] = []
    if best is not None:
        entry, finding = best
        found.append(finding)
        if entry is not None and entry.category:
            found.append(
                heard.finding(Slot.GOODS, entry.category, finding.span, method="gazetteer", confidence=0.8)
            )
        return found
    unknown = _after_buying(heard)
    if unknown is not None:
        return [unknown]
    whole = _whole(heard) if asked else None
    return [whole] if whole else []


def _known(heard: Heard) -> tuple[_Entry | None, Finding] | None:
    text = heard.text
    asked = heard.asks(Slot.PRODUCT)
    broad = reference.products().broad
    best: tuple[float, _Entry, int, int] | None = None
    for hit in _words().find(text):
        entry, before, after = hit.entry, text[: hit.start], text[hit.end :]
        if not entry.product:
            continue
        if entry.short and not asked and (not _SHORT_BEFORE.search(before) or _NOT_SHORT_AFTER.match(after)):
            continue
        if entry.short and asked and len(heard.core) > 4 and not _SHORT_BEFORE.search(before):
            continue
        if _NOT_GOODS_AFTER.match(after) or (not asked and _USED_BEFORE.search(before)):
            continue
        score = (
            1.0
            + 0.2 * len(hit.word)
            - (0.3 if hit.word in broad else 0.0)
            - (0.6 if entry.service and not asked else 0.0)
        )
        if _BOUGHT_BEFORE.search(before) or _COUNTED_BEFORE.search(before):
            score += 1.0
        elif _THE_ONE.search(before):
            score += 0.4
        if best is None or score > best[0]:
            best = (score, entry, hit.start, hit.end)
    if best is None:
        return None
    score, entry, start, end = best
    product = "酒店预订" if entry.product == "酒店" else entry.product
    if voucher := _VOUCHER.match(text[end:]):
        end += voucher.end()
        product, entry = text[start:end], _Entry(text[start:end], "其他商品", False, False)
    if entry.service and not asked and score < 1.0 and not re.search(r"买|订|票|课|付|交", text):
        return None
    confidence = 0.9 if asked or score >= 2 else 0.7
    return entry, heard.finding(
        Slot.PRODUCT, product, (start, end), method="gazetteer", confidence=confidence
    )


def _by_sound(heard: Heard) -> tuple[_Entry | None, Finding] | None:
    asked = heard.asks(Slot.PRODUCT)
    for echo in _sounds().echoes(heard.text, limit=0.12 if asked else 0.001):
        if not asked and not _BOUGHT_BEFORE.search(heard.text[: echo.start]):
            continue
        hit = next(iter(_words().find(echo.name)), None)
        finding = heard.finding(
            Slot.PRODUCT,
            echo.name,
            (echo.start, echo.end),
            method="sound_alike",
            confidence=0.7 if echo.distance == 0 else 0.45,
            reason=echo.reason,
        )
        return (hit.entry if hit else None), finding
    return None


def _after_buying(heard: Heard) -> Finding | None:
    for match in _BOUGHT.finditer(heard.text):
        thing = match["thing"]
        stop = _STOP.search(thing)
        thing = thing[: stop.start()] if stop else thing
        counted = re.search(rf"(?:{_MEASURE})$", heard.text[match.start() : match.start("thing")])
        if len(thing) < 2 or not counted or thing in ("东西", "商品", "产品", "一个", "一件"):
            continue
        start = match.start("thing")
        return heard.finding(
            Slot.PRODUCT, thing, (start, start + len(thing)), method="pattern", confidence=0.55
        )
    return None


def _whole(heard: Heard) -> Finding | None:
    text = heard.text
    start = past(text, _LEAD)
    first = re.split(r"[,，。!！?？]", text[start:], maxsplit=1)[0]
    start, end = strip_gaps(text, (start, start + len(_TAIL.sub("", first))))
    thing = text[start:end]
    if not 1 <= len(thing) <= 15 or _NO_ANSWER.search(thing):
        return None
    return heard.finding(Slot.PRODUCT, thing, (start, end), method="whole_answer", confidence=0.6)
