"""smartseat replay: recorded calls once more, and what would come out differently."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agent.kit import Understand
from app import logs
from app.assembly import expand_words, open_store, open_understander, understand_with
from app.settings import Settings
from data.errors import StoreError
from dialogs.loader import load
from models.open_recogniser import open_recogniser
from models.pool import ModelPool
from models.vad import SileroVad
from qa.replay.hearing import Listener
from qa.replay.judge import Level
from qa.replay.page import AudioIn, write_page
from qa.replay.recorded import BadRecording, RecordedCall, from_path, from_store
from qa.replay.report import summarise
from qa.replay.run import Bench, Replay, replay_all
from qa.replay.terminal import table

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def replay(
    calls: Annotated[
        list[str] | None,
        typer.Argument(help="来电号、录音文件或录音文件夹；录音旁可放 名字.golden.yaml（更正过的单）"),
    ] = None,
    last: Annotated[int, typer.Option(help="不写来电时，回放最近的这么多通")] = 0,
    level: Annotated[
        Level, typer.Option(help="从哪里重来：understanding 只重走话术，words 连同理解，audio 连同听写")
    ] = "audio",
    script: Annotated[Path | None, typer.Option(help="换这份话术（文件夹）；不写就用设置里的")] = None,
    rules_only: Annotated[bool, typer.Option(help="理解只用规则，不装载语义模型")] = False,
    recogniser: Annotated[
        Path | None, typer.Option(help="换这个听写模型（CTranslate2 Whisper 文件夹）")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--report", help="写一份网页报告：能听、能看波形和原话（含个人信息，只有本人可读）"),
    ] = None,
    audio: Annotated[
        AudioIn, typer.Option(help="网页里的录音：embed 放进网页，link 只放链接，none 不放")
    ] = "embed",
    score: Annotated[bool, typer.Option("--score", help="回放前后各打一张评分卡（不算钟点的项目）")] = False,
    reveal: Annotated[bool, typer.Option(help="显示姓名、电话和原话")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """把录下的电话重放一遍，说出哪些诉求单会变、变在哪里、出在哪个环节。全部一致以 0 退出，否则 1。"""
    settings = Settings()
    logs.set_up("ERROR")
    if not calls and not last:
        errors.print("请写来电号、录音或文件夹，或用 --last 50 回放最近的 50 通。")
        raise typer.Exit(2)
    if rules_only:
        settings = settings.model_copy(update={"encoder": False})
    try:
        recorded = _recorded(settings, calls or [], last)
    except (BadRecording, StoreError) as error:
        errors.print(f"[red]✗[/red] {error}")
        raise typer.Exit(2) from error
    began = time.perf_counter()
    understand = understand_with(open_understander(settings)) if level != "understanding" else None
    folder = script or settings.script
    pool = ModelPool(settings.model_workers) if level == "audio" else None
    try:
        bench = Bench(
            load(folder), level, understand, _listener(settings, pool, recogniser, understand), score
        )
        done = _run(recorded, bench, reveal=reveal, keep_sound=page is not None)
    finally:
        if pool is not None:
            pool.close()
    results = [each.result for each in done]
    report = summarise(results, level, bench.script.version, time.perf_counter() - began)
    if page is not None:
        write_page(page, report, done, bench.script.file.labels, audio)
        errors.print(f"报告：{page}")
    if as_json:
        print(report.model_dump_json())
    else:
        console.print(table(report))
    raise typer.Exit(0 if report.same == report.total else 1)


def _run(recorded: Sequence[RecordedCall], bench: Bench, *, reveal: bool, keep_sound: bool) -> list[Replay]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task("回放", total=len(recorded))
        told: Callable[[Replay], None] = lambda done: progress.advance(task)  # noqa: E731
        return replay_all(recorded, bench, reveal=reveal, keep_sound=keep_sound, progress=told)


def _listener(
    settings: Settings, pool: ModelPool | None, recogniser: Path | None, understand: Understand | None
) -> Listener | None:
    if pool is None or understand is None:
        return None
    folder = recogniser or settings.recogniser_model
    return Listener(
        open_recogniser(settings.models_home, pool, folder=folder, looks=False),
        SileroVad,
        understand,
        expand_words,
    )


def _recorded(settings: Settings, names: Sequence[str], last: int) -> list[RecordedCall]:
    """Paths as recordings, everything else as calls of the store. Raises BadRecording, StoreError."""
    found: list[RecordedCall] = []
    store = None
    try:
        for name in names:
            if Path(name).exists():
                found += from_path(Path(name))
                continue
            store = store or open_store(settings)
            found.append(from_store(store, name, settings.home))
        if not names:
            store = open_store(settings)
            found += [
                from_store(store, call.id, settings.home) for call in store.calls(last) if not call.erased
            ]
    finally:
        if store is not None:
            store.close()
    return found
