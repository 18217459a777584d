"""One utterance of the caller: while it is heard, and as the event it becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import data.events as ev
from data.understanding import Understanding
from models.protocols import Hearing, Words


@dataclass(slots=True)
class Utterance:
    """What is known of it so far. Times are milliseconds of the caller's audio."""

    hearing: Hearing
    number: int
    start_ms: int
    during: str | None
    settled: Words | None = None
    settled_voice_ms: int = -1
    """The caller's last voice that `settled` covers."""
    meant: Understanding | None = None


def words_heard(
    utterance: Utterance,
    words: Words,
    meant: Understanding,
    voice_ms: int,
    on_call: Callable[[int], int],
) -> ev.WordsHeard:
    """The event. voice_ms: the caller's last voice; on_call: from the audio's clock to the recording's."""
    base = on_call(utterance.start_ms)
    return ev.WordsHeard(
        turn=utterance.number,
        text=words.text,
        words=tuple(
            ev.HeardWord(
                text=word.text,
                start_ms=base + round(word.start * 1000),
                end_ms=base + round(word.end * 1000),
                confidence=_share(word.confidence),
            )
            for word in words.words
        ),
        readings=readings(words),
        confidence=_share(words.confidence),
        start_ms=base,
        end_ms=max(base, on_call(voice_ms)),
        during=utterance.during,
        understanding=meant,
    )


def readings(words: Words) -> tuple[ev.Reading, ...]:
    """All hypotheses, best first."""
    return tuple(ev.Reading(text=h.text, score=h.score, primed=h.primed) for h in words.hypotheses)


def _share(confidence: float) -> float:
    return min(1.0, max(0.0, confidence))
