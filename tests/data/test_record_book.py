"""Records: numbered once, whole with their provenance, masked in listings."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

import data.events as ev
from data.errors import RecordUnknown, StoreError
from data.fold_record import IDENTITY, draft
from data.records import FieldDraft, RecordDraft
from data.store import RecordFilter, Store
from data.vocabulary import ConsentStatus, Kind, Slot

from .conftest import NOON, jacket_call

TOLD = draft(jacket_call())


def test_lodged_once_per_key(begun: Store) -> None:
    first = begun.lodge("c1", TOLD, "c1:lodge", [ev.SilenceHeard(at=1)], now=NOON)
    again = begun.lodge("c1", TOLD, "c1:lodge", [ev.SilenceHeard(at=1)], now=NOON)
    assert first.case_no == "1310000002026112490000001" and first.new and not again.new
    assert (again.record_id, again.case_no, again.given) == (first.record_id, first.case_no, first.given)
    assert len(begun.events("c1")) == 1
    assert begun.append("c1", [ev.SilenceHeard(at=2)]) == [2]
    assert begun.verify("c1").whole
    assert len(begun.records()) == 1


def test_it_comes_back_whole(begun: Store) -> None:
    lodged = begun.lodge("c1", TOLD, "k", now=NOON)
    for reference in (lodged.record_id, lodged.case_no, "c1"):
        record = begun.record(reference)
        assert (record.id, record.status, record.case_no, record.created_at) == (
            lodged.record_id,
            "lodged",
            lodged.case_no,
            NOON,
        )
        assert record.draft.fields == TOLD.fields and record.draft.declined == TOLD.declined
        assert record.draft.content == TOLD.content and record.draft.emotion == "angry"
        assert record.draft.said == (), "the words are in the call's events"
        (consent,) = record.consents
        assert consent.standing is ConsentStatus.GIVEN and consent.draft.words == "可以，你转吧"
    with pytest.raises(RecordUnknown):
        begun.record("nobody's")


def test_values_keep_their_types(begun: Store) -> None:
    fields = {Slot.AMOUNT: 0, Slot.ANONYMOUS: False, Slot.DEMAND: ("退货", "赔偿损失"), Slot.ORDER_NO: "0012"}
    told = RecordDraft(
        kind=Kind.REPORT,
        fields=tuple(
            TOLD.fields[0].model_copy(update={"slot": slot, "value": value}) for slot, value in fields.items()
        ),
    )
    record = begun.record(begun.lodge("c1", told, "k").record_id)
    assert {field.slot: field.value for field in record.draft.fields} == fields
    assert begun.records()[0].amount == 0


def test_a_draft_of_no_kind_is_not_lodged(begun: Store) -> None:
    with pytest.raises(StoreError, match="投诉"):
        begun.lodge("c1", RecordDraft(), "k")


def test_a_key_is_one_call_s(begun: Store) -> None:
    begun.lodge("c1", TOLD, "k")
    begun.begin_call("c2", "12315", None, NOON, "v1", "boot-a", 30)
    with pytest.raises(StoreError, match="another call"):
        begun.lodge("c2", TOLD, "k")


def test_incomplete_then_more_then_lodged(begun: Store) -> None:
    first = begun.save_incomplete("c1", draft(jacket_call()[:6]), now=NOON)
    kept = begun.record("c1")
    assert kept.status == "incomplete" and kept.case_no is None and kept.draft.said != ()
    assert begun.save_incomplete("c1", draft(jacket_call()[:20]), now=NOON) == first
    assert begun.record(first).draft.text(Slot.ORDER_NO) is not None
    lodged = begun.lodge("c1", TOLD, "k", now=NOON)
    assert lodged.record_id == first and begun.record(first).status == "lodged"
    assert len(begun.records()) == 1


def test_a_complaint_and_a_report_in_one_call(begun: Store) -> None:
    begun.lodge("c1", TOLD, "c1:lodge:投诉", now=NOON)
    report = TOLD.model_copy(update={"kind": Kind.REPORT, "consents": ()})
    begun.lodge("c1", report, "c1:lodge:举报", now=NOON + timedelta(seconds=1))
    complaint, report_kept = begun.records_of("c1")
    assert (complaint.draft.kind, report_kept.draft.kind) == (Kind.COMPLAINT, Kind.REPORT)
    assert complaint.linked_cases == (report_kept.case_no,) and report_kept.linked_cases == (
        complaint.case_no,
    )
    assert begun.lodged("c1:lodge:举报") == report_kept.id and begun.lodged("c1:lodge:咨询") is None
    assert begun.records_of("c9") == []


def test_an_anonymous_report_is_linked_to_nothing_nor_anything_to_it(begun: Store) -> None:
    begun.lodge("c1", TOLD, "c1:lodge:投诉", now=NOON)
    anonymous = FieldDraft(slot=Slot.ANONYMOUS, value=True, heard="匿名", confidence=1, method="answer")
    fields = (*(field for field in TOLD.fields if field.slot not in IDENTITY), anonymous)
    report = TOLD.model_copy(update={"kind": Kind.REPORT, "consents": (), "fields": fields})
    begun.lodge("c1", report, "c1:lodge:举报", now=NOON + timedelta(seconds=1))
    assert [record.linked_cases for record in begun.records_of("c1")] == [(), ()]


def test_listings_are_masked_and_reporters_secret(begun: Store) -> None:
    begun.lodge("c1", TOLD, "a", now=NOON)
    begun.lodge("c1", TOLD.model_copy(update={"kind": Kind.REPORT}), "b", now=NOON + timedelta(seconds=1))
    report, complaint = begun.records()
    assert (complaint.name, complaint.phone, complaint.platform) == ("王**", "138****1234", "拼多多")
    assert (report.name, report.phone) == ("***", "***")
    assert (complaint.amount, complaint.goods, complaint.intent) == (499, "服装、鞋帽", "complaint_online")


def test_filters(begun: Store) -> None:
    lodged = begun.lodge("c1", TOLD, "a", now=NOON)
    found = [
        RecordFilter(phone="138-0000-1234"),
        RecordFilter(kind=Kind.COMPLAINT, status="lodged", platform="拼多多"),
        RecordFilter(case_no=lodged.case_no),
        RecordFilter(case_no=lodged.case_no[-6:]),
        RecordFilter(since=NOON, until=NOON + timedelta(seconds=1), call_id="c1"),
    ]
    missed = [
        RecordFilter(phone="13800001235"),
        RecordFilter(kind=Kind.REPORT),
        RecordFilter(case_no="999999"),
        RecordFilter(until=NOON),
        RecordFilter(district="长宁区"),
    ]
    assert [len(begun.records(where=where)) for where in found] == [1] * len(found)
    assert [len(begun.records(where=where)) for where in missed] == [0] * len(missed)
    assert begun.records(limit=1, offset=1) == []
    with pytest.raises(ValueError) as wrong:
        RecordFilter(case_no="13800001234'")
    assert "13800001234" not in str(wrong.value)


def test_only_columns_for_analysis_are_open(begun: Store) -> None:
    begun.lodge("c1", TOLD, "a", now=NOON)
    with sqlite3.connect(str(begun.engine.url.database)) as raw:
        raw.row_factory = sqlite3.Row
        for table in ("records", "record_fields", "consents"):
            for row in raw.execute(f"SELECT * FROM {table}"):
                for name in row.keys():  # noqa: SIM118
                    value = row[name]
                    shown = value if isinstance(value, bytes) else str(value).encode()
                    for secret in ("王小明", "13800001234", "可以，你转吧", "230518", STORY_PART):
                        assert secret.encode() not in shown, (table, name)


STORY_PART = "我在拼多多上"
