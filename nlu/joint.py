"""The joint reader: intents and soft values of a sentence out of one pass of the encoder.

Soft values are those whose words no table lists whole: what was bought, what a firm is called. Figures, dates and
places stay with the exact extractors.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from data.vocabulary import Intent, Slot
from models.encoder import E5Encoder
from models.joint_network import JointNetwork, Shape, as_type, batched, load_into
from nlu.joint_reading import JointReading, Span
from nlu.sentences import Sentence, digest_of
from nlu.tables import FOLDER

WEIGHTS = FOLDER / "weights" / "joint.safetensors"
_log = logging.getLogger(__name__)

#: Slots the tagger knows. A firm is a shop where a platform is known, which the tagger need not tell apart.
SOFT: Mapping[Slot, Slot] = {
    Slot.PRODUCT: Slot.PRODUCT,
    Slot.RESPONDENT: Slot.RESPONDENT,
    Slot.SHOP: Slot.RESPONDENT,
}
KINDS = tuple(dict.fromkeys(SOFT.values()))
#: "O", then begin and inside of each kind.
TAGS = ("O", *(f"{place}-{kind}" for kind in KINDS for place in "BI"))
LABELS = tuple(Intent)
#: What every weights file is compared by with the encoder at hand.
PROBE = "12315"
#: "No value" counts this much: its ends are where a tagger is least sure.
_NO_VALUE = 0.8


class JointMismatch(ValueError):
    """A weights file that this version, or this encoder, cannot use. Says which part."""


class JointReader:
    """Reads one sentence at a time; shared by all calls, safe in any thread."""

    def __init__(
        self,
        encoder: E5Encoder,
        network: JointNetwork,
        layers: int,
        trained_on: frozenset[str] = frozenset(),
    ) -> None:
        """layers: how many of the encoder's last layers `network` adapts; trained_on: marks of its sentences."""
        self._trained_on = trained_on
        self._encoder, self._network, self._count = encoder, network.eval(), layers
        dtype = encoder.network.layers[0].qkv[0].dtype
        self._adapted = [as_type(layer, dtype) for layer in network.merged()]

    def trained_on(self, text: str) -> bool:
        """Whether this very sentence was among the examples it learned from."""
        return mark_of(text) in self._trained_on

    @torch.inference_mode()
    def read(self, text: str) -> JointReading:
        """Words beyond the encoder's window (about 500 tokens) are not read."""
        lower, places = lower_states(self._encoder, text, self._count)
        adapted = self._encoder.network.through(self._adapted, lower[None], None)[0].float()
        intents, tags = self._network.read(adapted[None], batched([(adapted, text, places)]))
        shares = torch.softmax(intents[0], -1).tolist()
        return JointReading(
            dict(zip(LABELS, shares, strict=True)),
            tuple(spans(torch.softmax(tags[0], -1)[: len(places)])),
        )


@torch.inference_mode()
def lower_states(encoder: E5Encoder, text: str, layers: int) -> tuple[Tensor, list[int]]:
    """The hidden states (tokens, width) that the last `layers` layers read, and each character's token."""
    ids, places = encoder.located(text)
    network = encoder.network
    return network.through(network.layers[:-layers], encoder.entered(ids), None)[0], places


def spans(shares: Tensor) -> Iterator[Span]:
    """Values in `shares` (characters, tags): runs of characters whose begin and inside together outweigh none."""
    kinds = shares[:, 1:].reshape(len(shares), len(KINDS), 2).sum(-1)
    likely, which = kinds.max(-1)
    best = torch.where(likely > _NO_VALUE * shares[:, 0], which, -1).tolist()
    start, kind = 0, -1
    for at, now in enumerate([*best, -1]):
        if now == kind:
            continue
        if kind >= 0:
            yield Span(KINDS[kind], start, at, round(float(kinds[start:at, kind].mean()), 3))
        start, kind = at, now


def tags_of(marks: Sequence[tuple[Slot, int, int]], length: int) -> list[int]:
    """The tag of each of `length` characters; marks: (slot, start, end)."""
    tags = [0] * length
    for slot, start, end in marks:
        if slot not in SOFT:
            continue
        begin = 1 + 2 * KINDS.index(SOFT[slot])
        for at in range(start, min(end, length)):
            tags[at] = begin if at == start else begin + 1
    return tags


def new_network(encoder: E5Encoder, layers: int, rank: int) -> JointNetwork:
    """Untrained; its start depends on torch's seed."""
    shape = Shape(layers, rank, len(LABELS), len(TAGS))
    network = encoder.network
    return JointNetwork(network.layers[-layers:], shape, heads=network.heads, epsilon=network.epsilon)


def mark_of(text: str) -> str:
    """A sentence's mark in the weights file."""
    return f"{zlib.crc32(text.encode()):08x}"


def described(
    encoder: E5Encoder, layers: int, rank: int, sentences: Sequence[Sentence] = ()
) -> dict[str, str]:
    """What a weights file says of itself, so that another encoder, vocabulary or set of examples is noticed.

    sentences: all that there were, those held out too: none of them is new to who trained it.
    """
    probe = [round(float(number), 4) for number in encoder.encode([PROBE])[0][:16]]
    return {
        "layers": str(layers),
        "rank": str(rank),
        "intents": " ".join(LABELS),
        "tags": " ".join(TAGS),
        "probe": json.dumps(probe),
        "examples": digest_of(sentences),
        "trained_on": " ".join(sorted({mark_of(sentence.text) for sentence in sentences})),
    }


def load_joint(encoder: E5Encoder, file: Path = WEIGHTS) -> JointReader:
    """Raises FileNotFoundError, JointMismatch."""
    if not file.is_file():
        raise FileNotFoundError(f"no {file}; run: smartseat nlu train")
    try:
        with safe_open(file, framework="pt") as stored:
            said = stored.metadata() or {}
            state = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        layers, rank = int(said["layers"]), int(said["rank"])
        here = described(encoder, layers, rank)
        for part in ("intents", "tags"):
            if said[part] != here[part]:
                raise JointMismatch(f"{file} was trained for other {part}; run: smartseat nlu train")
        if not np.allclose(json.loads(said["probe"]), json.loads(here["probe"]), atol=1e-2):
            raise JointMismatch(f"{file} was trained on another encoder; run: smartseat nlu train")
        network = new_network(encoder, layers, rank)
        load_into(network, state)
    except (SafetensorError, KeyError, ValueError) as error:
        if isinstance(error, JointMismatch):
            raise
        raise JointMismatch(f"{file} cannot be read ({error}); run: smartseat nlu train") from error
    trained_on = frozenset(said.get("trained_on", "").split())
    return JointReader(encoder, network, layers, trained_on)


def open_joint(encoder: E5Encoder, file: Path = WEIGHTS) -> JointReader | None:
    """The reader, or None where there is none that fits: the log says why, and rules and characters are read alone."""
    try:
        return load_joint(encoder, file)
    except (FileNotFoundError, JointMismatch) as problem:
        _log.warning("intents are read by rules and characters alone: %s", problem)
        return None
