"""Hand-overs to and from 12345: one matter, one record, two numbers."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from data.errors import OfficeRefused, RecordUnknown, StoreDown
from data.fold_record import draft
from data.handover import HandoverItem
from data.store import Store
from data.vocabulary import Kind, Slot

from .conftest import NOON, jacket_call
from .test_handling import gym, lodge

TOLD = draft(jacket_call())
ITEM = HandoverItem(
    system="12345",
    number="SH20261124001",
    kind=Kind.COMPLAINT,
    received_at=NOON,
    content="健身房关门了，卡里还有两千块退不出来",
    fields={Slot.PHONE: "13800001234", Slot.NAME: "王芳", Slot.RESPONDENT: "力健健身房"},
)


def count(store: Store) -> int:
    with store.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM records")).scalar_one())


def test_one_number_is_registered_once(any_store: Store) -> None:
    first = any_store.take_over(ITEM, NOON)
    again = any_store.take_over(ITEM, NOON)
    assert (first.result, again.result, first.case_no) == ("new", "known", again.case_no)
    assert count(any_store) == 1
    (number,) = any_store.handling(first.case_no).numbers
    assert (number.system, number.number, number.direction) == ("12345", "SH20261124001", "in")
    record = any_store.record(first.case_no)
    assert record.draft.text(Slot.NAME) == "王芳" and any_store.call(record.call_id).line == "12345"


def test_a_crash_in_between_leaves_no_second_record(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Store, "close_call", lambda *args: (_ for _ in ()).throw(StoreDown("away")))
        with pytest.raises(StoreDown):
            any_store.take_over(ITEM, NOON)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "lodge", lambda *args, **more: (_ for _ in ()).throw(StoreDown("away")))
        with pytest.raises(StoreDown):
            any_store.take_over(ITEM.model_copy(update={"number": "SH2"}), NOON)
    for number in ("SH20261124001", "SH2"):
        item = ITEM.model_copy(update={"number": number})
        assert any_store.take_over(item, NOON).case_no
    assert count(any_store) == 2


def test_handed_out_and_back_is_the_same_record(any_store: Store) -> None:
    case_no = any_store.lodge("c1", TOLD, "k", now=NOON).case_no
    item = any_store.hand_over(case_no, "12345", NOON)
    assert (item.case_no, item.number) == (case_no, None)
    back = item.model_copy(update={"number": "SH777777"})
    assert any_store.take_over(back, NOON).result == "numbered"
    assert any_store.take_over(back, NOON).result == "known"
    assert any_store.hand_over(case_no, "12345", NOON).number == "SH777777"
    assert count(any_store) == 1
    with pytest.raises(OfficeRefused):
        any_store.take_over(back.model_copy(update={"number": "SH888888"}), NOON)


def test_what_cannot_be_taken(any_store: Store) -> None:
    with pytest.raises(OfficeRefused):
        any_store.take_over(ITEM.model_copy(update={"number": None}), NOON)
    with pytest.raises(RecordUnknown):
        any_store.take_over(ITEM.model_copy(update={"case_no": "1" * 25}), NOON)
    assert count(any_store) == 0


def test_a_reporter_never_goes_out(any_store: Store) -> None:
    told = gym("13800001234", Kind.REPORT, name="王芳", address="长宁区仙霞路1号").model_copy(
        update={"content": "我是王芳，电话13800001234，健身房无照经营"}
    )
    out = any_store.hand_over(lodge(any_store, told, 1), "12345", NOON).model_dump_json()
    for secret in ("王芳", "13800001234", "仙霞路"):
        assert secret not in out
    assert "无照经营" in out


def test_an_anonymous_report_comes_in_without_its_reporter(any_store: Store) -> None:
    item = ITEM.model_copy(
        update={"kind": Kind.REPORT, "fields": ITEM.fields | {Slot.ANONYMOUS: True, Slot.RESPONDENT: "好味"}}
    )
    record = any_store.record(any_store.take_over(item, NOON).case_no)
    assert record.draft.text(Slot.NAME) is None and record.draft.text(Slot.PHONE) is None
    assert record.draft.text(Slot.RESPONDENT) == "好味"


def test_the_same_matter_by_both_ways_is_noted_not_merged(any_store: Store) -> None:
    first = lodge(any_store, gym("13800001234"), 1)
    second = any_store.take_over(ITEM, NOON)
    any_store.sort_records(NOON)
    (related,) = any_store.handling(second.case_no).related
    assert (related.case_no, related.relation) == (first, "多头")
    assert any_store.track(second.case_no).case.stage == "registered"


@pytest.mark.parametrize("slot", [Slot.ISSUE, Slot.GOODS, Slot.DISTRICT, Slot.PLATFORM])
def test_what_is_kept_in_the_clear_is_a_word_of_the_tables(slot: Slot) -> None:
    told = ITEM.model_dump(mode="json") | {"fields": {slot.value: "王小明"}}
    with pytest.raises(ValidationError) as refused:
        HandoverItem.model_validate(told)
    assert "王小明" not in str(refused.value)
