"""The log on both databases: kept before it is done, its reasons sealed, tampering named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from data.anchors import Anchors
from data.audit import Actor
from data.engine import write
from data.errors import StoreDown
from data.meta import fact
from data.store import Store
from data.vocabulary import Outcome

from .conftest import NOON

ZHANG = Actor(id="zhang", name="张三", roles=("qa", "agent"))
WHY = "王小明来电要求听录音"


def noted(store: Store, count: int = 5) -> Store:
    for n in range(count):
        store.note("listen", ZHANG, target=f"case{n}", call_id="c1", reason=WHY, details={"n": n})
    return store


def test_an_act_comes_back_as_it_was_told(any_store: Store) -> None:
    assert any_store.note("export", ZHANG, "begun", reason="月报") == 1
    noted(any_store, 1)
    (listen, why), (export, month) = any_store.acts()
    assert (listen.seq, listen.act, listen.target, listen.roles, why) == (
        2,
        "listen",
        "case0",
        "qa,agent",
        WHY,
    )
    assert (export.outcome, month, export.call_id) == ("begun", "月报", None)
    assert [entry.seq for entry, _ in any_store.acts(act="export")] == [1]
    assert any_store.acts(actor="li") == [] and len(any_store.acts(target="case0")) == 1
    assert any_store.verify_audit().whole


def test_a_reason_is_gone_with_its_call_and_the_log_still_whole(any_store: Store) -> None:
    noted(any_store)
    any_store.note("erase", ZHANG, target="case1", reason="来函 17 号")
    any_store.close_call("c1", Outcome.LODGED, "seat", NOON)
    any_store.erase_call("c1")
    reasons = [reason for _, reason in any_store.acts()]
    assert reasons == ["来函 17 号", None, None, None, None, None]
    assert any_store.verify_audit().whole
    any_store.note("listen", ZHANG, "refused", call_id="c1", reason="再听一遍")  # the call's key is gone
    assert any_store.acts(1)[0][1] == "再听一遍"


def test_nobody_changes_or_shortens_the_log(any_store: Store) -> None:
    noted(any_store)
    for statement in ("UPDATE audit SET actor = 'li' WHERE seq = 3", "DELETE FROM audit WHERE seq = 5"):
        with pytest.raises(DBAPIError), any_store.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def unlocked(store: Store, *statements: str) -> None:
    """What somebody with the database's password does."""
    postgres = store.engine.dialect.name == "postgresql"
    drop = " ON audit" if postgres else ""
    with store.engine.begin() as connection:
        for name in ("audit_update", "audit_delete"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{drop}")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statements", "at", "fault"),
    [
        (["UPDATE audit SET actor = 'li' WHERE seq = 3"], 3, "changed"),
        (["UPDATE audit SET words = NULL WHERE seq = 4"], 4, "changed"),
        (["DELETE FROM audit WHERE seq = 2"], 2, "missing"),
        (["DELETE FROM audit WHERE seq = 2", "UPDATE audit SET seq = seq - 1 WHERE seq > 2"], 2, "changed"),
        (["UPDATE audit SET seq = 9 WHERE seq = 1", "UPDATE audit SET seq = 1 WHERE seq = 2"], 1, "changed"),
        (["DELETE FROM audit WHERE seq = 5"], 5, "cut off"),
        (["DELETE FROM audit WHERE seq > 2", "DELETE FROM meta WHERE name = 'audit_head'"], 3, "cut off"),
        (["DELETE FROM audit", "DELETE FROM meta WHERE name = 'audit_head'"], 1, "cut off"),
        (["DELETE FROM meta WHERE name = 'audit_head'"], 5, "no head"),
    ],
)
def test_tampering_is_named(any_store: Store, statements: list[str], at: int, fault: str) -> None:
    unlocked(noted(any_store), *statements)
    report = any_store.verify_audit()
    assert (report.whole, report.broken_at, report.fault) == (False, at, fault)


def test_several_processes_at_one_log(any_url: str, tmp_path: Path) -> None:
    def noting(number: int) -> None:
        with Store.open(any_url, tmp_path, busy_budget=20) as store:
            for _ in range(8):
                store.note("listen", ZHANG, details={"by": number})

    with ThreadPoolExecutor(4) as several:
        list(several.map(noting, range(4)))
    with Store.open(any_url, tmp_path) as store:
        report = store.verify_audit()
    assert report.whole and (report.entries, report.anchored) == (32, 32)


def test_a_log_cut_off_stays_seen_when_it_goes_on(any_store: Store) -> None:
    unlocked(noted(any_store), "DELETE FROM audit WHERE seq > 3")
    noted(any_store, 1)
    assert any_store.verify_audit().broken_at == 4


def test_the_whole_database_put_back(any_store: Store) -> None:
    """The older rows with their own head: only the file beside knows."""
    noted(any_store, 3)
    head = write(any_store.engine, lambda session: fact(session, "audit_head"))
    noted(any_store, 2)
    unlocked(
        any_store,
        "DELETE FROM audit WHERE seq > 3",
        f"UPDATE meta SET value = '{head}' WHERE name = 'audit_head'",
    )
    report = any_store.verify_audit()
    assert (report.broken_at, report.fault, report.anchored) == (4, "cut off", 5)
    Anchors(any_store.home).path.unlink()
    assert any_store.verify_audit().fault == "no anchors"


def test_where_nothing_can_be_anchored_nothing_may_be_done(begun: Store) -> None:
    (begun.home / "audit").write_text("in the way")
    with pytest.raises(StoreDown, match="anchors"):
        begun.note("listen", ZHANG)


def test_a_torn_anchor_is_left_out(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path)
    anchors.add(1, "a" * 64)
    with anchors.path.open("a") as file:
        file.write("2 abc")
    assert anchors.read() == {1: "a" * 64}
    anchors.set_aside(NOON)
    assert anchors.read() == {} and anchors.set_aside(NOON) is None
