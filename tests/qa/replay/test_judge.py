"""A change is found, called what it is, and blamed on the room that made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

import data.events as ev
from agent.kit import Understand
from data.vocabulary import ConsentReply, Slot
from dialogs.script import Script
from qa.persona import Expect
from qa.replay.exchanges import exchanges, of_sound
from qa.replay.judge import Judgement, judge, judge_alone
from qa.replay.pairing import with_turns
from tests.qa.replay.conftest import ANSWERS, by_text
from tests.qa.replay.test_dialog import ask_how_many, drop_consent, swap_amount_and_date

Edited = Callable[..., Script]
Events = Sequence[ev.CallEvent]


def without(understand: Understand, slot: Slot) -> Understand:
    """An extractor that finds nothing any more."""

    def broken(text, asked, today, readings, confidence):  # type: ignore[no-untyped-def]
        meant = understand(text, asked, today, readings, confidence)
        return meant.model_copy(
            update={"findings": tuple(each for each in meant.findings if each.slot is not slot)}
        )

    return broken


def found(judgement: Judgement) -> set[tuple[str, str, str]]:
    return {(each.what, each.name, room) for each, room in judgement.blamed}


def test_no_change_no_difference(complaint: Events, script: Script, understand: Understand) -> None:
    judgement = judge(complaint, script, understand=understand)
    assert (judgement.verdict, judgement.room, judgement.blamed) == ("same", None, ())


def test_another_order_of_questions_is_the_scripts_doing(
    complaint: Events, edited: Edited, understand: Understand
) -> None:
    judgement = judge(complaint, edited(swap_amount_and_date), understand=understand)
    assert (judgement.verdict, judgement.room) == ("different", "dialogs")
    assert ("path", "order", "dialogs") in found(judgement)
    assert not {what for what, _, _ in found(judgement)} & {"field", "consent", "understanding"}


def test_a_removed_consent_step_is_the_scripts_doing(
    complaint: Events, edited: Edited, understand: Understand
) -> None:
    judgement = judge(complaint, edited(drop_consent), understand=understand)
    assert (judgement.verdict, judgement.room) == ("different", "dialogs")
    first, room = judgement.blamed[0]
    assert (first.what, first.name, first.after, room) == ("consent", "refer_to_platform", None, "dialogs")
    assert ("path", "consent:refer_to_platform", "dialogs") in found(judgement)


def test_a_broken_extractor_is_the_understandings_doing(
    complaint: Events, script: Script, understand: Understand
) -> None:
    judgement = judge(complaint, script, understand=without(understand, Slot.AMOUNT))
    assert judgement.room == "nlu"
    fields = {
        (each.name, each.before, each.after, room) for each, room in judgement.blamed if each.what == "field"
    }
    assert fields == {("amount", 399, None, "nlu")}
    assert any(what == "understanding" and name.endswith(".amount") for what, name, _ in found(judgement))


def test_a_broken_extractor_and_another_order_are_told_apart(
    complaint: Events, edited: Edited, understand: Understand
) -> None:
    broken = without(understand, Slot.ORDER_NO)
    judgement = judge(complaint, edited(swap_amount_and_date), understand=broken)
    assert {("path", "order", "dialogs"), ("field", "order_no", "nlu")} <= found(judgement)


def test_a_new_question_is_not_scored_as_wrong(
    complaint: Events, edited: Edited, understand: Understand
) -> None:
    judgement = judge(complaint, edited(ask_how_many), understand=understand)
    assert (judgement.verdict, judgement.room) == ("diverged", "dialogs")
    assert not {what for what, _, _ in found(judgement)} & {"field", "consent", "outcome", "turn"}
    assert ("path", "people_count", "dialogs") not in found(judgement), "it is told as a missing answer"


def test_what_the_replay_never_came_to_is_not_called_lost(
    complaint: Events, script: Script, understand: Understand
) -> None:
    """The caller is not understood at the amount any more, and the recording has no third answer."""

    def deaf(text, asked, today, readings, confidence):  # type: ignore[no-untyped-def]
        meant = understand(text, asked, today, readings, confidence)
        if asked.slot is Slot.NARRATIVE:
            return meant
        return meant.model_copy(update={"findings": (), "acts": frozenset(), "consent": ConsentReply.UNCLEAR})

    judgement = judge(complaint, script, understand=deaf)
    assert judgement.verdict == "diverged"
    lost = {each.name for each, _ in judgement.blamed if each.what in ("field", "consent")}
    assert not lost & {"phone", "name", "refer_to_platform"}


def test_other_words_of_the_same_turns_are_the_recognisers_doing(
    complaint: Events, script: Script, understand: Understand
) -> None:
    heard = with_turns(exchanges(complaint), reheard(complaint, {"三百九十九块": "三百六十九块"}))
    judgement = judge(complaint, script, understand=understand, heard=heard)
    assert (judgement.verdict, judgement.room) == ("different", "models")
    assert ("field", "amount", "models") in found(judgement)
    assert any(what == "words" and room == "models" for what, _, room in found(judgement))


def test_a_turn_cut_in_two_is_turn_takings_doing(
    complaint: Events, script: Script, understand: Understand
) -> None:
    again = reheard(complaint, {})
    at = next(n for n, each in enumerate(again) if each.text == "三百九十九块")
    whole, half = again[at], (again[at].start_ms + again[at].end_ms) // 2
    first = whole.model_copy(update={"text": "三百九", "end_ms": half, "at": whole.at - 600})
    second = whole.model_copy(update={"text": "十九块", "start_ms": half + 1})
    again[at : at + 1] = [first, second]
    judgement = judge(complaint, script, understand=understand, heard=with_turns(exchanges(complaint), again))
    assert judgement.room == "agent" and judgement.verdict != "same"


def test_a_corrected_record_tells_better_from_worse(
    complaint: Events, script: Script, understand: Understand
) -> None:
    right = Expect.model_validate({"slots": {"amount": 399}, "consents": {"refer_to_platform": "given"}})
    misread = reading(understand, "三百六十九块")
    worse = judge(complaint, script, understand=misread, golden=right)
    assert worse.verdict == "worse" and worse.golden is not None
    assert (worse.golden.wrong_before, worse.golden.wrong_after) == ((), ("slot.amount",))
    unsure = judge(complaint, script, understand=without(understand, Slot.AMOUNT), golden=right)
    assert unsure.golden is not None and unsure.golden.wrong_after is None, "answers are missing"
    poor = by_text({**ANSWERS, "amount": "不清楚"})
    better = judge(poor, script, understand=reading(understand, "三百九十九块"), golden=right)
    assert better.verdict == "better"


def reading(understand: Understand, amount: str) -> Understand:
    """An understanding that reads one amount out of anything."""

    def reads(text, asked, today, readings, confidence):  # type: ignore[no-untyped-def]
        if asked.slot is not Slot.AMOUNT:
            return understand(text, asked, today, readings, confidence)
        return understand(amount, asked, today, (), confidence)

    return reads


@pytest.mark.parametrize("golden", [None, Expect.model_validate({"slots": {"amount": 400}})])
def test_a_recording_without_events_is_not_compared(
    script: Script, understand: Understand, golden: Expect | None
) -> None:
    events = by_text()
    said = [each for each in events if isinstance(each, ev.WordsHeard)]
    answered = events[0]
    assert isinstance(answered, ev.CallAnswered)
    judgement = judge_alone(of_sound(answered, said), script, understand, golden)
    assert judgement.verdict == "not_scorable" and not judgement.blamed
    assert (judgement.golden and judgement.golden.wrong_after) == (golden and ("slot.amount",))


def reheard(events: Events, other: dict[str, str]) -> list[ev.WordsHeard]:
    """What an ear found this time: the same turns, some with other words."""
    turns = [each for each in events if isinstance(each, ev.WordsHeard)]
    return [
        each.model_copy(
            update={
                "text": other.get(each.text, each.text),
                "readings": (ev.Reading(text=other.get(each.text, each.text), score=0.0, primed=False),),
                "start_ms": each.start_ms + 40,
                "turn": 100 + each.turn,
            }
        )
        for each in turns
    ]
