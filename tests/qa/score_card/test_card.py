"""The score card: what costs points, what fails a call, and rules that are data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import data.events as ev
from data.understanding import Flags, Understanding
from data.vocabulary import Act, Emergency, Outcome
from dialogs.script import Script
from qa.score_card.card import BadRules, ScoreCard, default_rules, load_rules, score_call
from qa.score_card.measures import MEASURES, Scored
from qa.score_card.report import ScoredCall, score_report, trial_tables
from tests.qa.replay.conftest import by_text, paced, real_script

Events = Sequence[ev.CallEvent]


@pytest.fixture(scope="module")
def call() -> tuple[ev.CallEvent, ...]:
    """A complaint with nothing wrong in it."""
    return paced(by_text(), waits_ms=1000)


@pytest.fixture
def script() -> Script:
    return real_script()


def measure(name: str, events: Events) -> float | None:
    return MEASURES[name](Scored(events, real_script()))


def changed(events: Events, change: Callable[[ev.CallEvent], ev.CallEvent]) -> list[ev.CallEvent]:
    return [change(each) for each in events]


def points(card: ScoreCard, rule: str) -> float | None:
    """The share of a rule's points; None where it did not apply."""
    return next((line.points / line.of for line in card.lines if line.rule == rule), None)


def test_a_good_call_is_a_hundred(call: Events, script: Script) -> None:
    card = score_call(call, script)
    assert (card.total, card.passed, card.failed, card.abandoned_at) == (100.0, True, (), None)
    assert points(card, "emergency_reaction") is None and points(card, "human_turns") is None


def test_a_notice_that_was_not_heard_fails_the_call(call: Events, script: Script) -> None:
    cut = changed(
        call,
        lambda e: (
            e.model_copy(update={"complete": False})
            if isinstance(e, ev.PromptEnded) and e.utterance == 1
            else e
        ),
    )
    card = score_call(cut, script)
    assert card.failed == ("notices_heard",) and not card.passed and card.total < 100


def test_a_notice_cut_by_the_wish_for_a_person_is_rightly_cut(call: Events) -> None:
    head = [each for each in call if each.at == 0]
    cut = [ev.PromptEnded(utterance=1, heard_ms=900, total_ms=8000, complete=False)]
    assert measure("notices_heard", head + cut) == 0
    assert measure("notices_heard", [*head, *cut, ev.HumanRequested(turn=1, reason="requested")]) is None


def test_a_consent_to_words_that_were_not_heard_fails_the_call(call: Events, script: Script) -> None:
    binding = next(each.utterance for each in call if isinstance(each, ev.ConsentAsked))
    cut = changed(
        call,
        lambda e: (
            e.model_copy(update={"complete": False})
            if isinstance(e, ev.PromptEnded) and e.utterance == binding
            else e
        ),
    )
    assert "consent_proper" in score_call(cut, script).failed


def test_a_referral_without_a_consent_fails_the_call(call: Events, script: Script) -> None:
    without = [each for each in call if not isinstance(each, ev.ConsentGiven)]
    assert "consent_proper" in score_call(without, script).failed


def test_a_refusal_is_a_proper_consent(script: Script) -> None:
    refused = by_text({"refer_to_platform": "不同意，不要转"})
    assert any(isinstance(each, ev.ConsentRefused) for each in refused)
    assert measure("consents_proper", refused) == 1.0


def test_required_fields_are_told_or_asked_and_read_back(call: Events) -> None:
    assert measure("required_asked", call) == 1.0 and measure("required_read_back", call) == 1.0
    unread = [
        each.model_copy(update={"slots": ()}) if isinstance(each, ev.StepEntered) else each
        for each in call
        if not isinstance(each, ev.SlotConfirmed)
    ]
    read_back = measure("required_read_back", unread)
    assert read_back is not None and read_back < 1.0
    assert measure("required_asked", by_text(hang_up_at="amount")) is None, "nothing was lodged"


def test_what_went_badly_is_counted(call: Events, script: Script) -> None:
    unclear = by_text({"amount": "呃那个"})
    assert measure("asked_again", unclear) and measure("not_understood", unclear)
    assert measure("asked_again", call) == 0.0
    quiet = [*call[:5], ev.SilenceHeard(), ev.SilenceHeard(), *call[5:]]
    assert measure("silences", quiet) == 2.0
    card = score_call(quiet, script)
    assert points(card, "silences") == 0.5 and card.total < 100


def test_a_caller_who_hangs_up_is_told_with_the_place(script: Script) -> None:
    card = score_call(by_text(hang_up_at="amount"), script)
    assert card.abandoned_at == "amount" and points(card, "abandoned") == 0.0
    assert points(card, "ai_mark_at_end") is None, "there was nobody to tell it to"


def test_the_seat_that_speaks_into_words_is_seen(call: Events) -> None:
    turn = next(each for each in call if isinstance(each, ev.WordsHeard))
    middle = (turn.start_ms + turn.end_ms) // 2
    assert measure("seat_cuts_in", call) == 0.0
    assert measure("seat_cuts_in", [*call, ev.PromptStarted(utterance=99, at=middle)]) == 1.0


def test_waits_run_from_the_last_word_to_the_next_sound() -> None:
    events = [
        said(1, 1000, 2000),
        ev.PromptStarted(utterance=1, at=3100),
        said(2, 5000, 6000),
        ev.PromptStarted(utterance=2, at=6900),
        said(3, 8000, 9000),
        said(4, 9500, 9900),
        ev.PromptStarted(utterance=3, at=12_000),
    ]
    assert measure("usual_wait_ms", events) == 1100.0, "a turn the caller went on after is no wait"
    assert measure("longest_wait_ms", events) == 2100.0
    assert measure("usual_wait_ms", []) is None


def test_an_emergency_is_timed_to_the_safety_sentence(script: Script) -> None:
    danger = said(1, 1000, 3000, Understanding(text="", flags=Flags(emergency=Emergency.TRAPPED)))
    safety = prompt(2, "safety")
    told = [danger, safety, ev.PromptStarted(utterance=2, at=4400)]
    assert measure("emergency_ms", told) == 1400.0
    silent = score_call([danger], script)
    assert "emergency_reaction" in silent.failed
    assert next(line.value for line in silent.lines if line.rule == "emergency_reaction") is None


def test_a_person_asked_for_is_given_in_the_same_turn() -> None:
    wish = said(1, 1000, 2000, Understanding(text="", request_human=True))
    given = ev.HumanRequested(turn=1, reason="requested", at=wish.at)
    assert measure("human_turns", [wish, given]) == 0.0
    late = ev.HumanRequested(turn=3, reason="requested", at=9000)
    assert measure("human_turns", [wish, said(2, 3000, 4000), late]) == 1.0
    assert measure("human_turns", [wish]) == float("inf")
    assert measure("human_ms", [wish, prompt(1, "inform"), ev.PromptStarted(utterance=1, at=3500)]) == 1500.0


def test_repeats_are_the_callers_wishes() -> None:
    again = said(1, 0, 1000, Understanding(text="", acts=frozenset({Act.REPEAT})))
    assert measure("repeats", [again, said(2, 2000, 3000)]) == 1.0


def test_a_replay_is_scored_without_the_clock(call: Events, script: Script) -> None:
    rules = {line.rule for line in score_call(call, script, timed=False).lines}
    assert not rules & {rule.rule for rule in default_rules().rules if rule.timed}


def test_versions_of_a_script_are_set_side_by_side(call: Events, script: Script) -> None:
    good, poor = score_call(call, script), score_call(by_text(hang_up_at="amount"), script)
    report = score_report(
        [
            ScoredCall(id="1", script="new", outcome=Outcome.LODGED, card=good),
            ScoredCall(id="2", script="old", outcome=Outcome.INCOMPLETE, card=poor),
            ScoredCall(id="3", script="old", outcome=Outcome.LODGED, card=good),
        ]
    )
    assert list(report.by_script) == ["new", "old"]
    old = report.by_script["old"]
    assert old.calls == 2 and poor.total < old.total < good.total and "abandoned" in old.lost


def test_the_sides_of_a_trial_are_set_side_by_side(call: Events, script: Script) -> None:
    good, poor = score_call(call, script), score_call(by_text(hang_up_at="amount"), script)
    on = {"amount.ask": "A"}, {"amount.ask": "B"}
    report = score_report(
        [
            ScoredCall(id="1", script="v", outcome=Outcome.LODGED, card=good, trials=on[0]),
            ScoredCall(id="2", script="v", outcome=Outcome.INCOMPLETE, card=poor, trials=on[1]),
            ScoredCall(id="3", script="v", outcome=Outcome.LODGED, card=good),
        ]
    )
    sides = report.by_trial["amount.ask"]
    assert {side: (score.calls, score.lodged) for side, score in sides.items()} == {"A": (1, 1), "B": (1, 0)}
    assert sides["A"].total > sides["B"].total
    assert [table.title for table in trial_tables(report)] == ["对比试验 amount.ask"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("measure: repeats", "measure: polite"), "polite"),
        (("full: 0, none: 6", "full: 6, none: 6"), "full"),
        (("weight: 12", "weight: 0"), "rules.yaml:"),
        (("pass_mark: 80", "pass_mark: 800"), "rules.yaml:"),
        (("pass_mark:", "passmark:"), "passmark"),
    ],
)
def test_a_mistake_in_the_rules_is_named(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    text = (Path(__file__).parents[3] / "qa" / "score_card" / "rules.yaml").read_text("utf-8")
    assert change[0] in text
    path = tmp_path / "rules.yaml"
    path.write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(BadRules) as caught:
        load_rules(path)
    assert told in str(caught.value)


def test_every_measure_has_a_rule() -> None:
    assert {rule.measure for rule in default_rules().rules} == set(MEASURES)


def said(turn: int, start: int, end: int, meant: Understanding | None = None) -> ev.WordsHeard:
    return ev.WordsHeard(
        turn=turn,
        text="",
        confidence=1.0,
        start_ms=start,
        end_ms=end,
        at=end + 200,
        understanding=meant or Understanding(text=""),
    )


def prompt(utterance: int, purpose: str) -> ev.PromptSaid:
    return ev.PromptSaid(
        utterance=utterance,
        prompt="p",
        version="v",
        text="",
        bargein=True,
        must_finish=False,
        purpose=purpose,
    )
