"""smartseat call: a whole call by voice."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from app import logs
from app.assembly import open_store
from app.live_view import LiveView, line
from app.record_view import record_view
from app.seat_process import seat_process
from app.settings import Settings
from data.errors import RecordUnknown
from data.revealing import EVERYTHING, MASKED, masked_record
from dialogs.loader import load
from dialogs.script import Script
from qa.persona import load as load_persona
from qa.simulate import caller_voices, judge, prepare_voices
from qa.spoken_call import CallTrace, SpokenCall
from qa.wav_caller import WavCall

console = Console(highlight=False)


def call(
    recording: Annotated[Path | None, typer.Argument(help="把这段录音（WAV/FLAC）当作来电人的声音")] = None,
    persona: Annotated[Path | None, typer.Option(help="模拟来电人（YAML）")] = None,
    url: Annotated[
        str | None, typer.Option(help="已在运行的坐席，如 ws://127.0.0.1:8015；不写就临时起一个")
    ] = None,
    masked: Annotated[bool, typer.Option(help="打印诉求单时遮住个人信息")] = False,
    check: Annotated[bool, typer.Option(help="和来电人设定的结果比对，不符则以 1 退出")] = True,
) -> None:
    """打一通电话：真的声音、真的线路、真的模型；边打边看，最后打印存下的诉求单。"""
    if (recording is None) == (persona is None):
        console.print("请给一段录音，或用 --persona 给一个来电人，二选一。")
        raise typer.Exit(2)
    settings = Settings()
    logs.set_up("WARNING")
    if url is not None:
        wrong = _call(settings, url, recording, persona, masked)
    else:
        with seat_process(settings, console) as own:
            wrong = _call(settings, own, recording, persona, masked)
    raise typer.Exit(1 if wrong and check else 0)


def _call(settings: Settings, url: str, recording: Path | None, persona: Path | None, masked: bool) -> bool:
    script = load(settings.script)
    view = LiveView(script.file)
    if persona is not None:
        who = load_persona(persona)
        with console.status("正在准备来电人的声音 …"):
            voices = asyncio.run(
                prepare_voices([who], caller_voices(settings.models_home / "models"), 1, 0, lambda *_: None)
            )
        spoken = SpokenCall(url, who, voices[who.persona, 0], watch=view.take)
        trace = _watch(spoken, view)
        result = judge(who, trace)
    else:
        assert recording is not None
        trace = _watch(WavCall(url, recording, watch=view.take), view)
        result = None
    for speaker, text in view.spoken:
        console.print(line(speaker, text))
    console.print(f"通话 {trace.seconds:.0f} 秒，来电人说了 {trace.turns} 次。")
    shown = show_record(settings, script=script, call_id=trace.call_id, reveal=not masked)
    if result is not None:
        gaps = result.gaps_ms
        if gaps:
            console.print(f"应答间隔（毫秒）：{'、'.join(str(gap) for gap in gaps)}")
        if result.record_exact:
            console.print("[green]✓ 诉求单与来电人说的完全一致[/green]")
        else:
            console.print(f"[red]✗ 诉求单与来电人说的不一致：{'、'.join(map(str, result.mistakes))}[/red]")
        return not result.record_exact
    return not shown


def _watch(spoken: SpokenCall | WavCall, view: LiveView) -> CallTrace:
    if not console.is_terminal:
        return asyncio.run(spoken.run())
    with Live(view, console=console, refresh_per_second=4, screen=True):
        return asyncio.run(spoken.run())


def show_record(settings: Settings, *, script: Script, call_id: str, reveal: bool) -> bool:
    """The record of a call one has just made oneself: no other is shown in the clear without a reason."""
    store = open_store(settings)
    try:
        try:
            # The seat closes the call's books a moment after the line.
            for _ in range(50):
                summary = store.call(call_id)
                if summary.ended_at is not None:
                    break
                time.sleep(0.1)
            record = store.record(call_id)
        except RecordUnknown:
            console.print("这通电话没有留下诉求单。")
            return False
        where = str(settings.home / summary.recording_path) if summary.recording_path else None
        shows = EVERYTHING if reveal else MASKED
        console.print(record_view(masked_record(record, shows), script.file, recording=where))
        return True
    finally:
        store.close()
