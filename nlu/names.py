"""The caller's name: 我叫王小明, 我姓王，王小明, 耳东陈, 春晓的晓 — or a bare name when it was asked."""

from __future__ import annotations

import re
from functools import cache

from data import reference
from data.understanding import Finding
from data.vocabulary import Slot
from nlu.heard import Heard, strip_gaps
from nlu.soundalike import CARELESS, syllable, syllable_distance
from nlu.tables import pattern

_CALLED = pattern("names", "called")
_AM = re.compile(r"(?:^|[,，。 ]|你好|您好|喂)我是\s*(?P<name>[一-龥]{2,4})(?=$|[,，。!！ ])")
_SURNAMED = re.compile(r"(?:我|免贵)?(?:免贵)?姓\s*(?P<name>[一-龥]{1,3})")
_LEAD = pattern("names", "lead")
_TAIL = re.compile(
    r"(?:[,，。!！ ]|吧|啊|呀|哦|的|谢谢.*|就行|好了|可以了|就可以.*|先生|女士|小姐|师傅|阿姨|老师)+$"
)
_HONORIFIC = re.compile(r"(先生|女士|小姐)")
_SPELT = re.compile(r"(?P<word>[一-龥]{2,4})的(?P<character>[一-龥])(?![一-龥]*公司)")
_STOP_AFTER = (
    "的",
    "了",
    "在",
    "是",
    "买",
    "说",
    "他",
    "她",
    "你",
    "我",
    "们",
    "店",
    "不",
    "要",
    "想",
    "手",
    "电",
    "住",
    "这",
    "那",
    "就",
    "呢",
    "吗",
    "嘛",
)
_NOT_NAMES = pattern("names", "not_names")
#: A clause that may be a whole name: "，戴向荣，", "，叫周启明".
_CLAUSE_NAME = re.compile(
    r"(?:^|[,，。!！?？、 ])(?:我|就|全名|名字|姓名)*(?:是|叫)?(?P<name>[一-龥]{2,4})(?=$|[,，。!！?？、 ])"
)
#: "我姓戴戴向荣": no pause between surname and name.
_TITLED = pattern("names", "honorific")
_RUN_ON = re.compile(r"姓(?P<surname>[一-龥]{1,2})(?P<name>(?P=surname)[一-龥]{1,2})")
_SPELT_SURNAME = re.compile(r"^(?:姓|我姓)?[一-龥]{1,4}的(?P<surname>[一-龥]{1,2})$")


@cache
def _singles() -> frozenset[str]:
    return frozenset(reference.surnames().single)


def surname_of(name: str) -> str | None:
    """The surname `name` begins with, or None."""
    table = reference.surnames()
    for compound in table.compound:
        if name.startswith(compound):
            return compound
    return name[0] if name and name[0] in _singles() else None


def find(heard: Heard) -> list[Finding]:
    """One name at most."""
    text = heard.text
    asked = heard.asks(Slot.NAME)
    if (whole := _after_surname(heard, asked)) is not None:
        return [_with_spelling(heard, whole)]
    if asked and (own := _spelt_only(heard)):
        return [own]
    for finding in (
        _called(heard, asked),
        _am(heard) if not asked else None,
        _bare(heard) if asked else None,
    ):
        if finding is not None:
            return [_with_spelling(heard, finding)]
    for match in _SURNAMED.finditer(text):
        if (surname := _surname(text, match)) and (asked or "我" in match.group() or "免贵" in match.group()):
            return [heard.finding(Slot.NAME, surname, match.span("name"), method="surname", confidence=0.6)]
    return []


def _after_surname(heard: Heard, asked: bool) -> Finding | None:
    """The whole name that follows once the surname alone was told: "我姓戴，戴向荣", "双木林，林知夏"."""
    text = heard.text
    candidates = [*_RUN_ON.finditer(text), *_CLAUSE_NAME.finditer(text)]
    for match in candidates:
        name, start = match["name"], match.start("name")
        surname = surname_of(name)
        given = len(name) - len(surname or "")
        if surname is None or given not in (1, 2) or name[-1] in _STOP_AFTER:
            continue
        if _NOT_NAMES.match(name) or _TITLED.search(name[len(surname) :]):
            continue
        if heard.asked.known.get(Slot.NAME) == surname or _told(text[:start], surname, asked):
            return heard.finding(Slot.NAME, name, (start, start + len(name)), method="name", confidence=0.95)
    return None


def _told(before: str, surname: str, asked: bool) -> bool:
    """Whether `before` told the surname by itself, as the caller's own."""
    if re.search(
        rf"(?:我|我这边|本人|免贵|[敝鄙])(?:是)?姓{surname}|我是[^,，。]{{0,10}}{surname}(?:先生|女士|小姐)",
        before,
    ):
        return True
    if not asked:
        return False
    if re.search(rf"[老小]{surname}(?:$|[^一-龥]|就|可以|吧|好了)", before):
        return True
    if re.search(
        rf"(?:^|姓|[,，。 ]){surname}(?:$|[,，。 、]|先生|女士|小姐)|的{surname}(?![一-龥])", before
    ):
        return True
    # "草头蒋，蒋文斌": how a character is built, then the name.
    if re.search(rf"(?:^|[,，。 ])[一-龥]{{2}}{surname}[,，。 ]+(?:我|就|叫|是)*$", before):
        return True
    return any(own == surname and spelling in before for spelling, own in reference.surnames().spelt.items())


def _called(heard: Heard, asked: bool) -> Finding | None:
    text = heard.text
    for match in reversed(list(_CALLED.finditer(text))):
        start = match.start("name")
        given = re.search(r"姓([一-龥]{1,2})[,， ]*名$", match.group()[: match.start("name") - match.start()])
        if given and surname_of(given[1]) and len(match["name"]) <= 2:
            return heard.finding(
                Slot.NAME, given[1] + match["name"], match.span("name"), method="name", confidence=0.9
            )
        if name := _cut(match["name"], text[match.end("name") :]):
            surnamed = surname_of(name) is not None
            if (
                len(name) < 2
                or name[0] in "我你他她"
                or _NOT_NAMES.match(name)
                or (not surnamed and not asked)
            ):
                continue
            return heard.finding(
                Slot.NAME,
                name,
                (start, start + len(name)),
                method="name",
                confidence=0.95 if surnamed else 0.6,
            )
    return None


def _am(heard: Heard) -> Finding | None:
    for match in _AM.finditer(heard.text):
        name = match["name"]
        if (
            surname_of(name)
            and not _NOT_NAMES.match(name)
            and len(name) in (2, 3)
            and name[-1] not in _STOP_AFTER
        ):
            return heard.finding(Slot.NAME, name, match.span("name"), method="name", confidence=0.75)
    return None


def _bare(heard: Heard) -> Finding | None:
    """The whole of a short answer to "怎么称呼"."""
    text = heard.text
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    body = text[start:]
    honorific = bool(_HONORIFIC.search(body))
    first = re.split(r"[,，。!！ 、]", body, maxsplit=1)[0]
    end = start + len(_TAIL.sub("", first))
    start, end = strip_gaps(text, (start, end))
    name = text[start:end]
    if not re.fullmatch(r"[一-龥·]{1,5}", name):
        return None
    if spelt := _spelt_surname(name):
        return heard.finding(Slot.NAME, spelt, (start, end), method="surname", confidence=0.6)
    if (told := _SPELT_SURNAME.match(name)) and surname_of(told["surname"]) == told["surname"]:
        return heard.finding(Slot.NAME, told["surname"], (start, end), method="surname", confidence=0.6)
    if _NOT_NAMES.match(name) or (len(name) >= 4 and name[1:3] in ("不想", "不能", "没有", "知道")):
        return None
    if name.startswith("姓") and len(name) <= 3:
        return None
    if heard.asked.read_back:
        name = name.removeprefix("是").removeprefix("叫")
        start = end - len(name)
    surname = surname_of(name)
    if len(name) == 1:
        # "王女士" tells the surname only.
        if surname is None:
            return None
        return heard.finding(
            Slot.NAME, name, (start, end), method="surname", confidence=0.6 if honorific else 0.4
        )
    if surname is None and len(name) > 4:
        return None
    sounds = (
        any(syllable(name[0]) == syllable(character) for character in _singles()) if surname is None else True
    )
    confidence = 0.9 if surname else 0.55 if sounds else 0.4
    if name[-1] in _STOP_AFTER or any(
        word in name
        for word in (
            "知道",
            "清楚",
            "方便",
            "什么",
            "怎么",
            "投诉",
            "工",
            "但是",
            "金额",
            "电话",
            "地址",
            "订单",
            "问题",
        )
    ):
        return None
    return heard.finding(Slot.NAME, name, (start, end), method="bare_name", confidence=confidence)


def _spelt_only(heard: Heard) -> Finding | None:
    """ "姓耳东陈", with nothing but the surname; "弓长张，张伟" goes on to the name."""
    for spelling, surname in reference.surnames().spelt.items():
        start = heard.text.find(spelling)
        if start >= 0 and len(heard.core) <= len(spelling) + 4 and "叫" not in heard.text:
            rest = strip_gaps(heard.text, (start + len(spelling), len(heard.text)))
            name = heard.text[rest[0] : rest[1]]
            if 2 <= len(name) <= 3 and surname_of(name) == surname:
                return heard.finding(Slot.NAME, name, rest, method="name", confidence=0.9)
            span = (start, start + len(spelling))
            return heard.finding(Slot.NAME, surname, span, method="surname", confidence=0.6)
    return None


def _cut(words: str, after: str) -> str:
    """The name at the start of `words`: surname plus one or two characters, cut at a function word."""
    surname = surname_of(words)
    limit = (len(surname) if surname else 1) + 2
    name = words[:limit]
    for index in range(1, len(name)):
        if name[index] in _STOP_AFTER and index >= (len(surname) if surname else 1) + (
            1 if index == len(name) - 1 else 0
        ):
            return name[:index]
    if (words[limit:] + after).startswith("的") and len(name) == limit and "·" not in words:
        return name
    return words if "·" in words else name


def _spelt_surname(name: str) -> str | None:
    return reference.surnames().spelt.get(name)


def _surname(text: str, match: re.Match[str]) -> str | None:
    said = match["name"]
    if spelt := _spelt_surname(said):
        return spelt
    return surname_of(said)


def _with_spelling(heard: Heard, finding: Finding) -> Finding:
    """The characters the caller explained: 弓长张, 春晓的晓."""
    name = str(finding.value)
    tail = heard.text[finding.span[1] :]
    for spelling, surname in reference.surnames().spelt.items():
        if spelling in heard.text and syllable(name[0]) == syllable(surname):
            name = surname + name[1:]
    for match in _SPELT.finditer(tail):
        character = match["character"]
        if character not in match["word"] or character in name:
            continue
        for index, own in enumerate(name):
            if syllable_distance(syllable(own), syllable(character)) <= CARELESS:
                name = name[:index] + character + name[index + 1 :]
                break
    if name == finding.value:
        return finding
    return finding.model_copy(update={"value": name, "reason": "按来电人的解释写字"})
