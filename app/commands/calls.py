"""smartseat call and chat: take part in a call, by voice or by keyboard."""

from __future__ import annotations

import asyncio
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from agent.acts import Say
from agent.china_time import CHINA
from agent.keeping import StoreKeeper
from agent.text_call import TextCall
from app import logs
from app.assembly import open_store, open_understander, understand_with
from app.live_view import LiveView, line
from app.record_view import record_view
from app.seat_process import seat_process
from app.settings import Settings
from data.errors import RecordUnknown
from data.store import Store
from data.vocabulary import Outcome, Slot
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
    shown = _show_record(settings, script=script, call_id=trace.call_id, reveal=not masked)
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


def _show_record(settings: Settings, *, script: Script, call_id: str, reveal: bool) -> bool:
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
        console.print(record_view(record, script.file, reveal=reveal, recording=where))
        return True
    finally:
        store.close()


def chat(
    line_dialled: Annotated[str, typer.Option("--line", help="拨打的号码")] = "12315",
    caller_no: Annotated[str | None, typer.Option(help="来电号码")] = None,
    rules_only: Annotated[bool, typer.Option(help="不装载语义模型，只用规则")] = False,
) -> None:
    """用键盘和坐席对话：同一套话术、同一个引擎。/silence 不出声，/keys 12# 按键，/state 看状态，/bye 挂机。"""
    settings = Settings()
    logs.set_up("WARNING")
    if rules_only:
        settings = settings.model_copy(update={"encoder": False})
    store = open_store(settings)
    try:
        asyncio.run(_chat(settings, store, line_dialled, caller_no))
    finally:
        store.close()


async def _chat(settings: Settings, store: Store, line_dialled: str, caller_no: str | None) -> None:
    script = load(settings.script)
    with console.status("正在装载 …"):
        understander = await asyncio.to_thread(open_understander, settings)
    call_id = f"chat-{secrets.token_hex(6)}"
    started = datetime.now(CHINA)
    with ThreadPoolExecutor(1) as writer:
        keeper = StoreKeeper(store, writer, call_id, clock=lambda: datetime.now(UTC))
        await keeper.begin(line_dialled, caller_no, started, script.version, "chat", 3600)
        talk = TextCall(
            script,
            keeper,
            understand_with(understander),
            call_id=call_id,
            line=line_dialled,
            caller_no=caller_no,
            started_at=started,
        )
        for say in await talk.start():
            console.print(line("坐席", say.text))
        while not talk.over:
            try:
                typed = (await asyncio.to_thread(console.input, "[bold yellow]市民[/] ")).strip()
            except (EOFError, KeyboardInterrupt):
                typed = "/bye"
            for say in await _typed(talk, typed):
                console.print(line("坐席", say.text))
        outcome = talk.state.closed or Outcome.INCOMPLETE
        await keeper.close(outcome, "caller", None)
    _show_record(settings, script=script, call_id=call_id, reveal=True)


async def _typed(talk: TextCall, typed: str) -> list[Say]:
    command, _, rest = typed.partition(" ")
    match command:
        case "":
            return []
        case "/silence":
            return await talk.silence()
        case "/keys":
            return await talk.keys(rest)
        case "/bye":
            return await talk.hang_up()
        case "/state":
            _print_state(talk)
            return []
        case _ if command.startswith("/"):
            console.print("可用：/silence /keys 12# /state /bye")
            return []
        case _:
            return await talk.say(typed)


def _print_state(talk: TextCall) -> None:
    state = talk.state
    console.print(f"流程 {state.flow}，意图 {state.intent}，类型 {state.kind}，等待 {state.standing}")
    for slot, held in state.slots.items():
        if slot is not Slot.NARRATIVE:
            console.print(f"  {slot}: {held.value} {'✓' if held.confirmed else ''} {held.declined or ''}")
