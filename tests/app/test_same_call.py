"""What the office noted on a caller changes nothing he hears: the same call word for word, with and without."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import data.events as ev
from app.assembly import understand_with
from data.records import FieldDraft, RecordDraft
from data.store import Store
from data.vocabulary import Kind, Slot
from nlu.understander import Understander
from qa.persona import load_folder
from qa.text_loop import run_persona_by_text
from tests.agent.talk import real_script

PERSONAS = Path(__file__).parent.parent.parent / "qa" / "personas"
PHONE = "15000004321"
SHOPS = (
    "动力健身房",
    "美丽发廊",
    "好味饭店",
    "东方旅行社",
    "新新画室",
    "明亮眼镜店",
    "永乐口腔",
    "快修手机店",
)


def noted(store: Store) -> None:
    """The caller has complained of eight shops within a day, under two names, one of them this very matter."""
    now = datetime.now(UTC) - timedelta(hours=1)
    for n, shop in enumerate(SHOPS):
        values = {Slot.PHONE: PHONE, Slot.RESPONDENT: shop, Slot.NAME: "周敏" if n % 2 else "李强"}
        told = RecordDraft(
            kind=Kind.COMPLAINT,
            content="健身房跑路了，健身卡退不出来",
            fields=tuple(
                FieldDraft(slot=slot, value=value, heard="", confidence=1, method="test")
                for slot, value in values.items()
            ),
        )
        store.begin_call(f"old{n}", "12315", PHONE, now, "v1", "boot", 30)
        store.lodge(f"old{n}", told, f"k{n}", now=now)
    store.sort_records()


async def heard(home: Path, *, with_notes: bool) -> tuple[list[str], int]:
    """What the seat says to the caller, and how many art. 17 notes his record gets afterwards."""
    await asyncio.to_thread(home.mkdir)
    (persona,) = load_folder(PERSONAS, ("zhou_gym_closed",))
    with Store.open(f"sqlite:///{home / 'seat.db'}", home) as store, ThreadPoolExecutor(1) as writer:
        if with_notes:
            noted(store)
        result = await run_persona_by_text(
            persona, real_script(), understand_with(Understander(None)), store, writer
        )
        call = next(call.id for call in store.calls(50) if call.id.startswith("text-"))
        said = [event.text for event in store.events(call) if isinstance(event, ev.PromptSaid)]
        store.sort_records()
        notes = store.handling(store.record(call).id).notes
        assert result.outcome is not None
    # The case number is another record's; nothing else may differ.
    return [re.sub(r"[0-9零一二三四五六七八九]{6,}", "#", text) for text in said], len(notes)


async def test_a_noted_caller_hears_the_same(tmp_path: Path) -> None:
    plain, none = await heard(tmp_path / "plain", with_notes=False)
    other, some = await heard(tmp_path / "noted", with_notes=True)
    assert (none, some > 0) == (0, True)
    assert len(plain) > 5 and plain == other
