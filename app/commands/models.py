"""smartseat models: fetch, verify, list."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.settings import Settings
from models import fetch as fetching
from models import manifest
from models.protocols import ModelMissing

app = typer.Typer(help="模型：下载、校验、列出", no_args_is_help=True)
console = Console()


@app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(help="只取这些模型；不写就是全部")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="不画进度条")] = False,
) -> None:
    """取回缺少的模型，逐个校验；已经有的不重复取。"""
    settings = Settings()
    known = {entry.id for entry in manifest.entries()}
    if unknown := set(names or ()) - known:
        console.print(f"没有叫 {'、'.join(sorted(unknown))} 的模型；有：{'、'.join(sorted(known))}")
        raise typer.Exit(2)
    outcomes = fetching.fetch(
        settings.models_home, names or None, progress=not quiet, folder=settings.models_from
    )
    for outcome in outcomes:
        if not outcome.ok:
            console.print(f"[red]✗[/red] {outcome}", markup=True)
    raise typer.Exit(0 if all(outcome.ok for outcome in outcomes) else 1)


@app.command()
def verify(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """校验每个文件的 sha256；坏的、缺的说出是哪个、怎么办。"""
    problems = manifest.verify(Settings().models_home)
    if as_json:
        print(json.dumps({"problems": [str(p) for p in problems]}, ensure_ascii=False))
    elif problems:
        for problem in problems:
            console.print(f"[red]✗[/red] {problem}")
    else:
        console.print("[green]✓[/green] 全部模型完好")
    raise typer.Exit(1 if problems else 0)


@app.command("list")
def list_models(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """列出用到的模型：用途、大小、许可证、从哪里来。"""
    entries = manifest.entries()
    if as_json:
        print(json.dumps([entry.model_dump(mode="json") for entry in entries], ensure_ascii=False))
        return
    table = Table("模型", "用途", "大小", "许可证", "已取回")
    home = Settings().models_home
    for entry in entries:
        size = sum(file.size for file in entry.files) / 1e6
        try:
            there = bool(manifest.require(home, entry.id))
        except ModelMissing:
            there = False
        table.add_row(entry.id, entry.use, f"{size:.0f} MB", entry.licence, "✓" if there else "—")
    console.print(table)
