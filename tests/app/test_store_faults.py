"""A database that cannot write in the middle of a call: the citizen hears a sentence, nothing is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.china_time import CHINA
from agent.keeping import StoreKeeper
from agent.recovering import recover_calls
from agent.text_call import TextCall
from data.store import Store
from data.understanding import Asked, Understanding
from dialogs.loader import load
from nlu.understander import Understander

from .conftest import ROOT

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
STORY = "我在拼多多上买了一件羽绒服，花了三百九十九块，收到货发现是假的，商家不给退款。"


def _understand() -> Callable[..., Understanding]:
    understander = Understander(None)

    def understand(
        text: str, asked: Asked, today: object, readings: object, confidence: float
    ) -> Understanding:
        return understander.understand(text, asked=asked, today=NOW.date(), confidence=confidence)

    return understand


async def _call(store: Store, writer: ThreadPoolExecutor, call_id: str) -> TextCall:
    script = load(ROOT / "dialogs" / "scripts" / "12315")
    keeper = StoreKeeper(store, writer, call_id, clock=lambda: datetime.now(UTC))
    await keeper.begin("12315", "13900001234", NOW, script.version, "boot", 30)
    return TextCall(script, keeper, _understand(), call_id=call_id, caller_no="13900001234", started_at=NOW)


async def _to_the_end(talk: TextCall) -> list[str]:
    """Answer whatever is asked until the call is over; gives all that the seat said."""
    said = [say.text for say in await talk.start()]
    said += [say.text for say in await talk.say(STORY)]
    for _ in range(40):
        if talk.over:
            return said
        asked = talk.asked
        answer = "同意，转给他们吧" if asked.consent else "对" if asked.read_back else "这个我不清楚"
        said += [say.text for say in await talk.say(answer)]
    raise AssertionError("the call did not end")


async def test_a_locked_database_delays_the_number_not_the_record(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'seat.db'}"
    with ThreadPoolExecutor(1) as writer, Store.open(url, tmp_path, busy_budget=0.02) as store:
        talk = await _call(store, writer, "locked-call")
        other = sqlite3.connect(tmp_path / "seat.db")
        other.execute("BEGIN IMMEDIATE")
        said = await _to_the_end(talk)
        assert any("记" in text for text in said[-2:]), said[-2:]
        other.rollback()
        other.close()
        late = NOW + timedelta(hours=1)
        recover_calls(store, late, "next boot")
        record = store.record("locked-call")
        assert record.status == "lodged" and record.case_no is not None
        assert record.draft.value("platform") == "拼多多"  # type: ignore[arg-type]
        assert store.verify("locked-call").whole
        assert len(store.pending_callbacks()) >= 1


async def test_a_full_disk_ends_the_call_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'seat.db'}"
    with ThreadPoolExecutor(1) as writer, Store.open(url, tmp_path, busy_budget=0.02) as store:
        talk = await _call(store, writer, "full-call")
        await talk.start()
        kept = len(store.events("full-call"))

        def full(*_args: object, **_kwargs: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(store.journal, "add", full)
        other = sqlite3.connect(tmp_path / "seat.db")
        other.execute("BEGIN IMMEDIATE")
        said = await talk.say(STORY)
        other.rollback()
        other.close()
        assert [say.prompt for say in said] == [talk.session.script.file.says["cannot_keep"]]
        assert len(store.events("full-call")) == kept
