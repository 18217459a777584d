"""A linear reader of intents over rules, cues, character n-grams and, where there is one, the text encoder.

Ridge regression in closed form: the same examples always give the same weights, in well under a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from data.understanding import Asked
from data.vocabulary import Intent
from models.protocols import TextEncoder
from nlu.heard import Heard
from nlu.intents import by_rules, cues, read_examples
from nlu.vectors import Matrix, encoded, grams

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
        counted = np.stack([grams(one.core) for one in heard])
        plain = np.stack([self._plain(one.core, scores) for one, scores in zip(heard, rules, strict=True)])
        targets = np.zeros((len(intents), len(self._labels)), dtype=np.float32)
        for row, intent in enumerate(intents):
            targets[row, self._labels.index(intent)] = 1.0
        self._bare = _fit(counted, plain, targets)
        self._full: _Weights | None = None
        self._mean = np.zeros(0, dtype=np.float32)
        if encoder is not None:
            vectors = encoded(encoder, sentences, cache)
            self._mean = np.asarray(vectors.mean(axis=0), dtype=np.float32)
            self._full = _fit(counted, np.hstack([plain, _ENCODED * (vectors - self._mean)]), targets)

    def shares(self, heard: Heard, rules: Mapping[Intent, float], *, deep: bool) -> dict[Intent, float]:
        """Each intent's share of one. deep: ask the encoder too, if there is one."""
        others = self._plain(heard.core, rules)
        weights = self._bare
        if deep and self._full is not None and self._encoder is not None:
            vector = self._encoder.encode([heard.text])[0]
            others = np.concatenate([others, _ENCODED * (vector - self._mean)])
            weights = self._full
        outputs = grams(heard.core) @ weights.grams + others @ weights.others + weights.bias
        powers = np.exp((outputs - outputs.max()) / _TEMPERATURE)
        total = float(powers.sum())
        return {intent: float(power) / total for intent, power in zip(self._labels, powers, strict=True)}

    def _plain(self, core: str, rules: Mapping[Intent, float]) -> Matrix:
        scores = [_RULES * min(rules.get(intent, 0.0), _HIGHEST_RULE) for intent in self._labels]
        return np.array([*scores, *(_CUES * float(found) for found in cues(core))], dtype=np.float32)


def _fit(counted: Matrix, others: Matrix, targets: Matrix) -> _Weights:
    features = np.hstack([counted, others])
    bias = targets.mean(axis=0)
    gram = features @ features.T + _STIFFNESS * np.eye(len(features), dtype=np.float32)
    weights = features.T @ np.linalg.solve(gram, targets - bias)
    split = counted.shape[1]
    return _Weights(
        np.asarray(weights[:split], dtype=np.float32),
        np.asarray(weights[split:], dtype=np.float32),
        np.asarray(bias, dtype=np.float32),
    )
