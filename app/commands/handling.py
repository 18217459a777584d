"""smartseat records dispatch|route|join: where a record goes and how it is to be settled, decided by a person."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from app.actors import actor_of, allow
from app.assembly import open_store
from app.commands.options import AsJson
from app.handling_view import handling_view
from app.settings import Settings
from data.assignments import Handling, resolve
from data.audit import Actor
from data.errors import OfficeRefused
from data.roles import Right
from data.store import Store

console = Console(highlight=False)

Reference = Annotated[str, typer.Argument(help="登记编号或单号")]
By = Annotated[str | None, typer.Option("--by", help="谁决定的；不写就是您")]
Why = Annotated[str | None, typer.Option("--why", help="为什么（加密保存）；和系统建议一样时可以不写")]


def dispatch(
    reference: Reference,
    to: Annotated[
        str | None,
        typer.Option("--to", help="分送到哪个区（长宁区、310105、江苏），或者哪条线（食品、food）"),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """分送：看系统建议哪个区、哪条线、为什么；加 --to 就由人决定，决定了区就分送过去。"""
    _decide(reference, to, by, why, as_json, ("district", "line"))


def route(
    reference: Reference,
    to: Annotated[str | None, typer.Option("--to", help="哪种方式，例如 行政调解、association")] = None,
    by: By = None,
    why: Why = None,
    as_json: AsJson = False,
) -> None:
    """多元化解：看系统建议哪种方式、为什么；加 --to 就改由人决定。"""
    _decide(reference, to, by, why, as_json, ("route",))


def join(
    references: Annotated[list[str], typer.Argument(help="两张以上的登记编号或单号")],
    why: Annotated[str, typer.Option("--why", help="为什么是同一争议（加密保存）")],
    by: By = None,
    representative: Annotated[
        list[str] | None, typer.Option("--rep", help="推选的代表是哪张单，最多两张")
    ] = None,
) -> None:
    """共同投诉：把几个人对同一争议的投诉连在一起（办法第12条）。"""
    settings = Settings()
    who = actor_of(settings)
    store = open_store(settings)
    try:
        store.sort_records()
        for reference in references:
            may_move(store, who, reference, "join")
        numbers = store.join(tuple(references), by or who.name, why, tuple(representative or ()))
        store.sort_records()
    finally:
        store.close()
    console.print(f"共同投诉，{len(numbers)} 张单：\n" + "\n".join(numbers))


def _decide(
    reference: str, to: str | None, by: str | None, why: str | None, as_json: bool, whats: tuple[str, ...]
) -> None:
    settings = Settings()
    who = actor_of(settings) if to is not None else None
    store = open_store(settings)
    try:
        store.sort_records()
        if to is not None and who is not None:
            what, _ = resolve(to)
            if what not in whats:
                raise OfficeRefused(
                    f"“{to}”不是这里能选的；化解方式用 records route，区和条线用 records dispatch"
                )
            may_move(store, who, reference, what)
            store.assign(reference, to, by or who.name, why, dispatch=what == "district")
        found = store.handling(reference)
    finally:
        store.close()
    if as_json:
        print(_shown(found).model_dump_json())
        return
    console.print(handling_view(found, reveal=False))


def may_move(store: Store, who: Actor, reference: str, step: str) -> None:
    """Kept in the audit log before anything is done. Raises NotAllowed, RecordUnknown."""
    target = store.track(reference).case_no
    allow(store, who, [Right.MOVE], None, target=target, details={"step": step}, needs_reason=False)


def _shown(found: Handling) -> Handling:
    """Persons' words stay sealed in what goes to programs."""
    history = tuple(one.model_copy(update={"why": None}) for one in found.history)
    return found.model_copy(update={"history": history})
