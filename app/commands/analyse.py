"""smartseat analyse: what came in, on one screen. Counts only; nothing here names a person."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated

import typer
from rich.console import Console

from app.analysis_view import analysis_view
from app.assembly import open_store
from app.settings import Settings
from data.case_numbers import SHANGHAI_TIME
from data.ledger import utc_now

console = Console(highlight=False)


def analyse(
    days: Annotated[
        int, typer.Option(min=1, max=3660, help="看几天（到现在为止），和之前同样长的一段比")
    ] = 30,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="看到哪一天为止（含这一天），默认到现在")
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=50, help="每一栏列前几名")] = 8,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """一屏看全：类型、行业、客体、问题、热词、时间、区、条线、专项、重复、预警，和上一段时间比。"""
    end = utc_now()
    if until is not None:
        end = datetime.combine(until.date() + timedelta(days=1), time(), SHANGHAI_TIME)
    store = open_store(Settings())
    try:
        store.sort_records()
        found = store.analyse(end - timedelta(days=days), end, top)
    finally:
        store.close()
    if as_json:
        print(found.model_dump_json())
        return
    console.print(analysis_view(found))
