"""Masked unless a role allows, a reason is given and the log has it; the office's jobs from the command line."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from agent import recording
from app import actors
from app.cli import app
from app.mistakes import explained
from data.fold_record import draft
from data.store import Store
from data.tracking import Entry
from data.tracking_rules import Role
from data.vocabulary import Kind, Outcome
from tests.data.conftest import NOON, STORY, jacket_call

WHY = "市民来电核对"
USERS = """
users:
  zhou: {name: 周坐席, roles: [agent], os_users: [someone]}
  wu: {name: 吴培训, roles: [trainer], os_users: [someone]}
  zheng: {name: 郑质检, roles: [qa], os_users: [someone]}
  wang: {name: 王班长, roles: [supervisor], os_users: [someone]}
  feng: {name: 冯审计, roles: [auditor], os_users: [someone]}
  chen: {name: 陈管理, roles: [admin], os_users: [someone]}
  chu: {name: 褚别处, roles: [admin], os_users: [another]}
"""
Office = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A complaint (c1) and a report (c2), with sound, and the people of an office."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("SMARTSEAT_HOME", str(home))
    monkeypatch.setattr(actors, "account", lambda _home: "someone")
    with Store.open(f"sqlite:///{home / 'seat.db'}", home) as store:
        for call, kind in (("c1", Kind.COMPLAINT), ("c2", Kind.REPORT)):
            store.begin_call(call, "12315", "13800001234", NOON, "v1", "boot", 30)
            store.append(call, jacket_call())
            told = draft(jacket_call()).model_copy(update={"kind": kind})
            lodged = store.lodge(call, told, f"lodge-{call}", now=NOON)
            entry = Entry(at=NOON, move="withdraw", role=Role.CALLER, who="来电人", why="不要了")
            if kind is Kind.COMPLAINT:
                store.move_case(lodged.case_no, entry)
            place = recording.place_of(home, "20261124", call, sealed=True)
            place.parent.mkdir(parents=True, exist_ok=True)
            writer = recording.open_file(store, call, place, sealed=True)
            writer.write(np.zeros((8000, 2), np.int16))
            writer.close()
            store.close_call(call, Outcome.LODGED, "seat", NOON)
    users = home / "users.yaml"
    users.write_text(USERS, encoding="utf-8")
    users.chmod(0o644)
    return home


@pytest.fixture
def office(home: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Runs a command as somebody."""

    def run(who: str, *arguments: str) -> Result:
        monkeypatch.setenv("SMARTSEAT_ACTOR", who)
        return CliRunner().invoke(app, list(arguments))

    return run


def said(result: Result) -> str:
    """What main would say of it."""
    if isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
        return explained(result.exception) or repr(result.exception)
    return str(result.output)


def log(office: Office, *options: str) -> list[dict[str, object]]:
    return list(json.loads(office("feng", "audit", "list", "--json", *options).output))


def case(home: Path, call: str = "c1") -> str:
    with sqlite3.connect(home / "seat.db") as plain:
        return str(plain.execute("SELECT case_no FROM records WHERE call_id = ?", (call,)).fetchone()[0])


def test_nothing_is_shown_without_asking(office: Office, home: Path) -> None:
    for arguments in (("list",), ("list", "--json"), ("show", "c1"), ("show", "c1", "--json")):
        printed = office("wang", "records", *arguments)
        assert printed.exit_code == 0
        for one in ("13800001234", "王小明", "230518", STORY, "可以，你转吧"):
            assert one not in printed.output, arguments
    assert log(office) == []


def test_a_reveal_needs_a_reason_and_is_kept(office: Office, home: Path) -> None:
    for reason in ([], ["--reason", "  "], ["--reason", "看看"]):
        refused = office("zhou", "records", "show", "c1", "--reveal", *reason)
        assert refused.exit_code == 2 and "王小明" not in refused.output
    assert log(office) == []
    shown = office("zhou", "records", "show", "c1", "--reveal", "--reason", WHY, "--json")
    assert "王小明" in shown.output and "230518" in shown.output
    (entry,) = log(office, "--act", "reveal")
    assert (entry["actor"], entry["roles"], entry["outcome"], entry["target"]) == (
        "zhou",
        "agent",
        "done",
        case(home),
    )
    assert entry["reason"] == WHY
    assert entry["details"] == {"rights": ["read_contact", "read_order", "read_story"]}


def test_each_role_sees_its_part(office: Office) -> None:
    shown = office("wu", "records", "show", "c1", "--reveal", "--reason", WHY, "--json").output
    assert STORY in shown and "13800001234" not in shown and '"230518"' not in shown
    shown = office("zheng", "records", "show", "c2", "--reveal", "--reason", WHY, "--json").output
    assert STORY in shown and "13800001234" not in shown and "王小明" not in shown  # who made a 举报
    shown = office("wang", "records", "show", "c2", "--reveal", "--reason", WHY, "--json").output
    assert "13800001234" in shown and "王小明" in shown


@pytest.mark.parametrize(
    ("who", "arguments", "right"),
    [
        ("feng", ("records", "show", "c1", "--reveal"), "reveal"),
        ("chen", ("records", "show", "c1", "--reveal"), "reveal"),
        ("zhou", ("records", "audio", "c1", "x.flac"), "listen"),
        ("zheng", ("records", "audio", "c2", "x.flac"), "listen"),
        ("feng", ("records", "export", "--to", "x.csv", "--reveal"), "export_revealed"),
        ("zhou", ("records", "export", "--to", "x.csv"), "export"),
        ("feng", ("records", "track", "c1", "--reveal"), "read_story"),
        ("feng", ("dialogs", "story-from", "c1"), "read_story"),
        ("wu", ("dialogs", "story-from", "c2"), "read_story"),
        ("wu", ("replay", "c1", "--level", "understanding", "--reveal"), "reveal"),
        ("wang", ("retention", "run"), "retention"),
        ("wang", ("retention", "erase", "c1"), "erase"),
        ("wang", ("db", "backup", "backups"), "backup"),
        ("wang", ("db", "rotate-key"), "rotate_key"),
        ("zhou", ("audit", "list"), "read_audit"),
    ],
)
def test_who_may_not_is_told_so_and_it_is_kept(
    office: Office,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    arguments: tuple[str, ...],
    right: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    number = [case(home) if one == "c1" and "track" in arguments else one for one in arguments]
    reason = () if arguments[0] == "audit" else ("--reason", WHY)
    refused = office(who, *number, *reason)
    assert refused.exit_code == 1 and "不能“" in said(refused) and "已经记录" in said(refused)
    (entry,) = log(office)
    assert (entry["actor"], entry["act"], entry["outcome"]) == (who, right, "refused")
    assert not [one for one in tmp_path.iterdir() if one != home]


def test_nobody_acts_as_somebody_else(office: Office, home: Path) -> None:
    assert "不能以“褚别处”的身份" in said(office("chu", "records", "show", "c1", "--reveal", "--reason", WHY))
    assert "没有“nobody”" in said(office("nobody", "records", "show", "c1", "--reveal", "--reason", WHY))
    (home / "users.yaml").unlink()
    assert "还没有用户表" in said(office("wang", "records", "show", "c1", "--reveal", "--reason", WHY))


def test_alone_on_a_machine_the_owner_of_home_has_every_role(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "users.yaml").unlink()
    shown = CliRunner().invoke(app, ["records", "show", "c2", "--reveal", "--reason", WHY, "--json"])
    assert "王小明" in shown.output
    monkeypatch.setattr("app.actors.os.getuid", lambda: 4711)
    refused = CliRunner().invoke(app, ["records", "show", "c2", "--reveal", "--reason", WHY])
    assert "没有角色" in said(refused)


def test_under_sudo_it_is_who_called_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {0: "root", 4711: "zhang", 4712: "li"}
    monkeypatch.setattr("app.actors.pwd.getpwuid", lambda number: SimpleNamespace(pw_name=names[number]))
    own = tmp_path.stat().st_uid
    monkeypatch.setattr("app.actors.os.getuid", lambda: own)
    monkeypatch.setenv("SUDO_UID", "4711")
    assert actors.account(tmp_path) == "zhang"
    monkeypatch.setattr("app.actors.os.getuid", lambda: 4712)  # does not own HOME: his word alone
    assert actors.account(tmp_path) == "li"


def test_sound_is_handed_out_and_goes_with_the_call(office: Office, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "c1.flac"
    assert office("zheng", "records", "audio", "c1", str(out)).exit_code == 2 and not out.exists()
    assert office("zheng", "records", "audio", "c1", str(out), "--reason", WHY).exit_code == 0
    assert out.stat().st_mode & 0o077 == 0
    (entry,) = log(office)
    assert (entry["act"], entry["outcome"], entry["reason"]) == ("listen", "done", WHY)
    erased = office("chen", "retention", "erase", case(home), "--reason", "来函 17 号", "--json")
    assert json.loads(erased.output)["copies"] == 1 and not out.exists()


def test_exports(office: Office, tmp_path: Path) -> None:
    masked, clear = tmp_path / "m.jsonl", tmp_path / "c.jsonl"
    assert office("feng", "records", "export", "--to", str(masked)).exit_code == 0
    assert office("wang", "records", "export", "--to", str(clear), "--reveal").exit_code == 2
    done = office(
        "wang", "records", "export", "--to", str(clear), "--reveal", "--reason", "月报", "--kind", "投诉"
    )
    assert done.exit_code == 2  # too short to say anything
    done = office(
        "wang", "records", "export", "--to", str(clear), "--reveal", "--reason", "月报核对", "--kind", "投诉"
    )
    assert done.exit_code == 0 and clear.stat().st_mode & 0o077 == 0
    assert "王小明" not in masked.read_text() and len(masked.read_text().splitlines()) == 2
    assert "王小明" in clear.read_text() and len(clear.read_text().splitlines()) == 1
    again = office("wang", "records", "export", "--to", str(clear))
    assert again.exit_code == 2 and "已经存在" in again.output
    assert [(entry["act"], entry["outcome"]) for entry in log(office)] == [
        ("export_revealed", "done"),
        ("export_revealed", "begun"),
        ("export", "done"),
        ("export", "begun"),
    ]
    nothing = office("wang", "records", "export", "--to", str(tmp_path / "n.csv"), "--since", "2026-11-25")
    assert "0 张" in nothing.output
    assert "登记编号" in office("wu", "records", "dictionary").output


def test_an_office_s_year(office: Office, home: Path, tmp_path: Path) -> None:
    """Backup, erasure, a new key, restore: every step in the log, the log whole, and broken when tampered with."""
    backups = tmp_path / "backups"
    assert office("chen", "db", "backup", str(backups)).exit_code == 0
    dry = json.loads(office("chen", "retention", "run", "--dry-run", "--json").output)
    assert dry["dry"] and {line["what"]: line["due"] for line in dry["lines"]}["audio"] == 0
    erased = office("chen", "retention", "erase", case(home), "--reason", "来函 17 号")
    assert erased.exit_code == 0 and case(home) in erased.output
    assert "不能再读" in said(office("zhou", "records", "show", "c1", "--reveal", "--reason", WHY))
    open_case = office("chen", "retention", "erase", case(home, "c2"), "--reason", "来函 18 号")
    assert "没有办结" in said(open_case)
    rotated = office("chen", "db", "rotate-key", "--reason", "每年一换")
    assert rotated.exit_code == 0, said(rotated)
    verified = office("zhou", "audit", "verify", "--json")
    report = json.loads(verified.output)
    assert verified.exit_code == 0 and report["whole"] and report["calls"] == 2
    acts = [(entry["act"], entry["outcome"]) for entry in reversed(log(office))]
    assert acts == [
        ("backup", "begun"),
        ("backup", "done"),
        ("erase", "begun"),
        ("erase", "done"),
        ("erase", "begun"),
        ("rotate_key", "begun"),
        ("rotate_key", "done"),
    ]
    (snapshot,) = backups.glob("seat-*.db")
    (home / "seat.db").rename(tmp_path / "lost.db")
    for left in home.glob("seat.db-*"):
        left.unlink()
    restored = office("chen", "db", "restore", str(snapshot), "--reason", "磁盘坏了", "--json")
    assert restored.exit_code == 0, said(restored)
    assert json.loads(restored.output)["erased"] == 1
    assert "不能再读" in said(office("zhou", "records", "show", "c1", "--reveal", "--reason", WHY))
    assert "王小明" in office("wang", "records", "show", "c2", "--reveal", "--reason", WHY, "--json").output
    assert office("zhou", "audit", "verify").exit_code == 0
    with sqlite3.connect(home / "seat.db") as plain:
        plain.execute("DROP TRIGGER audit_update")
        plain.execute("UPDATE audit SET actor = 'zhou' WHERE seq = 2")
    broken = office("zhou", "audit", "verify")
    assert broken.exit_code == 1 and "第 2 条被改过" in broken.output


def test_a_rotation_cut_off_is_finished_from_the_command_line(
    office: Office, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("data.rotation._Rotation._end", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        office("chen", "db", "rotate-key", "--reason", "每年一换")
    assert "还没有换完" in said(office("zhou", "records", "list"))
    assert "不能“更换主密钥”" in said(office("wang", "db", "rotate-key", "--reason", "每年一换"))
    assert office("chen", "db", "rotate-key", "--reason", "每年一换").exit_code == 0
    assert office("zhou", "records", "list").exit_code == 0


def test_retention_in_three_years(home: Path, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(home / "recordings")
    monkeypatch.setattr("app.commands.retention.datetime", _Later)
    done = json.loads(office("chen", "retention", "run", "--json").output)
    assert {line["what"]: (line["due"], line["held"]) for line in done["lines"]}["case_text"] == (1, 1)
    with Store.open(f"sqlite:///{home / 'seat.db'}", home) as store:
        assert [call.id for call in store.calls() if call.erased] == ["c1"]


class _Later:
    @staticmethod
    def now(_zone: object) -> object:
        return NOON + timedelta(days=40 * 31)
