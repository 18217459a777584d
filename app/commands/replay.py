"""smartseat replay: recorded calls once more, and what would come out differently."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import data.events as ev
from agent.kit import Understand
from app import logs
from app.actors import READS, REVEAL, actor_of, allow, reporter_too
from app.assembly import expand_words, find_store, open_understander, understand_with
from app.commands.options import AsJson, Reason, Reveal
from app.settings import Settings
from app.versions import NoSuchVersion, script_named
from data.copies import add_copy
from data.errors import StoreError, VersionUnknown
from data.ledger import utc_now
from data.roles import Right
from data.store import Store
from dialogs.loader import load_files
from dialogs.problems import ScriptBroken
from dialogs.script import Script
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
    script: Annotated[
        str | None,
        typer.Option(help="换这份话术：文件夹、上线过的版本，或 git 的版本；不写就用设置里的文件夹"),
    ] = None,
    as_then: Annotated[
        bool, typer.Option("--as-then", help="每通电话用它当时那一版话术：只看听写和理解变了什么")
    ] = False,
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
    if as_then and script is not None:
        errors.print("--script 和 --as-then 只能写一个。")
        raise typer.Exit(2)
    if rules_only:
        settings = settings.model_copy(update={"encoder": False})
    began = time.perf_counter()
    with ExitStack() as held:
        try:
            let = partial(_let, reason, page, audio) if page is not None or reveal else None
            store = find_store(settings)
            if store is not None:
                held.callback(store.close)
            recorded = _recorded(settings, store, calls or [], last, let)
            chosen = script_named(script or str(settings.script), settings.script, store)
        except (BadRecording, StoreError, NoSuchVersion) as error:
            errors.print(f"[red]✗[/red] {error}")
            raise typer.Exit(2) from error
        understand = understand_with(open_understander(settings)) if level != "understanding" else None
        listener = None
        if level == "audio" and understand is not None:
            listener = _listener(settings, recogniser, understand, held)
        own = _script_then(store) if as_then else None
        bench = Bench(chosen, level, understand, listener, score, own)
        done = _run(recorded, bench, reveal=reveal, keep_sound=page is not None)
    results = [each.result for each in done]
    version = "as_then" if as_then else bench.script.version
    report = summarise(results, level, version, time.perf_counter() - began)
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


def _script_then(store: Store | None) -> Callable[[RecordedCall], Script]:
    """Finds the script a call was answered with."""

    @cache
    def kept(version: str) -> Script:
        if store is None:
            raise VersionUnknown(version)
        return load_files(store.script_files(version))

    def of(call: RecordedCall) -> Script:
        answered = call.events[0] if call.events else None
        if not isinstance(answered, ev.CallAnswered):
            raise BadRecording("没有当时的记录，不知道用的是哪一版话术")
        try:
            return kept(answered.script)
        except VersionUnknown:
            raise BadRecording(f"当时的话术（{answered.script}）没有存下") from None
        except ScriptBroken:
            raise BadRecording(f"当时的话术（{answered.script}）通不过现在的检查") from None

    return of


def _recorded(
    settings: Settings,
    store: Store | None,
    names: Sequence[str],
    last: int,
    let: Callable[[Settings, Store, Sequence[str]], None] | None,
) -> list[RecordedCall]:
    """Paths as recordings, everything else as calls of the store, which must stay open.

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
        if store is None:
            raise BadRecording(f"{settings.home} 里还没有存下的电话")
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
