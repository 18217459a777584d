"""smartseat records: list and show what was kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import soundfile
import typer
from rich.console import Console
from rich.table import Table

from agent import recording
from app.assembly import open_store
from app.record_view import record_view
from app.settings import Settings
from data.errors import CallUnknown, RecordUnknown
from data.record_book import RecordFilter
from data.store import Store
from data.vocabulary import Kind
from dialogs.loader import load
from telephony.call import LINE_RATE

app = typer.Typer(help="诉求单：列出、查看、听录音", no_args_is_help=True)
console = Console(highlight=False)


@app.command("list")
def list_records(
    limit: Annotated[int, typer.Option(help="最多列多少张")] = 20,
    kind: Annotated[Kind | None, typer.Option(help="只看这一类")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """最近的诉求单，个人信息已遮住。"""
    store = open_store(Settings())
    try:
        rows = store.records(limit, RecordFilter(kind=kind))
    finally:
        store.close()
    if as_json:
        print(json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False))
        return
    if not rows:
        console.print("还没有诉求单。打一通试试：make demo")
        return
    table = Table("时间", "类型", "状态", "编号", "姓名", "电话", "平台", "金额", "来电")
    for row in rows:
        table.add_row(
            f"{row.created_at:%m-%d %H:%M}",
            row.kind.value if row.kind else "未定",
            "已登记" if row.status == "lodged" else "未完成",
            row.case_no or "—",
            row.name or "—",
            row.phone or "—",
            row.platform or "—",
            "—" if row.amount is None else f"{row.amount:g}",
            row.call_id,
        )
    console.print(table)


@app.command()
def show(
    reference: Annotated[str, typer.Argument(help="登记编号、单号或来电号")],
    reveal: Annotated[bool, typer.Option(help="显示姓名、电话等原文")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """一张单的全部内容：每个信息项出自哪句话、录音第几秒、怎么确认的。"""
    settings = Settings()
    store = open_store(settings)
    try:
        record = store.record(reference)
        try:
            path = store.call(record.call_id).recording_path
        except CallUnknown:
            path = None
    finally:
        store.close()
    if as_json:
        print(record.model_dump_json())
        return
    where = str(settings.home / path) if path else None
    console.print(record_view(record, load(settings.script).file, reveal=reveal, recording=where))


@app.command()
def audio(
    reference: Annotated[str, typer.Argument(help="登记编号、单号或来电号")],
    to: Annotated[Path, typer.Argument(help="写到哪里（FLAC；左声道来电人，右声道坐席）")],
) -> None:
    """取出一通来电的录音。取出的文件不再加密：用完请删除。"""
    settings = Settings()
    if to.exists():
        raise typer.BadParameter(f"{to} 已经存在，不覆盖：请换一个文件名。")
    store = open_store(settings)
    try:
        frames = recording.load(store, settings.home, _call_of(store, reference))
    finally:
        store.close()
    soundfile.write(to, frames, LINE_RATE, format="FLAC", subtype="PCM_16")
    to.chmod(0o600)
    console.print(f"{to}：{len(frames) / LINE_RATE:.1f} 秒，未加密，只有您自己能读。用完请删除。")


def _call_of(store: Store, reference: str) -> str:
    """The call of a record, or the call itself where it left none."""
    try:
        return store.record(reference).call_id
    except RecordUnknown:
        return store.call(reference).id
