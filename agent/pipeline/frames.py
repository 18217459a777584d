"""Our own frames in the Pipecat pipeline: a finished turn going down, speech going out.

A turn is a system frame of ours, not Pipecat's aggregated context: the typed words stay typed, and nothing
can overtake or flush them.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipecat.frames.frames import ControlFrame, DataFrame, SystemFrame

import data.events as ev
from agent.acts import Say
from agent.ear import Found

#: What the dialog is told of the caller's side: what the ear found, and that the line is gone.
FromLine = Found | ev.CallerHungUp


@dataclass
class InputFrame(SystemFrame):
    """Something the dialog has to decide on."""

    event: FromLine | None = None


@dataclass
class SpeakFrame(DataFrame):
    """An utterance for the voice."""

    say: Say | None = None


@dataclass
class SpeechBegins(ControlFrame):
    """In the audio queue: the sound that follows is of this utterance."""

    utterance: int = 0


@dataclass
class SpeechEnds(ControlFrame):
    """In the audio queue, after an utterance's last sound. failed: it could not be spoken whole."""

    utterance: int = 0
    failed: bool = False
