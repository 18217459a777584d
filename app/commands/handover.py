"""smartseat handover: records to and from 12345, each registered once, under both numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from app.actors import actor_of, allow
from app.assembly import open_store
from app.commands.options import Reason
from app.settings import Settings
from data.audit import Detail
from data.copies import add_copy
from data.errors import OfficeRefused, RecordUnknown
from data.handover import HandoverItem
from data.roles import Right

app = typer.Typer(help="与 12345 互转（双号并行，一号转接）：转入、转出", no_args_is_help=True)
console = Console(highlight=False)

_RESULT = {"new": "新登记", "known": "已经登记过", "numbered": "补上对方编号"}


@app.command("import")
def take_over(
    file: Annotated[Path, typer.Argument(help="转来的单子，每行一个 JSON（smartseat handover schema）")],
) -> None:
    """转入：同一个编号只登记一次；我们转出去又带着对方编号回来的，只补编号。"""
    settings = Settings()
    who = actor_of(settings)
    store = open_store(settings)
    refused = 0
    try:
        allow(store, who, [Right.MOVE], None, details={"step": "handover"}, needs_reason=False)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                taken = store.take_over(HandoverItem.model_validate_json(line))
                console.print(f"{taken.number} → {taken.case_no} {_RESULT[taken.result]}")
            except ValidationError as error:
                where = "；".join(".".join(map(str, e["loc"])) or "整行" for e in error.errors())
                console.print(f"第 {number} 行没有收：这几项不对：{where}")
                refused += 1
            except (OfficeRefused, RecordUnknown) as error:
                why = error if isinstance(error, OfficeRefused) else "不是本座席的登记编号"
                console.print(f"第 {number} 行没有收：{why}")
                refused += 1
        store.sort_records()
    finally:
        store.close()
    if refused:
        raise typer.Exit(1)


@app.command("export")
def hand_over(
    references: Annotated[list[str], typer.Argument(help="登记编号或单号")],
    to: Annotated[Path, typer.Option("--to", help="写到哪个文件")],
    system: Annotated[str, typer.Option(help="转给哪个系统")] = "12345",
    reason: Reason = None,
) -> None:
    """转出：带两边的编号；举报不带举报人。文件里有个人信息，只有您自己能读。"""
    if to.exists():
        raise typer.BadParameter(f"{to} 已经存在，不覆盖：请换一个文件名。")
    settings = Settings()
    who = actor_of(settings)
    store = open_store(settings)
    try:
        asked: dict[str, Detail] = {"format": ".jsonl", "rows": len(references)}
        allow(store, who, [Right.EXPORT_REVEALED], reason, details=asked)
        # Known before it is there: an erasure finds it, whatever happens in between.
        add_copy(store.engine, "export", to, datetime.now(UTC))
        items = [store.hand_over(reference, system) for reference in references]
    finally:
        store.close()
    to.touch(mode=0o600)
    to.write_text("".join(f"{item.model_dump_json()}\n" for item in items), encoding="utf-8")
    console.print(f"{to}：{len(items)} 张单。")


@app.command()
def schema() -> None:
    """每一行的 JSON Schema。"""
    print(json.dumps(HandoverItem.model_json_schema(), ensure_ascii=False, indent=2))
