"""What the caller wants: the statutory demands, told from the shop's refusals of them."""

from __future__ import annotations

import re
from functools import cache

from data import reference
from data.reference import Demand
from data.understanding import Finding
from data.vocabulary import Slot
from nlu.gazetteer import Gazetteer
from nlu.heard import Heard
from nlu.tables import pattern

_REFUSED_BEFORE = pattern("demands", "refused_before")
_PAST_AFTER = re.compile(
    r"^(?:了他|流程|页面|申请被|那天|记录|政策|地址|寄回去|已经|的时候|期|电话|不了|改不了|也退不了)"
)
_WANTS_BEFORE = pattern("demands", "wants_before")
_CLAIM = re.compile(r"(?:说|写着|承诺|宣传|标的?|保证)[^,，。]{0,4}$")
_UNWANTED = pattern("demands", "unwanted_before")
_TOLD_AFTER = pattern("demands", "told_after")
_BARE_REFUND = pattern("demands", "bare_refund")
#: What may stand around a demand that is all of an answer.
_AROUND = re.compile("[我就是想要求他们给吧呀啊的了呗嘛,，。！!]+")
_REFUND, _RETURN = "退还货款和服务费用", "退货"


@cache
def _words() -> Gazetteer[tuple[tuple[Demand, bool], ...]]:
    """Word → the demands it asks for, and whether it only tells of a refusal."""
    by_word: dict[str, list[tuple[Demand, bool]]] = {}
    for demand in reference.demands().demands:
        for word in demand.said:
            by_word.setdefault(word, []).append((demand, False))
        for word in demand.implied:
            by_word.setdefault(word, []).append((demand, True))
    return Gazetteer((word, tuple(entries)) for word, entries in by_word.items())


def find(heard: Heard, *, report: bool) -> list[Finding]:
    """One finding with every demand, in the order they were said.

    report: the caller reports a violation; only then does 查处 count. A demand known only from a refusal
    ("他不给退款") has a confidence below one half: the seat asks.
    """
    asked = heard.asks(Slot.DEMAND)
    wanted: dict[str, float] = {}
    start, end = len(heard.text), 0
    for hit in _words().find(heard.text):
        before, after = heard.text[: hit.start], heard.text[hit.end :]
        for demand, implied in hit.entry:
            if demand.report_only and not report:
                continue
            confidence = _confidence(before, after, implied, asked, demand)
            if confidence == 0:
                continue
            wanted[demand.name] = max(wanted.get(demand.name, 0.0), confidence)
            start, end = min(start, hit.start), max(end, hit.end)
    if not wanted.keys() & {_REFUND, _RETURN} and (bare := _BARE_REFUND.search(heard.text)):
        wanted[_REFUND] = 0.6
        start, end = min(start, bare.start()), max(end, bare.end())
    if report and not asked:
        # What a shop does for others ("服务台排队退差价") is no demand of the one who reports it.
        wanted = {name: confidence for name, confidence in wanted.items() if confidence >= 0.85}
    if report and not asked and not wanted:
        # To report a violation is to ask for its investigation, whatever the words.
        whole = (0, len(heard.text))
        return [
            heard.finding(
                Slot.DEMAND, ("查处",), whole, method="implied", confidence=0.5, reason="举报即请求查处"
            )
        ]
    if not wanted:
        return []
    # Where something was asked for outright, what was merely refused is no demand of its own.
    if any(confidence >= 0.5 for confidence in wanted.values()):
        wanted = {name: confidence for name, confidence in wanted.items() if confidence >= 0.5}
    return [
        heard.finding(
            Slot.DEMAND,
            tuple(wanted),
            (start, end),
            method="demand",
            confidence=max(wanted.values()),
        )
    ]


def outright(heard: Heard) -> list[Finding]:
    """What is demanded where something else was asked, or nothing: "退钱呀", "我要退货"."""
    return [
        finding
        for finding in find(heard, report=False)
        if finding.confidence >= 0.85 or _AROUND.sub("", heard.core) == finding.heard
    ]


def _confidence(before: str, after: str, implied: bool, asked: bool, demand: Demand) -> float:
    if _UNWANTED.search(before) or (_TOLD_AFTER.match(after) and not asked):
        return 0.0
    if demand.report_only:
        return 0.9
    if implied:
        return 0.7 if asked else 0.45
    if _REFUSED_BEFORE.search(before):
        return 0.6 if asked else 0.45
    if _PAST_AFTER.match(after) or _CLAIM.search(before):
        return 0.45 if asked else 0.4
    if asked:
        return 0.95
    return 0.85 if _WANTS_BEFORE.search(before) else 0.6
