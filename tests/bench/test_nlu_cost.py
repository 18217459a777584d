from __future__ import annotations

import pytest

from bench.nlu import memory_mb, nlu_cost
from nlu.evaluation.rows import Utterance
from nlu.sentences import read_sentences
from nlu.understander import Understander


def test_it_times_every_row_alone_and_in_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Utterance(line=number, text=f"我要投诉第{number}家店") for number in range(1, 6)]
    read: list[str] = []
    understander = Understander(examples=read_sentences()[:20])
    own = understander.understand

    def count(text: str, **more: object) -> object:
        read.append(text)
        return own(text, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(understander, "understand", count)
    cost = nlu_cost(understander, rows, calls=(2,))
    # Warmed up, alone, and in the crowd.
    assert len(read) == 15
    assert cost.utterances == 5
    assert 0 < cost.latency_ms.p50 <= cost.latency_ms.p95
    (crowd,) = cost.crowds
    assert crowd.per_second > 0
    assert cost.as_dict()["memory_mb"] == cost.memory_mb


def test_memory_is_what_the_system_says() -> None:
    said = memory_mb()
    assert said is None or said > 10
