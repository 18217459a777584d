"""smartseat bench store: the databases, side by side."""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app import logs
from bench.store import EngineCost, NotEmpty, Spread
from data.case_numbers import SHANGHAI_TIME

console = Console(highlight=False)
_BYTES_A_RECORD = 8000
"""Of disk, while it is written: more than was ever seen."""


def store(
    records: Annotated[int, typer.Option(min=1000, help="一共放多少件诉求单")] = 4_000_000,
    database_url: Annotated[
        str | None,
        typer.Option(help="和 SQLite 比的数据库（SQLAlchemy 地址，要空的）；不写就用随包的 PostgreSQL"),
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="临时数据库放在哪个文件夹")] = None,
    seed: Annotated[int, typer.Option(help="编出来的诉求单由它决定")] = 12315,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """库有多快：八个人在查的时候记一次要多久、成批写入、写入前后同样的查询；SQLite 和 PostgreSQL 一起比。"""
    from bench.invented_records import Plan
    from bench.store import emptied, measure

    logs.set_up("ERROR")
    free = shutil.disk_usage(folder or tempfile.gettempdir()).free
    if free < records * _BYTES_A_RECORD:
        console.print(
            f"[red]✗[/red] 磁盘不够：{records} 件要 {records * _BYTES_A_RECORD / 1e9:.0f} GB，"
            f"只剩 {free / 1e9:.0f} GB；用 --records 少放一些，或者用 --folder 换个地方"
        )
        raise typer.Exit(2)
    plan = Plan(records, datetime.now(SHANGHAI_TIME).date(), seed)
    costs = []
    with _bar(quiet=as_json) as shown:
        for name in ("sqlite", "postgresql"):
            with ExitStack() as stack:
                home = Path(stack.enter_context(tempfile.TemporaryDirectory("smartseat-store", dir=folder)))
                url = f"sqlite:///{home / 'seat.db'}"
                if name != "sqlite":
                    other = database_url or _packaged(stack, folder)
                    if other is None:
                        break
                    url = other
                try:
                    costs.append(measure(url, home, plan, shown))
                except NotEmpty:
                    console.print("[red]✗[/red] 这个数据库里已经有来电；请给一个空的，量完会清空")
                    raise typer.Exit(2) from None
                if url == database_url:
                    emptied(url)
    if as_json:
        print(json.dumps({"records": records, "engines": [cost.as_dict() for cost in costs]}))
        return
    console.print(_table(costs))


def _packaged(stack: ExitStack, folder: Path | None) -> str | None:
    from bench.postgres import running_postgres

    if importlib.util.find_spec("pgserver") is None:
        console.print("没有装 pgserver，只量 SQLite；要比 PostgreSQL 就装上它，或者用 --database-url 给一个")
        return None
    return stack.enter_context(running_postgres(folder))


@contextmanager
def _bar(quiet: bool) -> Iterator[_Shown]:
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        *(TextColumn("{task.fields[rate]}"), TimeRemainingColumn()),
    )
    with Progress(*columns, console=console, auto_refresh=False, disable=quiet) as progress:
        yield _Shown(progress)


class _Shown:
    """One line a stage, with its rate and the time it still takes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._what = ""

    def __call__(self, what: str, done: int, of: int) -> None:
        if what != self._what:
            self._what = what
            self._task = self._progress.add_task(what, total=of, rate="")
        speed = self._progress.tasks[-1].speed
        rate = "" if speed is None else f"{speed:,.0f} 件/秒"
        self._progress.update(self._task, completed=done, rate=rate)
        self._progress.refresh()


def _table(costs: list[EngineCost]) -> Table:
    table = Table("毫秒：中位 / p99", title="库的快慢")
    for cost in costs:
        for moment in (cost.before, cost.after):
            table.add_column(f"{cost.name} {cost.version}\n{moment.records:,} 件", justify="right")
    moments = [moment for cost in costs for moment in (cost.before, cost.after)]
    table.add_row("记一次（两个事件，八人在查）", *(_told(one.append_ms) for one in moments))
    table.add_row("登记一件（八人在查）", *(_told(one.lodge_ms) for one in moments))
    table.add_row("同时的查询，每秒", *(f"{one.reads_per_s:.0f}" for one in moments), end_section=True)
    for name in moments[0].questions_ms:
        table.add_row(name, *(_told(one.questions_ms[name]) for one in moments))
    table.add_section()
    for name, told in _OF_A_DATABASE.items():
        table.add_row(name, *(cell for cost in costs for cell in ("", told(cost))))
    return table


def _told(one: Spread) -> str:
    return f"{one.p50:,.1f} / {one.p99:,.1f}"


_OF_A_DATABASE: dict[str, Callable[[EngineCost], str]] = {
    "磁盘自己存 4 KB": lambda cost: _told(cost.fsync_ms),
    "写入时的保证": lambda cost: cost.durable,
    "成批写入": lambda cost: f"{cost.loaded.records:,} 件 {cost.loaded.seconds:,.0f} 秒",
    "每秒": lambda cost: f"{cost.loaded.records / cost.loaded.seconds:,.0f} 件",
    "占磁盘": lambda cost: f"{cost.bytes / 1e9:.2f} GB",
}
