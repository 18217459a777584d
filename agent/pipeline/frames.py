"""Our own frames in the Pipecat pipeline: a finished turn going down, speech going out.

A turn is a system frame of ours, not Pipecat's aggregated context: the typed words stay typed, and nothing
can overtake or flush them.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipecat.frames.frames import ControlFrame, DataFrame, SystemFrame

from agent.acts import Say
from agent.ear import Found


@dataclass
class InputFrame(SystemFrame):
    """Something the dialog has to decide on."""

    event: Found | None = None


@dataclass
class SpeakFrame(DataFrame):
    """An utterance for the voice."""

    say: Say | None = None


@dataclass
class SpeechBegins(ControlFrame):
    """In the audio queue, before an utterance's first sound."""

    utterance: int = 0


@dataclass
class SpeechEnds(ControlFrame):
    """In the audio queue, after an utterance's last sound. failed: it could not be spoken whole."""

    utterance: int = 0
    failed: bool = False
