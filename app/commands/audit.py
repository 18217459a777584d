"""smartseat audit: who did what, and whether anything of it was tampered with."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.actors import NotAllowed, actor_of, refusal
from app.assembly import open_store
from app.commands.options import AsJson
from app.settings import Settings
from data.audit import AuditEntry, AuditReport
from data.case_numbers import SHANGHAI_TIME
from data.roles import Right, roles

app = typer.Typer(help="审计日志：谁在什么时候为什么做了什么；有没有被动过", no_args_is_help=True)
console = Console(highlight=False)

_OUTCOMES = {"begun": "开始", "done": "做了", "refused": "拒绝", "failed": "没做成"}
_FAULTS = {
    "changed": "第 {at} 条被改过，或不在原来的位置",
    "missing": "第 {at} 条不见了",
    "cut off": "从第 {at} 条起被截掉",
    "no head": "日志末尾（第 {at} 条附近）的签名不对",
    "no anchors": "旁边的锚文件（HOME/audit/anchors）不见了，不能断定末尾没有被截",
    "key unknown": "第 {at} 条用的是这个数据库不认识的密钥",
}


@app.command("list")
def list_acts(
    limit: Annotated[int, typer.Option(help="最多列多少条")] = 50,
    actor: Annotated[str | None, typer.Option(help="只看这个人")] = None,
    act: Annotated[str | None, typer.Option(help="只看这件事，如 reveal、listen、export_revealed")] = None,
    target: Annotated[str | None, typer.Option(help="只看这张单（登记编号）或这通来电")] = None,
    as_json: AsJson = False,
) -> None:
    """最近的记录，最新的在前。原因随来电一起加密，来电的个人信息删除以后就读不出来了。"""
    settings = Settings()
    who = actor_of(settings)
    store = open_store(settings)
    try:
        if not roles().may(who, Right.READ_AUDIT):
            store.note(Right.READ_AUDIT, who, "refused")
            raise NotAllowed(refusal(who, Right.READ_AUDIT) + "这次请求已经记录。")
        rows = store.acts(limit, actor=actor, act=act, target=target)
    finally:
        store.close()
    if as_json:
        print(json.dumps([_plain(entry, reason) for entry, reason in rows], ensure_ascii=False))
        return
    table = Table("序号", "时间", "谁", "角色", "做什么", "结果", "对象", "原因", "细节")
    for entry, reason in rows:
        table.add_row(
            str(entry.seq),
            f"{entry.at.astimezone(SHANGHAI_TIME):%Y-%m-%d %H:%M:%S}",
            entry.actor,
            roles().role_names(entry.roles.split(",")),
            roles().act_name(entry.act),
            _OUTCOMES[entry.outcome],
            entry.target or "—",
            reason or ("（已随来电删除）" if entry.words else "—"),
            "" if entry.details == "{}" else entry.details,
        )
    console.print(table if rows else "没有。")


@app.command()
def verify(
    calls: Annotated[bool, typer.Option("--calls/--no-calls", help="连同每通来电的事件链")] = True,
    as_json: AsJson = False,
) -> None:
    """从头核对一遍，指出第一条对不上的；有对不上的以 1 退出。"""
    store = open_store(Settings())
    try:
        report = store.verify_audit()
        chains = list(store.verify_all()) if calls else []
    finally:
        store.close()
    broken = [chain for chain in chains if not chain.whole]
    if as_json:
        told = report.model_dump() | {
            "calls": len(chains),
            "broken_calls": [chain.model_dump(exclude={"whole"}) for chain in broken],
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        _show(report)
        for chain in broken:
            console.print(f"[red]✗[/red] 来电 {chain.call_id} 第 {chain.broken_at} 个事件对不上")
        if calls:
            console.print(f"来电的事件链：{len(chains)} 条，{len(broken)} 条对不上。")
    raise typer.Exit(0 if report.whole and not broken else 1)


def _show(report: AuditReport) -> None:
    if report.whole:
        console.print(
            f"[green]✓[/green] 审计日志 {report.entries} 条，全都对得上（锚到第 {report.anchored} 条）"
        )
        return
    fault = _FAULTS[report.fault or "changed"].format(at=report.broken_at)
    console.print(f"[red]✗ {fault}[/red]（之前的 {report.entries} 条对得上）")


def _plain(entry: AuditEntry, reason: str | None) -> dict[str, object]:
    return entry.model_dump(mode="json", exclude={"words", "mac", "key_id", "details"}) | {
        "details": json.loads(entry.details),
        "reason": reason,
    }
