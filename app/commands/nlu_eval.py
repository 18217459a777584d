"""smartseat nlu eval: what the understanding gets right of a labelled test set, written or spoken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agent.china_time import CHINA
from app import logs
from app.assembly import expand_words, open_understander
from app.settings import Settings
from bench.spoken_nlu import (
    UTTERANCES,
    Line,
    SpokenReport,
    expected_words,
    speakable,
    spread,
)
from bench.spoken_nlu import run as run_spoken
from dialogs.loader import load
from models.open_recogniser import open_recogniser
from models.pool import ModelPool
from nlu.evaluation.findings import Findings
from nlu.evaluation.page import html, markdown
from nlu.evaluation.rows import Half, Reply, Utterance, read
from nlu.evaluation.run import OWN_SETS
from nlu.evaluation.run import Progress as Told
from nlu.evaluation.run import run as run_text
from nlu.evaluation.scores import ConsentReport, UtteranceReport
from nlu.evaluation.tables import tables

console = Console(highlight=False)


def evaluate(
    data: Annotated[
        list[Path] | None, typer.Option(help="测试集（JSON 行，可多次）；不写就用自带的两个")
    ] = None,
    half: Annotated[Half | None, typer.Option(help="只用单数行或双数行")] = None,
    spoken: Annotated[bool, typer.Option("--spoken", help="念出来、经过线路和噪声、再识别")] = False,
    noise: Annotated[
        Path | None, typer.Option(help="噪声录音（FLAC/WAV）的文件夹；不写就用合成的嘈杂声")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="每个测试集最多念这么多句")] = None,
    seed: Annotated[int, typer.Option(help="同一个种子，同样的语速和噪声")] = 0,
    report: Annotated[Path | None, typer.Option(help="另写一份报告：.html 或 .md")] = None,
    errors: Annotated[int, typer.Option(min=0, help="屏幕上列出多少处错")] = 20,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """意图准确率和混淆、每个信息项和提示的精确率与召回率、同意的六类、每句用时，错处逐条列出。"""
    if report is not None and report.suffix not in (".html", ".md"):
        raise typer.BadParameter("写成 .html 或 .md", param_hint="--report")
    logs.set_up("WARNING")
    paths = data or list(OWN_SETS)
    if spoken:
        result = _spoken(Settings(), paths, half, noise, limit, seed)
        findings, printed = result.findings(), result.model_dump_json()
    else:
        findings, printed = _text(Settings(), paths, half)
    if report is not None:
        report.write_text(html(findings) if report.suffix == ".html" else markdown(findings), "utf-8")
    if as_json:
        print(printed)
        return
    for note in findings.notes:
        console.print(note)
    for table in tables(findings, errors):
        console.print(table)
    if report is not None:
        console.print(f"报告：{report}")


def _text(settings: Settings, paths: list[Path], half: Half | None) -> tuple[Findings, str]:
    """The findings, and their JSON: one file's report as it is, several by the file's name."""
    understander = open_understander(settings, load(settings.script))
    today = datetime.now(CHINA).date()
    utterances: dict[str, UtteranceReport] = {}
    replies: dict[str, ConsentReport] = {}
    for path in paths:
        with _progress(path.name) as told:
            result = run_text(path, understander, today=today, half=half, progress=told)
        if isinstance(result, ConsentReport):
            replies[path.name] = result
        else:
            utterances[path.name] = result
    results = {**utterances, **replies}
    if len(paths) == 1:
        printed = results[paths[0].name].model_dump_json()
    else:
        dumped = {name: result.model_dump(mode="json") for name, result in results.items()}
        printed = json.dumps(dumped, ensure_ascii=False)
    return Findings(utterances, replies), printed


def _spoken(
    settings: Settings, paths: list[Path], half: Half | None, noise: Path | None, limit: int | None, seed: int
) -> SpokenReport:
    from bench.line_audio import Rooms
    from qa.simulate import caller_voices
    from qa.voice_of_caller import VoiceCache

    utterances: list[Utterance] = []
    replies: list[Reply] = []
    for path in paths:
        for row in read(path, half):
            if isinstance(row, Reply):
                replies.append(row)
            else:
                utterances.append(row)
    most = min(limit or UTTERANCES, UTTERANCES)
    pool = ModelPool(settings.model_workers)
    script = load(settings.script)
    words = expected_words(script)
    line = Line(
        VoiceCache(
            caller_voices(settings.models_home / "models")["kokoro"], settings.home / "cache" / "callers"
        ),
        Rooms(noise),
        open_recogniser(settings.models_home, pool, folder=settings.recogniser_model),
        lambda slot: expand_words(words.get(slot, ())) if slot is not None else (),
        seed,
    )
    try:
        with _progress("念与听") as told:
            return asyncio.run(
                run_spoken(
                    spread(speakable(utterances), most),
                    spread(speakable(replies), limit or len(replies)),
                    open_understander(settings, script),
                    line,
                    today=datetime.now(CHINA).date(),
                    progress=told,
                )
            )
    finally:
        pool.close()


@contextmanager
def _progress(what: str) -> Iterator[Told]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
