"""What is understood of a test set when it is spoken: through our voices, noise and µ-law, by our recogniser.

Each row is heard with the settings of the step that asks for it: the listening profile, and the expected words of
the script's step, none for a consent. Text and speech are scored on the same rows by the same rules, and the
speech once more without sound-alike repair: no second reading of unsure words, no value found by its sound.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from agent.utterance import readings
from bench.line_audio import Rooms, Spoken, frames, speak
from data.vocabulary import Slot
from dialogs.schema import Collect
from dialogs.script import Script
from models.hanzi import cer_of
from models.protocols import Hint, Recogniser, Words
from models.vad import SileroVad
from nlu.evaluation.findings import Findings
from nlu.evaluation.rows import Reply, Utterance
from nlu.evaluation.run import day_of, understand
from nlu.evaluation.scores import (
    ConsentReport,
    Meant,
    Result,
    UtteranceReport,
    score_replies,
    score_utterances,
)
from nlu.understander import Understander
from qa.voice_of_caller import VoiceCache

VOICES = (
    "zf_xiaobei",
    "zf_xiaoni",
    "zf_xiaoxiao",
    "zf_xiaoyi",
    "zm_yunjian",
    "zm_yunxi",
    "zm_yunxia",
    "zm_yunyang",
)
#: How many utterances are spoken; of the consent replies all.
UTTERANCES = 200
_VOICED = 0.5
_REPAIRED = "sound_alike"
Progress = Callable[[int, int], None]
Expect = Callable[[Slot | None], tuple[str, ...]]
Row = TypeVar("Row", Utterance, Reply)


class HeardRow(Result):
    """One row as it was heard, for looking into errors. noise: the recording's name."""

    line: int
    said: str
    heard: str
    voice: str
    noise_db: float
    noise: str | None


class SpokenReport(Result):
    """cer: character errors of all that was heard. refusing: replies spoken that are no agreement."""

    n: int
    cer: float
    text: UtteranceReport | None = None
    spoken: UtteranceReport | None = None
    without_repair: UtteranceReport | None = None
    consent_text: ConsentReport | None = None
    consent_spoken: ConsentReport | None = None
    refusing: int = 0
    heard: tuple[HeardRow, ...] = ()

    def findings(self) -> Findings:
        """Side by side, for a table or a page."""
        columns = {"文字": self.text, "语音": self.spoken, "语音，无近音修复": self.without_repair}
        consents = {"文字": self.consent_text, "语音": self.consent_spoken}
        return Findings(
            utterances={name: report for name, report in columns.items() if report is not None},
            replies={name: report for name, report in consents.items() if report is not None},
            notes=(
                f"{self.n} 句经 {len(VOICES)} 个合成声音、µ-law 线路、5–20 dB 噪声念出再识别，字错误率 {self.cer:.1%}。"
                f"其中不该当作同意的回答 {self.refusing} 句。",
            ),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """Everything between a text and its words. expect: the expected words of the step that asks for a slot."""

    cache: VoiceCache
    rooms: Rooms
    recogniser: Recogniser
    expect: Expect
    seed: int = 0

    async def carry(self, row: Utterance | Reply, number: int) -> tuple[Spoken, Words]:
        """The row spoken by the `number`th voice, and what was heard."""
        spoken = await speak(
            row.text, VOICES[number % len(VOICES)], self.cache, self.rooms, f"{self.seed}:{number}"
        )
        consent = isinstance(row, Reply)
        hint = Hint(row.asked.listen.value, () if consent else self.expect(row.asked.slot))
        hearing, vad = self.recogniser.open(hint), SileroVad()
        for frame in frames(spoken.pcm, vad.frame_samples):
            hearing.feed(frame, voiced=vad.probability(frame) >= _VOICED)
        return spoken, await hearing.final()


async def run(
    utterances: Sequence[Utterance],
    replies: Sequence[Reply],
    understander: Understander,
    line: Line,
    *,
    today: date,
    progress: Progress = lambda done, total: None,
) -> SpokenReport:
    """Speak, hear, understand and score. Raises SpeechFailed, ModelMissing."""
    total = len(utterances) + len(replies)
    heard: list[HeardRow] = []
    spoken: list[Meant] = []
    unrepaired: list[Meant] = []
    understander.warm()
    rows: list[Utterance | Reply] = [*replies, *utterances]
    for row in rows:
        sound, words = await line.carry(row, len(heard))
        spoken.append(_meant(row, words, understander, today))
        if isinstance(row, Utterance):
            unrepaired.append(without_repair(row, words, understander, today))
        heard.append(
            HeardRow(
                line=row.line,
                said=row.text,
                heard=words.text,
                voice=sound.voice,
                noise_db=sound.noise_db,
                noise=sound.noise,
            )
        )
        progress(len(heard), total)
    answered, told = spoken[: len(replies)], spoken[len(replies) :]
    report = SpokenReport(
        n=total,
        cer=round(cer_of((row.said, row.heard) for row in heard), 4),
        refusing=sum(row.gold != "agree" for row in replies),
        heard=tuple(heard),
    )
    if utterances:
        report = report.model_copy(
            update={
                "text": score_utterances(utterances, list(understand(utterances, understander, today=today))),
                "spoken": score_utterances(utterances, told),
                "without_repair": score_utterances(utterances, unrepaired),
            }
        )
    if replies:
        report = report.model_copy(
            update={
                "consent_text": score_replies(replies, list(understand(replies, understander, today=today))),
                "consent_spoken": score_replies(replies, answered),
            }
        )
    return report


def _meant(
    row: Utterance | Reply, words: Words, understander: Understander, today: date, *, sure: bool = False
) -> Meant:
    """sure: as if the recogniser had been certain of its words, so that none is read again by its sound."""
    began = time.perf_counter()
    meant = understander.understand(
        words.text,
        asked=row.asked,
        today=day_of(row, today),
        alternatives=readings(words),
        confidence=1.0 if sure else words.confidence,
    )
    return Meant(meant, (time.perf_counter() - began) * 1000)


def without_repair(row: Utterance, words: Words, understander: Understander, today: date) -> Meant:
    """What is understood of `words` as they stand."""
    meant = _meant(row, words, understander, today, sure=True)
    kept = tuple(finding for finding in meant.understanding.findings if finding.method != _REPAIRED)
    return Meant(meant.understanding.model_copy(update={"findings": kept}), meant.ms)


def speakable(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows that are words: no “（沉默）”, no stage direction, no sign without sound."""
    return tuple(
        row for row in rows if not any(mark in row.text for mark in "（(") and any(map(_hanzi, row.text))
    )


def spread(rows: Sequence[Row], count: int) -> tuple[Row, ...]:
    """`count` rows evenly over all, or all of them."""
    if count >= len(rows):
        return tuple(rows)
    return tuple(rows[index * len(rows) // count] for index in range(count))


def expected_words(script: Script) -> Mapping[Slot, tuple[str, ...]]:
    """What the script's steps tell the recogniser to expect, by the slot they ask for."""
    found: dict[Slot, tuple[str, ...]] = {}
    for flow in script.flows.values():
        for node in flow.nodes.values():
            if isinstance(node.step, Collect) and node.step.expect:
                found.setdefault(node.step.collect, tuple(node.step.expect))
    return found


def _hanzi(character: str) -> bool:
    return "一" <= character <= "鿿"
