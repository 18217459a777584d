"""smartseat feed: what is shared with Jiangsu, Zhejiang and Anhui, and what is read from other offices."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.console import Console
from rich.table import Table

from app import delta_pull
from app.assembly import open_store
from app.settings import Settings
from data.companies import safe_address
from data.delta_feed import DeltaItem, public_hex
from data.dispatch_rules import delta_codes, dispatch_rules

app = typer.Typer(help="长三角共享：发布、写成文件、读取外省的", no_args_is_help=True)
console = Console(highlight=False)


def _province(name: str) -> str:
    region = dispatch_rules().region(name)
    if region is None or region.code not in delta_codes():
        raise typer.BadParameter(f"“{name}”不是长三角的省：{'、'.join(delta_codes())}")
    return region.code


@app.command()
def key() -> None:
    """本局签名的公钥：告诉外省，他们用它核对。"""
    store = open_store(Settings())
    try:
        print(public_hex(store.delta_key().public_key()))
    finally:
        store.close()


@app.command()
def write(
    province: Annotated[str, typer.Argument(help="江苏、浙江、安徽，或者 32、33、34")],
    to: Annotated[Path, typer.Argument(help="写到哪个文件")],
    after: Annotated[int, typer.Option(min=0, help="从哪一条之后开始")] = 0,
) -> None:
    """发布到期的，并把一个省的写成文件（每行一条，已签名，没有个人信息）。"""
    code = _province(province)
    if to.exists():
        raise typer.BadParameter(f"{to} 已经存在，不覆盖：请换一个文件名。")
    store = open_store(Settings())
    try:
        store.sort_records()
        while store.publish_delta():
            pass
        lines: list[str] = []
        while page := store.delta_lines(code, after + len(lines)):
            lines += page
    finally:
        store.close()
    to.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    console.print(f"{to}：{len(lines)} 条。下次从 --after {after + len(lines)} 开始。")


@app.command()
def pull(
    url: Annotated[str, typer.Argument(help="对方的地址，例如 https://…/delta/31，或者一个文件")],
    public_key: Annotated[str, typer.Option("--key", help="对方的公钥（64 位十六进制）")],
    province: Annotated[str, typer.Option(help="对方发给谁的（行政区划前两位）")],
    token: Annotated[str, typer.Option(envvar="SMARTSEAT_PULL_TOKEN", help="对方给的口令")] = "",
) -> None:
    """读取外省发给本地的：逐条核对签名和次序，改过、漏掉、插进来的一条都不收；重复读没有影响。"""
    try:
        trusted = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    except ValueError:
        raise typer.BadParameter("公钥是 64 位十六进制数。") from None
    file = Path(url)
    if not file.is_file():
        try:
            safe_address(url)
        except ValueError as error:
            raise typer.BadParameter(f"{url}：{error}") from None
    store = open_store(Settings())
    try:
        if file.is_file():
            lines = [line for line in file.read_text("ascii", errors="replace").split("\n") if line]
            new = store.take_delta(trusted, province, lines)
        else:
            new = asyncio.run(delta_pull.pull(store, url, trusted, province, token))
    finally:
        store.close()
    console.print(f"新收 {new} 条。")


@app.command("list")
def list_taken(
    limit: Annotated[int, typer.Option(help="最多列多少条")] = 50,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """收到的外省共享。"""
    store = open_store(Settings())
    try:
        items = store.taken_items(limit)
    finally:
        store.close()
    if as_json:
        print(json.dumps([item.model_dump(mode="json") for item in items], ensure_ascii=False))
        return
    console.print(_table(items) if items else "还没有。")


def _table(items: list[DeltaItem]) -> Table:
    table = Table("日期", "条", "类型", "问题", "客体", "平台", "经营者", "办到")
    for item in items:
        told = [str(item.fields.get(name, "—")) for name in ("kind", "issue", "goods", "platform")]
        told += [str(item.fields.get(name, "—")) for name in ("respondent", "stage")]
        table.add_row(f"{item.on}", str(item.seq), *told)
    return table


@app.command()
def schema() -> None:
    """每一条的 JSON Schema（签名外壳是 RFC 7515 flattened JWS，EdDSA）。"""
    print(json.dumps(DeltaItem.model_json_schema(), ensure_ascii=False, indent=2))
