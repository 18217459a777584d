"""smartseat dialogs diff: what two versions of a script do differently, in words and on stored calls."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from itertools import groupby
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
from app.assembly import open_store, open_understander, understand_with
from app.settings import Settings
from app.versions import NoSuchVersion, version_folder
from data.errors import CallErased
from data.masking import mask
from data.store import Store
from data.vocabulary import ConsentStatus, Slot
from dialogs.differences import Change, differences
from dialogs.loader import load
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
    before: Annotated[str, typer.Argument(help="旧的：文件夹，或 git 的版本（如 HEAD~1）")],
    after: Annotated[str | None, typer.Argument(help="新的；不写就是正在用的")] = None,
    calls: Annotated[int, typer.Option(help="拿最近多少通存下的电话来比；0：不比")] = 50,
    rules_only: Annotated[bool, typer.Option(help="不装载语义模型，只用规则")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """两版话术哪里不同；存下的电话按两版各走一遍，哪些诉求单会变、从哪一句开始变。有不同，以 1 退出。"""
    settings = Settings()
    if rules_only:
        settings = settings.model_copy(update={"encoder": False})
    try:
        with (
            version_folder(before, settings.script) as old_folder,
            version_folder(after or str(settings.script), settings.script) as new_folder,
        ):
            old, new = load(old_folder), load(new_folder)
    except NoSuchVersion as error:
        console.print(f"[red]✗[/red] {error}")
        raise typer.Exit(2) from None
    changes = differences(old, new)
    tried, changed = _on_calls(settings, old, new, calls) if changes and calls else (0, [])
    if as_json:
        print(json.dumps(_report(changes, tried, changed), ensure_ascii=False))
    else:
        _show(changes, tried, changed, new.file)
    raise typer.Exit(1 if changes else 0)


def _on_calls(settings: Settings, old: Script, new: Script, calls: int) -> tuple[int, list[CallDifference]]:
    """The latest stored calls with both; gives how many were tried, and those that go otherwise."""
    if settings.database_url is None and not (settings.home / "seat.db").exists():
        return 0, []
    store = open_store(settings)
    try:
        understand = understand_with(open_understander(settings))
        return asyncio.run(_rehearse_all(store, old, new, understand, calls))
    finally:
        store.close()


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
    for where, group in groupby(changes, key=lambda change: change.where):
        console.print(f"[bold]{where}[/bold]")
        for change in group:
            console.print(f"  · {change.what}", soft_wrap=True)
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
