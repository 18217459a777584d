"""Which wording, which arm: drawn from the call's own draw, so that the same events always say the same. Pure.

A caller hears one side of a trial throughout. Wordings without shares only keep the seat from repeating itself:
each saying takes the next.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from agent.state import CallState
from dialogs.schema import Prompt

#: Spreads one draw over many trials: a whole number for each, so that its fraction is as even as the draw is.
_SPREAD = 1_000_003


def side(draw: float, trial: str, shares: Sequence[int]) -> int:
    """The side of a trial that `draw` (0..1) falls on, by the sides' shares; 0 the first at a draw of 0."""
    point = draw * (1 + zlib.crc32(trial.encode()) % _SPREAD) % 1.0 * sum(shares)
    for number, share in enumerate(shares):
        point -= share
        if point < 0:
            return number
    return len(shares) - 1


def wording(state: CallState, prompt_id: str, prompt: Prompt) -> int:
    """Which of the prompt's wordings is said next."""
    if prompt.shares is not None:
        return side(state.draw, prompt_id, prompt.shares)
    many = len(prompt.wordings)
    if many == 1:
        return 0
    before = sum(said.prompt == prompt_id for said in state.said.values())
    return (side(state.draw, prompt_id, (1,) * many) + before) % many


def letter(number: int) -> str:
    """A side's name: A, B …"""
    return chr(ord("A") + number)
