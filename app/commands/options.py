"""Options that several commands share, and the store with whoever sits there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

import typer

from app.actors import actor_of
from app.assembly import open_store
from app.settings import Settings
from data.audit import Actor
from data.case_numbers import SHANGHAI_TIME
from data.store import Store

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


@contextmanager
def store_and_actor() -> Iterator[tuple[Store, Actor]]:
    """As the settings say; the store is closed afterwards. Raises as `actor_of` and `open_store` do."""
    settings = Settings()
    who = actor_of(settings)
    with open_store(settings) as store:
        yield store, who
