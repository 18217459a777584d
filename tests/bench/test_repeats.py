"""The repeats' rules on the hand-written pairs; floors under what was measured."""

from __future__ import annotations

from bench.repeats import load_pairs, score


def test_repeats_are_told() -> None:
    pairs = list(enumerate(load_pairs(), 1))
    assert len(pairs) >= 60
    found = score(pairs)
    precision, recall = found.linked
    assert precision >= 0.95 and recall >= 0.95
    assert found.right / found.n >= 0.9
    for name, (exact, complete, n) in found.by_relation.items():
        assert n >= 4 and (exact or 0) >= 0.7 and (complete or 0) >= 0.8, name
