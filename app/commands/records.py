"""smartseat records: list, show and hear what was kept, track and move its handling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import soundfile
import typer
from rich.console import Console
from rich.table import Table

from agent import recording
from app.actors import actor_of, allow, allow_reveal, reporter_too
from app.assembly import open_store
from app.commands.options import AsJson, Reason, Reveal
from app.handling_view import handling_view
from app.record_view import record_view
from app.settings import Settings
from app.track_view import track_json, track_view
from data.audit import Detail
from data.copies import add_copy
from data.errors import CallUnknown, RecordUnknown
from data.ledger import utc_now
from data.record_book import RecordFilter
from data.revealing import MASKED, masked_record
from data.roles import Right
from data.store import Store
from data.track_book import tracking
from data.tracking import Entry
from data.tracking_rules import Role, tracking_rules
from data.vocabulary import Kind, Slot
from dialogs.loader import load
from telephony.call import LINE_RATE

app = typer.Typer(help="诉求单：列出、查看、听录音、跟踪办理", no_args_is_help=True)
console = Console(highlight=False)


@app.command("list")
def list_records(
    limit: Annotated[int, typer.Option(help="最多列多少张")] = 20,
    kind: Annotated[Kind | None, typer.Option(help="只看这一类")] = None,
    as_json: AsJson = False,
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
    reveal: Reveal = False,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """一张单的全部内容：每个信息项出自哪句话、录音第几秒、怎么确认的。个人信息已遮住，除非 --reveal。"""
    settings = Settings()
    who = actor_of(settings) if reveal else None
    store = open_store(settings)
    try:
        record = store.record(reference)
        store.sort_records()
        handling = store.handling(record.id) if record.status == "lodged" else None
        shows = MASKED
        if who is not None:
            target, kind = record.case_no or record.call_id, record.draft.kind
            shows = allow_reveal(store, who, reason, kind=kind, target=target, call_id=record.call_id)
        try:
            path = store.call(record.call_id).recording_path
        except CallUnknown:
            path = None
    finally:
        store.close()
    masked = masked_record(record, shows)
    if as_json:
        print(masked.model_dump_json())
        return
    where = str(settings.home / path) if path else None
    console.print(record_view(masked, load(settings.script).file, recording=where))
    if handling is not None:
        console.print(handling_view(handling, reveal=shows.shows(record.draft.kind, Slot.NARRATIVE)))


@app.command()
def audio(
    reference: Annotated[str, typer.Argument(help="登记编号、单号或来电号")],
    to: Annotated[Path, typer.Argument(help="写到哪里（FLAC；左声道来电人，右声道坐席）")],
    reason: Reason = None,
) -> None:
    """取出一通来电的录音（要写 --reason）。取出的文件不再加密：用完请删除，到期也会自动删除。"""
    settings = Settings()
    if to.exists():
        raise typer.BadParameter(f"{to} 已经存在，不覆盖：请换一个文件名。")
    who = actor_of(settings)
    store = open_store(settings)
    try:
        call_id = _call_of(store, reference)
        rights = [Right.LISTEN, *reporter_too(store, call_id)]
        allow(store, who, rights, reason, every=True, target=reference, call_id=call_id)
        frames = recording.load(store, settings.home, call_id)
        add_copy(store.engine, "audio", to, utc_now(), call_id)
    finally:
        store.close()
    to.touch(mode=0o600)
    soundfile.write(to, frames, LINE_RATE, format="FLAC", subtype="PCM_16")
    console.print(f"{to}：{len(frames) / LINE_RATE:.1f} 秒，未加密，只有您自己能读。用完请删除。")


def _call_of(store: Store, reference: str) -> str:
    """The call of a record, or the call itself where it left none."""
    try:
        return store.record(reference).call_id
    except RecordUnknown:
        return store.call(reference).id


@app.command()
def track(
    reference: Annotated[str, typer.Argument(help="登记编号或单号")],
    reveal: Reveal = False,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """诉求导航：办到哪一步、每个期限的最后一天、每次变化是谁在什么时候做的。经办人写的原因要 --reveal 才显示。"""
    settings = Settings()
    who = actor_of(settings) if reveal else None
    store = open_store(settings)
    try:
        found = store.track(reference)
        store.sort_records()
        handling = store.handling(reference)
        if who is not None:
            call_id = _call_of(store, reference)
            rights = [Right.READ_STORY, *reporter_too(store, call_id)]
            allow(store, who, rights, reason, every=True, target=found.case_no, call_id=call_id)
    finally:
        store.close()
    if as_json:
        print(json.dumps(track_json(found, tracking(), reveal=reveal), ensure_ascii=False))
        return
    console.print(track_view(found, tracking(), reveal=reveal))
    console.print(handling_view(handling, reveal=reveal))


@app.command()
def move(
    reference: Annotated[str, typer.Argument(help="登记编号或单号")],
    step: Annotated[str, typer.Argument(help="做哪一步，写错了会列出有哪些")],
    by: Annotated[str | None, typer.Option("--by", help="谁做的；不写就是您")] = None,
    why: Annotated[str | None, typer.Option(help="为什么（加密保存）")] = None,
    reason: Annotated[str | None, typer.Option(help="原因代码，有的步骤必须从表里选")] = None,
) -> None:
    """由工作人员推进一步，例如 dispatch（分送）、accept（受理）、pause（检测，暂停计时）。"""
    settings = Settings()
    who = actor_of(settings)
    store = open_store(settings)
    try:
        case_no = store.track(reference).case_no
        asked: dict[str, Detail] = {"step": step}
        allow(
            store, who, [Right.MOVE], None, outcome="begun", target=case_no, details=asked, needs_reason=False
        )
        entry = Entry(at=utc_now(), move=step, role=Role.OFFICER, who=by or who.name, why=why, reason=reason)
        case = store.move_case(reference, entry)
        store.note(Right.MOVE, who, target=case_no, details=asked)
    finally:
        store.close()
    console.print(f"现在是“{tracking_rules().stages[case.stage].name}”。")


@app.command()
def clocks(as_json: AsJson = False) -> None:
    """看一遍所有期限：到点的提醒、督办、企业逾期转回，都在这时记下（serve 每分钟做一次）。"""
    store = open_store(Settings())
    try:
        made = store.look_at_clocks()
    finally:
        store.close()
    if as_json:
        print(json.dumps([{"case_no": number} | entry.model_dump(mode="json") for number, entry in made]))
        return
    rules = tracking_rules()
    for number, entry in made:
        on = "" if entry.term is None else f"（{rules.terms[entry.term].name}）"
        console.print(f"{number} {rules.moves[entry.move].name}{on}")
    console.print(f"{len(made)} 处变化。")
