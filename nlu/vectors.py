"""Sentences as vectors: hashed characters in a row, and what the text encoder makes of them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.protocols import TextEncoder

Matrix = NDArray[np.float32]

BUCKETS = 8192
#: Kept vectors that differ from a fresh one by more are another encoder's.
_SAME = 1e-2
_PROBE = "12315"


def grams(core: str) -> Matrix:
    """Hashed one to three characters in a row, of length one whatever the text's."""
    row = np.zeros(BUCKETS, dtype=np.float32)
    bounded = f"^{core[:300]}$"
    for size in (1, 2, 3):
        for start in range(len(bounded) - size + 1):
            row[zlib.crc32(bounded[start : start + size].encode("utf-8", "replace")) % BUCKETS] += 1.0
    row = np.sqrt(row)
    return np.asarray(row / max(float(np.linalg.norm(row)), 1e-9), dtype=np.float32)


def encoded(encoder: TextEncoder, sentences: Sequence[str], cache: Path | None) -> Matrix:
    """The sentences' vectors, one a row. cache: a file of vectors by sentence; only new ones are encoded.

    The file keeps what was asked for last, if the same encoder made it.
    """
    keys = [hashlib.sha256(sentence.encode()).hexdigest()[:32] for sentence in sentences]
    probe = encoder.encode([_PROBE])[0]
    kept = _kept(cache, probe)
    new = [place for place, key in enumerate(keys) if key not in kept]
    for place, vector in zip(new, encoder.encode([sentences[place] for place in new]), strict=True):
        kept[keys[place]] = vector.astype(np.float16)
    vectors = np.stack([kept[key] for key in keys])
    if cache is not None and (new or len(kept) > len(set(keys))):
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(cache, keys=np.array(keys), probe=probe, vectors=vectors)
    return np.asarray(vectors, dtype=np.float32)


def _kept(cache: Path | None, probe: Matrix) -> dict[str, NDArray[np.float16]]:
    """The file's vectors by sentence; none if there is no such file, or another encoder made it."""
    if cache is None or not cache.is_file():
        return {}
    with np.load(cache, allow_pickle=False) as stored:
        if "keys" not in stored or not np.allclose(stored["probe"], probe, atol=_SAME):
            return {}
        return dict(zip(map(str, stored["keys"]), stored["vectors"], strict=True))
