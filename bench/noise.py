"""What the seat "hears" in sounds that are no speech: nothing may become a value or an agreement.

Every clip goes through the voice detector, the turn-taker, the recogniser and the understanding as in a call,
as the answer to each kind of question, consent included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

import data.events as ev
from agent.acts import Listen as ListenAct
from agent.ear import Ear, Found
from agent.kit import Understand
from agent.speech import Speech
from agent.turns import TurnTaker
from bench.codec import load
from data.understanding import Asked
from data.vocabulary import Act, ConsentReply, Listen, Slot
from dialogs.script import Script
from models.protocols import LINE_RATE, Recogniser
from models.vad import SileroVad

#: The questions a noise may be mistaken for an answer to, one or more a listening profile.
QUESTIONS: dict[str, Asked] = {
    "story": Asked(slot=Slot.NARRATIVE, listen=Listen.STORY),
    "short": Asked(slot=Slot.PLATFORM, listen=Listen.SHORT),
    "digits": Asked(slot=Slot.PHONE, listen=Listen.DIGITS),
    "address": Asked(slot=Slot.RESPONDENT_ADDRESS, listen=Listen.ADDRESS),
    "yes_no": Asked(slot=Slot.PHONE, listen=Listen.YES_NO, read_back=(Slot.PHONE,)),
    "consent": Asked(consent="refer_to_platform", recipient="拼多多", listen=Listen.YES_NO),
}
_AFTER_S = 3.0


@dataclass(slots=True)
class NoiseReport:
    """turns: how often anything was taken for a turn; values, agreements: what must stay empty."""

    clips: int = 0
    heard: int = 0
    turns: int = 0
    values: list[str] = field(default_factory=list)
    agreements: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.values and not self.agreements


async def run(
    folder: Path,
    script: Script,
    recogniser: Recogniser,
    understand: Understand,
    expand: Callable[[tuple[str, ...]], tuple[str, ...]],
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> NoiseReport:
    """All sound files of `folder` at every question. Raises FileNotFoundError when there are none."""
    clips = await asyncio.to_thread(_clips, folder)
    if not clips:
        raise FileNotFoundError(2, "no sound files", str(folder))
    report = NoiseReport(clips=len(clips))
    for done, path in enumerate(clips):
        pcm = np.concatenate((load(path, "pcmu"), np.zeros(int(_AFTER_S * LINE_RATE), dtype=np.int16)))
        for name, asked in QUESTIONS.items():
            report.heard += 1
            for found in await hear(pcm, asked, script, recogniser, understand, expand):
                if isinstance(found, ev.WordsHeard):
                    _judge(report, f"{path.stem} @ {name}", found)
        on_progress(done + 1, len(clips))
    return report


def _clips(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".flac", ".wav"))


async def hear(
    pcm: np.ndarray[tuple[int], np.dtype[np.int16]],
    asked: Asked,
    script: Script,
    recogniser: Recogniser,
    understand: Understand,
    expand: Callable[[tuple[str, ...]], tuple[str, ...]],
) -> list[Found]:
    """What an ear makes of `pcm` (8 kHz) as the answer to `asked`, faster than real time."""
    found: list[Found] = []

    async def put(event: Found) -> None:
        found.append(event)

    turns = TurnTaker(script.file.profiles)
    ear = Ear(
        vad=SileroVad(),
        recogniser=recogniser,
        understand=understand,
        turns=turns,
        speech=Speech(lambda: turns.now_ms, lambda event: None, turns.seat),
        cut=lambda: None,
        today=date(2026, 11, 24),
        expand=expand,
        put=put,
    )
    ear.attend(ListenAct(asked=asked, expect=() if asked.listen is Listen.YES_NO else ("@platforms",)))
    packet = LINE_RATE // 50
    for start in range(0, len(pcm), packet):
        await ear.hear(pcm[start : start + packet])
        await asyncio.sleep(0)
        await ear.caught_up()
    ear.forget()
    return found


def _judge(report: NoiseReport, where: str, found: ev.WordsHeard) -> None:
    report.turns += 1
    meant = found.understanding
    for finding in meant.findings:
        report.values.append(f"{where}: {finding.slot}={finding.value}")
    agreed = meant.consent is ConsentReply.AGREE or (
        Act.AFFIRM in meant.acts and Act.DENY not in meant.acts and "story" not in where
    )
    if agreed:
        report.agreements.append(f"{where}: {found.text}")
