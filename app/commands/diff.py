"""smartseat dialogs diff: what two versions of a script do differently, in words and on stored calls."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console

from agent.kit import Understand
from agent.rehearsal import (
    NotACall,
    Recalled,
    RecordDifference,
    first_turning,
    record_differences,
    rehearse,
)
from app.assembly import find_store, open_understander, understand_with
from app.change_view import change_rows
from app.settings import Settings
from app.versions import NoSuchVersion, script_named
from data.errors import CallErased
from data.masking import mask
from data.script_book import latest
from data.store import Store
from data.vocabulary import ConsentStatus, Slot
from dialogs.differences import Change, differences
from dialogs.schema import ScriptFile
from dialogs.script import Script

console = Console(highlight=False)
_DECISIONS = {
    ConsentStatus.GIVEN: "同意",
    ConsentStatus.REFUSED: "不同意",
    ConsentStatus.WITHDRAWN: "撤回",
    ConsentStatus.NOT_ASKED: "没有问",
}


@dataclass(frozen=True, slots=True)
class CallDifference:
    """A stored call that would go otherwise. turning: the first prompts that differ."""

    call_id: str
    turning: tuple[str | None, str | None] | None
    record: list[RecordDifference]
    unprepared: tuple[str, ...]


def diff(
    before: Annotated[
        str | None,
        typer.Argument(help="旧的：文件夹、上线过的版本，或 git 的版本（如 HEAD~1）；不写就是正在用的那一版"),
    ] = None,
    after: Annotated[str | None, typer.Argument(help="新的；不写就是文件夹里现在的样子")] = None,
    calls: Annotated[int, typer.Option(help="拿最近多少通存下的电话来比；0：不比")] = 50,
    rules_only: Annotated[bool, typer.Option(help="不装载语义模型，只用规则")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """两版话术哪里不同；存下的电话按两版各走一遍，哪些诉求单会变、从哪一句开始变。有不同，以 1 退出。"""
    settings = Settings()
    if rules_only:
        settings = settings.model_copy(update={"encoder": False})
    with ExitStack() as held:
        store = find_store(settings)
        if store is not None:
            held.callback(store.close)
        try:
            old = script_named(before or _live(store), settings.script, store)
            new = script_named(after or str(settings.script), settings.script, store)
        except NoSuchVersion as error:
            console.print(f"[red]✗[/red] {error}")
            raise typer.Exit(2) from None
        changes = differences(old, new)
        tried, changed = 0, list[CallDifference]()
        if changes and calls and store is not None:
            tried, changed = _on_calls(settings, store, old, new, calls)
    if as_json:
        print(json.dumps(_report(changes, tried, changed), ensure_ascii=False))
    else:
        _show(changes, tried, changed, new.file)
    raise typer.Exit(1 if changes else 0)


def _live(store: Store | None) -> str:
    """The version that takes calls. Raises NoSuchVersion."""
    log = store.deployments() if store is not None else []
    live = latest(log, edits=False) or latest(log)
    if live is None:
        raise NoSuchVersion("还没有上线过，不知道和哪一版比：请写旧的文件夹或版本，例如 HEAD~1")
    return live.version


def _on_calls(
    settings: Settings, store: Store, old: Script, new: Script, calls: int
) -> tuple[int, list[CallDifference]]:
    """The latest stored calls with both; gives how many were tried, and those that go otherwise."""
    understand = understand_with(open_understander(settings))
    return asyncio.run(_rehearse_all(store, old, new, understand, calls))


async def _rehearse_all(
    store: Store, old: Script, new: Script, understand: Understand, calls: int
) -> tuple[int, list[CallDifference]]:
    tried, changed = 0, []
    for summary in store.calls(calls):
        try:
            caller = Recalled.of(store.events(summary.id))
        except (NotACall, CallErased):
            continue
        tried += 1
        was = await rehearse(caller, old, understand)
        now = await rehearse(caller, new, understand)
        turning, record = first_turning(was, now), record_differences(was, now)
        if turning is not None or record:
            asked = tuple(
                about or phase for phase, about in now.unprepared if (phase, about) not in was.unprepared
            )
            changed.append(CallDifference(summary.id, turning, record, asked))
    return tried, changed


def _report(changes: list[Change], tried: int, changed: list[CallDifference]) -> dict[str, object]:
    return {
        "changes": [{"where": change.where, "what": change.what} for change in changes],
        "calls": tried,
        "calls_changed": len(changed),
        "records_changed": sum(bool(call.record) for call in changed),
        "changed": [
            {
                "call": call.call_id,
                "turning": call.turning,
                "unprepared": call.unprepared,
                "record": [
                    {"what": d.what, "before": _masked(d.what, d.before), "after": _masked(d.what, d.after)}
                    for d in call.record
                ],
            }
            for call in changed
        ],
    }


def _show(changes: list[Change], tried: int, changed: list[CallDifference], file: ScriptFile) -> None:
    if not changes:
        console.print("[green]✓ 两版话术一样[/green]")
        return
    for row in change_rows(changes):
        console.print(row, soft_wrap=True)
    console.print()
    if not tried:
        console.print("没有存下的电话可比。")
        return
    records = sum(bool(call.record) for call in changed)
    console.print(f"拿 {tried} 通存下的电话比：{len(changed)} 通会说得不一样，{records} 张诉求单会变。")
    for call in changed:
        console.print(f"[bold]{call.call_id}[/bold]")
        if call.turning is not None:
            old, new = (prompt or "（不说话）" for prompt in call.turning)
            console.print(f"  从这一句开始不同：{old} → {new}")
        if call.unprepared:
            names = "、".join(_named(f"slot.{name}", file) for name in call.unprepared)
            console.print(f"  新问了来电人当时没答过的：{names}")
        for d in call.record:
            was, now = _masked(d.what, d.before), _masked(d.what, d.after)
            console.print(f"  ✎ {_named(d.what, file)}：{was} → {now}", soft_wrap=True)


def _named(what: str, file: ScriptFile) -> str:
    kind, _, name = what.partition(".")
    label = file.labels.get(Slot(name), name) if name in set(Slot) else name
    names = {
        "kind": "类型",
        "intent": "来意",
        "outcome": "怎样结束",
        "referred": "转给",
        "consent": f"同意 {label}",
        "confirmed": f"{label}核对过",
    }
    return names.get(kind, label)


def _masked(what: str, value: object) -> str:
    """A value as a listing may show it."""
    kind, _, name = what.partition(".")
    if value is None or value == ():
        return "（没有）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, ConsentStatus):
        return _DECISIONS[value]
    shown: object = value
    if kind == "slot" and isinstance(value, int | float | str | tuple):
        shown = mask(Slot(name), value)
    return "、".join(map(str, shown)) if isinstance(shown, tuple) else str(shown)
