"""A caller's urging, addition or wish to withdraw: in the case's history, once, and only after he showed it."""

from __future__ import annotations

from datetime import timedelta

import pytest

import data.events as ev
from data.companies import Companies, Company, Retry
from data.events import CaseMove
from data.fold_record import draft
from data.records import LodgedRecord, PlannedAct
from data.store import Store
from data.tracking import Entry
from data.tracking_rules import Role
from data.vocabulary import ConsentStatus

from .conftest import NOON, jacket_call

TOLD = draft(jacket_call())
LATER = NOON + timedelta(hours=1)
WORDS = "我找到发票了，王小明"
PDD = Company(
    key="pdd", name="拼多多", endpoint="https://odr.example/r", secret="env:PDD", retry=Retry(tries=4)
)
TABLE = Companies((PDD,), {"pdd": b"s" * 32})


@pytest.fixture
def record(any_store: Store) -> LodgedRecord:
    """A lodged record, on its way to its company; and a second call, c2, about it."""
    lodged = any_store.lodge("c1", TOLD, "lodge", now=NOON)
    any_store.queue_referral(lodged.given[0], "refer", NOON)
    any_store.begin_call("c2", "12315", None, LATER, "v1", "boot-a", 30)
    return lodged


def shows(store: Store, case_no: str, tail: str = "1234") -> None:
    store.inquire(case_no, tail, call_id="c2", caller_no=None, now=LATER)


def move(store: Store, case_no: str, what: CaseMove = "urge", words: str = WORDS, key: str = "k") -> bool:
    return store.move_for_caller("c2", case_no, what, words, key, LATER)


@pytest.mark.parametrize("what", ["urge", "supplement", "ask_withdrawal"])
def test_who_why_and_when_are_kept(any_store: Store, record: LodgedRecord, what: CaseMove) -> None:
    shows(any_store, record.case_no)
    assert move(any_store, record.case_no, what)
    [entry] = [entry for entry in any_store.track(record.case_no).entries if entry.move == what]
    assert (entry.role, entry.at, entry.why) == (Role.CALLER, LATER, WORDS)
    assert "c2" in entry.who


def test_nothing_without_having_shown_it(any_store: Store, record: LodgedRecord) -> None:
    assert not move(any_store, record.case_no)
    shows(any_store, record.case_no, "0000")
    assert not move(any_store, record.case_no)
    any_store.inquire(record.case_no, "1234", call_id="another call", caller_no=None, now=LATER)
    assert not move(any_store, record.case_no)
    assert not move(any_store, "1" * 25)
    assert "urge" not in any_store.track(record.case_no).case.made


def test_an_act_done_twice_is_one_change(any_store: Store, record: LodgedRecord) -> None:
    shows(any_store, record.case_no)
    any_store.append("c2", [ev.SilenceHeard()], [PlannedAct(kind="move_case", key="k")])
    for _ in range(3):
        assert move(any_store, record.case_no)
    entries = any_store.track(record.case_no).entries
    assert [entry.move for entry in entries].count("urge") == 1
    assert any_store.pending_acts("c2") == []


def test_words_may_be_missing_where_the_table_has_some(any_store: Store, record: LodgedRecord) -> None:
    shows(any_store, record.case_no)
    assert move(any_store, record.case_no, "urge", "")
    assert any_store.track(record.case_no).entries[-1].why == "来电人催办"


def test_a_wish_to_withdraw_stops_the_referral_at_once(any_store: Store, record: LodgedRecord) -> None:
    shows(any_store, record.case_no)
    assert move(any_store, record.case_no, "ask_withdrawal")
    [referral] = any_store.referrals()
    assert referral.status == "cancelled"
    for hours in (1, 24, 24 * 30):
        assert any_store.claim_referrals(TABLE, LATER + timedelta(hours=hours)) == []
    [consent] = any_store.record(record.record_id).consents
    assert (consent.standing, consent.withdrawn_at) == (ConsentStatus.WITHDRAWN, LATER)
    track = any_store.track(record.case_no)
    assert track.case.stage == "registered", "withdrawn it is by a person, not by the seat"
    assert [entry.move for entry in track.entries[-2:]] == ["ask_withdrawal", "company_returned"]


def test_what_may_have_arrived_is_recalled(any_store: Store, record: LodgedRecord) -> None:
    [claim] = any_store.claim_referrals(TABLE, NOON)
    assert claim.what == "referral"
    shows(any_store, record.case_no)
    assert move(any_store, record.case_no, "ask_withdrawal")
    claims = any_store.claim_referrals(TABLE, LATER + timedelta(hours=1))
    assert [claim.what for claim in claims] == ["recall"]


def test_a_closed_case_takes_nothing(any_store: Store, record: LodgedRecord) -> None:
    officer = Entry(at=LATER, move="withdraw", role=Role.OFFICER, who="张三", why="来电人撤回")
    any_store.move_case(record.case_no, officer)
    shows(any_store, record.case_no)
    moves: tuple[CaseMove, ...] = ("urge", "supplement", "ask_withdrawal")
    for what in moves:
        assert not move(any_store, record.case_no, what, key=what)


def test_what_was_wanted_is_told_next_time(any_store: Store, record: LodgedRecord) -> None:
    shows(any_store, record.case_no)
    move(any_store, record.case_no, "ask_withdrawal")
    told = any_store.inquire(record.case_no, "1234", call_id="c3", caller_no=None, now=LATER).told
    assert told is not None and "您撤回的申请已经记下" in told
    assert "王小明" not in told and "拼多多" not in told
