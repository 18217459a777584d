"""What of each utterance was heard, by a clock that is turned by hand."""

from __future__ import annotations

import asyncio

import data.events as ev
from agent.acts import Clause, Say
from agent.speech import Speech
from agent.turns import Seat


def say(number: int, *, must_finish: bool = False) -> Say:
    clause = Clause(text="一句话。", fixed=True)
    return Say(
        utterance=number, prompt="p", clauses=(clause,), bargein=not must_finish, must_finish=must_finish
    )


class Mouth:
    """A Speech and what it told."""

    def __init__(self) -> None:
        self.now = 0
        self.told: list[ev.PromptStarted | ev.PromptEnded] = []
        self.seats: list[Seat] = []
        self.speech = Speech(lambda: self.now, self.told.append, self.seats.append)

    def sound(self, number: int, ms: int) -> None:
        self.speech.begins(number)
        for _ in range(ms // 20):
            self.speech.wrote(20)
            self.now += 20

    @property
    def ends(self) -> list[tuple[int, int, bool]]:
        return [(e.utterance, e.heard_ms, e.complete) for e in self.told if isinstance(e, ev.PromptEnded)]


def test_heard_to_its_end() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(1))
    mouth.sound(1, 400)
    assert mouth.speech.sent(1)
    assert mouth.ends == []
    mouth.speech.heard(1, played=True)
    assert mouth.ends == [(1, 400, True)]
    assert mouth.seats == [Seat.SPEAKING, Seat.SILENT]


def test_nothing_sounded_at_all() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(1))
    mouth.speech.begins(1)
    assert not mouth.speech.sent(1, whole=False)
    assert mouth.ends == [(1, 0, False)]
    assert mouth.speech.seat is Seat.SILENT


def test_with_a_hole_it_was_not_heard_whole() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(1, must_finish=True))
    mouth.sound(1, 100)
    assert mouth.speech.sent(1, whole=False)
    mouth.speech.heard(1, played=True)
    assert mouth.ends == [(1, 100, False)]


def test_a_mark_that_comes_twice_or_late_changes_nothing() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(1))
    mouth.sound(1, 100)
    mouth.speech.sent(1)
    mouth.speech.cut()
    mouth.speech.heard(1, played=True)
    mouth.speech.heard(7, played=True)
    assert len(mouth.ends) == 1


async def test_what_is_queued_of_a_cut_utterance_is_not_written_as_another_s() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(1))
    mouth.speech.plan(say(2, must_finish=True))
    mouth.sound(1, 100)
    assert mouth.speech.cut()
    mouth.speech.begins(1)
    assert not await mouth.speech.may_write()
    mouth.speech.begins(2)
    assert await mouth.speech.may_write()
    assert not mouth.speech.sent(1)
    assert mouth.ends == [(1, 100, False)]


async def test_held_then_released_goes_on() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(1))
    mouth.sound(1, 100)
    mouth.speech.hold()
    assert mouth.speech.due_since is None
    waiting = asyncio.create_task(mouth.speech.may_write())
    await asyncio.sleep(0.1)
    assert not waiting.done()
    mouth.now = 900
    mouth.speech.release()
    assert await waiting
    assert mouth.speech.due_since == 900
    assert mouth.seats == [Seat.SPEAKING, Seat.HELD, Seat.SPEAKING]


async def test_held_then_cut_is_not_written() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(1))
    mouth.sound(1, 100)
    mouth.speech.hold()
    waiting = asyncio.create_task(mouth.speech.may_write())
    await asyncio.sleep(0.1)
    mouth.speech.cut()
    assert await waiting is False


async def test_nothing_is_held_for_ever() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(1))
    mouth.sound(1, 100)
    mouth.speech.hold()
    async with asyncio.timeout(6):
        assert await mouth.speech.may_write()
    assert mouth.seats[-1] is Seat.SPEAKING


def test_an_answer_while_the_last_mark_is_under_way_is_no_backchannel() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(1))
    mouth.sound(1, 100)
    mouth.speech.sent(1)
    assert mouth.speech.last_words
    mouth.speech.hold()
    mouth.speech.heard(1, played=True)
    assert mouth.speech.seat is Seat.SILENT


def test_the_dialog_is_not_told_of_fillers() -> None:
    mouth = Mouth()
    mouth.speech.plan(say(-1))
    mouth.sound(-1, 100)
    assert mouth.speech.during(50) is None
    mouth.speech.sent(-1)
    mouth.speech.heard(-1, played=True)
    assert mouth.told == []
