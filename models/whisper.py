"""Whisper through CTranslate2: audio to words, with n-best, times, confidence and guards.

What was measured on the way (60 recordings of people, 3-8 s, through µ-law at 8 kHz, one thread):

- A ten second window costs a fifth of the thirty second one in the encoder and no accuracy;
  shorter windows make short utterances loop.
- Timestamp tokens keep the decoder on its path; without them telephone numbers fall apart.
- A neutral prompt made it worse (16.0 % against 14.2 %), so the plain look has none.
- Looking again through thirty seconds when the score is low changed nothing (14.1-14.6 %), so the second look
  is kept for decodes that a guard threw away.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor

from models.figures import figures_follow, figures_lead
from models.hanzi import normalise_for_scoring, simplified
from models.pool import ModelPool, Priority
from models.priming import supported
from models.protocols import LINE_RATE, Hint, Hypothesis, ModelMissing, Pcm, Word, Words
from models.resample import MODEL_RATE, for_model
from models.whisper_guards import loops, rejection
from models.whisper_tokens import Tokens
from models.words import joined, later, nothing

log = logging.getLogger(__name__)

#: Seconds of audio one decode can take.
LONGEST = 28.0
#: Seconds the encoder looks at, at least; and what it sees beyond the audio.
WINDOW = 10.0
MARGIN = 1.0
FULL_WINDOW = 30.0
#: Below this length a wide beam costs little, and the n-best is what consent rests on.
SHORT = 4.0
#: Seconds the final words wait for a primed decode after the plain one is there.
PATIENCE = 0.15

#: Audio this long (seconds) after the last word the decoder wrote is listened to again.
UNREAD = 1.3

_HOP = 160
_SECONDS_PER_FRAME = 0.02
_TOKENS_PER_SECOND = 9
_FREE_TOKENS = 16


class Look(Enum):
    """How a decode listens."""

    PLAIN = "plain"
    PRIMED = "primed"
    """With the step's expected words as context."""
    DIGITS = "digits"
    """Able to write figures only."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Encoded audio, shared by the looks at it."""

    features: ctranslate2.StorageView
    seconds: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look made of it, best first; `tokens` belongs to the first hypothesis."""

    hypotheses: tuple[Hypothesis, ...]
    tokens: tuple[int, ...]
    no_speech: float
    reached: float
    """Seconds up to which the first hypothesis says it goes."""


class WhisperEngine:
    """One Whisper model, loaded once per process; every method may be called from any thread."""

    name = "whisper"
    longest = LONGEST

    def __init__(self, folder: Path, *, workers: int = 2) -> None:
        """folder: a CTranslate2 Whisper model; workers: decodes at once, each on one thread.

        Raises ModelMissing when a file is absent.
        """
        for file in ("model.bin", "config.json", "tokenizer.json"):
            if not (folder / file).is_file():
                raise ModelMissing(f"{folder / file} is missing: run `smartseat models fetch`")
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=workers, intra_threads=1
        )
        if not self._model.is_multilingual:
            raise ModelMissing(f"{folder} hears English only: a multilingual Whisper is needed")
        self._tokens = Tokens(folder / "tokenizer.json")
        self._mel = FeatureExtractor(feature_size=self._model.n_mels)

    # ---- blocking steps, for a worker thread ----

    def encode(self, pcm: Pcm, *, window: float = WINDOW) -> Heard:
        """Listen to `pcm` (8 kHz, at most `longest` seconds; ValueError beyond)."""
        seconds = len(pcm) / LINE_RATE
        if seconds > LONGEST:
            raise ValueError(f"{seconds:.1f} s of audio; a decode takes {LONGEST:.0f} s")
        frames = round(min(FULL_WINDOW, max(window, seconds + MARGIN)) * MODEL_RATE / _HOP)
        samples = for_model(pcm)[: frames * _HOP]
        samples = np.pad(samples, (0, frames * _HOP - len(samples)))
        mel = np.ascontiguousarray(self._mel(samples, padding=0)[None, :, :frames], dtype=np.float32)
        return Heard(self._model.encode(ctranslate2.StorageView.from_array(mel)), seconds)

    def read(self, heard: Heard, hint: Hint, look: Look = Look.PLAIN, *, beam: int | None = None) -> Reading:
        """One decode. Raises ValueError for a primed look at a yes/no answer: a prompt can invent a yes."""
        if look is Look.PRIMED and hint.profile == "yes_no":
            raise ValueError("a yes/no answer is never decoded with a prompt")
        prompt = self._tokens.primed(hint.expect) if look is Look.PRIMED else self._tokens.start
        beam = beam or (5 if heard.seconds <= SHORT or look is Look.DIGITS else 3)
        result = self._model.generate(
            heard.features,
            [prompt],
            beam_size=beam,
            num_hypotheses=beam,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=[-1, *self._unwritable(hint, look)],
            max_length=max_length(len(prompt), heard.seconds),
        )[0]
        primed = look is Look.PRIMED
        hypotheses = [
            Hypothesis(self._tokens.text(tokens), score, primed)
            for tokens, score in zip(result.sequences_ids, result.scores, strict=True)
        ]
        return Reading(
            tuple(_different(hypotheses)),
            tuple(self._tokens.spoken(result.sequences_ids[0])),
            result.no_speech_prob,
            self._tokens.reached(result.sequences_ids[0], heard.seconds),
        )

    def conclude(
        self, heard: Heard, hint: Hint, voiced: float, plain: Reading, second: Reading | None = None
    ) -> Words:
        """The final words from a plain look and, where there was time, a second one.

        The guards judge the plain look: what it rejects stays rejected, whatever a prompt heard.
        """
        best = plain.hypotheses[0]
        reason = rejection(best.text, score=best.score, no_speech=plain.no_speech, voiced=voiced)
        figures = second if second is not None and not second.hypotheses[0].primed else None
        leads = figures is not None and figures_lead(best, figures.hypotheses[0], voiced)
        if reason is not None and not leads:
            return nothing(heard.seconds, reason)
        leading, readings = plain, [plain]
        if leads:
            assert figures is not None
            leading, readings = figures, [figures, plain]
        elif figures is not None and figures_follow(best, figures.hypotheses[0], voiced):
            readings.append(figures)
        elif second is not None and second is not figures:
            readings.append(replace(second, hypotheses=supported(second.hypotheses, plain.hypotheses)))
        hypotheses = [h for reading in readings for h in reading.hypotheses if h.text and not loops(h.text)]
        return Words(
            text=leading.hypotheses[0].text,
            words=self._words(heard, leading),
            confidence=math.exp(min(0.0, leading.hypotheses[0].score)),
            hypotheses=tuple(_different(hypotheses)),
            seconds=heard.seconds,
        )

    def decode(self, pcm: Pcm, hint: Hint, *, voiced: float | None = None) -> Words:
        """All of it on the caller's thread: for replay, benches and tests.

        voiced: seconds of voice in `pcm`; by default all of it counts as voice.
        """
        voiced = len(pcm) / LINE_RATE if voiced is None else voiced
        if voiced <= 0:
            return nothing(len(pcm) / LINE_RATE, "no_voice")
        look = second_look(hint)
        for window in (WINDOW, FULL_WINDOW):
            heard = self.encode(pcm, window=window)
            plain = self.read(heard, hint)
            second = self.read(heard, hint, look) if look and worth(look, plain, hint) else None
            words = self.conclude(heard, hint, voiced, plain, second)
            if not deserves_another_look(words):
                break
        rest = unread(pcm, plain)
        if rest is None or words.rejected:
            return words
        more = self.decode(rest, hint, voiced=min(voiced, len(rest) / LINE_RATE))
        return joined([words, later(more, plain.reached)], words.seconds)

    # ---- through the pool ----

    async def hear(self, pool: ModelPool, pcm: Pcm, hint: Hint, voiced: float) -> Words:
        """The final words of `pcm` (at most `longest` seconds), `voiced` seconds of which hold voice."""
        if voiced <= 0:
            return nothing(len(pcm) / LINE_RATE, "no_voice")
        for window in (WINDOW, FULL_WINDOW):
            words, plain = await self._look(pool, pcm, hint, voiced, window)
            if not deserves_another_look(words):
                break
        rest = unread(pcm, plain)
        if rest is None or words.rejected:
            return words
        more = await self.hear(pool, rest, hint, min(voiced, len(rest) / LINE_RATE))
        return joined([words, later(more, plain.reached)], words.seconds)

    async def glimpse(self, pool: ModelPool, pcm: Pcm, hint: Hint) -> str:
        """The words so far, plainly and cheaply; empty when a guard would throw them away."""
        return await pool.run(Priority.PARTIAL, self._glimpse, pcm, hint)

    async def _look(
        self, pool: ModelPool, pcm: Pcm, hint: Hint, voiced: float, window: float
    ) -> tuple[Words, Reading]:
        heard = await pool.run(Priority.FINAL, lambda: self.encode(pcm, window=window))
        look = second_look(hint)
        other: asyncio.Task[Reading] | None = None
        if look is Look.DIGITS or (look is Look.PRIMED and not pool.busy):
            priority = Priority.FINAL if look is Look.DIGITS else Priority.PARTIAL
            other = asyncio.create_task(pool.run(priority, self.read, heard, hint, look))
        try:
            plain = await pool.run(Priority.FINAL, self.read, heard, hint)
            second = None
            if other is not None and look is not None and worth(look, plain, hint):
                second = await _in_time(other, None if look is Look.DIGITS else PATIENCE)
            words = await pool.run(Priority.FINAL, self.conclude, heard, hint, voiced, plain, second)
            return words, plain
        finally:
            if other is not None:
                other.cancel()

    def _unwritable(self, hint: Hint, look: Look) -> list[int]:
        """Tokens this look at this kind of answer may not write."""
        if look is Look.DIGITS:
            return self._tokens.all_but_digits
        return self._tokens.latin if hint.profile == "yes_no" else []

    def _glimpse(self, pcm: Pcm, hint: Hint) -> str:
        heard = self.encode(pcm)
        reading = self.read(heard, hint, beam=1)
        best = reading.hypotheses[0]
        reason = rejection(best.text, score=best.score, no_speech=reading.no_speech, voiced=heard.seconds)
        return "" if reason else best.text

    def _words(self, heard: Heard, reading: Reading) -> tuple[Word, ...]:
        """Characters, figures or Latin words with the times and certainty the decoder's attention gives."""
        if not reading.tokens:
            return ()
        frames = math.ceil(heard.seconds / _SECONDS_PER_FRAME) * 2
        aligned = self._model.align(heard.features, self._tokens.start, [list(reading.tokens)], frames)[0]
        starts = _first_frames(aligned.alignments, len(reading.tokens) + 1)
        words: list[Word] = []
        at = 0
        for text, count in self._tokens.pieces(reading.tokens):
            end = at + count
            if text.strip():
                certainty = float(np.mean(aligned.text_token_probs[at:end]))
                start_s, end_s = (min(heard.seconds, starts[i] * _SECONDS_PER_FRAME) for i in (at, end))
                words.append(Word(simplified(text.strip()), start_s, max(start_s, end_s), certainty))
            at = end
        return tuple(words)


def second_look(hint: Hint) -> Look | None:
    """The look a step gains by, beside the plain one."""
    if hint.profile == "digits":
        return Look.DIGITS
    if hint.profile != "yes_no" and hint.expect:
        return Look.PRIMED
    return None


def worth(look: Look, plain: Reading, hint: Hint) -> bool:
    """Whether a second look can still add something to the plain one."""
    if look is Look.DIGITS:
        return True
    return not any(word in plain.hypotheses[0].text for word in hint.expect)


def deserves_another_look(words: Words) -> bool:
    """Whether a decoder that lost its way may find it again in the full window."""
    return words.rejected in ("loop", "too_many_characters")


def unread(pcm: Pcm, plain: Reading) -> Pcm | None:
    """The audio after the point where the decoder stopped, if it is more than a breath.

    Whisper may end with a sentence though another follows; its last timestamp says where.
    """
    rest = pcm[int(plain.reached * LINE_RATE) :]
    return rest if plain.reached > 0 and len(rest) > UNREAD * LINE_RATE else None


def max_length(prompt: int, seconds: float) -> int:
    """What CTranslate2 must be told to allow as many new tokens as `seconds` of speech can need.

    It lets Whisper write min(max_length / 2, max_length - prompt) tokens (src/models/whisper.cc).
    """
    new = _FREE_TOKENS + int(_TOKENS_PER_SECOND * seconds)
    return max(2 * new, new + prompt)


def _different(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """The hypotheses without those that only differ in punctuation from an earlier one."""
    seen: dict[tuple[str, bool], Hypothesis] = {}
    for hypothesis in hypotheses:
        seen.setdefault((normalise_for_scoring(hypothesis.text), hypothesis.primed), hypothesis)
    return list(seen.values())


def _first_frames(alignments: Sequence[tuple[int, int]], count: int) -> list[int]:
    """For each of `count` tokens the frame at which the path first reaches it."""
    starts = [-1] * count
    for token, frame in alignments:
        if token < count and starts[token] < 0:
            starts[token] = frame
    last = alignments[-1][1] if alignments else 0
    for token in range(count - 1, -1, -1):
        last = starts[token] = starts[token] if starts[token] >= 0 else last
    return starts


async def _in_time(task: asyncio.Task[Reading], patience: float | None) -> Reading | None:
    """The second look, or None when it failed or took longer than `patience` seconds."""
    try:
        return await asyncio.wait_for(task, patience)
    except TimeoutError:
        return None
    except Exception as error:
        log.warning("a second look failed: %s", type(error).__name__)
        return None
