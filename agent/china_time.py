"""China has one time zone: "today" in a call is the citizen's."""

from __future__ import annotations

from datetime import timedelta, timezone

CHINA = timezone(timedelta(hours=8))
