"""Closed values told by a word or two: device, card, injury, kind of right, topic, safety class."""

from __future__ import annotations

import re
from functools import cache

from pydantic import Field

from data.reference import WordList
from data.understanding import Finding
from data.vocabulary import Act, Intent, Slot
from nlu.gazetteer import Gazetteer, Hit
from nlu.heard import Heard
from nlu.respondents import venue_hits
from nlu.tables import Table, load


class _Row(Table):
    value: str
    words: WordList
    needs: WordList = ()
    unless: WordList = ()


class _Details(Table):
    device: tuple[_Row, ...]
    ip_type: tuple[_Row, ...]
    card_type: tuple[_Row, ...]
    injury: tuple[_Row, ...]
    safety: tuple[_Row, ...]
    topic: tuple[_Row, ...] = Field(default=())
    case_wish: tuple[_Row, ...]
    case_wish_told: tuple[_Row, ...]


@cache
def _table() -> _Details:
    return load("details", _Details)


@cache
def _words(name: str) -> Gazetteer[_Row]:
    rows: tuple[_Row, ...] = getattr(_table(), name)
    return Gazetteer((word, row) for row in rows for word in row.words)


def _hits(text: str, name: str) -> list[Hit[_Row]]:
    return [
        hit
        for hit in _words(name).find(text)
        if (not hit.entry.needs or any(word in text for word in hit.entry.needs))
        and not any(word in text for word in hit.entry.unless)
    ]


#: Who says so speaks of a case he has had lodged.
_KNOWN = frozenset({Intent.QUERY_PROGRESS, Intent.URGE})
_UNHURT = re.compile(r"(?:没有?|无|不曾|未)(?:人|什么人|任何人|人员)?\s*$")


def find(heard: Heard, intents: tuple[Intent, ...], acts: frozenset[Act]) -> list[Finding]:
    """Each detail where it belongs: a card in a prepaid case, a topic in a question, an injury anywhere."""
    found: list[Finding] = []
    asked = heard.asked.slot
    wanted = (
        (Slot.DEVICE, "device", asked is Slot.DEVICE or Intent.COMPLAINT_ONLINE not in intents[:1]),
        (Slot.IP_TYPE, "ip_type", asked is Slot.IP_TYPE or Intent.REPORT_IP in intents[:2]),
        (Slot.INJURY, "injury", True),
        (Slot.TOPIC, "topic", asked is Slot.TOPIC or Intent.CONSULT in intents[:1]),
        (Slot.CASE_WISH, "case_wish", asked is Slot.CASE_WISH),
        (Slot.CASE_WISH, "case_wish_told", asked is not Slot.CASE_WISH and bool(_KNOWN & {*intents[:1]})),
    )
    for slot, name, applies in wanted:
        if not applies:
            continue
        hits = _hits(heard.text, name)
        if slot is Slot.INJURY and hits and _UNHURT.search(heard.text[: hits[0].start]):
            span = (0, len(heard.text))
            found.append(heard.finding(slot, "无", span, method="phrase", confidence=0.85))
            continue
        if hits:
            hit = hits[0]
            confidence = 0.95 if asked is slot else 0.8
            found.append(
                heard.finding(
                    slot, hit.entry.value, (hit.start, hit.end), method="keywords", confidence=confidence
                )
            )
    if asked is Slot.CARD_TYPE or Intent.COMPLAINT_PREPAID in intents[:1]:
        card = _card(heard)
        if card is not None:
            found.append(card)
    if (
        asked is Slot.INJURY
        and not any(finding.slot is Slot.INJURY for finding in found)
        and Act.DENY in acts
    ):
        found.append(heard.finding(Slot.INJURY, "无", (0, len(heard.text)), method="yes_no", confidence=0.9))
    return found


def _card(heard: Heard) -> Finding | None:
    """A card named outright, else the one its kind of business sells."""
    hits = _hits(heard.text, "card_type")
    general = ("储值卡", "会员卡")
    exact = next((hit for hit in hits if hit.entry.value not in general), None)
    if exact is not None:
        span = (exact.start, exact.end)
        return heard.finding(Slot.CARD_TYPE, exact.entry.value, span, method="keywords", confidence=0.9)
    for venue in venue_hits(heard.text):
        if venue.entry.card:
            span = (venue.start, venue.end)
            return heard.finding(Slot.CARD_TYPE, venue.entry.card, span, method="venue", confidence=0.65)
    if hits:
        hit = hits[0]
        return heard.finding(
            Slot.CARD_TYPE, hit.entry.value, (hit.start, hit.end), method="keywords", confidence=0.75
        )
    return None


def safety_class(text: str) -> str | None:
    """三品一特, by thing and cue: a pressure cooker is no special equipment, an advertisement no lift."""
    order = {row.value: index for index, row in enumerate(_table().safety)}
    hits = _hits(text, "safety")
    return min((hit.entry.value for hit in hits), key=lambda value: order[value], default=None)
