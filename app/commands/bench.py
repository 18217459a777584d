"""smartseat bench: what is measured, beside a peer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app import logs
from app.seat_process import seat_process
from app.settings import Settings

app = typer.Typer(help="测量", no_args_is_help=True)
console = Console(highlight=False)


@app.callback()
def group() -> None:
    """测量"""


@app.command()
def latency(
    folder: Annotated[Path, typer.Argument(help="来电人（YAML）所在的文件夹")] = Path("qa/personas"),
    manifest: Annotated[
        Path | None, typer.Option(help="识别对比用的录音清单（JSON 行）；不写就用来电人的声音")
    ] = None,
    calls: Annotated[int, typer.Option(help="打几通真实来电")] = 3,
    limit: Annotated[int, typer.Option(help="识别对比用多少条")] = 40,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """应答间隔、说完到出字的时间，和 faster-whisper 自带的 transcribe 在同一次运行里对比。"""
    from bench.latency import run

    settings = Settings()
    logs.set_up("WARNING")
    with seat_process(settings, console) as url:
        report = run(url, settings.models_home, folder, manifest=manifest, calls=calls, limit=limit)
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
        return
    console.print_json(json.dumps(report, ensure_ascii=False))
