"""smartseat referrals: what goes to companies: list it, send it, see what was given up."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app import logs
from app.assembly import open_store
from app.clocks import watch_clocks
from app.company_post import CompanyPost
from app.referral_worker import ReferralWorker
from app.settings import Settings
from data.case_numbers import SHANGHAI_TIME
from data.companies import Companies, CompaniesWrong, load_companies
from data.records import Referral
from data.referral_messages import schema as published
from data.store import Store

app = typer.Typer(help="转企业先行处理（一窗式）：列出、发送、查看没送成的", no_args_is_help=True)
console = Console(highlight=False)

_STATUS = {
    "pending": "待送",
    "delivered": "已送达",
    "dead": "没送成",
    "cancelled": "已取消（收回同意）",
    "recall": "待通知收回",
    "recalled": "已通知收回",
    "recall_dead": "收回没通知到，请打电话",
}
_ANSWER = {
    "accepted": "企业接单",
    "refused": "企业不接",
    "settled": "企业已解决",
    "unresolved": "企业未解决",
    "silent": "逾期未复",
    None: "—",
}


@app.command("list")
def list_referrals(
    limit: Annotated[int, typer.Option(help="最多列多少条")] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """全部转办，没有个人信息。"""
    _print(_kept((), limit), as_json)


@app.command()
def dead(
    limit: Annotated[int, typer.Option(help="最多列多少条")] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """没送成的和没通知到的，各有原因；案件已转回行政处理。"""
    _print(_kept(("dead", "recall_dead"), limit), as_json)


@app.command()
def run(
    once: Annotated[bool, typer.Option("--once", help="到点的送一遍就结束")] = False,
) -> None:
    """发送转办（serve 设了 companies 也会做）；同时看期限，逾期的转回行政处理。"""
    settings = Settings()
    logs.set_up(settings.log_level)
    if settings.companies is None:
        raise CompaniesWrong("还没有设，请写 SMARTSEAT_COMPANIES=companies.yaml")
    companies = load_companies(settings.companies)
    store = open_store(settings)
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(_run(store, companies, once))
    finally:
        store.close()


@app.command()
def schema() -> None:
    """与企业往来报文的 JSON Schema。"""
    print(json.dumps(published(), ensure_ascii=False, indent=2))


async def _run(store: Store, companies: Companies, once: bool) -> None:
    post = CompanyPost(companies)
    with ThreadPoolExecutor(1, thread_name_prefix="store") as writer:
        worker = ReferralWorker(store, writer, companies, post)
        try:
            if once:
                await asyncio.to_thread(store.look_at_clocks)
                console.print(f"发送 {await worker.begin()} 条。")
                await worker.finish()
            else:
                await asyncio.gather(worker.run(), watch_clocks(store, writer))
        finally:
            await post.close()


def _kept(status: tuple[str, ...], limit: int) -> list[Referral]:
    store = open_store(Settings())
    try:
        return store.referrals(status, limit)
    finally:
        store.close()


def _print(rows: list[Referral], as_json: bool) -> None:
    if as_json:
        print(json.dumps([row.model_dump(mode="json") for row in rows], ensure_ascii=False))
        return
    table = Table("时间", "登记编号", "企业", "状态", "试过", "企业答复", "原因")
    for row in rows:
        table.add_row(
            f"{row.created_at.astimezone(SHANGHAI_TIME):%m-%d %H:%M}",
            row.case_no or "—",
            row.recipient,
            _STATUS[row.status],
            str(row.attempts),
            _ANSWER[row.answer],
            row.reason or "—",
        )
    console.print(table if rows else "没有。")
