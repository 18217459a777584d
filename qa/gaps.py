"""How long the caller waited, and how often the seat spoke into his words: read from the client's two tracks.

One rule says what is sound (telephony.energy). A reply gap runs from the caller's last sound to the seat's
first sound after it. A cut-in is a seat sound that begins inside a caller's utterance, its inner pauses
included, unless the caller spoke into the seat's prompt on purpose. Both lie on the client's one timeline,
so the play-out buffer of the caller's phone is part of the gap, as it is for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telephony.call import LINE_RATE
from telephony.energy import RULE, active_spans

Samples = npt.NDArray[np.int16]

#: Seconds after which a turn that was not answered counts as having no reply.
PATIENCE_S = 5.0
_FRAME_S = RULE.frame_ms / 1000


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing the caller said. first_s and last_s: its first and last sound on the client's timeline, in
    seconds; pauses inside belong to it. barges_in: he meant to speak into the seat's prompt."""

    first_s: float
    last_s: float
    barges_in: bool = False


@dataclass(frozen=True, slots=True)
class Turns:
    """gaps_ms: one for each utterance the seat answered, in order. utterances: those that can be cut into."""

    gaps_ms: tuple[int, ...]
    cut_ins: int
    no_replies: int
    utterances: int


def utterance(speech: Samples, start_s: float, *, barges_in: bool = False) -> Utterance | None:
    """Where `speech`, without the room's noise, sounds when it starts at `start_s`; None for silence."""
    spans = active_spans(speech, LINE_RATE)
    if not spans:
        return None
    return Utterance(start_s + spans[0][0], start_s + spans[-1][1], barges_in)


def measure(heard: Samples, utterances: Sequence[Utterance], *, caller_hung_up: bool = False) -> Turns:
    """Gaps, cut-ins and missing replies of one call.

    heard: the seat's track to the end of the call, int16 at 8 kHz. utterances: in order.
    caller_hung_up: he ended the call, so that his last words need no answer.
    """
    seat = active_spans(heard, LINE_RATE)
    end_s = len(heard) / LINE_RATE
    gaps: list[int] = []
    cut_ins = no_replies = 0
    for index, said in enumerate(utterances):
        following = utterances[index + 1].first_s if index + 1 < len(utterances) else None
        begins = [start for start, _ in seat if said.first_s + _FRAME_S <= start < said.last_s - _FRAME_S]
        cut_ins += bool(begins) and not said.barges_in
        if any(start < said.last_s - _FRAME_S and end > said.last_s + _FRAME_S for start, end in seat):
            continue
        limit = min(said.last_s + PATIENCE_S, end_s if following is None else following)
        reply = next((start for start, _ in seat if said.last_s - _FRAME_S <= start <= limit), None)
        if reply is not None:
            gaps.append(max(0, round((reply - said.last_s) * 1000)))
        elif following is not None:
            no_replies += following - said.last_s > PATIENCE_S
        else:
            no_replies += not caller_hung_up
    return Turns(tuple(gaps), cut_ins, no_replies, sum(not said.barges_in for said in utterances))


def percentile(values: Sequence[float], share: float) -> int | None:
    """The `share` (0..100) percentile, by linear interpolation, rounded; None of nothing."""
    return round(float(np.percentile(values, share))) if values else None
