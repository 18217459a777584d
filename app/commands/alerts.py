"""smartseat alerts: emergencies and mass incidents, and who took note of them."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.actors import actor_of, allow
from app.assembly import open_store
from app.settings import Settings
from data.assignments import target_name
from data.case_numbers import SHANGHAI_TIME
from data.incident_book import EmergencyAlert, Incident
from data.roles import Right

app = typer.Typer(help="预警：紧急情况、群体事件、三品一特", no_args_is_help=True)
console = Console(highlight=False)

_EMERGENCY = {
    "trapped": "困人",
    "poisoning": "中毒",
    "fire": "火、爆炸、泄漏",
    "threat": "人身威胁",
    "self_harm": "自伤",
    "equipment": "特种设备",
    "privacy_leak": "信息泄露",
}


@app.command("list")
def list_alerts(
    everything: Annotated[bool, typer.Option("--all", help="已经有人处理的也列出来")] = False,
    limit: Annotated[int, typer.Option(help="各最多列多少条")] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """还没有人处理的预警，最近的在前；没有个人信息。"""
    store = open_store(Settings())
    try:
        store.sort_records()
        incidents = store.incidents(limit, open_only=not everything)
        emergencies = store.emergencies(limit, open_only=not everything)
    finally:
        store.close()
    if as_json:
        told = {
            "incidents": [row.model_dump(mode="json") for row in incidents],
            "emergencies": [row.model_dump(mode="json") for row in emergencies],
        }
        print(json.dumps(told, ensure_ascii=False))
        return
    if not incidents and not emergencies:
        console.print("没有要处理的预警。")
    if incidents:
        console.print(_incidents(incidents))
    if emergencies:
        console.print(_emergencies(emergencies))


@app.command()
def ack(
    alert: Annotated[str, typer.Argument(help="预警编号，写前几位就够")],
    by: Annotated[str | None, typer.Option("--by", help="谁处理的；不写就是您")] = None,
) -> None:
    """记下有人处理了。群体事件升到更高一级时会重新出现。"""
    settings = Settings()
    who = actor_of(settings)
    store = open_store(settings)
    try:
        allow(store, who, [Right.MOVE], None, details={"step": "ack"}, needs_reason=False)
        store.acknowledge(alert, by or who.name)
    finally:
        store.close()
    console.print("记下了。")


def _incidents(rows: list[Incident]) -> Table:
    table = Table(
        "编号",
        "最近",
        "级别",
        "什么",
        "人数",
        "单数",
        "金额",
        "区",
        "条线",
        "建议告知",
        "登记编号",
        title="群体事件、三品一特",
    )
    for column in table.columns:
        column.overflow = "fold"  # a number cut short is none
    for row in rows:
        apart = "".join(
            f"，{what} {n} 张" for what, n in (("同号同址", row.multiples), ("没有号码", row.unnamed)) if n
        )
        crowd = f"（说到 {row.people} 人）" if row.people else ""
        table.add_row(
            row.id[:8],
            f"{row.last_at.astimezone(SHANGHAI_TIME):%m-%d %H:%M}",
            row.level + (f"（{row.acked_by}处理）" if row.acked_by else ""),
            "；".join(row.what),
            f"{row.callers}{crowd}",
            f"{row.records}{apart}",
            f"{row.amount:g}",
            target_name("district", row.district) if row.district else "—",
            target_name("line", row.topic) if row.topic else "—",
            "、".join(row.tell),
            " ".join(row.cases[:2]),
        )
    return table


def _emergencies(rows: list[EmergencyAlert]) -> Table:
    table = Table("编号", "时间", "什么", "来电", "状态", title="紧急情况")
    for row in rows:
        state = f"{row.acked_by}处理" if row.acked_by else "已发出" if row.delivered else "还没发出"
        table.add_row(
            row.id[:8],
            f"{row.created_at.astimezone(SHANGHAI_TIME):%m-%d %H:%M}",
            _EMERGENCY.get(row.emergency, row.emergency),
            row.call_id,
            state,
        )
    return table
