"""What conditions may read and prompts may say about a call. Pure."""

from __future__ import annotations

from agent.spoken import spoken
from agent.state import CallState
from data.case_numbers import CASE_DIGITS
from data.desk_hours import spoken_hours
from data.vocabulary import ConsentStatus, Slot
from data.workdays import is_workday
from dialogs.conditions import Fact
from dialogs.schema import ScriptFile


def facts(state: CallState) -> dict[str, Fact]:
    """Slot values by name, and the facts of `dialogs.schema.FACTS`; what has no value is absent or None."""
    known: dict[str, Fact] = {slot.value: held.value for slot, held in state.slots.items()}
    known |= {f"declined:{slot}": state.declined(slot) for slot in state.slots}
    known |= {
        f"consented:{purpose}": consent.status is ConsentStatus.GIVEN
        for purpose, consent in state.consents.items()
    }
    known["online"] = state.intent == "complaint_online" or state.value(Slot.PLATFORM) is not None
    known["kind"] = state.kind.value if state.kind else None
    known["intent"] = state.intent
    known["line"] = state.line
    known["caller_no"] = state.caller_no
    known["emergency"] = state.emergency.value if state.emergency else None
    known |= {name: state.flags.get(name) for name in ("mass_incident", "safety_flag", "emotion")}
    known["case_no_given"] = state.case_no is not None
    known["case_no_whole"] = len(str(state.value(Slot.CASE_NO) or "")) == CASE_DIGITS
    known["case_shown"] = state.shown is not None
    known["question_left"] = state.questions_left > 0
    known["hour"] = state.hour
    known["weekday"] = state.today.isoweekday()
    known["workday"] = is_workday(state.today)
    known["draw"] = state.draw
    known["desk_open"] = state.desk_open
    return known


def sayable(state: CallState) -> dict[str, str]:
    """Placeholder to spoken form, for every slot that holds a value."""
    said: dict[str, str] = {}
    for slot, held in state.slots.items():
        if held.value is not None:
            said[slot.value] = spoken(slot, held.value, state.today, held.precision)
    if state.caller_no:
        said["caller_tail"] = state.caller_no[-4:]
    if state.case_no:
        said["case_tail"] = state.case_no[-6:]
    if (hours := spoken_hours(state.line)) is not None:
        said["desk_hours"] = hours
    return said


def label(slot: Slot, script: ScriptFile) -> str:
    """What the slot is called aloud."""
    return script.labels.get(slot, slot.value)
