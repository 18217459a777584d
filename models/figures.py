"""When to believe a decode that could write nothing but figures.

Listening for figures only is the better ear for numbers spelt out (14 of 17 read by people right, against
11; 9 of 12 made by a voice, against 5), and useless for anything else: it hears numbers everywhere.
"""

from __future__ import annotations

import re

from pypinyin import lazy_pinyin

from models.hanzi import normalise_for_scoring
from models.protocols import Hypothesis
from models.whisper_guards import loops

_FIGURE_LOOP = re.compile(r"(\d)\1{6}")
_MOST_FIGURES_PER_SECOND = 6.0
_FREE_FIGURES = 4
_VALUE = re.compile(r"[十百千万亿点块元.%％]")
#: How figures are read aloud, without tones: 幺 comes out as 要, 夭 or 有, 零 as 铃.
_FIGURE_SOUNDS = frozenset(
    ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu", "yao", "you", "liang")
)


def figures_lead(plain: Hypothesis, figures: Hypothesis, voiced: float) -> bool:
    """Whether an utterance is a number spelt out and no more, so that `figures` is the better reading.

    All that the plain look wrote must be a figure or sound like one: in 不对，是一三八 the words count.
    Nor may it be a value: 百, 点 and 块 are beyond the look that knows only figures.
    The plain look may have looped on the zeros of the number.
    """
    bare = normalise_for_scoring(plain.text)
    return (
        all(c.isdecimal() or lazy_pinyin(c)[0] in _FIGURE_SOUNDS for c in bare)
        and not _VALUE.search(plain.text)
        and figures.score >= plain.score - 0.15 - (10.0 if loops(plain.text) else 0.0)
        and believable_figures(figures.text, figures.score, voiced)
    )


def figures_follow(plain: Hypothesis, figures: Hypothesis, voiced: float) -> bool:
    """Whether figures are worth a place in the n-best of an utterance that also holds other words."""
    digits = sum(c.isdecimal() for c in normalise_for_scoring(plain.text))
    return digits >= 3 and believable_figures(figures.text, figures.score, voiced)


def believable_figures(text: str, score: float, voiced: float) -> bool:
    """Whether a decode that could write nothing but figures wrote a number someone may have spelt out.

    Over noise and over other words such a decode writes a few figures with a bad score, or counts
    up to one it then repeats.
    """
    return (
        text.isdecimal()
        and len(text) >= 5
        and score > -1.0
        and not _FIGURE_LOOP.search(text)
        and len(text) <= _FREE_FIGURES + _MOST_FIGURES_PER_SECOND * voiced
    )
