"""smartseat chat: the same dialog by keyboard."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

import data.events as ev
from agent.acts import Say
from agent.china_time import CHINA
from agent.keeping import UNDONE, StoreKeeper
from agent.kit import Understand
from agent.text_call import TextCall
from app import logs
from app.assembly import open_store, open_understander, understand_with
from app.chat import Chat, OutOfReach, Turn
from app.commands.calls import show_record
from app.commands.stories import add_story
from app.live_view import line as transcript_line
from app.settings import Settings
from data.store import Store
from data.vocabulary import Outcome, Slot
from dialogs.loader import load_files, script_files
from dialogs.schema import ScriptFile
from dialogs.script import Script
from dialogs.stories import STORY_FOLDER, Line

console = Console(highlight=False)

_HELP = """\
/silence 不出声   /noise 只有杂音   /keys 12# 按键（直接打 12# 也行）   /time 到时限   /bye 挂机
/back 撤回上一步   /goto amount 一路答“不知道”走到那一步   /state 看状态   /save 名字 存成故事"""
_HAPPENS = {"/silence": "silence", "/noise": "noise", "/time": "time_up", "/bye": "hang_up"}
_KEYS = re.compile(r"[0-9*]*#")


def chat(
    line_dialled: Annotated[str, typer.Option("--line", help="拨打的号码")] = "12315",
    caller_no: Annotated[str | None, typer.Option(help="来电号码")] = None,
    rules_only: Annotated[bool, typer.Option(help="不装载语义模型，只用规则")] = False,
    scratch: Annotated[bool, typer.Option(help="只是试讲：什么都不存下")] = False,
) -> None:
    """用键盘和坐席对话：同一套话术、同一个引擎。/help 看能打什么。"""
    settings = Settings()
    logs.set_up("WARNING")
    if rules_only:
        settings = settings.model_copy(update={"encoder": False})
    files, problems = script_files(settings.script)
    script = load_files(files, problems)
    with console.status("正在装载 …"):
        understand = understand_with(open_understander(settings, script))
    with _store(settings, scratch) as (store, home), ThreadPoolExecutor(1) as writer:
        store.keep_script(script.version, files)
        calls = _Calls(script, store, writer, understand, line_dialled, caller_no)
        asyncio.run(_talk(Chat(script, calls.begin), calls, settings))
        if calls.call_id is not None:
            show_record(home, script=script, call_id=calls.call_id, reveal=True)


@contextmanager
def _store(settings: Settings, scratch: bool) -> Iterator[tuple[Store, Settings]]:
    """The store of this home, or one that is thrown away; and the settings it is found by."""
    if not scratch:
        store = open_store(settings)
        try:
            yield store, settings
        finally:
            store.close()
        return
    with TemporaryDirectory() as folder:
        thrown_away = settings.model_copy(update={"home": Path(folder), "database_url": None})
        with _store(thrown_away, scratch=False) as opened:
            yield opened


class _Calls:
    """Begins calls in the store, one after another: what is taken back ends as it stood."""

    def __init__(
        self,
        script: Script,
        store: Store,
        writer: ThreadPoolExecutor,
        understand: Understand,
        line: str,
        caller_no: str | None,
    ) -> None:
        self.call_id: str | None = None
        self._script, self._store, self._writer, self._understand = script, store, writer, understand
        self._line, self._caller_no = line, caller_no
        self._keeper: StoreKeeper | None = None
        self._talk: TextCall | None = None
        self._earlier: ev.EarlierCall | None = None
        self._looked = False

    async def begin(self, watch: Callable[[ev.CallEvent], None]) -> TextCall:
        await self.end(UNDONE)
        self.call_id = f"chat-{secrets.token_hex(6)}"
        started = datetime.now(CHINA)
        self._keeper = StoreKeeper(self._store, self._writer, self.call_id, clock=lambda: datetime.now(UTC))
        await self._keeper.begin(self._line, self._caller_no, started, self._script.version, "chat", 3600)
        resume = self._script.file.resume
        if resume is not None and not self._looked:
            # Once: what is taken back begins where the first call began.
            self._earlier = await self._keeper.dropped_call(self._caller_no, resume.within_minutes)
        self._looked = True
        self._talk = TextCall(
            self._script,
            self._keeper,
            self._understand,
            call_id=self.call_id,
            line=self._line,
            caller_no=self._caller_no,
            started_at=started,
            earlier=self._earlier,
            watch=watch,
        )
        return self._talk

    async def end(self, by: str) -> None:
        if self._keeper is not None and self._talk is not None:
            await self._keeper.close(self._talk.state.closed or Outcome.INCOMPLETE, by, None)


async def _talk(chat: Chat, calls: _Calls, settings: Settings) -> None:
    _say(await chat.begin())
    while True:
        try:
            typed = (await asyncio.to_thread(console.input, "[bold yellow]市民[/] ")).strip()
        except (EOFError, KeyboardInterrupt):
            typed = "" if chat.call.over else "/bye"
            if not typed:
                break
        if chat.call.over and not typed.startswith(("/back", "/save")):
            break
        await _typed(chat, typed, settings)
        if chat.call.over:
            console.print("[dim]通话结束了。回车退出；/back 撤回，/save 名字 存成故事[/dim]")
    await calls.end("caller")


async def _typed(chat: Chat, typed: str, settings: Settings) -> None:
    command, _, rest = typed.partition(" ")
    file = chat.script.file
    match command:
        case "":
            return
        case "/back":
            _say(await chat.back())
        case "/goto":
            try:
                _show(await chat.go_to(rest.strip()), file)
            except OutOfReach as stuck:
                console.print(f"[red]✗[/red] {stuck}")
        case "/save":
            _save(chat, rest.strip(), settings)
        case "/state":
            _print_state(chat.call)
        case "/keys":
            _show(await chat.do(Line(keys=rest)), file)
        case _ if command in _HAPPENS:
            _show(await chat.do(Line.model_validate({"happens": _HAPPENS[command]})), file)
        case _ if command.startswith("/"):
            if command != "/help":
                console.print(f"[red]✗[/red] 没有 {command} 这个命令，可以打：")
            console.print(_HELP)
        case _ if _KEYS.fullmatch(typed):
            _show(await chat.do(Line(keys=typed)), file)
        case _:
            _show(await chat.do(Line(caller=typed)), file)


def _save(chat: Chat, name: str, settings: Settings) -> None:
    if not name:
        console.print("请给故事一个名字：/save 名字")
        return
    file = settings.script / STORY_FOLDER / "chat.yaml"
    add_story(file, chat.story(name))
    console.print(f"[green]✓[/green] 故事“{name}”存在 {file}，用 smartseat dialogs test 演")


def _say(said: list[Say]) -> None:
    for say in said:
        console.print(transcript_line("坐席", say.text), soft_wrap=True)


def _show(turn: Turn, file: ScriptFile) -> None:
    """What the seat says, how long it took, and what it noted."""
    _say(turn.said)
    noted = " · ".join(_noted(turn.events, file))
    console.print(
        f"[dim]　　 {turn.milliseconds:.0f} 毫秒{'　' + noted if noted else ''}[/dim]", soft_wrap=True
    )


def _noted(events: list[ev.CallEvent], file: ScriptFile) -> Iterator[str]:
    for event in events:
        match event:
            case ev.FlowEntered(kind=kind):
                yield f"进流程 {event.flow}" + (f"（{kind.value}）" if kind else "")
            case ev.SlotFilled(slot=slot) | ev.SlotCorrected(slot=slot) if slot is not Slot.NARRATIVE:
                value = "、".join(event.value) if isinstance(event.value, tuple) else event.value
                yield f"{file.labels.get(slot, slot)}={value}"
            case ev.SlotDeclined(slot=slot):
                yield f"{file.labels.get(slot, slot)}：没有提供"
            case ev.SlotConfirmed(slot=slot):
                yield f"{file.labels.get(slot, slot)} ✓"
            case ev.ConsentGiven():
                yield f"同意转给{event.recipient}"
            case ev.ConsentRefused() | ev.ConsentWithdrawn():
                yield f"不转给{event.recipient}"
            case ev.RecordLodged():
                yield f"已登记 {event.case_no}"
            case _:
                pass


def _print_state(talk: TextCall) -> None:
    state = talk.state
    console.print(f"流程 {state.flow}，意图 {state.intent}，类型 {state.kind}，等待 {state.standing}")
    for slot, held in state.slots.items():
        if slot is not Slot.NARRATIVE:
            console.print(f"  {slot}: {held.value} {'✓' if held.confirmed else ''} {held.declined or ''}")
