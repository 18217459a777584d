"""Who sits at the command line, and what he may do.

The account of the machine says who it is; SMARTSEAT_ACTOR names one of the users that this
account may act as. It guards against a colleague's curiosity and slips, and leaves a trace in the audit log. It does not guard
against who can read HOME/keys and the database himself, outside these commands: that is what the machine's
accounts and file modes are for.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from app.settings import Settings
from data.audit import Actor, Detail, Outcome
from data.record_book import RecordFilter
from data.revealing import Reveal
from data.roles import Right, Users, load_users, roles
from data.store import Store
from data.vocabulary import Kind

SHORTEST_REASON = 4
"""Characters: a reason says something."""


class NotAllowed(Exception):
    """The actor may not do this; the text is the sentence for him."""


class NoReason(typer.BadParameter):
    """A reason must be given; the text says how."""


def account(home: Path) -> str:
    """The account of the machine: by its number, since anybody can set LOGNAME.

    Under sudo, who called it: believed where the process owns HOME, since who could forge it there needs no forgery.
    """
    number, caller = os.getuid(), os.environ.get("SUDO_UID", "")
    if caller.isascii() and caller.isdigit() and _owns(home):
        number = int(caller)
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _owns(home: Path) -> bool:
    return not home.exists() or home.stat().st_uid == os.getuid()


def actor_of(settings: Settings) -> Actor:
    """Who this is. Raises UsersWrong, NotAllowed (an unknown user, or not for this account).

    Without a table of users the account that owns HOME, and so can read the keys anyway, has every role; others none.
    """
    path = settings.users or _own_table(settings.home)
    if path is None:
        return _alone(settings)
    here = account(settings.home)
    return _known(load_users(path), settings.actor or here, here)


def _own_table(home: Path) -> Path | None:
    path = home / "users.yaml"
    return path if path.exists() else None


def _alone(settings: Settings) -> Actor:
    name = account(settings.home)
    if settings.actor not in (None, name):
        raise NotAllowed(f"还没有用户表，不能以“{settings.actor}”的身份操作：先写 HOME/users.yaml")
    return Actor(id=name, name=name, roles=tuple(roles().roles) if _owns(settings.home) else ())


def _known(users: Users, id_: str, here: str) -> Actor:
    actor = users.actor(id_)
    if actor is None:
        raise NotAllowed(f"用户表里没有“{id_}”。请管理员加上，或用 SMARTSEAT_ACTOR 写明您是谁")
    if here not in users.accounts(id_):
        raise NotAllowed(f"这台机器的账户 {here} 不能以“{actor.name}”的身份操作")
    return actor


def allow(
    store: Store,
    who: Actor,
    rights: Sequence[Right],
    reason: str | None,
    *,
    act: str | None = None,
    outcome: Outcome = "done",
    every: bool = False,
    target: str | None = None,
    call_id: str | None = None,
    details: Mapping[str, Detail] | None = None,
    needs_reason: bool = True,
) -> tuple[Right, ...]:
    """Those of `rights` the actor has, kept in the audit log before he makes use of them; at least one, or every one.

    act: what the log calls it; by default the first right. Raises NotAllowed, which is kept too; NoReason;
    StoreDown: then nothing may be done either.
    """
    held = tuple(right for right in rights if roles().may(who, right))
    if every and len(held) < len(rights):
        held = ()
    if held and needs_reason:
        require_reason(reason)
    told = dict(details or {})
    if len(rights) > 1:
        told["rights"] = [right.value for right in held or rights]
    store.note(
        act or rights[0],
        who,
        outcome if held else "refused",
        target=target,
        call_id=call_id,
        reason=reason,
        details=told,
    )
    if not held:
        lacking = next(right for right in rights if not roles().may(who, right))
        raise NotAllowed(refusal(who, lacking) + "这次请求已经记录。")
    return held


def require_right(who: Actor, right: Right) -> None:
    """Where there is no store yet to keep it in. Raises NotAllowed."""
    if not roles().may(who, right):
        raise NotAllowed(refusal(who, right))


def require_reason(reason: str | None) -> None:
    """Raises NoReason."""
    if reason is None or len(reason.strip()) < SHORTEST_REASON:
        raise NoReason(f"请用 --reason 写明原因（至少 {SHORTEST_REASON} 个字），它会记进审计日志。")


def refusal(who: Actor, right: Right) -> str:
    table = roles()
    return (
        f"{who.name}（{table.role_names(who.roles)}）不能“{table.rights[right].name}”，"
        f"能做的是：{table.who_may(right)}。"
    )


READS = (Right.READ_CONTACT, Right.READ_ORDER, Right.READ_STORY)
REVEAL = "reveal"


def allow_reveal(
    store: Store,
    who: Actor,
    reason: str | None,
    *,
    kind: Kind | None,
    target: str,
    call_id: str | None,
) -> Reveal:
    """What of a record the actor may see in the clear; of a 举报 its reporter only with a right of its own.

    Raises as `allow`.
    """
    wanted = (*READS, Right.READ_REPORTER) if kind is Kind.REPORT else READS
    held = allow(store, who, wanted, reason, act=REVEAL, target=target, call_id=call_id)
    return reveal_of(held)


def reveal_of(held: Sequence[Right]) -> Reveal:
    rights = roles().rights
    slots = frozenset(slot for right in held for slot in rights[right].reads)
    return Reveal(slots, reporter=Right.READ_REPORTER in held)


def reporter_too(store: Store, call_id: str) -> tuple[Right, ...]:
    """What a call's own words and sound need besides: they tell who made a 举报 (办法 art. 37)."""
    records = store.records(10, RecordFilter(call_id=call_id, kind=Kind.REPORT))
    return (Right.READ_REPORTER,) if records else ()
