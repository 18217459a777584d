"""Roles and people: the table of who may do what (reference/roles.yaml), and an office's table of its people.

An office's table of users:

    users:
      zhang: {name: 张三, roles: [qa], os_users: [zhangsan]}

os_users: the accounts of the machine that may act as this user; by default the one of the same name.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from data.audit import Actor
from data.understanding import Frozen
from data.vocabulary import Slot

TABLE = Path(__file__).parent / "reference" / "roles.yaml"


class Right(StrEnum):
    """What a role may allow; also what the audit log calls the act."""

    READ_CONTACT = "read_contact"
    READ_ORDER = "read_order"
    READ_STORY = "read_story"
    READ_REPORTER = "read_reporter"
    LISTEN = "listen"
    EXPORT = "export"
    EXPORT_REVEALED = "export_revealed"
    MOVE = "move"
    REFERRALS = "referrals"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    READ_AUDIT = "read_audit"
    RETENTION = "retention"
    ERASE = "erase"
    BACKUP = "backup"
    RESTORE = "restore"
    ROTATE_KEY = "rotate_key"


class RightRule(Frozen):
    name: str
    reads: tuple[Slot, ...] = ()


class RoleRule(Frozen):
    name: str
    may: tuple[Right, ...]


class Roles(Frozen):
    source: str
    date: datetime.date
    verified: bool
    rights: dict[Right, RightRule]
    acts: dict[str, str]
    roles: dict[str, RoleRule]

    @model_validator(mode="after")
    def _whole(self) -> Roles:
        if missing := set(Right) - self.rights.keys():
            raise ValueError(f"rights without a row: {', '.join(sorted(missing))}")
        return self

    def may(self, actor: Actor, right: Right) -> bool:
        return any(right in self.roles[role].may for role in actor.roles if role in self.roles)

    def who_may(self, right: Right) -> str:
        """The names of the roles that have a right, for telling people: 班长、质检员."""
        return "、".join(role.name for role in self.roles.values() if right in role.may)

    def role_names(self, roles: Iterable[str]) -> str:
        return (
            "、".join(self.roles[role].name if role in self.roles else role for role in roles) or "没有角色"
        )

    def act_name(self, act: str) -> str:
        return self.rights[Right(act)].name if act in set(Right) else self.acts.get(act, act)


class User(Frozen):
    name: str
    roles: tuple[str, ...] = Field(min_length=1)
    os_users: tuple[str, ...] = ()


class UsersWrong(ValueError):
    """The table of users is missing or does not say what it must; the text says where and what to write."""


class Users(Frozen):
    users: dict[str, User]

    @model_validator(mode="after")
    def _known(self) -> Users:
        known = roles().roles.keys()
        for id_, user in self.users.items():
            if strange := set(user.roles) - known:
                raise ValueError(
                    f"{id_}：没有 {'、'.join(sorted(strange))} 这个角色，有的是 {'、'.join(known)}"
                )
        return self

    def actor(self, id_: str) -> Actor | None:
        user = self.users.get(id_)
        return None if user is None else Actor(id=id_, name=user.name, roles=user.roles)

    def accounts(self, id_: str) -> tuple[str, ...]:
        """The machine's accounts that may act as this user."""
        user = self.users.get(id_)
        return () if user is None else user.os_users or (id_,)


@cache
def roles() -> Roles:
    """Raises ValidationError, which names every mistake of the table."""
    yaml = YAML(typ="safe", pure=True)
    return Roles.model_validate(yaml.load(TABLE.read_text(encoding="utf-8")))


def load_users(path: Path) -> Users:
    """Raises UsersWrong: also for a table that others may write to."""
    try:
        if path.stat().st_mode & 0o022:
            raise UsersWrong(f"别的账户能改 {path.name}，谁都可以给自己加角色：请 chmod go-w")
        return Users.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsersWrong(f"读不了 {path.name}（{error.strerror}）") from None
    except YAMLError:
        raise UsersWrong(f"{path.name} 不是 YAML") from None
    except ValidationError as error:
        wrong = "；".join(".".join(map(str, e["loc"])) + "：" + e["msg"] for e in error.errors())
        raise UsersWrong(f"{path.name}：{wrong}") from None
