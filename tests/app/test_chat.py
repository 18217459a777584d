"""The trainer's keyboard call: taken back, hurried on, kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import data.events as ev
from agent.kit import Understand
from agent.memory_keeper import MemoryKeeper
from agent.stories import play
from agent.text_call import TextCall
from app.chat import Chat, OutOfReach
from app.commands import chat as command
from data.vocabulary import Slot
from dialogs.stories import Line, read_stories
from nlu.understander import Understander
from tests.agent.talk import REAL, real_script

STARTED = datetime(2026, 11, 24, 9, 0)
STORY = Line(caller="我在淘宝买了双运动鞋，穿了两天就开胶，要求退货退款。")


@pytest.fixture(scope="module")
def understand() -> Understand:
    understander = Understander(None)
    return lambda text, asked, today, readings, confidence: understander.understand(
        text, asked=asked, today=today, alternatives=readings, confidence=confidence
    )


@pytest.fixture
def chat(understand: Understand) -> Chat:
    async def new_call(watch: Callable[[ev.CallEvent], None]) -> TextCall:
        return TextCall(
            real_script(), MemoryKeeper(), understand, call_id="c", started_at=STARTED, watch=watch
        )

    return Chat(real_script(), new_call)


def standing(chat: Chat) -> str | None:
    where = chat.call.state.standing
    return where.step if where is not None else None


async def test_a_turn_is_taken_back(chat: Chat) -> None:
    await chat.begin()
    await chat.do(STORY)
    turn = await chat.do(Line(caller="忘记了"))
    assert [say.prompt for say in turn.said] == ["declined", "amount.ask"]
    assert any(isinstance(event, ev.SlotDeclined) for event in turn.events)
    before = chat.call.state
    await chat.do(Line(caller="三百二"))
    said = await chat.back()
    assert [say.prompt for say in said] == ["declined", "amount.ask"]
    assert chat.call.state == before
    assert len(chat.turns) == 2


async def test_taking_back_at_the_beginning_begins_again(chat: Chat) -> None:
    said = await chat.begin()
    assert await chat.back() == said


async def test_hurried_to_a_step_and_back_at_once(chat: Chat) -> None:
    await chat.begin()
    await chat.do(STORY)
    await chat.go_to("phone")
    assert standing(chat) == "phone"
    await chat.back()
    assert standing(chat) == "shop"


async def test_hurried_into_another_flow(chat: Chat) -> None:
    await chat.begin()
    await chat.go_to("report_food.product")
    assert standing(chat) == "product"
    assert chat.call.state.flow == "report_food"


async def test_a_consent_is_not_given_on_the_way(chat: Chat) -> None:
    await chat.begin()
    await chat.do(STORY)
    with pytest.raises(OutOfReach, match="征得同意"):
        await chat.go_to("complaint_online.lodge")
    assert standing(chat) == "refer_to_platform"
    assert not chat.call.state.any_lodged


async def test_a_step_that_is_not_there(chat: Chat) -> None:
    await chat.begin()
    with pytest.raises(OutOfReach, match="没有步骤"):
        await chat.go_to("pets")
    assert chat.turns == []


async def test_what_was_talked_is_a_story_that_holds(chat: Chat, understand: Understand) -> None:
    await chat.begin()
    await chat.go_to("complaint_online.phone")
    await chat.do(Line(keys="13800001234"))
    await chat.do(Line(happens="silence"))
    await chat.do(Line(happens="hang_up"))
    text = "stories:\n" + chat.story("试讲")
    [story], problems = read_stories("stories/chat.yaml", text.encode(), real_script())
    assert problems == []
    played = await play(story, real_script(), understand)
    assert played.passed, played.differences
    assert story.expect.slots[Slot.PHONE] == "13800001234"


def test_typed_to_its_end_and_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(REAL, tmp_path / "script"))
    monkeypatch.setenv("SMARTSEAT_SCRIPT", str(folder))
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path / "home"))
    typed = iter(["打错了", "/back", "/help", "/silence", "12#", "打错了", "/save 打错了，先没出声", ""])
    monkeypatch.setattr(command.console, "input", lambda *_: next(typed))
    command.chat(rules_only=True, scratch=True)
    assert not (tmp_path / "home" / "seat.db").exists(), "nothing is kept"
    assert "故事“打错了，先没出声”存在" in capsys.readouterr().out
    assert "- silence" in (folder / "stories" / "chat.yaml").read_text("utf-8")
