"""A call to replay: made by text with the real script and the rules of understanding, no model, no clock."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import data.events as ev
from agent.china_time import CHINA
from agent.kit import Understand
from agent.memory_keeper import MemoryKeeper
from agent.text_call import TextCall
from data.records import RecordDraft
from dialogs.loader import check, load
from dialogs.script import Script
from models.protocols import LINE_RATE, Pcm
from nlu.understander import Understander
from qa.replay.hearing import Listener
from tests.agent.edges.fakes import LevelRecogniser, LevelVad, tone

REAL = Path(__file__).parents[3] / "dialogs" / "scripts" / "12315"
OPENING = "我在拼多多上买了一件羽绒服，收到货发现是假的，商家不给退款。"
ANSWERS = {
    "shop": "店铺叫暖冬旗舰店",
    "amount": "三百九十九块",
    "date": "上个星期一",
    "order_no": "二三零五一八七六四",
    "demand": "要求退款",
    "name": "我叫王小明",
    "phone": "一三八零零零零一二三四",
    "address": "不方便说",
    "refer_to_platform": "可以，你转吧",
}


@cache
def real_script() -> Script:
    return load(REAL)


@cache
def _reader() -> Understander:
    return Understander()


def understand_by_rules() -> Understand:
    reader = _reader()
    return lambda text, asked, today, readings, confidence: reader.understand(
        text, asked=asked, today=today, alternatives=readings, confidence=confidence
    )


def by_text(
    answers: Mapping[str, str] = ANSWERS,
    *,
    script: Script | None = None,
    hang_up_at: str | None = None,
    earlier: ev.EarlierCall | None = None,
    told: RecordDraft | None = None,
) -> tuple[ev.CallEvent, ...]:
    """The events of a complaint whose caller answers each question from `answers`, and agrees to the rest.

    earlier, told: the dropped call it may go on with, and what that had told.
    """
    return asyncio.run(_by_text(answers, script or real_script(), hang_up_at, earlier, told))


async def _by_text(
    answers: Mapping[str, str],
    script: Script,
    hang_up_at: str | None,
    earlier: ev.EarlierCall | None,
    told: RecordDraft | None,
) -> tuple[ev.CallEvent, ...]:
    keeper = MemoryKeeper(told=told)
    talk = TextCall(
        script,
        keeper,
        understand_by_rules(),
        call_id="c1",
        started_at=datetime(2026, 11, 24, 9, 0, tzinfo=CHINA),
        earlier=earlier,
    )
    await talk.start()
    await talk.say(answers.get("narrative", OPENING))
    for _ in range(40):
        standing = talk.state.standing
        if talk.over or standing is None:
            break
        about = standing.consent or standing.slot or standing.phase
        if about == hang_up_at:
            await talk.hang_up()
            break
        closed = standing.phase in ("confirm", "offer", "read_back")
        await talk.say("对" if closed else answers.get(about, "不清楚"))
    return tuple(keeper.events)


@pytest.fixture
def script() -> Script:
    return real_script()


@pytest.fixture
def understand() -> Understand:
    return understand_by_rules()


@pytest.fixture(scope="session")
def complaint() -> tuple[ev.CallEvent, ...]:
    events = by_text()
    assert any(isinstance(event, ev.ReferralQueued) for event in events), "the call goes all the way"
    return events


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[Callable[[str], str]], Script]:
    """The real script with its online complaint rewritten by a function of the file's text."""

    def make(change: Callable[[str], str], file: str = "complaint_online.yaml") -> Script:
        folder = tmp_path / "script"
        shutil.copytree(REAL, folder, dirs_exist_ok=True)
        path = folder / file
        before = path.read_text("utf-8")
        after = change(before)
        assert before != after, "the change changes something"
        path.write_text(after, "utf-8")
        _drop_unused_prompts(folder)
        return load(folder)

    return make


def _drop_unused_prompts(folder: Path) -> None:
    """What a trainer does who takes a step out: its prompts go with it."""
    prompts = folder / "prompts.yaml"
    lines = prompts.read_text("utf-8").splitlines()
    unused = [each.line - 1 for each in check(folder) if each.code == "unused_prompt"]
    for start in sorted(unused, reverse=True):
        end = next((n for n in range(start + 1, len(lines)) if lines[n][:1] not in (" ", "")), len(lines))
        del lines[start:end]
    prompts.write_text("\n".join(lines) + "\n", "utf-8")


def paced(events: Sequence[ev.CallEvent], waits_ms: int = 1800) -> tuple[ev.CallEvent, ...]:
    """The call at a person's pace: he thinks before he speaks, and the seat waits before it answers."""
    shift = 0
    told: list[ev.CallEvent] = []
    for event in events:
        if isinstance(event, ev.WordsHeard):
            times = {
                "start_ms": event.start_ms + shift + THINKS_MS,
                "end_ms": event.end_ms + shift + THINKS_MS,
            }
            shift += THINKS_MS + waits_ms
            told.append(event.model_copy(update={"at": event.at + shift, **times}))
        else:
            told.append(event.model_copy(update={"at": event.at + shift}))
    return tuple(told)


#: Before he speaks. Milliseconds.
THINKS_MS = 400


def caller_track(events: Sequence[ev.CallEvent]) -> Pcm:
    """The caller's channel in which the loudness stands for the words (see tests.agent.edges.fakes)."""
    sound = np.zeros((events[-1].at + 1000) * LINE_RATE // 1000, dtype=np.int16)
    for turn in events:
        if isinstance(turn, ev.WordsHeard):
            start, end = (ms * LINE_RATE // 1000 for ms in (turn.start_ms, turn.end_ms))
            sound[start:end] = tone(turn.text, end - start)
    return sound


@pytest.fixture
def listener() -> Listener:
    """Ears that read the words off the loudness, at once."""
    recogniser = LevelRecogniser()
    recogniser.takes_s = 0.0
    return Listener(recogniser, LevelVad, understand_by_rules(), tuple)
