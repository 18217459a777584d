"""Options that several commands share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import typer

from data.case_numbers import SHANGHAI_TIME

Reason = Annotated[
    str | None, typer.Option("--reason", help="为什么要做（加密记进审计日志；写来函编号，不写姓名、电话）")
]
Reveal = Annotated[bool, typer.Option("--reveal", help="显示您的角色能看的原文；要写 --reason")]
AsJson = Annotated[bool, typer.Option("--json")]
Since = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="从这一天起")]
Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="到这一天为止（含）")]


def day_begins(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=SHANGHAI_TIME)


def day_ends(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=SHANGHAI_TIME) + timedelta(days=1)
