"""Masked unless revealed; who made a 举报 only with a right of its own."""

from __future__ import annotations

import pytest

from data.fold_record import draft
from data.masking import HIDDEN
from data.records import Record
from data.revealing import EVERYTHING, MASKED, Reveal, masked_record, shown
from data.vocabulary import Kind, Slot

from .conftest import NOON, STORY, jacket_call

PERSONAL = ("王小明", "13800001234", "230518", "二三零五一八", STORY, "可以，你转吧", "我叫")


def record(kind: Kind = Kind.COMPLAINT) -> Record:
    told = draft(jacket_call()).model_copy(update={"kind": kind, "said": (STORY,)})
    return Record(id="r", call_id="c1", status="lodged", case_no="1", created_at=NOON, draft=told)


def test_nothing_personal_is_in_a_masked_record() -> None:
    text = masked_record(record(), MASKED).model_dump_json()
    assert not [one for one in PERSONAL if one in text]
    assert "138****1234" in text and "王**" in text and "拼多多" in text


def test_a_role_s_slots_and_no_others() -> None:
    contact = Reveal(frozenset({Slot.NAME, Slot.PHONE}))
    text = masked_record(record(), contact).model_dump_json()
    assert "王小明" in text and "13800001234" in text
    assert "230518" not in text and STORY not in text
    story = masked_record(record(), Reveal(frozenset({Slot.NARRATIVE}))).draft
    assert story.content == STORY and story.said == (STORY,) and story.consents[0].words == "可以，你转吧"
    assert masked_record(record(), EVERYTHING) == record()


@pytest.mark.parametrize("slot", [Slot.NAME, Slot.PHONE, Slot.ADDRESS])
def test_a_reporter_is_secret(slot: Slot) -> None:
    everything_but = Reveal(frozenset(Slot))
    assert shown(Kind.REPORT, slot, "王小明13800001234", everything_but) == HIDDEN
    assert shown(Kind.REPORT, slot, "王小明13800001234", EVERYTHING) == "王小明13800001234"
    assert shown(Kind.COMPLAINT, slot, "王小明13800001234", everything_but) == "王小明13800001234"
