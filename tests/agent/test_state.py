"""The state as a fold: single events whose rule is not seen from outside a call."""

from __future__ import annotations

import data.events as ev
from agent.state import CallState, fold
from data.vocabulary import ConsentStatus, Kind, Slot


def filled(value: int) -> ev.SlotFilled:
    return ev.SlotFilled(
        slot=Slot.AMOUNT, value=value, turn=1, heard="", span=None, confidence=1.0, method="test"
    )


def test_a_value_that_changed_meanwhile_is_not_confirmed() -> None:
    confirmed = ev.SlotConfirmed(slot=Slot.AMOUNT, value=399, how="explicit")
    assert fold([filled(399), confirmed]).slots[Slot.AMOUNT].confirmed
    assert not fold([filled(399), filled(499), confirmed]).slots[Slot.AMOUNT].confirmed


def test_a_consent_is_for_one_record() -> None:
    first: list[ev.CallEvent] = [
        ev.FlowEntered(flow="complaint", kind=Kind.COMPLAINT, intent=None),
        ev.ConsentAsked(consent="refer", recipient="拼多多", fields=(), utterance=1, version="1"),
        ev.ConsentGiven(consent="refer", recipient="拼多多", fields=(), turn=1, words="可以"),
    ]
    assert fold(first).consents["refer"].status is ConsentStatus.GIVEN
    lodged = ev.RecordLodged(record="r", kind=Kind.COMPLAINT, case_no="1")
    begun = ev.RecordBegun(number=2, same_matter=True, kept=())
    second = ev.FlowEntered(flow="report", kind=Kind.REPORT, intent=None, fresh=True)
    state = fold([*first, lodged, begun, second])
    assert not state.consents
    assert state.earlier[0].consents["refer"].status is ConsentStatus.GIVEN
    taken = ev.ConsentWithdrawn(consent="refer", recipient="拼多多", turn=2, record="r")
    assert fold([taken], state).earlier[0].consents["refer"].status is ConsentStatus.WITHDRAWN
    closing = ev.FlowEntered(flow="closing", kind=None, intent=None)
    assert fold([*first, lodged, closing]).consents, "a flow that is called is no other record"
    assert fold([*first, second]).consents, "an unlodged record goes on, whatever its kind"


def test_nothing_is_a_call() -> None:
    assert fold([]) == CallState()
