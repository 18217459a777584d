"""The caller's channel heard again under the conditions of the call: with ears of paper, and with the real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

import data.events as ev
from agent.turns import Limits
from data.vocabulary import Listen
from dialogs.script import Script
from models.protocols import LINE_RATE, Pcm
from qa.replay.exchanges import exchanges
from qa.replay.hearing import Listener, hear_again, hear_alone
from qa.replay.judge import judge
from qa.replay.pairing import HeardAgain, with_turns
from tests.qa.replay.conftest import caller_track, paced, understand_by_rules

Events = Sequence[ev.CallEvent]


def heard_again(events: Events, sound: Pcm, script: Script, listener: Listener) -> HeardAgain:
    then = exchanges(events)
    return with_turns(then, asyncio.run(hear_again(sound, then, script, listener)))


def test_the_same_sound_gives_the_same_turns(complaint: Events, script: Script, listener: Listener) -> None:
    events = paced(complaint)
    heard = heard_again(events, caller_track(events), script, listener)
    assert not heard.cut_otherwise
    patience = script.file.profiles[Listen.STORY]
    assert all(0 < wait <= patience.incomplete_ms + 100 for wait in heard.ends_ms)
    judgement = judge(events, script, understand=understand_by_rules(), heard=heard)
    assert (judgement.verdict, judgement.blamed) == ("same", ())


def test_a_voice_that_is_not_in_the_recording_is_missed(
    complaint: Events, script: Script, listener: Listener
) -> None:
    events = paced(complaint)
    sound = caller_track(events)
    third = [each for each in events if isinstance(each, ev.WordsHeard)][2]
    sound[third.start_ms * LINE_RATE // 1000 : third.end_ms * LINE_RATE // 1000] = 0
    heard = heard_again(events, sound, script, listener)
    assert heard.lost == (third.turn,)
    judgement = judge(events, script, understand=understand_by_rules(), heard=heard)
    assert judgement.verdict == "diverged" and judgement.room == "agent"


def test_an_ear_that_takes_longer_to_notice_hears_otherwise(
    complaint: Events, script: Script, listener: Listener
) -> None:
    events = paced(complaint)
    slow = replace(listener, limits=Limits(onset_frames=30, onset_window=30))
    heard = heard_again(events, caller_track(events), script, slow)
    short = [each.turn for each in events if isinstance(each, ev.WordsHeard) and each.text == "对"]
    assert set(short) <= set(heard.lost)


def test_a_recording_alone_is_cut_into_its_turns(
    complaint: Events, script: Script, listener: Listener
) -> None:
    events = paced(complaint)
    sound = caller_track(events)
    seat = np.zeros_like(sound)
    for each in events:
        if isinstance(each, ev.PromptStarted):
            start = each.at * LINE_RATE // 1000
            seat[start : start + LINE_RATE // 2] = 8000
    found = asyncio.run(hear_alone(sound, seat, script, listener, date(2026, 11, 24)))
    said = [each.text for each in events if isinstance(each, ev.WordsHeard)]
    assert [each.text for each in found] == said


def test_a_mono_recording_needs_no_other_side(script: Script, listener: Listener, complaint: Events) -> None:
    events = paced(complaint)
    found = asyncio.run(hear_alone(caller_track(events), None, script, listener, date(2026, 11, 24)))
    assert [each.text for each in found] == [e.text for e in events if isinstance(e, ev.WordsHeard)]
