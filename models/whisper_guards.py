"""When a decode is not speech: Whisper loops, races and recites credits over noise and silence.

The bounds come from 32 noise recordings and 67 recordings of people, all through µ-law at 8 kHz, and
short replies made by a voice. Sentences stay above a score of -0.85 with a no-speech probability under
0.3; spoken numbers go down to -1.03, or to -0.96 with a no-speech probability of 0.49. Noise that is no
loop scores below -1.1, or has a no-speech probability above 0.6.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

#: Mean log probability per token under which nothing is believed.
LOWEST_SCORE = -1.25
#: The same for a short reply (at most so many characters, at least so many a second of voice, with a
#: no-speech probability under this): a "好" alone scores -1.9, and no noise fills its time so well.
SHORT_REPLY, SHORT_SCORE, SHORT_RATE, SHORT_SILENCE = 4, -2.0, 1.5, 0.3
#: No-speech probabilities, each with the score that outweighs it.
SILENCE = ((0.4, -1.05), (0.55, -0.75))
#: Characters a second of voice beyond which nobody speaks, and what any utterance may have on top.
FASTEST_SPEECH = 10.0
FREE_CHARACTERS = 4

# One character five times; a pair five times; three characters four times; four and more thrice.
# Figures do repeat: 13800000000 is a number people have.
_LOOPS = (
    re.compile(r"([^\d零一二三四五六七八九幺])\1{4}"),
    re.compile(r"(\d)\1{8}"),
    re.compile(r"(\D{2})\1{4}"),
    re.compile(r"(\D{3})\1{3}"),
    re.compile(r"(.{4,12})\1{2}"),
    re.compile(r"(\d{2,3})\1{4}"),
)
_LONG_ENOUGH_TO_COMPRESS = 24
_MOST_COMPRESSIBLE = 2.4


def loops(text: str) -> bool:
    """Whether `text` repeats itself as a decoder does that has lost its way."""
    bare = _bare(text)
    if any(loop.search(bare) for loop in _LOOPS):
        return True
    if len(bare) < _LONG_ENOUGH_TO_COMPRESS:
        return False
    raw = bare.encode()
    return len(raw) / len(zlib.compress(raw)) > _MOST_COMPRESSIBLE


def invented(text: str) -> bool:
    """Whether `text` is one of the known credits and farewells Whisper writes over silence."""
    bare = _bare(text)
    whole, anywhere = _hallucinations()
    return bare in whole or any(phrase in bare for phrase in anywhere)


def too_many_characters(text: str, voiced: float) -> bool:
    """Whether `text` is more than anyone says in `voiced` seconds of voice."""
    return len(_bare(text)) > FREE_CHARACTERS + FASTEST_SPEECH * voiced


def rejection(text: str, *, score: float, no_speech: float, voiced: float) -> str | None:
    """Why `text` must not be believed, or None.

    score: mean log probability per token; no_speech: 0..1; voiced: seconds of voice heard.
    """
    if not _bare(text):
        return "no_voice"
    if loops(text):
        return "loop"
    if too_many_characters(text, voiced):
        return "too_many_characters"
    if invented(text):
        return "hallucination"
    if any(no_speech > silence and score < needed for silence, needed in SILENCE):
        return "no_voice"
    if score < (SHORT_SCORE if _short_reply(text, no_speech, voiced) else LOWEST_SCORE):
        return "low_score"
    return None


def _short_reply(text: str, no_speech: float, voiced: float) -> bool:
    length = len(_bare(text))
    return length <= SHORT_REPLY and length >= SHORT_RATE * voiced and no_speech < SHORT_SILENCE


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LN")


@cache
def _hallucinations() -> tuple[frozenset[str], tuple[str, ...]]:
    path = Path(__file__).with_name("hallucinations.yaml")
    phrases: dict[str, list[str]] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return frozenset(map(_bare, phrases["whole"])), tuple(map(_bare, phrases["anywhere"]))
