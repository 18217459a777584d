"""Every extractor over one utterance, and what to do where two want the same words."""

from __future__ import annotations

import re

from data.understanding import Finding
from data.vocabulary import Slot
from nlu import amounts, dates, identifiers, names, people, places, platforms, products, respondents
from nlu.heard import Heard

_DIGITS = frozenset({Slot.PHONE, Slot.PHONE_TAIL, Slot.ORDER_NO, Slot.CASE_NO})
#: Answers that are nothing but the value: other readings of the same words are noise.
_NARROW = frozenset(
    {*_DIGITS, Slot.NAME, Slot.ADDRESS, Slot.DISTRICT, Slot.DATE, Slot.AMOUNT, Slot.PEOPLE_COUNT}
)
_MONEY = re.compile(r"[块元钱¥￥]")
#: Values told by their form, wherever they are said; and what may stand around one.
_FORMED = frozenset({Slot.PHONE, Slot.DATE, Slot.AMOUNT, Slot.DEMAND})
_FILLING = re.compile("[嗯呃啊哦就是大概差不多吧呀的了买要,，。 ]")
#: Up to this length an answer to a narrow question holds the value alone.
_NARROW_LENGTH = 18
#: Whose words win where findings overlap: the earlier the stronger.
_RANK = (
    Slot.PHONE,
    Slot.PHONE_TAIL,
    Slot.ORDER_NO,
    Slot.CASE_NO,
    Slot.PLATFORM,
    Slot.SHOP,
    Slot.RESPONDENT,
    Slot.ADDRESS,
    Slot.RESPONDENT_ADDRESS,
    Slot.DATE,
    Slot.PEOPLE_COUNT,
    Slot.AMOUNT,
    Slot.NAME,
    Slot.PRODUCT,
)


def extract(heard: Heard) -> list[Finding]:
    """The findings that need nothing but the words and the question."""
    asked = heard.asked.slot
    if asked is Slot.LOT_NO:
        # The figures on a package are no date, sum or order.
        return []
    narrow = asked in _NARROW and len(heard.core) <= _NARROW_LENGTH
    found: list[Finding] = identifiers.find(heard)
    if asked not in _DIGITS or _MONEY.search(heard.text):
        found += amounts.find(heard)
    found += dates.find(heard)
    named_platforms = platforms.find(heard)
    found += named_platforms
    found += places.find(heard)
    found += names.find(heard)
    found += people.find(heard)
    if not narrow and asked is not Slot.ADDRESS:
        online = bool(named_platforms) or Slot.PLATFORM in heard.asked.known
        found += respondents.find(heard, online=online)
        found += products.find(heard)
    return _apart(found, asked)


def for_slot(heard: Heard, slot: Slot) -> Finding | None:
    """The finding for `slot`, as if it had been asked."""
    asking = heard if heard.asks(slot) else heard.asking(slot)
    return next((finding for finding in extract(asking) if finding.slot is slot), None)


def _apart(found: list[Finding], asked: Slot | None) -> list[Finding]:
    """Without findings that lie in the words of a stronger one, and what hung on them."""

    def rank(finding: Finding) -> int:
        if _is_another_value(finding, found):
            return len(_RANK)
        if finding.slot is asked:
            return -1
        return _RANK.index(finding.slot) if finding.slot in _RANK else len(_RANK)

    kept: list[Finding] = []
    dropped_products = False
    for finding in sorted(found, key=rank):
        if finding.slot in _RANK and any(
            _overlap(finding, other) for other in kept if _rivals(finding, other)
        ):
            dropped_products |= finding.slot is Slot.PRODUCT
            continue
        kept.append(finding)
    if dropped_products:
        kept = [finding for finding in kept if finding.slot is not Slot.GOODS]
    return sorted(kept, key=lambda finding: finding.span)


def _is_another_value(whole: Finding, found: list[Finding]) -> bool:
    """Whether an answer taken as it stands is a value of another form: "三十八块" is the name of no shop."""
    return whole.method == "whole_answer" and any(
        other.slot in _FORMED and len(_FILLING.sub("", whole.heard)) <= len(other.heard)
        for other in found
        if _overlap(whole, other)
    )


def _overlap(one: Finding, other: Finding) -> bool:
    return one.span[0] < other.span[1] and other.span[0] < one.span[1]


def _rivals(one: Finding, other: Finding) -> bool:
    """A district lies inside an address, a kind of business inside its name: these live together."""
    if other.slot not in _RANK:
        return False
    # A second platform in the same breath is no rival.
    return one.slot is not other.slot
