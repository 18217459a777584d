"""What a caller is told: only with number and phone tail, and not to whoever guesses."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, text

from data.fold_record import draft
from data.sealing import CallSealer
from data.store import Store
from data.tracking_rules import tracking_rules
from data.vocabulary import Kind, Outcome, Slot

from .conftest import NOON, jacket_call

TOLD = draft(jacket_call())
LIMITS = tracking_rules().inquiry
SENTENCE = "您的投诉已经登记，正在等待分送，最迟12月3日告诉您是否受理。下一步，分送到区市场监管部门。"


def ask(
    store: Store,
    case_no: str,
    tail: str,
    call: str = "c9",
    caller: str | None = None,
    at: datetime = NOON,
) -> str | None:
    return store.inquire(case_no, tail, call_id=call, caller_no=caller, now=at).told


@pytest.fixture
def case_no(any_store: Store) -> str:
    return any_store.lodge("c1", TOLD, "lodge", now=NOON).case_no


def test_number_and_tail_are_told_the_stage_and_the_day(any_store: Store, case_no: str) -> None:
    for number in (case_no, case_no[-8:], case_no[-6:]):
        for tail in ("1234", "00001234"):
            assert ask(any_store, number, tail) == SENTENCE
    for secret in ("王", "拼多多", "13800001234", "499"):
        assert secret not in SENTENCE


@pytest.mark.parametrize("tail", ["1235", "234", "", "13800001235", "12 34", "１２３４"])
def test_a_wrong_tail_is_not_told(any_store: Store, case_no: str, tail: str) -> None:
    assert ask(any_store, case_no, tail) is None


@pytest.mark.parametrize("number", ["9" * 25, "", "00001", "%", "_" * 6])
def test_a_wrong_number_is_not_told(any_store: Store, case_no: str, number: str) -> None:
    answer = any_store.inquire(number, "1234", call_id="c9", caller_no=None, now=NOON)
    assert answer.told is None and not answer.limited


def test_digits_that_name_two_cases_name_none(any_store: Store, case_no: str) -> None:
    tomorrow = any_store.lodge("c1", TOLD, "b", now=NOON + timedelta(days=1)).case_no
    assert tomorrow[-8:] == case_no[-8:]
    assert ask(any_store, case_no[-8:], "1234") is None
    assert ask(any_store, case_no, "1234") is not None


def test_an_anonymous_report_is_told_to_nobody(any_store: Store) -> None:
    fields = tuple(field for field in TOLD.fields if field.slot is not Slot.PHONE)
    report = TOLD.model_copy(update={"kind": Kind.REPORT, "fields": fields, "consents": ()})
    case_no = any_store.lodge("c1", report, "r", now=NOON).case_no
    assert ask(any_store, case_no, "1234") is None and ask(any_store, case_no, "0000") is None


def test_an_erased_case_is_told_to_nobody(any_store: Store, case_no: str) -> None:
    any_store.close_call("c1", Outcome.LODGED, "seat", NOON)
    any_store.erase_call("c1", NOON)
    assert ask(any_store, case_no, "1234") is None


def test_one_call_may_be_wrong_three_times(any_store: Store, case_no: str) -> None:
    for _ in range(LIMITS.wrong_per_call):
        assert not any_store.inquire(case_no, "0000", call_id="c9", caller_no=None, now=NOON).limited
    right = any_store.inquire(case_no, "1234", call_id="c9", caller_no=None, now=NOON)
    assert right.told is None and right.limited
    assert ask(any_store, case_no, "1234", call="c10") == SENTENCE, "the rightful caller rings again"


def test_all_ten_thousand_tails_from_ever_new_calls(any_store: Store, case_no: str) -> None:
    """Only five tails of a case are looked at in a day, whatever numbers the guesser rings from."""
    for tail in range(1200, 1300):
        ask(any_store, case_no, f"{tail:04d}", call=f"g{tail}", caller=f"1390000{tail}")
    with any_store.engine.connect() as connection:
        outcomes = connection.execute(text("SELECT outcome, count(*) FROM inquiries GROUP BY outcome")).all()
    assert {row[0]: row[1] for row in outcomes} == {"wrong": 5, "limit": 95}, "1234 was among those limited"
    assert ask(any_store, case_no[-6:], "1234", call="other form") is None
    assert ask(any_store, case_no, "1234", call="z", at=NOON + timedelta(days=1, seconds=1)) == SENTENCE


def test_one_caller_over_many_cases(any_store: Store, case_no: str) -> None:
    for number in range(LIMITS.wrong_per_caller_a_day):
        assert ask(any_store, f"{number:025d}", "1234", call=f"g{number}", caller="13900000001") is None
    last = any_store.inquire(case_no, "1234", call_id="g", caller_no="139-0000-0001", now=NOON)
    assert last.limited
    assert ask(any_store, case_no, "1234", call="h", caller="13900000002") == SENTENCE


def test_a_storm_of_guesses_closes_the_telephone_for_an_hour(any_store: Store, case_no: str) -> None:
    for number in range(LIMITS.wrong_in_all_an_hour):
        ask(any_store, f"{number:025d}", "1234", call=f"g{number}")
    assert ask(any_store, case_no, "1234", call="h") is None
    assert ask(any_store, case_no, "1234", call="h", at=NOON + timedelta(hours=1, seconds=1)) == SENTENCE


def test_an_erased_call_leaves_no_hash_of_its_caller(any_store: Store, case_no: str) -> None:
    ask(any_store, case_no, "1234", call="c1", caller="13900000001")
    any_store.close_call("c1", Outcome.LODGED, "seat", NOON)
    any_store.erase_call("c1", NOON)
    with any_store.engine.connect() as connection:
        assert connection.execute(text("SELECT caller_hash FROM inquiries")).all() == [(None,)]


def test_tries_are_kept_without_numbers(any_store: Store, case_no: str) -> None:
    ask(any_store, case_no, "1234", caller="13900000001")
    with any_store.engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM inquiries")).all())
    for secret in (case_no, case_no[-6:], "13900000001", "1234'"):
        assert secret not in kept


def test_the_last_six_of_many_days_need_the_whole_phone(any_store: Store, case_no: str) -> None:
    """The series begins anew each day: a year on, the same six digits end hundreds of numbers."""
    any_store.begin_call("c2", "12315", "13900000001", NOON, "v1", "boot-a", 30)
    other = [
        field.model_copy(update={"value": "13900000001"}) if field.slot is Slot.PHONE else field
        for field in TOLD.fields
    ]
    any_store.lodge("c2", TOLD.model_copy(update={"fields": tuple(other)}), "b", now=NOON + timedelta(days=1))
    six = case_no[-6:]
    assert ask(any_store, six, "1234") is None
    assert ask(any_store, six, "13800001234", call="d") == SENTENCE
    assert any_store.inquire(six, "13800001234", call_id="e", caller_no=None, now=NOON).case_no == case_no
    assert ask(any_store, six, "13900000002", call="f") is None


def _work(store: Store, case_no: str, phone: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """(statements to the database, seals opened) of one try."""
    counted = {"statements": 0, "opened": 0}

    def statement(*_args: object) -> None:
        counted["statements"] += 1

    opened = CallSealer.open

    def count_open(self: CallSealer, sealed: bytes, place: str) -> bytes:
        counted["opened"] += 1
        return opened(self, sealed, place)

    event.listen(store.engine, "before_cursor_execute", statement)
    with monkeypatch.context() as patch:
        patch.setattr(CallSealer, "open", count_open)
        ask(store, case_no, phone, call=f"{case_no}/{phone}")
    event.remove(store.engine, "before_cursor_execute", statement)
    return counted["statements"], counted["opened"]


def test_a_wrong_answer_costs_as_much_whether_or_not_there_is_such_a_case(
    any_store: Store, case_no: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal work, so that the time tells nothing; measured in statements and seals, not in a clock's noise."""
    for number in (case_no, case_no[-6:]):
        none = str(int(number) + 7).zfill(len(number))
        for phone in ("0000", "13700000000"):
            there = _work(any_store, number, phone, monkeypatch)
            assert there == _work(any_store, none, phone, monkeypatch)
            assert there[1] == 1
