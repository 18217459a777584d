"""The matters a caller asks for by name: "我要投诉，还要举报他们" are two, each a record (办法 art. 9)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from data.understanding import Finding
from data.vocabulary import Intent, Slot
from nlu.heard import Heard
from nlu.intents import COMPLAINTS, REPORTS
from nlu.tables import pattern


@cache
def _asks(kind: str) -> re.Pattern[str]:
    return pattern("outright", kind)


def matters(
    heard: Heard, intents: Sequence[Intent], findings: Sequence[Finding], safety: str | None
) -> tuple[Intent, ...]:
    """At most one 投诉 and one 举报, in the order said; what each is about by the intents, most likely first."""
    core = _asks("not").sub("", heard.core)
    complains, reports = _asks("complaint").search(core), _asks("report").search(core)
    found: list[tuple[int, Intent]] = []
    if complains is not None:
        online = any(finding.slot is Slot.PLATFORM for finding in findings)
        usual = Intent.COMPLAINT_ONLINE if online else Intent.COMPLAINT_OTHER
        found.append((complains.start(), next((i for i in intents if i in COMPLAINTS), usual)))
    if reports is not None:
        usual = {"食品": Intent.REPORT_FOOD, "特种设备": Intent.REPORT_SPECIAL_EQUIPMENT}.get(
            safety or "", Intent.REPORT_OTHER
        )
        found.append((reports.start(), next((i for i in intents if i in REPORTS), usual)))
    return tuple(intent for _, intent in sorted(found))
