"""smartseat simulate: simulated callers through the spoken loop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app import logs
from app.assembly import open_understander, understand_with
from app.seat_process import seat_process
from app.settings import Settings
from dialogs.loader import load
from qa.report import SimulationReport, table
from qa.simulate import caller_voices, run_folder
from qa.text_loop import run_folder_by_text

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def simulate(
    folder: Annotated[Path, typer.Argument(help="来电人（YAML）所在的文件夹")] = Path("qa/personas"),
    draws: Annotated[int, typer.Option(help="每个来电人打几次")] = 1,
    seed: Annotated[int, typer.Option(help="同一个种子，同样的停顿和噪声")] = 0,
    only: Annotated[list[str] | None, typer.Option(help="只打这几个人（可多次）")] = None,
    url: Annotated[str | None, typer.Option(help="已在运行的坐席；不写就临时起一个")] = None,
    text: Annotated[bool, typer.Option("--text", help="用文字代替声音：只看理解和话术，几秒钟")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """让模拟来电人逐个打进来，报告每张单对不对、应答间隔、抢话。"""
    settings = Settings()
    logs.set_up("WARNING")
    if text:
        report = _by_text(settings, folder, draws, seed, only)
    elif url is not None:
        report = _run(settings, url, folder, draws, seed, only)
    else:
        with seat_process(settings, errors) as own:
            report = _run(settings, own, folder, draws, seed, only)
    if as_json:
        print(report.model_dump_json())
    else:
        console.print(table(report))
    raise typer.Exit(0 if all(run.record_exact for run in report.runs) else 1)


def _run(
    settings: Settings, url: str, folder: Path, draws: int, seed: int, only: list[str] | None
) -> SimulationReport:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task("准备", total=None)

        def told(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        return asyncio.run(
            run_folder(
                url,
                folder,
                draws=draws,
                seed=seed,
                only=tuple(only or ()),
                voices=caller_voices(settings.models_home / "models"),
                progress=told,
            )
        )


def _by_text(
    settings: Settings, folder: Path, draws: int, seed: int, only: list[str] | None
) -> SimulationReport:
    script = load(settings.script)
    understand = understand_with(open_understander(settings, script))
    return asyncio.run(
        run_folder_by_text(folder, script, understand, draws=draws, seed=seed, only=tuple(only or ()))
    )
