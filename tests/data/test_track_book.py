"""Cases in the store: opened with the record, moved by people, looked at by the clock, never rewritten."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from data import migrate
from data.errors import CallErased, RecordUnknown, ReferralRefused
from data.fold_record import draft
from data.store import Store
from data.tracking import Entry, MoveRefused
from data.tracking_rules import Role
from data.vocabulary import Kind, Outcome

from .conftest import NOON, jacket_call

TOLD = draft(jacket_call())
SECRET = "请联系王小明，电话13800001234"


def lodged(store: Store) -> str:
    return store.lodge("c1", TOLD, "lodge", now=NOON).case_no


def officer(move: str, at: datetime = NOON, **more: str) -> Entry:
    return Entry(at=at, move=move, role=Role.OFFICER, who="张三", **({"why": SECRET} | more))


def test_a_lodged_record_is_a_registered_case(any_store: Store) -> None:
    track = any_store.track(lodged(any_store))
    assert [(entry.move, entry.who, entry.at) for entry in track.entries] == [("register", "坐席", NOON)]
    assert (track.case.stage, track.kind) == ("registered", Kind.COMPLAINT)
    with pytest.raises(RecordUnknown):
        any_store.track("1" * 25)
    incomplete = any_store.save_incomplete("c1", TOLD, "another", now=NOON)
    with pytest.raises(RecordUnknown):
        any_store.track(incomplete)


def test_a_referral_puts_the_company_first_and_a_withdrawal_takes_it_back(any_store: Store) -> None:
    record = any_store.lodge("c1", TOLD, "lodge", now=NOON)
    any_store.queue_referral(record.given[0], "refer", NOON)
    assert any_store.track(record.case_no).case.stage == "company_first"
    any_store.withdraw_consent(record.record_id, "refer_to_platform", "拼多多", NOON)
    track = any_store.track(record.case_no)
    assert (track.entries[-1].reason, track.case.stage) == ("consent_withdrawn", "registered")


def test_a_case_handled_elsewhere_is_not_referred_any_more(any_store: Store) -> None:
    record = any_store.lodge("c1", TOLD, "lodge", now=NOON)
    any_store.move_case(record.case_no, officer("dispatch"))
    with pytest.raises(ReferralRefused, match="elsewhere"):
        any_store.queue_referral(record.given[0], "refer", NOON)
    assert any_store.referrals() == []


def test_a_refused_move_leaves_nothing(any_store: Store) -> None:
    case_no = lodged(any_store)
    with pytest.raises(MoveRefused):
        any_store.move_case(case_no, officer("accept"))
    assert len(any_store.track(case_no).entries) == 1


def test_a_person_s_words_are_sealed_and_go_with_the_key(any_store: Store) -> None:
    case_no = lodged(any_store)
    any_store.move_case(case_no, officer("dispatch"))
    assert any_store.track(case_no).entries[-1].why == SECRET
    with any_store.engine.connect() as connection:
        for row in connection.execute(text("SELECT * FROM track_entries")):
            for value in row:
                shown = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                assert "王小明".encode() not in shown and b"13800001234" not in shown
    any_store.close_call("c1", Outcome.LODGED, "seat", NOON)
    any_store.erase_call("c1", NOON)
    track = any_store.track(case_no)
    assert track.entries[-1].why == "…" and track.case.stage == "dispatched"
    with pytest.raises(CallErased):
        any_store.move_case(case_no, officer("sign"))
    any_store.move_case(case_no, officer("send_back", reason="other").model_copy(update={"why": None}))


def test_the_clocks_are_looked_at_once(any_store: Store) -> None:
    case_no = lodged(any_store)
    assert any_store.look_at_clocks(NOON) == []
    late = NOON + timedelta(days=30)
    made = any_store.look_at_clocks(late)
    assert [(number, entry.move, entry.reason) for number, entry in made] == [
        (case_no, "escalate", "overdue")
    ]
    assert any_store.look_at_clocks(late) == []
    assert any_store.track(case_no).case.level == 1


def test_an_unfinished_wait_is_looked_at_again_not_at_once(any_store: Store) -> None:
    """The company's deadline lies in a year that is not published: a person is told, the clock waits."""
    at = datetime(2026, 12, 31, 4, tzinfo=NOON.tzinfo)
    record = any_store.lodge("c1", TOLD, "lodge", now=at)
    any_store.queue_referral(record.given[0], "refer", at)
    later = at + timedelta(days=60)
    assert {entry.reason for _, entry in any_store.look_at_clocks(later)} == {"unsure"}
    assert any_store.look_at_clocks(later) == []
    assert any_store.track(record.case_no).case.stage == "company_first"


@pytest.mark.parametrize("statement", ["UPDATE track_entries SET who = '别人'", "DELETE FROM track_entries"])
def test_a_history_is_not_rewritten(any_store: Store, statement: str) -> None:
    lodged(any_store)
    engine = create_engine(any_store.engine.url)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_records_from_before_get_their_history(empty_url: str) -> None:
    migrate.upgrade(empty_url, "0002")
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO calls (id, line, started_at, script, owner, lease_until, events, head)"
                " VALUES ('c1', '12315', '2026-11-24', 'v', 'o', '2026-11-24', 0, '')"
            )
        )
        for name, kind, status, case_no in (
            ("a", "投诉", "lodged", "1"),
            ("b", "咨询", "lodged", "2"),
            ("c", None, "incomplete", None),
        ):
            connection.execute(
                text(
                    "INSERT INTO records (id, call_id, key, kind, status, case_no, created_at, body,"
                    " mass_incident) VALUES (:id, 'c1', :id, :kind, :status, :case_no,"
                    " '2026-11-24 04:00:00.000000', :body, false)"
                ),
                {"id": name, "kind": kind, "status": status, "case_no": case_no, "body": b""},
            )
        connection.execute(
            text(
                "INSERT INTO consents (id, record_id, purpose, recipient, fields, heard, standing)"
                " VALUES ('k', 'a', 'refer_to_platform', '拼多多', 'name', true, 'given')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO referrals (id, key, record_id, record_kind, consent_id, purpose,"
                " consent_standing, consent_heard, recipient, status, created_at) VALUES ('x', 'x', 'a',"
                " '投诉', 'k', 'refer_to_platform', 'given', true, '拼多多', 'pending', '2026-11-24')"
            )
        )
    migrate.upgrade(empty_url)
    with engine.connect() as connection:
        found = list(connection.execute(text("SELECT record_id, stage, entries FROM tracks ORDER BY 1")))
    assert [tuple(row) for row in found] == [("a", "company_first", 2), ("b", "registered", 1)]
    engine.dispose()
