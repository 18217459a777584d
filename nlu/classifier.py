"""Each intent's share of an utterance: the joint reader's where there is one, beside a linear reader of characters.

The linear reader is a ridge regression in closed form over rules, cues, platforms and character n-grams: made when the
program starts, of all examples, so that a sentence written today counts at once. The joint reader is trained by
`smartseat nlu train`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from data.understanding import Asked
from data.vocabulary import Intent
from nlu import platforms
from nlu.heard import Heard
from nlu.intents import by_rules, cues
from nlu.joint_reading import JointReading, Reader
from nlu.sentences import Sentence, read_sentences
from nlu.vectors import BUCKETS, Matrix, grams

_STIFFNESS = 1.0
#: How much rules, cues and a platform count beside the n-grams; set on sentences that no rule was written for.
_RULES, _CUES, _PLATFORM = 0.1, 0.2, 0.7
#: Turns the regression's outputs (about 0..1) into shares of one.
_TEMPERATURE = 0.14
#: How much the linear reader's logarithm counts beside the joint reader's.
_LINEAR_BESIDE = 1.0
#: Cosine of the n-grams from which a sentence is like a new example: then the example decides.
_ALIKE = 0.5
_HIGHEST_RULE = 6.0
_ANY_DAY = date(2026, 1, 1)
_LABELS = tuple(Intent)


@dataclass(frozen=True, slots=True)
class _Weights:
    grams: Matrix
    others: Matrix
    bias: Matrix


class Classifier:
    """examples: by default all of nlu/examples. joint: decides where it is given a reading of the sentence."""

    def __init__(self, examples: Sequence[Sentence] | None = None, joint: Reader | None = None) -> None:
        examples = read_sentences() if examples is None else tuple(examples)
        self._weights = _fitted(tuple(examples))
        new = [one for one in examples if joint is not None and not joint.trained_on(one.text)]
        self._new = [one.intents[0] for one in new]
        self._new_grams = np.stack(
            [grams(Heard(one.text, Asked(), _ANY_DAY).core) for one in new]
            or [np.zeros(BUCKETS, dtype=np.float32)]
        )

    def shares(
        self, heard: Heard, *, on_platform: bool, reading: JointReading | None = None
    ) -> dict[Intent, float]:
        """Each intent's share of one. reading: the joint reader's, of the same words."""
        counted = grams(heard.core)
        weights = self._weights
        outputs = counted @ weights.grams + _plain(heard, on_platform) @ weights.others + weights.bias
        own = _softmax(outputs / _TEMPERATURE)
        if reading is None:
            return dict(zip(_LABELS, own.tolist(), strict=True))
        told = np.array([reading.intents[intent] for intent in _LABELS], dtype=np.float32)
        both = _softmax(np.log(told + 1e-6) + _LINEAR_BESIDE * np.log(own + 1e-6))
        like = self._like_a_new_example(counted)
        if like is not None:
            both = 0.1 * both + 0.9 * (np.array(_LABELS) == like)
        return dict(zip(_LABELS, both.tolist(), strict=True))

    def _like_a_new_example(self, counted: Matrix) -> Intent | None:
        """What the sentence most like this one is about, if it was written after the joint reader was trained."""
        alike = self._new_grams @ counted
        nearest = int(alike.argmax())
        return self._new[nearest] if float(alike[nearest]) >= _ALIKE else None


@cache
def _fitted(examples: tuple[Sentence, ...]) -> _Weights:
    """Some seconds for some thousand examples; once for a process."""
    heard = [Heard(example.text, Asked(), _ANY_DAY) for example in examples]
    counted = np.stack([grams(one.core) for one in heard])
    others = np.stack([_plain(one, platforms.named(one)) for one in heard])
    targets = np.zeros((len(examples), len(_LABELS)), dtype=np.float32)
    for row, example in enumerate(examples):
        for place, intent in enumerate(example.intents):
            # What is named beside the leading business counts half.
            targets[row, _LABELS.index(intent)] = 1.0 if place == 0 else 0.5
    bias = targets.mean(axis=0)
    likeness = counted @ counted.T + others @ others.T
    likeness[np.diag_indices(len(examples))] += _STIFFNESS
    weights = np.linalg.solve(likeness, targets - bias)
    return _Weights(counted.T @ weights, others.T @ weights, bias)


def _plain(heard: Heard, on_platform: bool) -> Matrix:
    rules = by_rules(heard)
    scores = [_RULES * min(rules.get(intent, 0.0), _HIGHEST_RULE) for intent in _LABELS]
    told = [_CUES * float(found) for found in cues(heard.core)]
    return np.array([*scores, *told, _PLATFORM * float(on_platform)], dtype=np.float32)


def _softmax(outputs: Matrix) -> Matrix:
    powers = np.exp(outputs - outputs.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)
