"""Reading a test set with the understander, one row after the other, timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from nlu.evaluation.rows import Half, Reply, Utterance, read
from nlu.evaluation.scores import ConsentReport, Meant, UtteranceReport, score_replies, score_utterances
from nlu.understander import Understander

#: The sets of this project, written by somebody who never saw the patterns.
OWN_SETS = tuple(
    Path(__file__).parent.parent / "testset" / name for name in ("utterances.jsonl", "consent_replies.jsonl")
)

Progress = Callable[[int, int], None]


def run(
    path: Path,
    understander: Understander,
    *,
    today: date,
    half: Half | None = None,
    progress: Progress = lambda done, total: None,
) -> UtteranceReport | ConsentReport:
    """Score one file; which report it is depends on what the file holds.

    today: the day of the call where a row names none. Raises BadTestSet, OSError.
    """
    rows = read(path, half)
    meant = list(understand(rows, understander, today=today, progress=progress))
    replies = tuple(row for row in rows if isinstance(row, Reply))
    if replies:
        return score_replies(replies, meant)
    return score_utterances(tuple(row for row in rows if isinstance(row, Utterance)), meant)


def understand(
    rows: Sequence[Utterance | Reply],
    understander: Understander,
    *,
    today: date,
    progress: Progress = lambda done, total: None,
) -> Iterator[Meant]:
    """What each row's text means after what was asked."""
    for done, row in enumerate(rows, 1):
        began = time.perf_counter()
        meant = understander.understand(row.text, asked=row.asked, today=day_of(row, today))
        yield Meant(meant, (time.perf_counter() - began) * 1000)
        progress(done, len(rows))


def day_of(row: Utterance | Reply, today: date) -> date:
    """The day of the row's call."""
    return row.today if isinstance(row, Utterance) and row.today is not None else today
