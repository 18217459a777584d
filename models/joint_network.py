"""Adapters on the encoder's last layers with two heads: what a sentence is about, and which characters are values.

The encoder itself stays as it is: its lower layers are read by both, and its own sentence vector comes out of the
same pass beside the adapted one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.e5_network import Layer, Matrix, passed

#: The matrices of a layer that carry an adapter (Hu et al. 2021, LoRA).
_ADAPTED = ("qkv", "attended", "widened", "narrowed")
_BUCKETS = 4096
_CHARACTER, _TOKEN, _HIDDEN, _REACH = 32, 96, 96, 5


@dataclass(frozen=True, slots=True)
class Shape:
    """layers: how many of the last ones are adapted; rank: of each adapter; classes, tags: what the heads tell apart."""

    layers: int
    rank: int
    classes: int
    tags: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentences side by side.

    entered: (batch, tokens, width) at the first adapted layer; mask: (batch, tokens), true where a token is;
    characters: (batch, length) hashed characters, 0 where none is; places: (batch, length) each character's token.
    """

    entered: Tensor
    mask: Tensor
    characters: Tensor
    places: Tensor


class JointNetwork(nn.Module):
    """Trains in float32; `merged` gives the adapted layers as plain ones for serving."""

    sentence_centre: Tensor
    sentence_spread: Tensor
    word_centre: Tensor
    word_spread: Tensor

    def __init__(self, base: Sequence[Layer], shape: Shape, *, heads: int, epsilon: float) -> None:
        """base: the encoder's last `shape.layers` layers, which stay frozen."""
        super().__init__()
        self._base = [as_type(layer, torch.float32) for layer in base]
        self._heads, self._epsilon = heads, epsilon
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        width = self._base[0].attended[0].shape[0]
        for number, layer in enumerate(self._base):
            for name in _ADAPTED:
                rows, columns = getattr(layer, name)[0].shape
                self.down[f"{number}_{name}"] = nn.Parameter(torch.randn(shape.rank, columns) / columns**0.5)
                self.up[f"{number}_{name}"] = nn.Parameter(torch.zeros(rows, shape.rank))
        # The encoder's vectors all point much the same way; what tells them apart lies about their mean.
        for name in ("sentence", "word"):
            self.register_buffer(f"{name}_centre", torch.zeros(width))
            self.register_buffer(f"{name}_spread", torch.ones(width))
        self.intents = nn.Linear(width, shape.classes)
        self.token = nn.Linear(width, _TOKEN)
        self.character = nn.Embedding(_BUCKETS, _CHARACTER, padding_idx=0)
        self.mix = nn.Conv1d(_TOKEN + _CHARACTER, _HIDDEN, _REACH, padding=_REACH // 2)
        self.tags = nn.Linear(_HIDDEN, shape.tags)
        self.dropout = nn.Dropout(0.2)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Logits of the intents (batch, classes) and of the characters' tags (batch, length, tags)."""
        return self.read(self._through(batch), batch)

    @torch.no_grad()
    def settle(self, batch: Batch) -> None:
        """Take the centre and spread of the heads' features from these sentences."""
        x = self._through(batch)
        for name, features in (("sentence", _mean(x, batch.mask)), ("word", x[batch.mask])):
            self.get_buffer(f"{name}_centre").copy_(features.mean(0))
            self.get_buffer(f"{name}_spread").copy_(features.std(0) + 1e-4)

    def _through(self, batch: Batch) -> Tensor:
        x, allowed = batch.entered.float(), batch.mask[:, None, None, :]
        for layer in self._adapted():
            x = passed(layer, x, allowed, heads=self._heads, epsilon=self._epsilon)
        return x

    def read(self, x: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The heads over the last hidden state (batch, tokens, width)."""
        mean = (_mean(x, batch.mask) - self.sentence_centre) / self.sentence_spread
        tokens = self.token(self.dropout((x - self.word_centre) / self.word_spread))
        places = batch.places.unsqueeze(-1).expand(-1, -1, tokens.shape[-1])
        features = torch.cat([tokens.gather(1, places), self.character(batch.characters)], dim=-1)
        # Nothing lies beyond a sentence's end, whatever its neighbours' length.
        features = features * (batch.characters > 0).unsqueeze(-1)
        mixed = functional.gelu(self.mix(features.transpose(1, 2))).transpose(1, 2)
        return self.intents(self.dropout(mean)), self.tags(self.dropout(mixed))

    def _adapted(self) -> list[Layer]:
        """The base layers with their adapters beside them: no gradient of a whole matrix is ever made."""

        def pairs(number: int, name: str, base: tuple[Tensor, Tensor]) -> Matrix:
            return (*base, self.down[f"{number}_{name}"], self.up[f"{number}_{name}"])

        return [
            _with(layer, {name: pairs(number, name, _base(layer, name)) for name in _ADAPTED})
            for number, layer in enumerate(self._base)
        ]

    def merged(self) -> list[Layer]:
        """The base layers with their adapters added."""

        def sums(number: int, name: str, base: tuple[Tensor, Tensor]) -> Matrix:
            return base[0] + self.up[f"{number}_{name}"] @ self.down[f"{number}_{name}"], base[1]

        return [
            _with(layer, {name: sums(number, name, _base(layer, name)) for name in _ADAPTED})
            for number, layer in enumerate(self._base)
        ]


def _base(layer: Layer, name: str) -> tuple[Tensor, Tensor]:
    weight, bias, *_ = getattr(layer, name)
    return weight, bias


def _with(layer: Layer, matrices: Mapping[str, Matrix]) -> Layer:
    return Layer(
        matrices["qkv"],
        matrices["attended"],
        layer.attended_norm,
        matrices["widened"],
        matrices["narrowed"],
        layer.narrowed_norm,
    )


def _mean(x: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).float()
    return (x * weights).sum(1) / weights.sum(1)


def batched(rows: Sequence[tuple[Tensor, str, Sequence[int]]]) -> Batch:
    """rows: a sentence's hidden states (tokens, width), its text, and the token of each of its characters."""
    tokens = max(len(hidden) for hidden, _, _ in rows)
    length = max(1, max(len(places) for _, _, places in rows))
    entered = rows[0][0].new_zeros(len(rows), tokens, rows[0][0].shape[-1])
    mask = torch.zeros(len(rows), tokens, dtype=torch.bool)
    characters = torch.zeros(len(rows), length, dtype=torch.long)
    places = torch.zeros(len(rows), length, dtype=torch.long)
    for row, (hidden, text, where) in enumerate(rows):
        entered[row, : len(hidden)] = hidden
        mask[row, : len(hidden)] = True
        codes = [1 + ord(character) % (_BUCKETS - 1) for character in text[: len(where)]]
        characters[row, : len(where)] = torch.tensor(codes, dtype=torch.long)
        places[row, : len(where)] = torch.tensor(list(where), dtype=torch.long)
    return Batch(entered, mask, characters, places)


def load_into(network: JointNetwork, state: Mapping[str, Tensor]) -> None:
    """Raises ValueError where the tensors are not this network's."""
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    except RuntimeError as error:
        raise ValueError(f"the tensors do not fit the network: {error}") from error


def as_type(layer: Layer, dtype: torch.dtype) -> Layer:
    """`layer` for serving: detached, in `dtype`."""

    def pair(matrix: Matrix) -> tuple[Tensor, Tensor]:
        return matrix[0].detach().to(dtype), matrix[1].detach().to(dtype)

    return Layer(
        pair(layer.qkv),
        pair(layer.attended),
        pair(layer.attended_norm),
        pair(layer.widened),
        pair(layer.narrowed),
        pair(layer.narrowed_norm),
    )
