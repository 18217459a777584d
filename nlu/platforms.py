"""Which e-commerce platform was named: by its names, by names that need a context, by sound."""

from __future__ import annotations

import re
from functools import cache

from data import reference
from data.reference import Platform
from data.understanding import Finding
from data.vocabulary import Slot
from nlu.gazetteer import Gazetteer, Hit
from nlu.heard import GAP, Heard
from nlu.soundalike import Echo, SoundBook, real_words, sound
from nlu.tables import pattern

#: Before or after a name that is also an everyday word: then it is a platform.
_BEFORE = re.compile(r"(?:在|从|用|上|通过|到|是|打开|那个|这个|去)(?:那个|这个|网上)?\s*$")
_AFTER = pattern("platforms", "after")
_ROAD = re.compile(r"^(?:东|西|南|北|中)?(?:路|街|大道|弄)")
_PAYS = re.compile(
    r"^(?:转账|付|支付|联系|聊|号|加|红包|收款|扫码|发|截图|记录|上?(?:说|讲|跟我|和我|发给|聊))"
)
_SOUND_CONTEXT_BEFORE = re.compile(r"(?:在|从|用|通过)\s*$")
_SOUND_CONTEXT_AFTER = pattern("platforms", "sound_context_after")
_NEGATIVE_AFTER = {"苏宁": re.compile(r"^(?:路|广场)"), "山姆": re.compile(r"^大叔")}
_CORRECTED = re.compile(r"不对|说错|错了|哦不|噢不|应该是|不是")


@cache
def _names() -> Gazetteer[tuple[Platform, bool]]:
    """Every spelling with its platform and whether it is sure without context."""
    words: dict[str, tuple[Platform, bool]] = {}
    for platform in reference.platforms().platforms:
        for spelling in (platform.name, *platform.aliases, *platform.misheard):
            if spelling not in platform.with_context:
                words.setdefault(spelling, (platform, True))
        for spelling in platform.with_context:
            words.setdefault(spelling, (platform, False))
    return Gazetteer(words.items())


@cache
def _sounds() -> SoundBook:
    entries = []
    for platform in reference.platforms().platforms:
        for spelling in (platform.name, *platform.aliases):
            if 2 <= len(spelling) <= 6 and all("一" <= character <= "鿿" for character in spelling):
                entries.append((platform.name, sound(spelling)))
        for spelling in platform.with_context:
            # 得物's 毒 and 读物 are spellings, not sounds to look for; two-syllable names are.
            if spelling in ("叮咚", "去哪儿", "转转", "同程", "当当", "快手"):
                entries.append((platform.name, sound(spelling)))
    return SoundBook(entries)


def named(heard: Heard) -> bool:
    """Whether a platform is named by its name, whatever was asked."""
    return any(_is_platform(heard, hit, asked=False) for hit in _names().find(heard.text))


def find(heard: Heard) -> list[Finding]:
    """Platforms in the order they were named; after "不对" the last only."""
    asked = heard.asks(Slot.PLATFORM)
    hits = [hit for hit in _names().find(heard.text) if _is_platform(heard, hit, asked)]
    sounding = [] if any(hit.entry[1] for hit in hits) else _echoes(heard, asked)
    # 萍多多 holds 多多, which is a name too; the longer reading is the better one.
    hits = [
        hit
        for hit in hits
        if not any(
            e.start <= hit.start and e.end > hit.end - 1 and len(hit.word) < e.end - e.start for e in sounding
        )
    ]
    found = [
        heard.finding(
            Slot.PLATFORM,
            hit.entry[0].name,
            (hit.start, hit.end),
            method="gazetteer",
            confidence=0.98 if hit.entry[1] else 0.9 if asked else 0.8,
        )
        for hit in hits
    ]
    if not found:
        found = [
            heard.finding(
                Slot.PLATFORM,
                echo.name,
                (echo.start, echo.end),
                method="sound_alike",
                confidence=_confidence(echo, asked),
                reason=echo.reason,
            )
            for echo in sounding
        ][:1]
    if len(found) > 1 and _CORRECTED.search(heard.text[found[0].span[1] : found[-1].span[0]]):
        found = found[-1:]
    unique: dict[str, Finding] = {}
    for finding in found:
        unique.setdefault(str(finding.value), finding)
    return list(unique.values())


def _is_platform(heard: Heard, hit: Hit[tuple[Platform, bool]], asked: bool) -> bool:
    before, after = heard.text[: hit.start], heard.text[hit.end :]
    if _ROAD.match(after):
        return False  # 南京东路, 苏宁路
    if (guard := _NEGATIVE_AFTER.get(hit.word)) and guard.match(after):
        return False
    if hit.word == "去哪" and after.startswith(("里", "个", "儿")) and not asked:
        return False
    if hit.entry[1]:
        return True
    if _PAYS.match(after):
        return False
    if asked and len(heard.core) <= 12:
        return True
    if re.match(r"的(?:$|[,，。.])", after) and (not before or before[-1] in GAP) and len(hit.word) > 1:
        return True  # "…收我八百，去哪儿的。"
    if len(hit.word) == 1:
        return bool(re.search(r"(?:在|从)\s*$", before) and re.match(r"^\s*(?:上|app|App|APP|平台)", after))
    return bool(
        _AFTER.match(after)
        and (
            _BEFORE.search(before)
            or not before.strip()
            or "平台" in after[:3]
            or after[:2] in ("上买", "买的", "群里")
        )
    )


def _echoes(heard: Heard, asked: bool) -> list[Echo]:
    found = []
    for echo in _sounds().echoes(heard.text, limit=0.34 if asked else 0.13):
        length = echo.end - echo.start
        if asked:
            # A short name needs a nearer sound, and more so inside a longer answer.
            if length == 2 and echo.distance > (0.19 if len(heard.core) > 4 else 0.26):
                continue
            if length > 2 and echo.distance > 0.2 and len(heard.core) > length + 4:
                continue
            found.append(echo)
            continue
        before, after = heard.text[: echo.start], heard.text[echo.end :]
        framed = bool(_SOUND_CONTEXT_BEFORE.search(before) and _SOUND_CONTEXT_AFTER.match(after))
        loose = bool(_SOUND_CONTEXT_BEFORE.search(before) or _SOUND_CONTEXT_AFTER.match(after))
        known = echo.heard in real_words()
        if (length >= 3 and not known and (loose or echo.distance <= 0.05)) or framed:
            found.append(echo)
    return found


def _confidence(echo: Echo, asked: bool) -> float:
    """Below one half where a confirmation is due."""
    base = 0.85 if asked else 0.8
    length = echo.end - echo.start
    return round(max(0.35, base - echo.distance * 1.5 - (0.15 if length == 2 else 0.0)), 2)
