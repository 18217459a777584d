"""Sorting in the store: drafts after lodging, persons' decisions, what a repeat and an art. 17 signal leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from data.errors import OfficeRefused
from data.fold_record import draft
from data.office_tables import SortingRow
from data.records import FieldDraft, RecordDraft
from data.store import Store
from data.tracking import MoveRefused
from data.understanding import SlotValue
from data.vocabulary import Kind, Outcome, Slot

from .conftest import NOON, jacket_call

TOLD = draft(jacket_call())
SECRET = "王小明的地址我问过了"


def field(slot: Slot, value: SlotValue) -> FieldDraft:
    return FieldDraft(slot=slot, value=value, heard="", confidence=1, method="test")


def gym(phone: str, kind: Kind = Kind.COMPLAINT, **slots: SlotValue) -> RecordDraft:
    """A gym that closed. Keyword arguments are slots."""
    values: dict[str, SlotValue] = {"phone": phone, "respondent": "力健健身房", "district": "杨浦区"} | slots
    return RecordDraft(
        kind=kind,
        content="健身房关门了，卡里还有两千块退不出来",
        fields=tuple(field(Slot(name), value) for name, value in values.items()),
    )


def lodge(store: Store, draft: RecordDraft, n: int, days: float = 0) -> str:
    """The record of call n, lodged so many days after noon, and sorted; gives its case number."""
    at = NOON + timedelta(days=days)
    store.begin_call(f"x{n}", "12315", None, at, "v1", "boot-a", 30)
    case_no = store.lodge(f"x{n}", draft, f"k{n}", now=at).case_no
    store.sort_records(at)
    return case_no


def test_a_lodged_record_gets_drafts_and_nothing_else_happens(any_store: Store) -> None:
    case_no = any_store.lodge("c1", TOLD, "k", now=NOON).case_no
    assert any_store.handling(case_no).history == ()
    assert (any_store.sort_records(NOON), any_store.sort_records(NOON)) == (1, 0)
    found = any_store.handling(case_no)
    assert [(one.what, one.target) for one in found.history] == [
        ("district", "310105"),
        ("line", "online"),
        ("route", "company_first"),
    ]
    assert all(not one.by_person and one.reasons for one in found.history)
    assert any_store.track(case_no).case.stage == "registered"


def test_a_person_decides_and_the_case_is_sent(any_store: Store) -> None:
    case_no = lodge(any_store, gym("13800001234"), 1)
    with pytest.raises(OfficeRefused, match="--why"):
        any_store.assign(case_no, "长宁区", "张三", None, now=NOON)
    any_store.assign(case_no, "杨浦", "张三", None, dispatch=True, now=NOON)
    found = any_store.handling(case_no).now("district")
    assert found is not None and found.by_person and (found.target, found.who) == ("310110", "张三")
    assert any_store.track(case_no).case.stage == "dispatched"
    with pytest.raises(MoveRefused):  # it must come back first
        any_store.assign(case_no, "长宁区", "张三", "搬家了", dispatch=True, now=NOON)
    last = any_store.handling(case_no).now("district")
    assert last is not None and last.target == "310110"  # one transaction: the refused move kept nothing


def test_what_a_person_decided_stands_when_the_rules_look_again(any_store: Store) -> None:
    case_no = lodge(any_store, gym("13800001234"), 1)
    any_store.assign(case_no, "行政调解", "张三", "来电人要求", now=NOON)
    any_store._write(lambda session: session.execute(update(SortingRow).values(due=True)))
    any_store.sort_records(NOON)
    route = any_store.handling(case_no).now("route")
    assert route is not None and (route.target, route.by_person) == ("administrative", True)


def test_words_of_a_person_are_sealed_and_assignments_are_not_changed(any_store: Store) -> None:
    case_no = lodge(any_store, gym("13800001234"), 1)
    any_store.assign(case_no, "长宁区", "张三", SECRET, now=NOON)
    assert any_store.handling(case_no).history[-1].why == SECRET
    with any_store.engine.connect() as connection:
        for table in ("assignments", "sortings", "record_words", "internal_notes", "relations"):
            shown = str(
                [
                    bytes(v) if isinstance(v, memoryview) else v
                    for row in connection.execute(text(f"SELECT * FROM {table}"))
                    for v in row
                ]
            )
            assert "王小明" not in shown and "13800001234" not in shown and "力健" not in shown
    for statement in ("UPDATE assignments SET who = 'x'", "DELETE FROM assignments"):
        with pytest.raises(IntegrityError), any_store.engine.begin() as connection:
            connection.execute(text(statement))


@pytest.mark.parametrize("name", ["没有这里", "", "310999"])
def test_an_unknown_target_is_refused(store: Store, name: str) -> None:
    case_no = lodge(store, gym("13800001234"), 1)
    with pytest.raises(OfficeRefused):
        store.assign(case_no, name, "张三", "x", now=NOON)


def test_company_first_needs_the_caller_s_consent(any_store: Store) -> None:
    case_no = lodge(any_store, gym("13800001234"), 1)
    with pytest.raises(OfficeRefused, match="没有同意"):
        any_store.assign(case_no, "企业先行和解", "张三", "想让企业先处理", now=NOON)


def test_a_report_has_no_route(any_store: Store) -> None:
    case_no = lodge(any_store, gym("13800001234", Kind.REPORT), 1)
    assert any_store.handling(case_no).now("route") is None
    with pytest.raises(OfficeRefused):
        any_store.assign(case_no, "行政调解", "张三", "x", now=NOON)


def test_back_from_the_company_the_route_is_administrative(any_store: Store) -> None:
    record = any_store.lodge("c1", TOLD, "k", now=NOON)
    any_store.queue_referral(record.given[0], "refer", NOON)
    any_store.sort_records(NOON)
    any_store.look_at_clocks(NOON + timedelta(days=30))  # the company stayed silent
    any_store.sort_records(NOON + timedelta(days=30))
    route = any_store.handling(record.case_no).now("route")
    assert route is not None and (route.target, route.rule) == ("administrative", "returned")


# --- repeats and signals ------------------------------------------------------------------------


def test_the_same_caller_again_is_related(any_store: Store) -> None:
    first = lodge(any_store, gym("13800001234", amount=2000), 1)
    again = lodge(any_store, gym("13800001234", respondent="立建健身房", amount=2000), 2, days=3)
    other = lodge(any_store, gym("13900005678", amount=2000), 3, days=4)
    late = lodge(any_store, gym("13800001234", amount=2000), 4, days=200)
    (found,) = any_store.handling(again).related
    assert (found.case_no, found.relation) == (first, "重复投诉")
    assert any_store.handling(other).related == any_store.handling(late).related == ()


def test_signals_are_internal_notes_and_nothing_is_treated_otherwise(any_store: Store) -> None:
    numbers = [
        lodge(any_store, gym("13800001234", respondent=name, name="王芳", amount=1), n, days=n / 100)
        for n, name in enumerate(["力健健身房", "美丽发廊", "好味饭店", "东方旅行社", "新新画室"])
    ]
    noted, plain = any_store.handling(numbers[-1]), any_store.handling(numbers[0])
    assert [note.signal for note in noted.notes] == ["respondents"] and plain.notes == ()
    assert [one.target for one in noted.history] == [one.target for one in plain.history]
    assert any_store.track(numbers[-1]).case == any_store.track(numbers[0]).case


def test_one_number_under_two_names_and_one_address_with_three_numbers(any_store: Store) -> None:
    home = "长宁区仙霞路139弄8号"
    lodge(any_store, gym("13800001234", name="王芳", address=home), 1)
    second = lodge(any_store, gym("13800001234", name="李强", address=home), 2)
    lodge(any_store, gym("13800001235", name="赵云", address=home), 3)
    third = lodge(any_store, gym("13800001236", name="孙梅", address="仙霞路139弄8号"), 4)
    fourth = lodge(any_store, gym("13800001237", name="周平", address=home), 5)
    assert [note.signal for note in any_store.handling(second).notes] == ["names"]
    assert any_store.handling(third).notes == ()  # without the district it is not surely the same
    assert [note.signal for note in any_store.handling(fourth).notes] == ["address"]


def test_an_anonymous_report_is_never_linked_to_anybody(any_store: Store) -> None:
    anonymous = RecordDraft(kind=Kind.REPORT, content="饭店后厨有蟑螂", fields=())
    lodge(any_store, anonymous, 1)
    again = lodge(any_store, anonymous, 2)
    assert any_store.handling(again).related == any_store.handling(again).notes == ()


def test_erasing_a_call_takes_its_hashes_and_leaves_the_drafts(any_store: Store) -> None:
    case_no = lodge(any_store, gym("13800001234", name="王芳"), 1)
    any_store.close_call("x1", Outcome.LODGED, "seat", NOON)
    any_store.erase_call("x1", NOON)
    with any_store.engine.connect() as connection:
        row = connection.execute(text("SELECT phone_hash, name_hash, respondent_hash FROM sortings")).one()
    assert tuple(row) == (None, None, None)
    any_store._write(lambda session: session.execute(update(SortingRow).values(due=True)))
    assert any_store.sort_records(NOON) == 1
    assert any_store.handling(case_no).now("district") is not None


# --- joint complaints ---------------------------------------------------------------------------


def test_several_people_of_one_dispute_are_joined(any_store: Store) -> None:
    one, two, three = (lodge(any_store, gym(f"1380000123{n}"), n) for n in (1, 2, 3))
    assert set(any_store.join((one, two), "张三", SECRET, now=NOON)) == {one, two}
    joined = any_store.join((two, three), "张三", "同一家店", (three,), now=NOON)
    assert joined[0] == three and set(joined) == {one, two, three}
    any_store.sort_records(NOON)
    for case_no in (one, two, three):
        route = any_store.handling(case_no).now("route")
        assert set(any_store.handling(case_no).joint) == {one, two, three}
        assert route is not None and route.rule == "joint"
    with any_store.engine.connect() as connection:
        sealed = connection.execute(text("SELECT why FROM joint_members")).scalars().all()
    assert all("王小明".encode() not in bytes(why) for why in sealed)


def test_what_cannot_be_joined(any_store: Store) -> None:
    one = lodge(any_store, gym("13800001234"), 1)
    for other, why in (
        (gym("13800001234", amount=5), "两个以上的人"),
        (gym("13900005678", Kind.REPORT), "只有投诉"),
        (gym("13900005678", respondent="美丽发廊"), "不是同一个"),
    ):
        n = len(any_store.records(50)) + 10
        with pytest.raises(OfficeRefused, match=why):
            any_store.join((one, lodge(any_store, other, n)), "张三", "x", now=NOON)
    assert any_store.handling(one).joint == ()


def test_a_new_store_sorts_what_was_lodged_before(any_store: Store) -> None:
    lodge(any_store, gym("13800001234"), 1)
    assert any_store.sort_records(NOON) == 0
    with any_store.engine.connect() as connection:
        row = connection.execute(text("SELECT kind, line, district, topic, closing FROM sortings")).one()
    assert tuple(row) == ("投诉", "12315", "310110", "contract", True)
