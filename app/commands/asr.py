"""smartseat asr: how well the seat hears, beside its peer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.settings import Settings

app = typer.Typer(help="识别：与 faster-whisper 同批对比", no_args_is_help=True)


@app.callback()
def group() -> None:
    """识别：与 faster-whisper 同批对比"""


@app.command("eval")
def evaluate(
    manifest: Annotated[Path, typer.Option(help="JSON 行文件：id、text、audio …")],
    codec: Annotated[str, typer.Option(help="pcmu 或 none")] = "pcmu",
    engines: Annotated[str, typer.Option(help="逗号分开")] = "seat,faster-whisper",
    limit: Annotated[int | None, typer.Option(help="只用前这么多条")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """同一批录音、同一次运行里，比较坐席的识别与 faster-whisper 自带的 transcribe。"""
    from bench.asr import run

    report = run(manifest, home=Settings().models_home, engines=engines.split(","), codec=codec, limit=limit)
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
        return
    table = Table("引擎", "字错误率", "p50 秒", "p95 秒")
    for name, figures in report["engines"].items():
        table.add_row(
            name,
            f"{figures['cer']:.1%}",
            f"{figures['seconds_p50']:.2f}",
            f"{figures['seconds_p95']:.2f}",
        )
    Console().print(table)
