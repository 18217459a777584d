"""A recorded call decided again: by the same script to the letter, by another one as far as it was answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

import data.events as ev
from agent.kit import Understand
from data.events import EarlierCall
from data.fold_record import draft
from data.vocabulary import Intent, Outcome, Slot
from dialogs.script import Script
from qa.replay.compare import asked
from qa.replay.dialog import replay_dialog
from qa.replay.exchanges import ANY, Question, exchanges, of_sound
from tests.agent.talk import EARLIER
from tests.qa.replay.conftest import ANSWERS, by_text, real_script

Edited = Callable[..., Script]
Events = Sequence[ev.CallEvent]


def test_the_same_script_gives_the_same_events(complaint: Events, script: Script) -> None:
    replayed = replay_dialog(script, exchanges(complaint))
    assert replayed.events == tuple(complaint)
    assert replayed.left_at is None and not replayed.diverged


def test_so_it_does_when_the_words_are_understood_again(
    complaint: Events, script: Script, understand: Understand
) -> None:
    assert replay_dialog(script, exchanges(complaint), understand).events == tuple(complaint)


@pytest.mark.parametrize("at", ["amount", "refer_to_platform"])
def test_a_caller_who_hung_up_hangs_up_again(script: Script, at: str) -> None:
    events = by_text(hang_up_at=at)
    assert replay_dialog(script, exchanges(events)).events == events


def test_questions_in_another_order_get_their_own_answers(complaint: Events, edited: Edited) -> None:
    replayed = replay_dialog(edited(swap_amount_and_date), exchanges(complaint))
    assert replayed.left_at is not None and not replayed.missing
    assert values(replayed.events) == values(complaint)
    order = asked(replayed.events)
    assert order.index("date") < order.index("amount") and set(order) == set(asked(complaint))
    assert draft(replayed.events).consents[0].decision == "given"


def test_a_new_question_is_missing_its_answer_and_the_rest_goes_on(complaint: Events, edited: Edited) -> None:
    replayed = replay_dialog(edited(ask_how_many), exchanges(complaint))
    [missing] = replayed.missing
    assert missing.question == Question("value", "people_count") and missing.given == "dont_know"
    assert replayed.diverged and not replayed.stopped
    assert values(replayed.events) == values(complaint), "what was answered is there all the same"


def test_a_value_said_in_the_story_answers_a_question_of_its_own(
    complaint: Events, script: Script, understand: Understand
) -> None:
    def deaf_to_stories(text, today_asked, today, readings, confidence):  # type: ignore[no-untyped-def]
        meant = understand(text, today_asked, today, readings, confidence)
        if today_asked.slot is not Slot.NARRATIVE:
            return meant
        kept = tuple(each for each in meant.findings if each.slot is not Slot.PLATFORM)
        return meant.model_copy(update={"findings": kept})

    replayed = replay_dialog(script, exchanges(complaint), deaf_to_stories)
    assert [(each.question.about, each.given) for each in replayed.missing] == [("platform", "words")]
    assert not replayed.diverged, "the caller's own words answered it"
    assert values(replayed.events) == values(complaint)


def test_a_new_confirmation_of_a_right_value_is_taken_as_a_yes_and_said_to_be_so(
    complaint: Events, edited: Edited
) -> None:
    confirmed = edited(lambda text: text.replace("collect: date\n", "collect: date\n    confirm: explicit\n"))
    replayed = replay_dialog(confirmed, exchanges(complaint))
    assert [(each.question, each.given) for each in replayed.missing] == [
        (Question("confirm", "date"), "yes")
    ]
    assert replayed.diverged
    assert values(replayed.events) == values(complaint)


def test_a_consent_that_was_never_asked_for_is_never_given(edited: Edited, script: Script) -> None:
    without = edited(drop_consent)
    recorded = by_text(script=without)
    assert not draft(recorded).consents
    replayed = replay_dialog(script, exchanges(recorded))
    assert [each.given for each in replayed.missing] == ["silence", "silence"]
    assert draft(replayed.events).consents[0].decision == "refused"


def test_a_binding_part_that_was_spoken_over_is_spoken_over_again(complaint: Events, edited: Edited) -> None:
    """Off the recorded path, too, a yes into the explanation is no consent."""
    explain = next(
        each.utterance
        for each in complaint
        if isinstance(each, ev.PromptSaid) and each.prompt == "consent.platform.explain"
    )
    cut = [
        each.model_copy(update={"complete": False, "heard_ms": 500})
        if isinstance(each, ev.PromptEnded) and each.utterance == explain
        else each
        for each in complaint
    ]
    replayed = replay_dialog(edited(swap_amount_and_date), exchanges(cut))
    assert not any(isinstance(each, ev.ConsentGiven) for each in replayed.events[: replayed.known])


def test_the_world_answers_as_it_did(complaint: Events, edited: Edited) -> None:
    lodged = next(each for each in complaint if isinstance(each, ev.RecordLodged))
    other = edited(swap_amount_and_date)
    again = replay_dialog(other, exchanges(complaint)).events
    assert [each.case_no for each in again if isinstance(each, ev.RecordLodged)] == [lodged.case_no]
    cut = complaint[: complaint.index(lodged)]
    late = [*cut, ev.EffectDelayed(what="lodge", at=lodged.at)]
    again = replay_dialog(other, exchanges(late)).events
    assert not any(isinstance(each, ev.RecordLodged) for each in again)
    unlodged = replay_dialog(other, exchanges(by_text(hang_up_at="refer_to_platform"))).events
    assert not any(isinstance(each, ev.RecordLodged) for each in unlodged), "he hung up before"


def test_a_script_that_asks_for_everything_anew_is_given_up(complaint: Events, edited: Edited) -> None:
    replayed = replay_dialog(edited(ask_for_much), exchanges(complaint))
    assert replayed.stopped and replayed.diverged


def test_turns_without_events_answer_what_is_asked(script: Script, understand: Understand) -> None:
    said = [each for each in by_text() if isinstance(each, ev.WordsHeard)]
    answered = by_text()[0]
    assert isinstance(answered, ev.CallAnswered)
    recorded = of_sound(answered, said)
    assert recorded[1].question == ANY
    replayed = replay_dialog(script, recorded, understand)
    record = draft(replayed.events)
    assert record.value(Slot.AMOUNT) == 399 and record.value(Slot.PLATFORM) == "拼多多"


def test_a_recording_that_stops_ends_as_a_hang_up(script: Script, understand: Understand) -> None:
    said = [each for each in by_text() if isinstance(each, ev.WordsHeard)][:2]
    answered = by_text()[0]
    assert isinstance(answered, ev.CallAnswered)
    replayed = replay_dialog(script, of_sound(answered, said), understand)
    closed = replayed.events[-1]
    assert isinstance(closed, ev.CallClosed) and closed.outcome is Outcome.INCOMPLETE
    assert not replayed.missing


def test_what_does_not_begin_a_call_is_refused(script: Script, complaint: Events) -> None:
    with pytest.raises(ValueError, match="answering"):
        replay_dialog(script, exchanges(complaint)[1:])
    with pytest.raises(ValueError, match="input"):
        exchanges([each for each in complaint if isinstance(each, ev.PromptSaid)])


def values(events: Events) -> dict[Slot, object]:
    return {field.slot: field.value for field in draft(events).fields}


def swap_amount_and_date(text: str) -> str:
    """The online complaint with its date asked for before its amount."""
    start, middle, end = (text.index(f"  - collect: {slot}\n") for slot in ("amount", "date", "order_no"))
    return text[:start] + text[middle:end] + text[start:middle] + text[end:]


def drop_consent(text: str) -> str:
    """The online complaint lodged without asking whether the platform may have it."""
    return text[: text.index("      - when: platform")] + text[text.index("      - steps:") :]


def ask_how_many(text: str) -> str:
    question = "  - collect: people_count\n    ask: people_count.ask\n    optional: true\n    limit: 1\n"
    return text.replace("  - collect: demand\n", question + "  - collect: demand\n")


def ask_for_much(text: str) -> str:
    slots = ("device", "card_type", "injury", "ip_type", "district", "case_no")
    questions = "".join(
        f"  - collect: {slot}\n    ask: {slot}.ask\n    limit: 1\n    optional: true\n" for slot in slots
    )
    return ask_how_many(text).replace("  - collect: demand\n", questions + "  - collect: demand\n")


def test_a_call_that_went_on_with_another_goes_on_again(edited: Edited) -> None:
    dropped = EarlierCall(call_id="c0", intent=Intent.COMPLAINT_ONLINE)
    call = by_text({**ANSWERS, "narrative": "要的"}, earlier=dropped, told=EARLIER)
    assert any(isinstance(each, ev.EarlierTold) for each in call)
    again = replay_dialog(real_script(), exchanges(call))
    assert again.events == call
    other = replay_dialog(edited(swap_amount_and_date), exchanges(call)).events
    assert draft(other).resumes == "c0"
    assert draft(other).value(Slot.PRODUCT) == "羽绒服"
