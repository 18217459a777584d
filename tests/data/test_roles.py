"""Who may do what, and a table of people that says where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.audit import Actor
from data.roles import Right, UsersWrong, load_users, roles


def test_nobody_who_guards_the_keys_reads_a_person() -> None:
    reads = {right for right, rule in roles().rights.items() if rule.reads} | {
        Right.LISTEN,
        Right.READ_REPORTER,
    }
    for role in ("admin", "auditor"):
        assert not reads & set(roles().roles[role].may)


def test_a_right_comes_from_any_role_held() -> None:
    both = Actor(id="x", name="x", roles=("trainer", "auditor"))
    assert roles().may(both, Right.READ_STORY) and roles().may(both, Right.READ_AUDIT)
    assert not roles().may(both, Right.LISTEN) and not roles().may(Actor(id="x", name="x"), Right.EXPORT)
    assert roles().who_may(Right.READ_REPORTER) == "班长"


def test_users(tmp_path: Path) -> None:
    path = tmp_path / "users.yaml"
    path.write_text(
        "users:\n  zhang: {name: 张三, roles: [qa], os_users: [zhangsan]}\n  li: {name: 李四, roles: [admin]}\n"
    )
    path.chmod(0o644)
    users = load_users(path)
    assert users.actor("zhang") == Actor(id="zhang", name="张三", roles=("qa",))
    assert users.accounts("zhang") == ("zhangsan",) and users.accounts("li") == ("li",)
    assert users.actor("wang") is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("users: {zhang: {name: 张三, roles: [boss]}}", "没有 boss 这个角色"),
        ("users: {zhang: {name: 张三, roles: []}}", "zhang"),
        ("users: {zhang: {name: 张三, role: qa}}", "role"),
        ("users: [", "不是 YAML"),
    ],
)
def test_a_table_of_users_that_is_wrong(tmp_path: Path, written: str, said: str) -> None:
    path = tmp_path / "users.yaml"
    path.write_text(written)
    path.chmod(0o600)
    with pytest.raises(UsersWrong, match=said):
        load_users(path)


def test_a_table_others_may_write_to_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "users.yaml"
    path.write_text("users: {}")
    path.chmod(0o666)
    with pytest.raises(UsersWrong, match="chmod"):
        load_users(path)
    with pytest.raises(UsersWrong, match="读不了"):
        load_users(tmp_path / "absent.yaml")
