"""What may not be kept longer goes, a case not finished holds everything, and after an erasure nothing is left."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from data.audit import Actor
from data.backup import backup, restore
from data.copies import add_copy, copies
from data.errors import CallErased, EraseRefused, RecordUnknown
from data.fold_record import draft
from data.keys import key_source
from data.records import Recording
from data.retention import Retention
from data.retention_rules import Kept, retention_rules
from data.store import Store
from data.tables import TABLES
from data.tracking import Entry
from data.tracking_rules import Role
from data.vocabulary import Kind, Outcome

from .conftest import NOON, ORDER, STORY, jacket_call

ADMIN = Actor(id="root", name="管理员", roles=("admin",))
PHONE = "13800001234"
READABLE = [text.encode() for text in ("王小明", PHONE, "230518", "二三零五一八", STORY, ORDER, "我叫")]
TOLD = draft(jacket_call())


def months(count: int) -> datetime:
    return NOON + timedelta(days=31 * count)


def sound(store: Store, call_id: str) -> Path:
    path = store.home / "recordings" / "20261124" / f"{call_id}.flac.sealed"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"sealed sound")
    return path


def kept(store: Store, call_id: str, kind: Kind | None, close: bool = True, at: datetime = NOON) -> None:
    """An ended call with its sound and, of a kind, a lodged record; closed the same day if `close`."""
    if call_id != "c1":
        store.begin_call(call_id, "12315", PHONE, at, "v1", "boot-a", 30)
    store.append(call_id, jacket_call())
    where = str(sound(store, call_id).relative_to(store.home))
    if kind is not None:
        told = TOLD.model_copy(update={"kind": kind, "consents": ()})
        case = store.lodge(call_id, told, f"lodge-{call_id}", now=at).case_no
        if close:
            store.move_case(case, Entry(at=at, move="withdraw", role=Role.CALLER, who="来电人", why="不要了"))
    store.close_call(call_id, Outcome.ANSWERED, "seat", at, Recording(path=where, sha256="0" * 64))


def job(store: Store, now: datetime) -> Retention:
    return Retention(store, retention_rules(), now)


def lines(store: Store, now: datetime, dry: bool = False) -> dict[Kept, tuple[int, int]]:
    report = job(store, now).run(dry)
    return {line.what: (line.due, line.held) for line in report.lines}


def erased(store: Store) -> set[str]:
    return {call.id for call in store.calls() if call.erased}


def test_sound_goes_after_its_months_and_text_with_the_case(any_store: Store) -> None:
    kept(any_store, "c1", Kind.COMPLAINT)
    kept(any_store, "open", Kind.COMPLAINT, close=False)
    kept(any_store, "nothing", None)
    for dry in (True, False):
        assert lines(any_store, months(23), dry)[Kept.AUDIO] == (0, 0)
        found = lines(any_store, months(25), dry)
        assert (found[Kept.AUDIO], found[Kept.CALL_TEXT], found[Kept.CASE_TEXT]) == ((2, 1), (1, 0), (0, 0))
    assert [path.name for path in any_store.home.glob("recordings/*/*")] == ["open.flac.sealed"]
    assert erased(any_store) == {"nothing"} and any_store.call("c1").recording_path is None
    assert any_store.record("c1").draft.content == STORY  # the case's text is still there
    assert lines(any_store, months(37))[Kept.CASE_TEXT] == (1, 1)
    assert erased(any_store) == {"nothing", "c1"}
    assert lines(any_store, months(37))[Kept.CASE_TEXT] == (0, 1)  # nothing left to do
    assert all(report.whole for report in any_store.verify_all())


def test_a_case_finished_late_counts_from_then(any_store: Store) -> None:
    kept(any_store, "c1", Kind.COMPLAINT, close=False)
    case = any_store.record("c1").case_no or ""
    any_store.move_case(
        case, Entry(at=months(30), move="withdraw", role=Role.CALLER, who="来电人", why="不要了")
    )
    assert lines(any_store, months(40))[Kept.CASE_TEXT] == (0, 0)
    assert lines(any_store, months(67))[Kept.CASE_TEXT] == (1, 0)


def test_a_call_back_not_made_yet_holds_too(any_store: Store) -> None:
    kept(any_store, "c1", None)
    callback = any_store.queue_callback("c1", "no_desk", 1, PHONE, "k", NOON)
    assert lines(any_store, months(99))[Kept.CALL_TEXT] == (0, 1)
    any_store.callback_done(callback, NOON)
    assert lines(any_store, months(99))[Kept.CALL_TEXT] == (1, 0)


def test_sound_nobody_wrote_down_is_found_by_its_file(any_store: Store) -> None:
    any_store.close_call("c1", Outcome.INCOMPLETE, "crash", NOON)
    path = sound(any_store, "c1")
    strange = sound(any_store, "never-began")
    os.utime(strange, (months(25).timestamp(),) * 2)
    assert lines(any_store, months(25))[Kept.AUDIO] == (1, 0)
    assert not path.exists() and strange.exists()  # of no call, and new


def test_copies_caches_and_inquiries(any_store: Store, tmp_path: Path) -> None:
    made: dict[str, Path] = {}
    for kind in ("export", "audio", "report"):
        made[kind] = tmp_path / f"out.{kind}"
        made[kind].write_text("x")
        add_copy(any_store.engine, kind, made[kind], NOON)  # type: ignore[arg-type]
    cache = any_store.home / "cache" / "callers" / "a.npy"
    cache.parent.mkdir(parents=True)
    cache.write_bytes(b"voice")
    any_store.inquire("123456", "1234", call_id="c1", caller_no=PHONE, now=NOON)
    made["report"].unlink()
    week = lines(any_store, NOON + timedelta(days=8))
    assert (week[Kept.AUDIO_COPY], week[Kept.EXPORT], week[Kept.INQUIRIES]) == ((1, 0), (0, 0), (0, 0))
    assert not made["audio"].exists() and made["export"].exists()
    later = job(any_store, months(36) + timedelta(days=4000)).run(dry=False)
    found = {line.what: line for line in later.lines}
    assert (found[Kept.EXPORT].due, found[Kept.REPORT].missing, found[Kept.INQUIRIES].due) == (1, 1, 1)
    assert found[Kept.CACHE].due == 1 and not cache.exists() and not made["export"].exists()
    assert copies(any_store.engine, ("export", "audio", "report")) == [] and later.rotate_due


def test_old_backups_go(any_store: Store, tmp_path: Path) -> None:
    made = backup(any_store, tmp_path / "backups", NOON)
    assert lines(any_store, NOON + timedelta(days=89))[Kept.BACKUP] == (0, 0)
    assert lines(any_store, NOON + timedelta(days=91))[Kept.BACKUP] == (1, 0)
    assert not made.exists() and not made.with_suffix(".json").exists()


def test_a_month_back_from_the_31st() -> None:
    rule = retention_rules().rules[Kept.AUDIO].model_copy(update={"months": 9})
    assert rule.cutoff(datetime(2026, 11, 30)) == datetime(2026, 2, 28)
    assert rule.cutoff(datetime(2026, 9, 30)) == datetime(2025, 12, 30)


# --- a citizen's erasure ----------------------------------------------------------------------------


def readable(folder: Path) -> list[str]:
    """Files that hold anything the caller said or is."""
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(one in path.read_bytes() for one in READABLE)
    ]


def readable_rows(store: Store) -> list[str]:
    """Tables in which any of it stands."""
    found = []
    with store.engine.connect() as connection:
        for table in TABLES.sorted_tables:
            for row in connection.execute(select(table)):
                whole = b"\0".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
                if any(one in whole for one in READABLE):
                    found.append(table.name)
    return found


def test_after_an_erasure_nothing_readable_is_left(any_store: Store, tmp_path: Path) -> None:
    store = any_store
    kept(store, "c1", Kind.COMPLAINT)
    kept(store, "c2", Kind.COMPLAINT)
    case = store.record("c1").case_no or ""
    store.inquire(case, "1234", call_id="c1", caller_no=PHONE, now=NOON)
    store.queue_callback("c1", "asked", 2, PHONE, "k", NOON)
    store.note("listen", ADMIN, target=case, call_id="c1", reason="王小明要求核对")
    golden = store.home / "golden" / "c1.yaml"
    golden.parent.mkdir()
    golden.write_text("name: 王小明")
    exported = tmp_path / "export.csv"
    exported.write_text(f"王小明,{PHONE}")
    add_copy(store.engine, "export", exported, NOON)
    old = backup(store, tmp_path / "backups", NOON)
    phone_hash = store.master.phone_hash(PHONE)
    assert sorted(readable(tmp_path)) == ["c1.yaml", "export.csv"]  # all else was never readable

    report = job(store, NOON).erase(case)
    assert (report.cases, report.recordings, report.files, report.copies) == ((case,), 1, 1, 1)
    assert report.backups_missed == ()
    assert readable(tmp_path) == [] and readable_rows(store) == []
    for read in (lambda: store.events("c1"), lambda: store.record(case), lambda: store.sealer("c1")):
        with pytest.raises(CallErased):
            read()
    (line,) = [line for line in store.records() if line.call_id == "c1"]
    assert (line.name, line.phone) == (None, None)
    assert [call.id for call in store.calls(phone=PHONE)] == ["c2"]
    assert store.pending_callbacks()[0].phone is None
    assert store.events("c2") == jacket_call()  # the other call is untouched
    # The chains cover ciphertext: both are still whole.
    assert all(report.whole for report in store.verify_all()) and store.verify_audit().whole

    # An old backup put back, with the master key: nothing comes back.
    home = tmp_path / "elsewhere"
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "master.key").write_bytes((tmp_path / "keys" / "master.key").read_bytes())
    (home / "keys" / "master.key").chmod(0o600)
    url = f"sqlite:///{home / 'seat.db'}"
    assert restore(old, url, home, key_source(home, {}), ADMIN, None, NOON).erased == 1
    with Store.open(url, home, clock=lambda: NOON) as copy:
        with pytest.raises(CallErased):
            copy.record(case)
        assert [call.id for call in copy.calls(phone=PHONE)] == ["c2"]
    assert readable(tmp_path) == [] and readable_rows(store) == []
    with sqlite3.connect(home / "seat.db") as plain:
        hashes = plain.execute("SELECT phone_hash FROM records WHERE call_id = 'c1'").fetchone()
    assert hashes == (None,) and phone_hash


def test_an_unfinished_case_is_kept_unless_told_otherwise(any_store: Store) -> None:
    kept(any_store, "c1", Kind.COMPLAINT, close=False)
    case = any_store.record("c1").case_no or ""
    with pytest.raises(EraseRefused, match="没有办结"):
        job(any_store, NOON).erase(case)
    assert any_store.record(case).draft.content == STORY
    job(any_store, NOON).erase(case, unfinished=True)
    assert erased(any_store) == {"c1"}
    with pytest.raises(RecordUnknown):
        job(any_store, NOON).erase("nowhere")


def test_cut_off_anywhere_the_same_erasure_ends_it(
    any_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(any_store, "c1", Kind.COMPLAINT)
    case = any_store.record("c1").case_no or ""
    path = next(any_store.home.glob("recordings/*/*"))
    exported = tmp_path / "export.csv"
    exported.write_text("王小明")
    add_copy(any_store.engine, "export", exported, NOON)
    backup(any_store, tmp_path / "backups", NOON)
    for name in ("data.retention.recordings_of", "data.retention.copies", "data.retention.sync_folders"):
        with monkeypatch.context() as patched:
            patched.setattr(name, _killed)
            with pytest.raises(KeyboardInterrupt):
                job(any_store, NOON).erase(case)
    job(any_store, NOON).erase(case)
    assert not path.exists() and not exported.exists()
    with sqlite3.connect(tmp_path / "backups" / "keys.db") as plain:
        assert plain.execute("SELECT count(*) FROM keys WHERE name = 'call/c1'").fetchone() == (0,)


def _killed(*_given: object) -> None:
    raise KeyboardInterrupt


def test_a_backup_folder_out_of_reach_is_said(any_store: Store, tmp_path: Path) -> None:
    kept(any_store, "c1", Kind.COMPLAINT)
    case = any_store.record("c1").case_no or ""
    folder = tmp_path / "stick"
    backup(any_store, folder, NOON)
    folder.rename(tmp_path / "unplugged")
    assert job(any_store, NOON).erase(case).backups_missed == (str(folder),)
    (tmp_path / "unplugged").rename(folder)
    assert job(any_store, NOON).run(dry=False).backups_missed == ()
