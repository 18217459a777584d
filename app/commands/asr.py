"""smartseat asr: how well the seat hears, beside its peer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.settings import Settings
from bench.codec import Codec

app = typer.Typer(help="识别：与 faster-whisper 同批对比", no_args_is_help=True)


@app.callback()
def group() -> None:
    """识别：与 faster-whisper 同批对比"""


@app.command("eval")
def evaluate(
    manifest: Annotated[Path, typer.Option(help="JSON 行文件：id、text、audio …")],
    codec: Annotated[Codec, typer.Option(help="线路编码")] = "pcmu",
    engines: Annotated[str, typer.Option(help="逗号分开")] = "seat,faster-whisper",
    limit: Annotated[int | None, typer.Option(help="只用前这么多条")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """同一批录音、同一次运行里，比较坐席的识别与 faster-whisper 自带的 transcribe。"""
    from bench.asr import run

    model = Settings().models_home / "models" / "whisper-base"
    report = run(manifest, engines=engines.split(","), codec=codec, limit=limit, model=model)
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


@app.command()
def noise(
    folder: Annotated[Path, typer.Argument(help="没有人说话的录音（FLAC/WAV）所在的文件夹")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """把噪声当作每一类问题的回答放一遍：不该听出任何信息，更不该听成同意。"""
    from app.assembly import Seat, expand_words
    from bench.noise import run

    seat = Seat(Settings())
    try:
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("噪声", total=None)
            report = asyncio.run(
                run(
                    folder,
                    seat.live.script,
                    seat.kit.recogniser,
                    seat.kit.understand,
                    expand_words,
                    lambda done, total: progress.update(task, completed=done, total=total),
                )
            )
    finally:
        seat.close()
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        console = Console()
        console.print(
            f"{report.clips} 段噪声 × {report.heard // report.clips} 类问题，当成说话 {report.turns} 次"
        )
        for line in (*report.values, *report.agreements):
            console.print(f"[red]✗[/red] {line}")
        console.print("[green]✓ 没有听出信息，没有听成同意[/green]" if report.clean else "[red]✗ 见上[/red]")
    raise typer.Exit(0 if report.clean else 1)
