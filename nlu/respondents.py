"""The other side: a shop on a platform, a named business, or at least what kind of business it is."""

from __future__ import annotations

import re
from functools import cache

from data import reference
from data.reference import Venue
from data.understanding import Finding
from data.vocabulary import Slot
from nlu.gazetteer import Gazetteer, Hit
from nlu.heard import Heard, strip_gaps
from nlu.leads import past
from nlu.tables import pattern

_NAME = r"[一-龥A-Za-z0-9·&]"
_CALLED = pattern("respondents", "called")
_CALLED_SHOP = re.compile(
    rf"(?:叫做?|名叫|名为)\s*(?P<name>{_NAME}{{2,14}}?)的(?:一家|那个)?(?:店铺?|商家|公司|超市|餐厅|饭店|健身房|机构|网店|卖家|美容院|培训班)"
)
_SEARCHED = re.compile(
    rf"(?:导航|地图)(?:上|里)?(?:就|直接)?搜(?:索)?(?P<name>{_NAME}{{2,14}}?)(?=[,，。!！?？ ]|$|就|能|可以)"
)
_SUFFIXED = re.compile(
    rf"(?P<name>{_NAME}{{1,12}}?(?:官方旗舰店|旗舰店|专卖店|专营店|专柜|直营店|企业店|官方店|海外店|股份有限公司|有限责任公司|有限公司))"
)
_ENDING = pattern("respondents", "ending").pattern
_INDUSTRY = pattern("respondents", "industries")
# "叫阿婆粥铺", "投诉那个奇迹健身，", "卓越星辰英语，在徐家汇": a name by its ending, standing by itself.
_ENDED = re.compile(
    rf"(?:(?<![我他你不])叫(?:做|作)?"
    r"|(?:^|[,，。!！?？ ])(?:(?:名字)?(?:是)?叫(?:做)?|名字是|就是|是)?|[那这](?:个|家)|投诉|举报)"
    rf"(?P<name>{_NAME}{{2,12}}?{_ENDING})(?=[,，。!！?？ ]|$|的(?![一-龥]{{0,2}}(?:人|店))|在(?=[一-龥]))"
)
_CALLED_SURELY = 0.8
_VAGUE = re.compile(r"(?:一?个)?(?:什么|啥)(?!都|来着|的$)")
_LEAD_IN = pattern("respondents", "lead_in")
_GENERIC = pattern("respondents", "generic")
_CLAUSE = pattern("respondents", "clause")
_LEAD = pattern("respondents", "lead")
_TAIL = re.compile(r"(?:[,，。!！?？ ]|吧|啊|呀|呢|哦|了|嘛|这家店|那家店|的店)+$")
_NO_ANSWER = re.compile(
    r"^(?:[昨前今]天|上个?(?:月|周|礼拜|星期)|去年)|谢谢|再见|你们|我(?:要|没|不)|他[赔退换]|赔[我偿一两三]|要求|退[货款钱]"
    r"|[到收]的?货|下单|[买付花充交]了|[吗呢]$|不知道|不清楚|忘|不记得|什么|没有|转人工|人工|怎么|为什么|等一下|再说|记不|没注意|说不上|找不到|没看|没留意|一个卖|一个修|路边"
)


@cache
def _venues() -> Gazetteer[Venue]:
    return Gazetteer((word, venue) for venue in reference.venues().venues for word in venue.words)


def venue_hits(text: str) -> list[Hit[Venue]]:
    """Kinds of businesses named in `text`."""
    return list(_venues().find(text))


def find(heard: Heard, *, online: bool) -> list[Finding]:
    """online: a platform was named or is known; then a store's name is a `shop`."""
    found: list[Finding] = []
    name = _named(heard, online)
    if name is not None:
        found.append(name)
    kind = _kind(heard)
    if kind is not None:
        found.append(kind)
    return found


def _named(heard: Heard, online: bool) -> Finding | None:
    text = heard.text
    slot = (
        heard.asked.slot
        if heard.asks(Slot.SHOP, Slot.RESPONDENT)
        else Slot.SHOP
        if online
        else Slot.RESPONDENT
    )
    assert slot is not None
    for named, confidence in ((_CALLED_SHOP, 0.9), (_CALLED, 0.85), (_SEARCHED, 0.85)):
        for match in named.finditer(text):
            start, name = _certain(match.start("name"), match["name"])
            if len(name) >= 2 and not re.match(r"不|没|怎么|我|他|一个|这|那|假|骗", name):
                span = (start, match.end("name"))
                return heard.finding(slot, name, span, method="named", confidence=confidence)
    ended = _ended(heard, slot)
    if ended is not None and ended.confidence >= _CALLED_SURELY:
        return ended
    for match in _SUFFIXED.finditer(text):
        start, name = _trim(match.start("name"), match["name"])
        if len(name) > 3 and not _GENERIC.match(name):
            return heard.finding(slot, name, (start, match.end()), method="suffix", confidence=0.85)
    if heard.asks(Slot.SHOP, Slot.RESPONDENT):
        return _whole(heard, slot)
    return ended or _branded(heard, slot)


def _ended(heard: Heard, slot: Slot) -> Finding | None:
    for match in _ENDED.finditer(heard.text):
        called = match.group().removesuffix(match["name"]).endswith(("叫", "叫做", "叫作"))
        start, name = (
            _certain(match.start("name"), match["name"])
            if called
            else _trim(match.start("name"), match["name"])
        )
        brand = re.sub(rf"(?:{_ENDING})$", "", name)
        if len(brand) < 2 and not (called and len(name) >= 3):
            continue
        if _is_kind(name) or _INDUSTRY.match(brand) or not (called or _looks_like_brand(brand)):
            continue
        if not called and (_GENERIC.match(name) or _CLAUSE.search(brand)):
            continue
        confidence = _CALLED_SURELY if called else 0.6
        return heard.finding(slot, name, (start, match.end("name")), method="named", confidence=confidence)
    return None


def _is_kind(name: str) -> bool:
    """Whether `name` says only what kind of business it is."""
    return any(hit.start == 0 and hit.end == len(name) for hit in _venues().find(name))


def _certain(start: int, name: str) -> tuple[int, str]:
    """ "叫什么康寿堂": the caller is not sure of the name, and gives it."""
    vague = _VAGUE.match(name)
    return (start + vague.end(), name[vague.end() :]) if vague else (start, name)


def _trim(start: int, name: str) -> tuple[int, str]:
    while lead := _LEAD_IN.match(name):
        start, name = start + lead.end(), name[lead.end() :]
    return start, name


def _branded(heard: Heard, slot: Slot) -> Finding | None:
    """ "联华超市", "张记面馆": a brand of two to six characters before a kind of business."""
    for ending in reference.venues().branded:
        if ending not in heard.text:
            continue
        for match in re.finditer(rf"(?P<name>[一-龥A-Za-z]{{1,8}}?{ending})", heard.text):
            start, name = _trim(match.start(), match["name"])
            brand = name.removesuffix(ending)
            if _is_kind(name) or _INDUSTRY.match(brand):
                continue
            if not 2 <= len(brand) <= 6 or _GENERIC.match(brand) or not _looks_like_brand(brand):
                continue
            return heard.finding(slot, name, (start, match.end()), method="brand", confidence=0.6)
    return None


def _looks_like_brand(brand: str) -> bool:
    return not re.search(
        r"门口|旁边|对面|天$|[的了在是我你他她它这那说不没有就都也和跟买卖吃去来给让被把很要会能想办充交]|一家|小区|附近|路|区$|公司|大楼",
        brand,
    )


def _kind(heard: Heard) -> Finding | None:
    hits = venue_hits(heard.text)
    if not hits:
        return None
    vague = reference.venues().vague
    telling = hits if heard.asks(Slot.RESPONDENT_TYPE) else [hit for hit in hits if hit.word not in vague]
    if not telling:
        return None
    best = telling[0]
    return heard.finding(
        Slot.RESPONDENT_TYPE, best.word, (best.start, best.end), method="gazetteer", confidence=0.8
    )


def _whole(heard: Heard, slot: Slot) -> Finding | None:
    text = heard.text
    start = past(text, _LEAD)
    first = re.split(r"[,，。!！?？]", text[start:], maxsplit=1)[0]
    start, end = strip_gaps(text, (start, start + len(_TAIL.sub("", first))))
    if text[:start] == "嗯嗯" and _is_kind(text[start:end]):
        # "嗯嗯面馆": a name, not breath before "面馆".
        start = 0
    name = text[start:end]
    if not 2 <= len(name) <= 25 or _NO_ANSWER.search(name):
        return None
    return heard.finding(slot, name, (start, end), method="whole_answer", confidence=0.7)
