"""smartseat dialogs deploy, rollback and history: which version of the script takes calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from agent.china_time import CHINA
from app.actors import actor_of
from app.assembly import open_store
from app.change_view import change_rows
from app.problem_view import problem_rows
from app.settings import Settings
from app.story_view import failure
from app.trial import Trial, try_out
from data.script_book import Deployment, before, latest
from data.store import Store
from dialogs.differences import Change, differences
from dialogs.loader import load_files
from dialogs.problems import ScriptBroken
from dialogs.script import Script

console = Console(highlight=False)

_HOW = {"deploy": "上线", "rollback": "退回", "edit": "改了文件夹"}
_NOT = {"deploy": "没有上线", "rollback": "没有退回", "edit": "文件夹改得不对，没有用"}
#: Reasons of a refusal told in the history; the rest is counted.
_MOST_REASONS = 5

By = Annotated[str | None, typer.Option(help="谁做的；不写就是您登录的名字")]
Note = Annotated[str | None, typer.Option(help="为什么改，改了什么")]


def deploy(
    folder: Annotated[Path | None, typer.Argument(help="话术所在的文件夹；不写就是设置里的")] = None,
    by: By = None,
    note: Note = None,
) -> None:
    """检查，演一遍故事，都对了就上线：新来的电话用这一版，正在通话的不变。不对就不上线，正在用的继续用。"""
    settings = Settings()
    trial, who = try_out(settings, folder or settings.script), by or actor_of(settings).name
    with _store(settings) as store:
        log = store.deployments()
        live = latest(log, edits=False)
        if trial.script is None or trial.reasons:
            store.refuse(trial.version, trial.reasons, how="deploy", who=who, note=note)
            _show_refused(trial, live)
            raise typer.Exit(1)
        if trial.left_out:
            console.print(f"[yellow]有 {trial.left_out} 个故事要语义模型，没有装，没演[/yellow]")
        if not trial.played:
            console.print("[yellow]这份话术没有故事，只做了检查[/yellow]")
        if live is not None and live.version == trial.version:
            console.print(f"现在用的就是这一版（{trial.version}），不用再上线。")
            return
        store.deploy(trial.version, trial.files, how="deploy", who=who, note=note)
        _show_live(store, "上线了", live or latest(log), trial.version, trial.script)


def rollback(
    version: Annotated[
        str | None, typer.Argument(help="退回到哪一版（开头几位就行）；不写就是再往前一版")
    ] = None,
    by: By = None,
    note: Note = None,
) -> None:
    """退回到上线过的一版：新来的电话用它，正在通话的不变。"""
    settings = Settings()
    with _store(settings) as store:
        log = store.deployments()
        live = latest(log, edits=False)
        if live is None:
            console.print("[red]✗[/red] 还没有上线过，没有可以退回的。")
            raise typer.Exit(1)
        wanted = before(log, live.version) if version is None else store.script_version(version)
        if wanted is None:
            console.print(
                f"[red]✗[/red] {live.version} 前面没有别的版本。用 smartseat dialogs history 看有哪些。"
            )
            raise typer.Exit(1)
        if wanted == live.version:
            console.print(f"现在用的就是这一版（{wanted}），不用退回。")
            return
        files, who = store.script_files(wanted), by or actor_of(settings).name
        try:
            script = load_files(files)
        except ScriptBroken as broken:
            trial = Trial(wanted, files, problems=broken.problems)
            store.refuse(wanted, trial.reasons, how="rollback", who=who, note=note)
            _show_refused(trial, live)
            raise typer.Exit(1) from None
        store.deploy(wanted, files, how="rollback", who=who, note=note)
        _show_live(store, "退回了", live, wanted, script)


def history(
    last: Annotated[int, typer.Option(help="最近的多少次")] = 20,
    changes: Annotated[bool, typer.Option("--changes", help="每次改了什么，一条条说")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """谁、什么时候、把哪一版上了线，为什么；没有通过的也在里面。"""
    with _store(Settings()) as store:
        log = store.deployments()
        live = latest(log, edits=False) or latest(log)
        rows = [(entry, _changes(store, entry) if changes else None) for entry in log[:last]]
    if as_json:
        print(json.dumps({"history": [_as_dict(*row, live) for row in rows]}, ensure_ascii=False))
        return
    if not rows:
        console.print("还没有上线过。")
    for entry, told in rows:
        for row in _rows(entry, told, live):
            console.print(row, soft_wrap=True)


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    try:
        yield store
    finally:
        store.close()


# --- on the terminal --------------------------------------------------------------------------------


def _show_refused(trial: Trial, live: Deployment | None) -> None:
    for row in problem_rows(trial.problems):
        console.print(row, soft_wrap=True)
    for one in trial.failed:
        for row in failure(one):
            console.print(row, soft_wrap=True)
    still = f"正在用的 {live.version} 继续用" if live is not None else "正在用的继续用"
    console.print(f"[red]✗ 没有上线：{len(trial.reasons)} 处要改[/red]。{still}。")


def _show_live(store: Store, what: str, previous: Deployment | None, version: str, script: Script) -> None:
    console.print(f"[green]✓ {what}：{version}[/green]。几秒钟以后，新来的电话用这一版；正在通话的不变。")
    if previous is None:
        return
    told = _between(store, previous.version, script)
    if told is None:
        console.print(f"{previous.version} 现在读不了，说不出改了什么。")
    elif told:
        console.print(f"和 {previous.version} 比，改了 {len(told)} 处：")
        for row in change_rows(told):
            console.print(row, soft_wrap=True)


def _rows(entry: Deployment, told: list[Change] | None, live: Deployment | None) -> Iterator[Text]:
    mark, style = ("✗ ", "red") if entry.refused else ("● ", "green") if entry == live else ("  ", "")
    what = (_NOT if entry.refused else _HOW)[entry.how]
    when = f"{entry.at.astimezone(CHINA):%Y-%m-%d %H:%M}"
    yield Text.assemble(
        (mark, style), (entry.version, "bold"), f"  {when}  {entry.who}  {what}  {entry.note or ''}".rstrip()
    )
    for reason in entry.problems[:_MOST_REASONS]:
        yield Text(f"      {reason}", "red")
    if len(entry.problems) > _MOST_REASONS:
        yield Text(f"      还有 {len(entry.problems) - _MOST_REASONS} 处", "red")
    if told is not None:
        yield from change_rows(told, indent="      ")


def _as_dict(entry: Deployment, told: list[Change] | None, live: Deployment | None) -> dict[str, object]:
    row: dict[str, object] = {
        "version": entry.version,
        "previous": entry.previous,
        "at": entry.at.isoformat(),
        "how": entry.how,
        "who": entry.who,
        "note": entry.note,
        "live": entry == live,
        "refused": list(entry.problems),
    }
    if told is not None:
        row["changes"] = [{"where": change.where, "what": change.what} for change in told]
    return row


def _changes(store: Store, entry: Deployment) -> list[Change] | None:
    """What it changed; None for the first, a refused one, and one that can't be read any more."""
    if entry.refused or entry.previous is None:
        return None
    try:
        script = load_files(store.script_files(entry.version))
    except ScriptBroken:
        return None
    return _between(store, entry.previous, script)


def _between(store: Store, previous: str, script: Script) -> list[Change] | None:
    """None: what was before can't be read any more."""
    try:
        return differences(load_files(store.script_files(previous)), script)
    except ScriptBroken:
        return None
