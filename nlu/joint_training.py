"""Trains the joint reader's adapters and heads on the grown examples, on a CPU.

The encoder's lower layers never change: each sentence goes through them once. The same seed, threads and machine
give the same weights.
"""

from __future__ import annotations

import hashlib
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from models.encoder import E5Encoder
from models.joint_network import Batch, JointNetwork, batched
from nlu.growth import grow
from nlu.joint import LABELS, TAGS, described, lower_states, new_network, tags_of
from nlu.sentences import Sentence

#: Of a hundred sentences so many are held out, by what they say: a new seed never moves one over.
_HELD_OUT = 15
_LONGEST = 120
#: A tag's weight in the loss against an intent's.
_TAGS_COUNT = 0.3
_SMOOTHING = 0.05
_NOT_SCORED = -100
#: So many written sentences tell the centre of the heads' features.
_SETTLED_BY = 256
_DECAY = 0.05

#: (steps done, steps in all, the loss lately)
Report = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """layers, rank: of the adapters; rates: of adapters and heads."""

    seed: int = 1
    epochs: int = 4
    layers: int = 12
    rank: int = 16
    batch: int = 16
    adapter_rate: float = 1e-3
    head_rate: float = 2e-3


@dataclass(slots=True)
class Trained:
    """losses: the mean of every ten steps or so, in order."""

    network: JointNetwork
    losses: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    entered: Tensor
    text: str
    places: list[int]
    intents: Tensor
    tags: list[int]


def held_out(sentences: Sequence[Sentence]) -> tuple[list[Sentence], list[Sentence]]:
    """(to train on, to measure on)."""
    train: list[Sentence] = []
    test: list[Sentence] = []
    for sentence in sentences:
        (test if zlib.crc32(sentence.text.encode()) % 100 < _HELD_OUT else train).append(sentence)
    return train, test


def train(
    encoder: E5Encoder,
    sentences: Sequence[Sentence],
    plan: Plan,
    report: Report,
    checkpoint: Path | None = None,
) -> Trained:
    """checkpoint: written after every epoch; where it is of the same plan and sentences, training goes on from it."""
    # The start of the weights, dropout and order all hang on these two.
    torch.manual_seed(plan.seed)
    network = new_network(encoder, plan.layers, plan.rank)
    optimiser = _optimiser(network, plan)
    state = Trained(network)
    digest = _digest(sentences, plan)
    begun = _resume(checkpoint, digest, network, optimiser, state)
    if not begun:
        network.settle(_batch(_rows(encoder, _some(sentences), plan.layers)))
    steps = -(-len(sentences) // plan.batch)
    total = steps * plan.epochs
    for epoch in range(begun, plan.epochs):
        torch.manual_seed(plan.seed * 1000 + epoch)
        network.train()
        rows = _rows(encoder, grow(sentences, plan.seed * 1000 + epoch), plan.layers)
        recent: list[float] = []
        for number, chosen in enumerate(_batches(rows, plan.batch, plan.seed * 1000 + epoch)):
            done = epoch * steps + number
            warm = min(1.0, (done + 1) / (0.06 * total + 1))
            for group, rate in zip(optimiser.param_groups, (plan.adapter_rate, plan.head_rate), strict=True):
                group["lr"] = rate * warm * (1 - done / total)
            with torch.autocast("cpu", torch.bfloat16):
                loss = _loss(network, chosen)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            recent.append(float(loss.detach()))
            if len(recent) == 10 or number == steps - 1:
                state.losses.append(sum(recent) / len(recent))
                recent = []
            report(done + 1, total, sum(recent) / len(recent) if recent else state.losses[-1])
        if checkpoint is not None:
            _keep(checkpoint, digest, network, optimiser, state, epoch + 1)
    network.eval()
    return state


def save(
    trained: Trained,
    encoder: E5Encoder,
    plan: Plan,
    sentences: Sequence[Sentence],
    file: Path,
) -> str:
    """Writes the weights in half precision; returns the sha256 of their tensors.

    sentences: all there were, the held out ones too.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: tensor.detach().half().contiguous() for name, tensor in trained.network.state_dict().items()
    }
    save_file(tensors, file, metadata=described(encoder, plan.layers, plan.rank, sentences))
    return weights_hash(trained.network)


def weights_hash(network: JointNetwork) -> str:
    """sha256 over the tensors in the order of their names, as they are saved."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().half().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _some(sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    return sentences[:: max(1, len(sentences) // _SETTLED_BY)]


def _rows(encoder: E5Encoder, sentences: Sequence[Sentence], layers: int) -> list[_Row]:
    rows: list[_Row] = []
    for sentence in sentences:
        text = sentence.text[:_LONGEST]
        entered, places = lower_states(encoder, text, layers)
        intents = torch.zeros(len(LABELS))
        for place, intent in enumerate(sentence.intents):
            intents[LABELS.index(intent)] = 1.0 if place == 0 else 0.5
        intents /= intents.sum()
        marks = [(mark.slot, mark.start, mark.end) for mark in sentence.marks]
        tags = tags_of(marks, len(places)) if sentence.known else [_NOT_SCORED] * len(places)
        # A tensor made in inference mode must not enter the graph.
        rows.append(_Row(entered.clone(), text, places, intents, tags))
    return rows


def _batches(rows: Sequence[_Row], size: int, seed: int) -> Iterator[list[_Row]]:
    """Rows of like length side by side, the batches in any order."""
    chance = random.Random(seed)
    order = sorted(range(len(rows)), key=lambda i: (len(rows[i].places) // 4, chance.random()))
    groups = [order[at : at + size] for at in range(0, len(order), size)]
    chance.shuffle(groups)
    for group in groups:
        yield [rows[i] for i in group]


def _batch(rows: Sequence[_Row]) -> Batch:
    return batched([(row.entered, row.text, row.places) for row in rows])


def _loss(network: JointNetwork, rows: Sequence[_Row]) -> Tensor:
    batch = _batch(rows)
    intents, tags = network(batch)
    wanted = torch.stack([row.intents for row in rows])
    told = torch.full(batch.places.shape, _NOT_SCORED)
    for number, row in enumerate(rows):
        told[number, : len(row.tags)] = torch.tensor(row.tags, dtype=torch.long)
    about = functional.cross_entropy(intents, wanted, label_smoothing=_SMOOTHING)
    spans = functional.cross_entropy(tags.reshape(-1, len(TAGS)), told.reshape(-1), reduction="sum")
    return about + _TAGS_COUNT * spans / len(rows)


def _optimiser(network: JointNetwork, plan: Plan) -> torch.optim.AdamW:
    adapters = [*network.down.parameters(), *network.up.parameters()]
    known = {id(parameter) for parameter in adapters}
    heads = [parameter for parameter in network.parameters() if id(parameter) not in known]
    groups = [{"params": adapters, "lr": plan.adapter_rate}, {"params": heads, "lr": plan.head_rate}]
    return torch.optim.AdamW(groups, weight_decay=_DECAY)


def _digest(sentences: Sequence[Sentence], plan: Plan) -> str:
    return hashlib.sha256(repr((plan, list(sentences))).encode()).hexdigest()


def _keep(
    file: Path,
    digest: str,
    network: JointNetwork,
    optimiser: torch.optim.Optimizer,
    state: Trained,
    epochs: int,
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".part")
    torch.save(
        {
            "digest": digest,
            "network": network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "losses": state.losses,
            "epochs": epochs,
        },
        draft,
    )
    draft.replace(file)


def _resume(
    file: Path | None, digest: str, network: JointNetwork, optimiser: torch.optim.Optimizer, state: Trained
) -> int:
    """How many epochs are already behind."""
    if file is None or not file.is_file():
        return 0
    kept = torch.load(file, weights_only=True)
    if kept["digest"] != digest:
        return 0
    network.load_state_dict(kept["network"])
    optimiser.load_state_dict(kept["optimiser"])
    state.losses = list(kept["losses"])
    return int(kept["epochs"])
