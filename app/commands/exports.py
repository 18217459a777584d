"""smartseat records export | dictionary: records for other programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.actors import READS, actor_of, allow, reveal_of
from app.assembly import open_store
from app.commands.options import AsJson, Reason, Reveal, Since, Until, day_begins, day_ends
from app.settings import Settings
from data.copies import add_copy
from data.dictionary import dictionary
from data.export_files import dictionary_rows, writer_of
from data.record_book import RecordFilter
from data.revealing import MASKED
from data.roles import Right, roles
from data.vocabulary import Kind

console = Console(highlight=False)


def export(
    to: Annotated[Path, typer.Option(help="写到哪里：.csv、.xlsx、.jsonl 或 .parquet")],
    since: Since = None,
    until: Until = None,
    kind: Annotated[Kind | None, typer.Option(help="只要这一类")] = None,
    reveal: Reveal = False,
    reason: Reason = None,
) -> None:
    """导出诉求单，个人信息已遮住；要原文用 --reveal，只有您的角色能看的才有。字段的意思：records dictionary。"""
    settings = Settings()
    writer = writer_of(to)
    if to.exists():
        raise typer.BadParameter(f"{to} 已经存在，不覆盖：请换一个文件名。")
    who = actor_of(settings)
    store = open_store(settings)
    draft = to.with_name(f".{to.name}.draft")
    try:
        right = Right.EXPORT_REVEALED if reveal else Right.EXPORT
        asked = {"format": to.suffix.lower(), "kind": kind.value if kind else None}
        allow(store, who, [right], reason, outcome="begun", details=asked, needs_reason=reveal)
        may = [right for right in (*READS, Right.READ_REPORTER) if roles().may(who, right)]
        shows = reveal_of(may) if reveal else MASKED
        where = RecordFilter(kind=kind, since=day_begins(since), until=day_ends(until))
        # Known before it is there: an erasure finds it, whatever happens in between.
        add_copy(store.engine, "export", to, datetime.now(UTC))
        draft.touch(mode=0o600)
        count = writer(draft, dictionary(), store.export_rows(where, shows))
        draft.rename(to)
        store.note(right, who, details=asked | {"rows": count})
    finally:
        draft.unlink(missing_ok=True)
        store.close()
    told = f"[green]✓[/green] {to}：{count} 张。只有您自己能读；到期或有人要求删除时，它会一并删除。"
    console.print(told, soft_wrap=True)


def dictionary_command(as_json: AsJson = False) -> None:
    """导出的每一栏：字段、名称、国家平台上的字段、类型、是否必填。"""
    if as_json:
        print(json.dumps([column.model_dump(mode="json") for column in dictionary()], ensure_ascii=False))
        return
    heading, *lines = dictionary_rows(dictionary())
    table = Table(*heading)
    for line in lines:
        table.add_row(*line)
    console.print(table)
