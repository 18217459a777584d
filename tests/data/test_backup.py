"""A backup comes back whole, into either database; what was erased since does not come back at all."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from data.audit import Actor
from data.backup import backup, manifest_of, restore
from data.backup_keys import FILE, sync_folders
from data.engine import reading
from data.errors import BackupBroken, CallErased, WrongKey
from data.fold_record import draft
from data.keys import key_source
from data.record_book import RecordFilter
from data.rotation import rotate
from data.store import Store
from data.vocabulary import Outcome

from .conftest import NOON, jacket_call

ADMIN = Actor(id="root", name="管理员", roles=("admin",))
PHONE = "13800001234"


@pytest.fixture
def filled(any_store: Store) -> Store:
    """Two ended calls with a record, one with a referral whose consent was taken back, and an audit entry."""
    any_store.begin_call("c2", "12315", "13900005678", NOON, "v1", "boot-a", 30)
    for call in ("c1", "c2"):
        any_store.append(call, jacket_call())
        lodged = any_store.lodge(call, draft(jacket_call()), f"lodge-{call}", now=NOON)
        any_store.queue_referral(lodged.given[0], f"refer-{call}", NOON)
        any_store.close_call(call, Outcome.LODGED, "seat", NOON)
    any_store.withdraw_consent(any_store.record("c2").id, "refer_to_platform", "拼多多", NOON)
    any_store.note("listen", ADMIN, call_id="c1", reason="市民来电核对")
    return any_store


def new_home(tmp_path: Path) -> tuple[str, Path]:
    """Another machine, which was given the master key."""
    home = tmp_path / "elsewhere"
    (home / "keys").mkdir(parents=True)
    key = (tmp_path / "keys" / "master.key").read_bytes()
    (home / "keys" / "master.key").write_bytes(key)
    (home / "keys" / "master.key").chmod(0o600)
    return f"sqlite:///{home / 'seat.db'}", home


def test_it_comes_back_whole(filled: Store, empty_url: str, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "backups", NOON)
    assert made.stat().st_mode & 0o077 == 0 and made.with_name(FILE).stat().st_mode & 0o077 == 0
    url, home = new_home(tmp_path)
    url = url if empty_url.startswith("sqlite") else empty_url
    report = restore(made, url, home, key_source(home, {}), ADMIN, "换机器", NOON + timedelta(hours=1))
    assert (report.erased, report.broken, report.audit_whole) == (0, (), True)
    with Store.open(url, home, clock=lambda: NOON) as copy:
        for call in ("c1", "c2"):
            assert copy.events(call) == filled.events(call) and copy.record(call) == filled.record(call)
        assert [call.id for call in copy.calls(phone=PHONE)] == ["c1"]
        assert len(copy.records(where=RecordFilter(phone=PHONE))) == 2
        assert copy.track(copy.record("c1").id) == filled.track(filled.record("c1").id)
        assert [referral.status for referral in copy.referrals()].count("cancelled") == 1
        assert [(entry.act, reason) for entry, reason in copy.acts()] == [
            ("restore", "换机器"),
            ("listen", "市民来电核对"),
        ]
        assert copy.verify_audit().whole
        copy.begin_call("c3", "12315", None, NOON, "v1", "boot-b", 30)  # and it goes on
        copy.append("c3", jacket_call())


def test_no_backup_holds_a_key_or_a_number_s_hash(filled: Store, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "backups", NOON)
    with sqlite3.connect(made) as plain:
        assert plain.execute("SELECT count(*) FROM calls WHERE key_wrapped IS NOT NULL").fetchone() == (0,)
        assert plain.execute("SELECT count(*) FROM meta WHERE name LIKE 'wrap/%'").fetchone() == (0,)
    kept = made.read_bytes()
    assert filled.master.phone_hash(PHONE).encode() not in kept
    with reading(filled.engine) as session:
        from data.tables import CallRow

        wrapped = session.get(CallRow, "c1")
        assert wrapped is not None and wrapped.key_wrapped is not None and wrapped.key_wrapped not in kept
    assert not list(made.parent.glob("*-wal")) and not list(made.parent.glob(".*"))


def test_what_was_erased_since_stays_erased(filled: Store, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "backups", NOON)
    filled.erase_call("c1")
    assert sync_folders(filled.engine) == ()
    url, home = new_home(tmp_path)
    report = restore(made, url, home, key_source(home, {}), ADMIN, "试恢复", NOON)
    assert (report.erased, report.broken, report.audit_whole) == (1, (), True)
    with Store.open(url, home, clock=lambda: NOON) as copy:
        with pytest.raises(CallErased):
            copy.events("c1")
        with pytest.raises(CallErased):
            copy.record("c1")
        assert copy.calls(phone=PHONE) == [] and copy.events("c2") == filled.events("c2")
        assert copy.acts()[-1][1] is None  # the reason went with the call


def test_a_backup_from_before_a_rotation(any_url: str, tmp_path: Path) -> None:
    keys = key_source(tmp_path, {})
    with Store.open(any_url, tmp_path, clock=lambda: NOON) as store:
        store.begin_call("c1", "12315", PHONE, NOON, "v1", "boot-a", 30)
        store.append("c1", jacket_call())
        store.close_call("c1", Outcome.INCOMPLETE, "seat", NOON)
        store.note("listen", ADMIN, reason="核对录音")
        made = backup(store, tmp_path / "backups", NOON)
    old_keys = made.with_name(FILE).read_bytes()
    rotate(any_url, tmp_path, keys, ADMIN, None, clock=lambda: NOON)
    url, home = new_home(tmp_path)  # with the new master key
    report = restore(made, url, home, key_source(home, {}), ADMIN, "试恢复", NOON)
    assert (report.broken, report.audit_whole) == ((), True)
    with Store.open(url, home, clock=lambda: NOON) as copy:
        assert copy.events("c1") == jacket_call()
        assert [call.id for call in copy.calls(phone=PHONE)] == ["c1"]
    # A copy of keys.db from before is worthless with the new master key.
    made.with_name(FILE).write_bytes(old_keys)
    with pytest.raises(WrongKey):
        restore(made, f"sqlite:///{tmp_path / 'third.db'}", home, key_source(home, {}), ADMIN, None, NOON)


def test_a_backup_that_is_not_what_it_was(filled: Store, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "backups", NOON)
    with pytest.raises(BackupBroken, match="exists"):
        backup(filled, tmp_path / "backups", NOON)
    url, home = new_home(tmp_path)
    keys = key_source(home, {})
    with pytest.raises(BackupBroken, match="not empty"):
        restore(made, str(filled.engine.url.render_as_string(False)), tmp_path, keys, ADMIN, None, NOON)
    whole = made.read_bytes()
    made.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(BackupBroken, match="sha256"):
        restore(made, url, home, keys, ADMIN, None, NOON)
    made.write_bytes(whole)
    made.with_name(FILE).unlink()
    with pytest.raises(BackupBroken, match=r"keys\.db"):
        restore(made, url, home, keys, ADMIN, None, NOON)
    manifest_of(made).unlink()
    with pytest.raises(BackupBroken, match="json"):
        restore(made, url, home, keys, ADMIN, None, NOON)


def test_anchors_of_what_was_lost_are_set_aside(filled: Store, url: str, tmp_path: Path) -> None:
    made = backup(filled, tmp_path / "backups", NOON)
    filled.note("export", ADMIN)
    filled.close()
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    assert restore(made, fresh, tmp_path, key_source(tmp_path, {}), ADMIN, None, NOON).audit_whole
    with Store.open(fresh, tmp_path) as copy:
        assert copy.verify_audit().whole
    assert [path.name for path in (tmp_path / "audit").iterdir() if "until" in path.name]
