"""Putting the words of successive stretches of audio together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.protocols import Hypothesis, Words

MOST_HYPOTHESES = 10


def nothing(seconds: float, reason: str) -> Words:
    """No words in `seconds` of audio, and why."""
    return Words("", (), 0.0, (), seconds, reason)


def joined(parts: Sequence[Words], seconds: float) -> Words:
    """The words of one utterance from its parts in order; `parts` is not empty."""
    spoken = [part for part in parts if part.text]
    if len(parts) == 1 or not spoken:
        return replace(parts[-1], seconds=seconds)
    return Words(
        text=glued([part.text for part in spoken]),
        words=tuple(word for part in spoken for word in part.words),
        confidence=min(part.confidence for part in spoken),
        hypotheses=_alternatives(spoken),
        seconds=seconds,
    )


def _alternatives(spoken: Sequence[Words]) -> tuple[Hypothesis, ...]:
    """The best reading of all parts, then those in which one part (the last first) is read otherwise."""
    best = [part.text for part in spoken]
    whole = sum(len(text) for text in best)
    scores = [part.hypotheses[0].score if part.hypotheses else 0.0 for part in spoken]
    mean = sum(score * len(text) for score, text in zip(scores, best, strict=True)) / whole
    found = [Hypothesis(glued(best), mean, any(h.primed for p in spoken for h in p.hypotheses[:1]))]
    for n in range(len(spoken) - 1, -1, -1):
        for other in spoken[n].hypotheses[1:]:
            score = mean + (other.score - scores[n]) * len(best[n]) / whole
            found.append(Hypothesis(glued([*best[:n], other.text, *best[n + 1 :]]), score, other.primed))
    return tuple(found[:MOST_HYPOTHESES])


def glued(texts: Sequence[str]) -> str:
    """Texts of successive parts as one; a part without a closing mark gets a comma: it ended in a pause."""
    joint = ""
    for text in texts:
        joint += ("，" if joint and joint[-1].isalnum() else "") + text
    return joint


def common_start(text: str, earlier: str) -> str:
    """The beginning of `text` that `earlier` begins with too, whatever their punctuation."""
    wanted = [c for c in earlier if c.isalnum()]
    agreed = 0
    end = 0
    for n, c in enumerate(text):
        if not c.isalnum():
            continue
        if agreed >= len(wanted) or wanted[agreed] != c:
            break
        agreed, end = agreed + 1, n + 1
    return text[:end]


def later(words: Words, offset: float) -> Words:
    """`words` with their times moved `offset` seconds on."""
    moved = tuple(replace(w, start=w.start + offset, end=w.end + offset) for w in words.words)
    return replace(words, words=moved)
