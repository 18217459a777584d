"""smartseat db: the database's schema, backups, and the master key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.actors import actor_of, allow, require_reason, require_right
from app.assembly import master_keys, open_store
from app.commands.options import AsJson, Reason, store_and_actor
from app.settings import Settings
from data import backup as backups
from data import migrate, rotation
from data.audit import Actor
from data.errors import RotationPending
from data.roles import Right

app = typer.Typer(help="数据库：结构、备份、主密钥", no_args_is_help=True)
console = Console(highlight=False)


@app.callback()
def group() -> None:
    """数据库"""


@app.command()
def upgrade() -> None:
    """把数据库升到最新的结构（serve 启动时也会做）。"""
    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    console.print(f"数据库结构：{migrate.upgrade(settings.url)}")


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(help="备份放在哪个文件夹")],
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """在坐席照常接听时备份数据库。备份里没有密钥：密钥在同一文件夹的 keys.db，总是最新的一份。"""
    with store_and_actor() as (store, who):
        allow(store, who, [Right.BACKUP], reason, outcome="begun", needs_reason=False)
        made = backups.backup(store, folder, datetime.now(UTC))
        store.note(Right.BACKUP, who, details={"file": made.name})
    manifest = backups.manifest_of(made).read_text("utf-8")
    if as_json:
        print(manifest)
        return
    console.print(f"[green]✓[/green] {made}")
    console.print("主密钥不在里面，请另外保管；录音文件夹（HOME/recordings）请一并复制，它们本来就是封着的。")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="备份文件（seat-….db）；旁边要有它的 .json 和 keys.db")],
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """把备份恢复到一个空的数据库里，再核对行数、审计日志和每通来电的事件链。对不上以 1 退出。"""
    settings = Settings()
    who = actor_of(settings)
    require_right(who, Right.RESTORE)
    require_reason(reason)
    settings.home.mkdir(parents=True, exist_ok=True)
    report = backups.restore(file, settings.url, settings.home, master_keys(settings), who, reason)
    if as_json:
        print(report.model_dump_json())
    else:
        rows = sum(report.tables.values())
        console.print(f"恢复了 {rows} 行；备份之后删除过个人信息的来电 {report.erased} 通，仍然读不出来。")
        for call_id in report.broken:
            console.print(f"[red]✗[/red] 来电 {call_id} 的事件链对不上")
        whole = "对得上" if report.audit_whole else "对不上，请看 smartseat audit verify"
        console.print(f"审计日志{whole}。")
    raise typer.Exit(0 if report.audit_whole and not report.broken else 1)


@app.command("rotate-key")
def rotate_key(reason: Reason = None, as_json: AsJson = False) -> None:
    """换主密钥：先停坐席。每通来电的密钥重新包一遍，旧的主密钥从此打不开任何东西；中断了再运行一次就接着做。"""
    settings = Settings()
    who = actor_of(settings)
    require_reason(reason)
    _allowed(settings, who, reason)
    report = rotation.rotate(settings.url, settings.home, master_keys(settings), who, reason)
    if as_json:
        print(report.model_dump_json())
    else:
        console.print(
            f"[green]✓[/green] 主密钥已经换成 {report.key_id}，这次重包 {report.calls} 通来电的密钥。"
        )
        for call_id in report.damaged:
            console.print(f"[red]✗[/red] 来电 {call_id} 的密钥两把主密钥都打不开，没有动它")
        for folder in report.backups_missed:
            console.print(
                f"[yellow]够不到备份文件夹 {folder}：那里的 keys.db 还是旧主密钥包的，请删掉[/yellow]"
            )
        if not report.damaged:
            console.print("以前抄走的数据库或 keys.db，拿旧主密钥还能读：请把旧主密钥的每一份都销毁。")
    raise typer.Exit(1 if report.damaged else 0)


def _allowed(settings: Settings, who: Actor, reason: str | None) -> None:
    """Raises NotAllowed. A change that was cut off was allowed when it began; the store cannot be opened now."""
    try:
        store = open_store(settings)
    except RotationPending:
        require_right(who, Right.ROTATE_KEY)
        return
    try:
        allow(store, who, [Right.ROTATE_KEY], reason, outcome="begun")
        store.drain_journal()
    finally:
        store.close()
