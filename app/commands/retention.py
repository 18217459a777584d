"""smartseat retention: what may not be kept longer, and what a citizen asks to be erased."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.actors import allow
from app.commands.options import AsJson, Reason, store_and_actor
from data.retention import Retention, RetentionReport
from data.retention_rules import retention_rules
from data.roles import Right

app = typer.Typer(help="保存期限：到期清理、按市民要求删除", no_args_is_help=True)
console = Console(highlight=False)


@app.command()
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看会清理什么，什么都不动")] = False,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """按期限表清理录音、原话、诉求单、查询记录、导出的文件、缓存和备份；没办完的案件一样都不动。每天运行一次。"""
    with store_and_actor() as (store, who):
        job = Retention(store, retention_rules(), datetime.now(UTC))
        if dry_run:
            report = job.run(dry=True)
        else:
            allow(store, who, [Right.RETENTION], reason, outcome="begun", needs_reason=False)
            report = job.run(dry=False)
            done = {line.what.value: line.due for line in report.lines}
            store.note(Right.RETENTION, who, details=done)
    if as_json:
        print(report.model_dump_json())
    else:
        _show(report)
    raise typer.Exit(1 if report.backups_missed else 0)


@app.command()
def erase(
    case_no: Annotated[str, typer.Argument(help="登记编号或单号")],
    reason: Reason = None,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="案件没办结也删（要有书面依据）")] = False,
    as_json: AsJson = False,
) -> None:
    """按市民要求删除：销毁这通来电的密钥，原话、诉求单、录音、备份里的都再也读不出来；登记编号和统计用的栏目留下。"""
    with store_and_actor() as (store, who):
        # Kept under the log's own key: the reason must outlive the call's.
        allow(store, who, [Right.ERASE], reason, outcome="begun", target=case_no)
        report = Retention(store, retention_rules(), datetime.now(UTC)).erase(case_no, unfinished=unfinished)
        details = report.model_dump(include={"recordings", "files", "copies", "copies_gone"})
        store.note(Right.ERASE, who, target=case_no, details=details)
    if as_json:
        print(report.model_dump_json())
        raise typer.Exit(1 if report.backups_missed else 0)
    console.print(
        f"[green]✓[/green] 来电 {report.call_id} 的密钥已经销毁，它的单：{'、'.join(report.cases) or '—'}"
    )
    table = Table("删了什么", "多少")
    table.add_row("录音", str(report.recordings))
    table.add_row("质检更正过的单", str(report.files))
    table.add_row("导出的表、取出的录音、报告", str(report.copies))
    console.print(table)
    if report.copies_gone:
        console.print(f"[yellow]有 {report.copies_gone} 个取出的文件已经不在原处，请自己找到并删除[/yellow]")
    _missed(report.backups_missed)
    raise typer.Exit(1 if report.backups_missed else 0)


def _show(report: RetentionReport) -> None:
    rules = retention_rules()
    will = "会清理" if report.dry else "清理了"
    table = Table("是什么", "保存", "起算", will, "没办完，留着", "文件大小", "已经不在")
    for line in report.lines:
        rule = rules.rules[line.what]
        table.add_row(
            rule.name,
            rule.term,
            rule.since,
            str(line.due),
            str(line.held or "—"),
            f"{line.size / 1e6:.1f} MB" if line.size else "—",
            str(line.missing or "—"),
        )
    console.print(table)
    if not rules.verified:
        console.print("[yellow]这张期限表还没有经人审定（data/reference/retention.yaml）[/yellow]")
    if report.rotate_due:
        console.print(
            f"[yellow]主密钥用了 {rules.rotate_days} 天以上，该换了：smartseat db rotate-key[/yellow]"
        )
    _missed(report.backups_missed)


def _missed(folders: tuple[str, ...]) -> None:
    for folder in folders:
        console.print(
            f"[red]✗[/red] 够不到备份文件夹 {folder}，那里的 keys.db 还没有更新：接上以后再运行一次"
        )
