"""smartseat replay: recorded calls once more, and what would come out differently."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agent.kit import Understand
from app import logs
from app.actors import READS, REVEAL, actor_of, allow, reporter_too
from app.assembly import expand_words, open_store, open_understander, understand_with
from app.commands.options import AsJson, Reason, Reveal
from app.settings import Settings
from data.copies import add_copy
from data.errors import StoreError
from data.ledger import utc_now
from data.roles import Right
from data.store import Store
from dialogs.loader import load
from models.open_recogniser import open_recogniser
from models.pool import ModelPool
from models.vad import SileroVad
from qa.replay.hearing import Listener
from qa.replay.judge import Level
from qa.replay.page import AudioIn, write_page
from qa.replay.recorded import BadRecording, RecordedCall, from_path, from_store
from qa.replay.report import CallResult, summarise
from qa.replay.run import Bench, Replay, replay_all
from qa.replay.terminal import table

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def replay(
    calls: Annotated[
        list[str] | None,
        typer.Argument(
            help="来电号、录音文件或录音文件夹；更正过的单：录音旁的 名字.golden.yaml，库里的来电放 golden/来电号.yaml"
        ),
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
    reveal: Reveal = False,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """把录下的电话重放一遍，说出哪些诉求单会变、变在哪里、出在哪个环节。没有要看的以 0 退出，否则 1。"""
    settings = Settings()
    logs.set_up("ERROR")
    if not calls and not last:
        errors.print("请写来电号、录音或文件夹，或用 --last 50 回放最近的 50 通。")
        raise typer.Exit(2)
    if rules_only:
        settings = settings.model_copy(update={"encoder": False})
    began = time.perf_counter()
    with ExitStack() as held:
        try:
            let = partial(_let, reason, page, audio) if page is not None or reveal else None
            recorded = _recorded(settings, calls or [], last, held, let)
        except (BadRecording, StoreError) as error:
            errors.print(f"[red]✗[/red] {error}")
            raise typer.Exit(2) from error
        understand = understand_with(open_understander(settings)) if level != "understanding" else None
        listener = None
        if level == "audio" and understand is not None:
            listener = _listener(settings, recogniser, understand, held)
        bench = Bench(load(script or settings.script), level, understand, listener, score)
        done = _run(recorded, bench, reveal=reveal, keep_sound=page is not None)
    results = [each.result for each in done]
    report = summarise(results, level, bench.script.version, time.perf_counter() - began)
    if page is not None:
        write_page(page, report, done, bench.script.file.labels, audio)
        errors.print(f"报告：{page}")
    if as_json:
        print(report.model_dump_json())
    else:
        console.print(table(report))
    raise typer.Exit(0 if all(map(_fine, results)) else 1)


def _fine(call: CallResult) -> bool:
    """Nothing that somebody should look at."""
    if call.verdict == "not_scorable":
        return call.fault is None and not call.wrong_after
    return call.verdict in ("same", "better")


def _run(recorded: Sequence[RecordedCall], bench: Bench, *, reveal: bool, keep_sound: bool) -> list[Replay]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task("回放", total=len(recorded))
        told: Callable[[Replay], None] = lambda done: progress.advance(task)  # noqa: E731
        return replay_all(recorded, bench, reveal=reveal, keep_sound=keep_sound, progress=told)


def _listener(
    settings: Settings, recogniser: Path | None, understand: Understand, held: ExitStack
) -> Listener:
    pool = ModelPool(settings.model_workers)
    held.callback(pool.close)
    folder = recogniser or settings.recogniser_model
    ears = open_recogniser(settings.models_home, pool, folder=folder, looks=False)
    return Listener(ears, SileroVad, understand, expand_words)


def _recorded(
    settings: Settings,
    names: Sequence[str],
    last: int,
    held: ExitStack,
    let: Callable[[Settings, Store, Sequence[str]], None] | None,
) -> list[RecordedCall]:
    """Paths as recordings, everything else as calls of the store, which stays open as long as `held`.

    let: asked before calls of the store are shown in the clear. Raises BadRecording, StoreError, NotAllowed.
    """
    found: list[RecordedCall] = []
    ids: list[str] = []
    for name in names:
        if Path(name).exists():
            found += from_path(Path(name))
        else:
            ids.append(name)
    if ids or not names:
        store = open_store(settings)
        held.callback(store.close)
        ids = ids or [call.id for call in store.calls(last) if not call.erased]
        if let is not None:
            let(settings, store, ids)
        found += [from_store(store, call_id, settings.home) for call_id in ids]
    return found


def _let(
    reason: str | None,
    page: Path | None,
    audio: AudioIn,
    settings: Settings,
    store: Store,
    ids: Sequence[str],
) -> None:
    """Everything of a call is shown, so every right to it is needed. Raises NotAllowed, NoReason."""
    who = actor_of(settings)
    for call_id in ids:
        rights = [*READS, *reporter_too(store, call_id)]
        allow(store, who, rights, reason, act=REVEAL, every=True, target=call_id, call_id=call_id)
        if page is not None and audio != "none":
            allow(store, who, [Right.LISTEN], reason, target=call_id, call_id=call_id)
    if page is not None:
        add_copy(store.engine, "report", page, utc_now())
