"""How long a text takes: the table's rate, and that the seat's own voice speaks that fast."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from data.reference import speech_rate
from dialogs.faq import PREFIX
from dialogs.loader import load
from dialogs.placeholders import characters, seconds
from models.open_voice import open_kokoro
from models.pool import Priority
from models.protocols import LINE_RATE
from models.voice import Voice

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


def test_what_counts_as_spoken() -> None:
    assert characters("您好，AI语音：12315。") == 2 + 1 + 2 + 5
    assert characters("把您的{fields}转走。") == 3 + 6 + 2
    assert characters("把您的{fields}转走。", {"fields": "电话和金额"}) == 3 + 5 + 2
    assert seconds("一" * 100) == pytest.approx(100 / speech_rate().characters_a_second)


class Here:
    """Renders where it is asked to."""

    async def run(self, priority: Priority, fn, *args, **kwargs):  # type: ignore[no-untyped-def]
        return fn(*args, **kwargs)


@pytest.mark.models
def test_the_voice_speaks_at_the_tables_rate() -> None:
    """Two dozen of the script's fixed prompts, pauses between clauses included."""
    voice = Voice(
        [open_kokoro(Path(os.environ.get("SMARTSEAT_HOME", "var")).resolve())], Here(), patience=60.0
    )
    script = load(REAL)
    own = [p for name, p in script.prompts.items() if not name.startswith(PREFIX)]
    fixed = ["".join(p.parts) for p in own if "{" not in "".join(p.parts)]
    chosen = sorted(fixed, key=characters)[:: max(1, len(fixed) // 24)]

    async def length(text: str) -> float:
        return sum([len(pcm) async for pcm in voice.speak(text, fixed=True)]) / LINE_RATE

    spoken = sum(asyncio.run(length(text)) for text in chosen)
    rate = sum(characters(text) for text in chosen) / spoken
    assert rate == pytest.approx(speech_rate().characters_a_second, rel=0.05)
