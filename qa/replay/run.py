"""Calls through the replay, one after another: load, hear, decide, compare."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import data.events as ev
from agent.china_time import CHINA
from agent.kit import Understand
from dialogs.script import Script
from models.protocols import LINE_RATE
from qa.replay.exchanges import exchanges, of_sound
from qa.replay.hearing import Listener, hear_again, hear_alone
from qa.replay.judge import Judgement, Level, judge, judge_alone
from qa.replay.pairing import with_turns
from qa.replay.recorded import BadRecording, RecordedCall, Sound
from qa.replay.report import CallResult, call_result, not_scorable
from qa.score_card.card import ScoreCard, score_call

#: The line a recording without events is taken to have come in on.
_LINE = "12315"


@dataclass(frozen=True, slots=True)
class Bench:
    """What calls are replayed with. understand is needed from the words level on, listener at the audio
    level. score: also fill score cards, of the recording and of the replay, without what the clock tells. own: gives
    the script a call was answered with, to replay it with that one; it may raise BadRecording."""

    script: Script
    level: Level
    understand: Understand | None = None
    listener: Listener | None = None
    score: bool = False
    own: Callable[[RecordedCall], Script] | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """One call's replay. sound: the caller's and the seat's channel, where there is a recording. card: the
    replay's score card."""

    call: RecordedCall
    result: CallResult
    judgement: Judgement | None = None
    card: ScoreCard | None = None
    sound: Sound | None = None


def replay_call(
    call: RecordedCall, bench: Bench, *, reveal: bool = False, keep_sound: bool = False
) -> Replay:
    """One call at the bench's level. A call that cannot be replayed gets a result that says why."""
    began = time.perf_counter()
    try:
        if bench.own is not None:
            bench = replace(bench, script=bench.own(call), own=None)
        sound = call.load() if call.load is not None else None
    except BadRecording as error:
        return Replay(call, not_scorable(call.id, str(error)))
    fault = _fault(call, bench, sound)
    if fault is not None:
        return Replay(call, not_scorable(call.id, fault), sound=sound if keep_sound else None)
    judgement = _judged(call, bench, sound)
    result = call_result(
        call.id,
        judgement,
        bench.script.file.labels,
        reveal=reveal,
        audio_s=len(sound[0]) / LINE_RATE if sound is not None else 0.0,
        seconds=time.perf_counter() - began,
    )
    card = None
    if bench.score:
        card = score_call(judgement.after.events, bench.script, timed=False)
        then = score_call(judgement.before, bench.script, timed=False).total if judgement.before else None
        result = result.model_copy(update={"score_before": then, "score_after": card.total})
    return Replay(call, result, judgement, card, sound if keep_sound else None)


def replay_all(
    calls: Sequence[RecordedCall],
    bench: Bench,
    *,
    reveal: bool = False,
    keep_sound: bool = False,
    progress: Callable[[Replay], None] = lambda done: None,
) -> list[Replay]:
    """Every call, in order; progress is told of each when it is done."""
    done: list[Replay] = []
    for call in calls:
        done.append(replay_call(call, bench, reveal=reveal, keep_sound=keep_sound))
        progress(done[-1])
    return done


def _fault(call: RecordedCall, bench: Bench, sound: Sound | None) -> str | None:
    if call.events and not isinstance(call.events[0], ev.CallAnswered):
        return "这通电话的记录没有开头，不能回放"
    if sound is None and not call.events:
        return "既没有录音，也没有记录"
    if sound is None and bench.level == "audio":
        return "没有录音，不能从声音回放；可以用 --level words"
    if not call.events and bench.level != "audio":
        return "没有当时的记录，只能从声音回放（--level audio）"
    return None


def _judged(call: RecordedCall, bench: Bench, sound: Sound | None) -> Judgement:
    understand = bench.understand if bench.level != "understanding" else None
    if bench.level != "audio":
        return judge(call.events, bench.script, understand=understand, golden=call.golden)
    assert sound is not None and bench.listener is not None and understand is not None
    if call.events:
        then = exchanges(call.events)
        found = asyncio.run(hear_again(sound[0], then, bench.script, bench.listener))
        return judge(
            call.events,
            bench.script,
            understand=understand,
            heard=with_turns(then, found),
            golden=call.golden,
        )
    answered = ev.CallAnswered(
        call_id=call.id,
        line=_LINE,
        caller_no=None,
        script=bench.script.version,
        started_at=_recorded_at(call),
        draw=0.0,
    )
    today = answered.started_at.date()
    turns = asyncio.run(hear_alone(*sound, bench.script, bench.listener, today))
    return judge_alone(of_sound(answered, turns), bench.script, understand, call.golden)


def _recorded_at(call: RecordedCall) -> datetime:
    """When a recording without events was made: its file's time, for what "yesterday" means."""
    assert call.file is not None
    return datetime.fromtimestamp(call.file.stat().st_mtime, CHINA)
