"""A linear reader of intents over rules, cues, character n-grams and, where there is one, the text encoder.

Ridge regression in closed form: the same examples always give the same weights, in well under a second.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.understanding import Asked
from data.vocabulary import Intent
from models.protocols import TextEncoder
from nlu.heard import Heard
from nlu.intents import by_rules, cues, read_examples

Matrix = NDArray[np.float32]

_BUCKETS = 8192
_STIFFNESS = 3.0
#: How much each family of features counts; set on sentences that no rule was written for.
_ENCODED, _RULES, _CUES, _GRAMS = 4.0, 0.1, 0.2, 1.0
#: Turns the regression's outputs (about 0..1) into shares of one.
_TEMPERATURE = 0.14
_HIGHEST_RULE = 6.0
_ANY_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class _Weights:
    grams: Matrix
    others: Matrix
    bias: Matrix


class Classifier:
    """Trained when made. cache: a file for the encoded examples, so that a restart need not encode them again."""

    def __init__(self, encoder: TextEncoder | None = None, *, cache: Path | None = None) -> None:
        self._encoder = encoder
        self._labels = tuple(Intent)
        examples = read_examples()
        sentences = [sentence for group in examples.values() for sentence in group]
        intents = [intent for intent, group in examples.items() for _ in group]
        heard = [Heard(sentence, Asked(), _ANY_DAY) for sentence in sentences]
        rules = [by_rules(one) for one in heard]
        grams = np.stack([_grams(one.core) for one in heard])
        plain = np.stack([self._plain(one.core, scores) for one, scores in zip(heard, rules, strict=True)])
        targets = np.zeros((len(intents), len(self._labels)), dtype=np.float32)
        for row, intent in enumerate(intents):
            targets[row, self._labels.index(intent)] = 1.0
        self._bare = _fit(grams, plain, targets)
        self._full: _Weights | None = None
        self._mean = np.zeros(0, dtype=np.float32)
        if encoder is not None:
            vectors = _encoded(encoder, sentences, cache)
            self._mean = np.asarray(vectors.mean(axis=0), dtype=np.float32)
            self._full = _fit(grams, np.hstack([plain, _ENCODED * (vectors - self._mean)]), targets)

    def shares(self, heard: Heard, rules: Mapping[Intent, float], *, deep: bool) -> dict[Intent, float]:
        """Each intent's share of one. deep: ask the encoder too, if there is one."""
        others = self._plain(heard.core, rules)
        weights = self._bare
        if deep and self._full is not None and self._encoder is not None:
            vector = self._encoder.encode([heard.text])[0]
            others = np.concatenate([others, _ENCODED * (vector - self._mean)])
            weights = self._full
        outputs = _grams(heard.core) @ weights.grams + others @ weights.others + weights.bias
        powers = np.exp((outputs - outputs.max()) / _TEMPERATURE)
        total = float(powers.sum())
        return {intent: float(power) / total for intent, power in zip(self._labels, powers, strict=True)}

    def _plain(self, core: str, rules: Mapping[Intent, float]) -> Matrix:
        scores = [_RULES * min(rules.get(intent, 0.0), _HIGHEST_RULE) for intent in self._labels]
        return np.array([*scores, *(_CUES * float(found) for found in cues(core))], dtype=np.float32)


def _fit(grams: Matrix, others: Matrix, targets: Matrix) -> _Weights:
    features = np.hstack([grams, others])
    bias = targets.mean(axis=0)
    gram = features @ features.T + _STIFFNESS * np.eye(len(features), dtype=np.float32)
    weights = features.T @ np.linalg.solve(gram, targets - bias)
    split = grams.shape[1]
    return _Weights(
        np.asarray(weights[:split], dtype=np.float32),
        np.asarray(weights[split:], dtype=np.float32),
        np.asarray(bias, dtype=np.float32),
    )


def _grams(core: str) -> Matrix:
    """Hashed one to three characters in a row, of length one whatever the text's."""
    row = np.zeros(_BUCKETS, dtype=np.float32)
    bounded = f"^{core[:300]}$"
    for size in (1, 2, 3):
        for start in range(len(bounded) - size + 1):
            row[zlib.crc32(bounded[start : start + size].encode("utf-8", "replace")) % _BUCKETS] += 1.0
    row = np.sqrt(row)
    return np.asarray(row / max(float(np.linalg.norm(row)), 1e-9), dtype=np.float32)


def _encoded(encoder: TextEncoder, sentences: Sequence[str], cache: Path | None) -> Matrix:
    """The examples' vectors, from `cache` where it was made of the same sentences by the same encoder."""
    probe = encoder.encode(["12315"])[0]
    digest = hashlib.sha256("\n".join(sentences).encode()).hexdigest()
    if cache is not None and cache.is_file():
        with np.load(cache, allow_pickle=False) as stored:
            if str(stored["digest"]) == digest and np.allclose(stored["probe"], probe, atol=1e-2):
                return np.asarray(stored["vectors"], dtype=np.float32)
    vectors = encoder.encode(list(sentences))
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(cache, digest=np.array(digest), probe=probe, vectors=vectors.astype(np.float16))
    return np.asarray(vectors, dtype=np.float32)
