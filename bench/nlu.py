"""How long understanding takes: one utterance after the other, and several calls at once; and what memory it holds.

The utterances are the test set's own. Nothing is labelled or scored here: `smartseat nlu eval` does that.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from nlu.evaluation.rows import Reply, Utterance
from nlu.evaluation.run import day_of
from nlu.evaluation.scores import Latency, latency
from nlu.understander import Understander

_ANY_DAY = date(2026, 1, 1)
#: What the first utterances cost, while libraries set themselves up, is no figure for a running seat.
_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Crowd:
    """`calls` calls that speak at once. per_second: utterances of them all; latency_ms: of each one of them."""

    calls: int
    per_second: float
    latency_ms: Latency


@dataclass(frozen=True, slots=True)
class NluCost:
    """memory_mb: resident, of the process with its models; None where the system does not tell."""

    utterances: int
    latency_ms: Latency
    crowds: tuple[Crowd, ...]
    memory_mb: float | None

    def as_dict(self) -> dict[str, object]:
        return {
            "utterances": self.utterances,
            "latency_ms": self.latency_ms.model_dump(),
            "crowds": [
                {**asdict(crowd), "latency_ms": crowd.latency_ms.model_dump()} for crowd in self.crowds
            ],
            "memory_mb": self.memory_mb,
        }


def nlu_cost(
    understander: Understander, rows: Sequence[Utterance | Reply], calls: Sequence[int] = (2, 4, 8)
) -> NluCost:
    """calls: how many at once, each measured by itself over all rows."""
    for row in rows[:_WARM_UP]:
        _timed(understander, row)
    alone = [_timed(understander, row) for row in rows]
    crowds = tuple(_crowd(understander, rows, number) for number in calls)
    return NluCost(len(rows), latency(alone), crowds, memory_mb())


def _crowd(understander: Understander, rows: Sequence[Utterance | Reply], calls: int) -> Crowd:
    began = time.perf_counter()
    with ThreadPoolExecutor(calls) as pool:
        times = list(pool.map(lambda row: _timed(understander, row), rows))
    return Crowd(calls, round(len(rows) / (time.perf_counter() - began), 1), latency(times))


def _timed(understander: Understander, row: Utterance | Reply) -> float:
    began = time.perf_counter()
    understander.understand(row.text, asked=row.asked, today=day_of(row, _ANY_DAY))
    return (time.perf_counter() - began) * 1000


def memory_mb() -> float | None:
    """Resident memory of this process, from Linux's /proc."""
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        return None
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return round(int(resident.split()[1]) / 1024, 1)
