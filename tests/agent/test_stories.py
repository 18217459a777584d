"""Playing stories: what passes, where a difference is found, and how the caller cuts in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import data.events as ev
from agent.kit import Understand
from agent.stories import Played, play, play_all
from data.understanding import Asked, Understanding
from data.vocabulary import Act
from dialogs.loader import load
from dialogs.stories import read_stories
from tests.agent.talk import finding, meaning, small_script


def understand(text: str, asked: Asked, *_: object) -> Understanding:
    """Every line of these stories gives its meaning, or means nothing."""
    return Understanding(text=text)


def played(talk: str, *, head: str = "", expect: str = "{}", by: Understand = understand) -> Played:
    text = f"stories:\n  - story: 甲\n{head}    talk:\n{talk}    expect: {expect}\n"
    stories, problems = read_stories("stories/a.yaml", text.encode(), small_script())
    assert problems == []
    return asyncio.run(play(stories[0], small_script(), by))


STORY = (
    "      - caller: 我在拼多多买到假货\n"
    "        meaning: {intent: complaint_online, slots: {platform: 拼多多, amount: 399,"
    ' order_no: "230518764", demand: [退款], phone: "13800001234"}}\n'
)
YES = "      - caller: 对\n        meaning: {acts: affirm}\n"
AGREE = "      - caller: 可以\n        meaning: {consent: agree}\n"


def wrong(one: Played) -> list[tuple[int, str, str, str]]:
    return [(d.line, d.what, d.wanted, d.got) for d in one.differences]


def test_a_story_that_holds() -> None:
    one = played(
        "      - seat: [greeting, narrative.ask]\n" + STORY + YES + YES + AGREE,
        expect="{kind: 投诉, slots: {amount: 399}, confirmed: [phone], consents: {refer_to_platform: given},"
        " referred: [拼多多], outcome: lodged, callback: null, standing: null, events: {consent_asked: 1}}",
    )
    assert one.passed, wrong(one)
    assert isinstance(one.events[-1], ev.CallClosed)
    assert [spoken.line for spoken in one.talk][:3] == [4, 4, 5]


def test_the_first_difference_stops_the_talk() -> None:
    one = played("      - seat: [greeting, fault]\n      - seat: nomatch.1\n")
    [(line, _, wanted, got)] = wrong(one)
    assert line == 4
    assert "fault" in wanted
    assert "narrative.ask" in got


def test_words_that_are_missing() -> None:
    one = played("      - seat: [greeting, narrative.ask]\n        text: 没有这几个字\n")
    assert [(line, wanted) for line, _, wanted, _ in wrong(one)] == [(4, "没有这几个字")]


def test_a_line_after_the_end() -> None:
    one = played("      - hang_up\n      - silence\n")
    assert [(line, what) for line, what, *_ in wrong(one)] == [(5, "这一句没有机会说")]


def test_every_expectation_can_fail() -> None:
    one = played(
        STORY,
        expect="{kind: 举报, intent: consult, slots: {amount: 1, name: 王芳}, declined: [name],"
        " confirmed: [amount], consents: {refer_to_platform: given}, flags: {emergency: fire,"
        " mass_incident: true}, outcome: lodged, referred: [淘宝], callback: silent, standing: null,"
        " events: {slot_corrected: 1}}",
    )
    assert {what for _, what, *_ in wrong(one)} == {
        "kind",
        "intent",
        "slots.amount",
        "slots.name",
        "declined.name",
        "confirmed.amount",
        "consents.refer_to_platform",
        "flags.emergency",
        "flags.mass_incident",
        "outcome",
        "referred",
        "callback",
        "standing",
        "events.slot_corrected",
    }


def test_a_yes_over_the_binding_part_is_none() -> None:
    over = "      - caller: 可以\n        over: consent.explain\n        meaning: {consent: agree}\n"
    one = played(STORY + YES + YES + over, expect="{consents: {refer_to_platform: refused}, referred: []}")
    assert one.passed, wrong(one)
    [words] = [event for event in one.events if isinstance(event, ev.WordsHeard) and event.during]
    asked = next(event for event in one.events if isinstance(event, ev.ConsentAsked))
    assert words.during == str(asked.utterance)
    ended = {event.utterance: event for event in one.events if isinstance(event, ev.PromptEnded)}
    assert ended[asked.utterance].complete, "it must be heard to its end, whoever speaks"


def test_cutting_in_stops_what_may_be_stopped() -> None:
    one = played(STORY + YES + "      - caller: 呃\n        over: read_back.online\n")
    said = {event.utterance: event.prompt for event in one.events if isinstance(event, ev.PromptSaid)}
    cut = [
        said[event.utterance]
        for event in one.events
        if isinstance(event, ev.PromptEnded) and not event.complete
    ]
    assert cut == ["read_back.online", "read_back.ask"]


def test_a_prompt_that_is_not_said_cannot_be_cut_into() -> None:
    one = played(STORY + "      - caller: 呃\n        over: read_back.online\n")
    assert "没有说到" in wrong(one)[0][3]


def test_answers_are_given_until_a_prompt_comes() -> None:
    head = '    answers: {platform: 拼多多, phone: "13800001234#"}\n'
    one = played(
        "      - caller: 我买到假货了\n        meaning: {intent: complaint_online}\n"
        "      - until: read_back.ask\n",
        head=head,
        by=_by_what_is_asked,
        expect='{slots: {platform: 拼多多, phone: "13800001234"}, standing: read_back}',
    )
    assert one.passed, wrong(one)
    stuck = played(
        "      - caller: 我买到假货了\n        meaning: {intent: complaint_online}\n      - until: goodbye\n",
        head=head,
        by=_by_what_is_asked,
    )
    assert [what for _, what, *_ in wrong(stuck)] == ["这一句没有机会说"], (
        "a consent is never answered unasked"
    )


def _by_what_is_asked(text: str, asked: Asked, *_: object) -> Understanding:
    if text == "对":
        return meaning(text, Act.AFFIRM)
    if text == "不知道" or asked.slot is None:
        return meaning(text, Act.DONT_KNOW)
    return meaning(text).model_copy(update={"findings": (finding(asked.slot, text),)})


def test_what_needs_more_is_left_out() -> None:
    text = "stories:\n  - story: 甲\n    encoder: true\n    talk: []\n  - story: 乙\n    talk: []\n"
    stories, _ = read_stories("a.yaml", text.encode(), small_script())
    done, left = play_all(stories, small_script(), lambda s: None if s.story.encoder else understand)
    assert ([one.story.name for one in done], [one.name for one in left]) == (["乙"], ["甲"])


def test_a_walk_is_seen() -> None:
    script = load(Path(__file__).parent / "script")
    one = played("      - silence\n")
    assert {way.flow for way in one.walked} <= set(script.flows)
    assert any(way.step == "narrative" for way in one.walked)
