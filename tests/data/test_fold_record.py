"""The record is what the events say, after any prefix of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import data.events as ev
from data.fold_record import IDENTITY, draft, told
from data.vocabulary import ConsentStatus, Emergency, Kind, Slot

from .conftest import FIELDS, STORY, danger, ended, filled, jacket_call, said, words

EVENTS = jacket_call()


def test_the_whole_call() -> None:
    told = draft(EVENTS)
    assert (told.kind, told.intent, told.content) == (Kind.COMPLAINT, "complaint_online", STORY)
    assert told.value(Slot.AMOUNT) == 499
    assert told.text(Slot.PHONE) == "13800001234" and told.text(Slot.NAME) == "王小明"
    assert [(one.slot, one.reason) for one in told.declined] == [(Slot.ADDRESS, "declined")]
    assert told.value(Slot.ADDRESS) is None
    assert told.emotion == "angry" and not told.mass_incident and told.emergencies == ()


def test_provenance() -> None:
    told = draft(EVENTS)
    platform = told.field(Slot.PLATFORM)
    assert platform is not None
    assert (platform.heard, platform.turn, platform.span) == ("拼多多", 1, (2, 5))
    start = 9000 - 200 * len(STORY)
    assert (platform.start_ms, platform.end_ms) == (start + 400, start + 1000)
    phone = told.field(Slot.PHONE)
    assert phone is not None
    assert (phone.turn, phone.start_ms, phone.method, phone.confirmed) == (
        None,
        None,
        "caller_no",
        "explicit",
    )
    amount = told.field(Slot.AMOUNT)
    assert amount is not None
    assert (amount.corrections, amount.confirmed, amount.heard) == (1, None, "四百九十九")


def test_a_confirmation_of_another_value_is_none() -> None:
    old = ev.SlotConfirmed(slot=Slot.AMOUNT, value=399, how="explicit")
    field = draft([*EVENTS, old]).field(Slot.AMOUNT)
    assert field is not None and field.confirmed is None
    field = draft([*EVENTS, old.model_copy(update={"value": 499})]).field(Slot.AMOUNT)
    assert field is not None and field.confirmed == "explicit"


def test_zero_and_false_are_values() -> None:
    events = [
        filled(Slot.AMOUNT, 0, 1, "零元", "零元", 1),
        filled(Slot.ANONYMOUS, False, 1, "不匿名", "不匿名", 1),
    ]
    told = draft(events)
    assert told.value(Slot.AMOUNT) == 0 and told.value(Slot.ANONYMOUS) is False


def test_declined_then_given_then_declined() -> None:
    given_now = filled(Slot.ADDRESS, "仙霞路", 8, "仙霞路", "仙霞路", 1)
    told = draft([*EVENTS, given_now])
    assert told.text(Slot.ADDRESS) == "仙霞路" and told.declined == ()
    told = draft([*EVENTS, given_now, ev.SlotDeclined(slot=Slot.ADDRESS, reason="dont_know", turn=9)])
    assert told.value(Slot.ADDRESS) is None and told.declined[0].reason == "dont_know"


def test_a_given_consent_has_its_proof() -> None:
    (consent,) = draft(EVENTS).consents
    assert consent.decision is ConsentStatus.GIVEN and consent.heard
    assert (consent.purpose, consent.recipient, consent.fields) == ("refer_to_platform", "拼多多", FIELDS)
    assert (consent.words, consent.turn, consent.version) == ("可以，你转吧", 7, "c1")
    assert (consent.start_ms, consent.end_ms) == (36_000 - 200 * 6, 36_000)


def test_a_prompt_cut_short_was_not_heard() -> None:
    cut = [
        event.model_copy(update={"complete": False, "heard_ms": 200})
        if isinstance(event, ev.PromptEnded) and event.utterance == 5
        else event
        for event in EVENTS
    ]
    assert not draft(cut).consents[0].heard


def test_asked_without_an_answer_is_not_given_and_a_withdrawal_counts() -> None:
    (asked,) = draft(EVENTS[:-2]).consents
    assert asked.decision is ConsentStatus.REFUSED and asked.reason == "no_answer"
    back = ev.ConsentWithdrawn(at=38_000, consent="refer_to_platform", recipient="拼多多", turn=8)
    (taken,) = draft([*EVENTS, back]).consents
    assert taken.decision is ConsentStatus.WITHDRAWN and taken.withdrawn_at_ms == 38_000
    refused = ev.ConsentRefused(
        at=1, consent="refer_to_platform", recipient="拼多多", turn=7, reason="decline"
    )
    (one,) = draft([*EVENTS[:-1], refused]).consents
    assert one.decision is ConsentStatus.REFUSED and one.words == "可以，你转吧"


def test_a_hang_up_in_the_middle_of_the_story_keeps_what_was_said() -> None:
    told = draft(
        [words(1, "我在拼多多上", 2000), ev.KeysPressed(at=2500, digits="12"), ev.CallerHungUp(at=3000)]
    )
    assert told.kind is None and told.fields == ()
    assert told.content == "我在拼多多上；（按键 12）" and len(told.said) == 2


def test_the_second_record_of_a_call_keeps_facts_and_no_consent() -> None:
    lodged = ev.RecordLodged(record="r", kind=Kind.COMPLAINT, case_no="1")
    closing = ev.FlowEntered(flow="closing", kind=None, intent=None)
    assert draft([*EVENTS, lodged, closing]).consents != ()
    begun = ev.RecordBegun(number=2, same_matter=True, kept=(Slot.PLATFORM, Slot.NAME))
    report = ev.FlowEntered(flow="report", kind=Kind.REPORT, intent="report_other", fresh=True)
    first, second = told([*EVENTS, lodged, closing, begun, report])
    assert first.lodged is not None and first.draft == draft([*EVENTS, lodged]) and second.lodged is None
    record = second.draft
    assert (record.kind, record.intent) == (Kind.REPORT, "report_other")
    assert record.consents == ()
    assert record.field(Slot.PLATFORM) == first.draft.field(Slot.PLATFORM), "with where it was heard"
    assert {field.slot for field in record.fields} == {Slot.PLATFORM, Slot.NAME}
    anonymous = filled(Slot.ANONYMOUS, True, 9, "匿名", "匿名", 1)
    record = draft([*EVENTS, lodged, begun, report, anonymous])
    assert not IDENTITY & {field.slot for field in record.fields}


def test_a_consent_taken_back_from_a_record_that_is_lodged_is_taken_from_that_one() -> None:
    lodged = ev.RecordLodged(record="r", kind=Kind.COMPLAINT, case_no="1")
    begun = ev.RecordBegun(number=2, same_matter=True, kept=())
    purpose, to = "refer_to_platform", "拼多多"
    taken = ev.ConsentWithdrawn(at=90_000, consent=purpose, recipient=to, turn=9, record="r")
    first, second = told([*EVENTS, lodged, begun, taken])
    assert [(c.decision, c.withdrawn_at_ms) for c in first.draft.consents] == [
        (ConsentStatus.WITHDRAWN, 90_000)
    ]
    assert second.draft.consents == ()


def test_another_matter_is_told_with_its_own_words() -> None:
    lodged = ev.RecordLodged(record="r", kind=Kind.COMPLAINT, case_no="1")
    flag = ev.FlagRaised(flag="mass_incident", value="true", turn=1)
    begun = ev.RecordBegun(number=2, same_matter=False, kept=())
    first, second = told([*EVENTS, flag, lodged, words(9, "还有一件别的事", 90_000), begun])
    assert first.draft.mass_incident and not second.draft.mass_incident
    assert second.draft.said == ("还有一件别的事",) and second.draft.content == "还有一件别的事"


def test_dangers_and_flags() -> None:
    many = ev.FlagRaised(flag="mass_incident", value="true", turn=1)
    food = ev.FlagRaised(flag="safety_flag", value="食品", turn=1)
    told = draft([danger(), danger(), many, food, ev.RecordingRefused(turn=1)])
    assert told.emergencies == (Emergency.TRAPPED,) and told.mass_incident
    assert told.safety_flag == "食品" and told.recording_refused


@given(st.integers(0, len(EVENTS)), st.booleans())
def test_any_prefix(length: int, hung_up: bool) -> None:
    prefix = EVENTS[:length]
    told = draft([*prefix, ev.CallerHungUp(at=1)] if hung_up else prefix)
    assert told == draft(iter(prefix))
    heard = {event.turn: event for event in prefix if isinstance(event, ev.WordsHeard)}
    assert told.said == tuple(event.text for event in heard.values())
    for field in told.fields:
        if field.turn is not None:
            turn = heard[field.turn]
            assert field.span is not None and turn.text[slice(*field.span)] == field.heard
            assert field.start_ms is not None and field.end_ms is not None
            assert turn.start_ms <= field.start_ms <= field.end_ms <= turn.end_ms
    given_now = {consent.purpose for consent in told.consents if consent.decision is ConsentStatus.GIVEN}
    assert given_now == {event.consent for event in prefix if isinstance(event, ev.ConsentGiven)}
    assert len({field.slot for field in told.fields} | {one.slot for one in told.declined}) == len(
        told.fields
    ) + len(told.declined)


@given(st.lists(st.sampled_from([*EVENTS, danger(), ended(), *said(9, "x", "ask", 1)]), max_size=30))
def test_any_order_is_a_record_with_sources(events: list[ev.CallEvent]) -> None:
    told = draft(events)
    told_of = {event.slot for event in events if isinstance(event, ev.SlotFilled | ev.SlotCorrected)}
    assert {field.slot for field in told.fields} <= told_of
    if not any(isinstance(event, ev.ConsentGiven) for event in events):
        assert all(consent.decision is not ConsentStatus.GIVEN for consent in told.consents)
