"""Which turn heard again is which turn of the recording: by the time they were spoken. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import data.events as ev
from agent.ear import Found
from qa.replay.exchanges import Exchange, FromCaller

#: A turn whose begin or end is further from the recorded one was cut otherwise. Milliseconds.
_MOVED_MS = 500
#: Silence and noise have a moment only; they are the same when no further apart. Milliseconds.
_NEAR_MS = 2000


@dataclass(frozen=True, slots=True)
class HeardAgain:
    """recorded: the call with its caller's turns heard again. lost: turns of the recording that were not
    heard this time; extra: turns that were not heard then; moved: turns that begin or end elsewhere now; by
    their numbers in `recorded`. quiet: silences and noises that only one of the two found. ends_ms: from the
    caller's last sound to the end of each turn, this time (a decode takes none of it)."""

    recorded: tuple[Exchange, ...]
    lost: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    quiet: int = 0
    ends_ms: tuple[int, ...] = ()

    @property
    def cut_otherwise(self) -> bool:
        """Turn-taking made other turns of the same sound."""
        return bool(self.lost or self.extra or self.moved or self.quiet)

    def cut(self, turn: int) -> bool:
        """It did so with this turn."""
        return turn in (*self.lost, *self.extra, *self.moved)


def with_turns(recorded: Sequence[Exchange], found: Sequence[Found]) -> HeardAgain:
    """`recorded` with what the ear found this time in place of the caller's spoken turns.

    Keys, hang-ups and the seat's own events stay. A turn that pairs with a recorded one takes its number and
    its place; one that pairs with none comes in by its time, with a number of its own.
    """
    left = [each for each in found if isinstance(each, ev.WordsHeard | ev.SilenceHeard | ev.NoiseHeard)]
    pairs: dict[int, Found] = {}
    for index, exchange in enumerate(recorded):
        if not isinstance(exchange.input, ev.WordsHeard | ev.SilenceHeard | ev.NoiseHeard):
            continue
        best = max(left, key=lambda other: _overlap(exchange.input, other), default=None)
        if best is not None and _overlap(exchange.input, best) > 0:
            pairs[index] = best
            left.remove(best)
    number = max((e.input.turn for e in recorded if isinstance(e.input, ev.WordsHeard)), default=0)
    told: list[Exchange] = []
    lost: list[int] = []
    extra: list[int] = []
    moved: list[int] = []
    quiet = 0
    for index, exchange in enumerate(recorded):
        while left and left[0].at < exchange.input.at:
            number += 1
            found_now = _numbered(left.pop(0), number)
            if isinstance(found_now, ev.WordsHeard):
                extra.append(number)
            else:
                quiet += 1
            told.append(Exchange(found_now, (), exchange.question))
        if index in pairs:
            then = exchange.input
            turn = then.turn if isinstance(then, ev.WordsHeard | ev.NoiseHeard) else number
            again = _numbered(pairs[index], turn)
            if _moved(then, again):
                moved.append(turn)
            told.append(replace(exchange, input=again.model_copy(update={"at": then.at})))
        elif isinstance(exchange.input, ev.WordsHeard | ev.SilenceHeard | ev.NoiseHeard):
            if isinstance(exchange.input, ev.WordsHeard):
                lost.append(exchange.input.turn)
            else:
                quiet += 1
            told.append(replace(exchange, lost=True))
        else:
            told.append(exchange)
    ends = tuple(each.at - each.end_ms for each in found if isinstance(each, ev.WordsHeard))
    return HeardAgain(tuple(told), tuple(lost), tuple(extra), tuple(moved), quiet, ends)


def _numbered(event: Found, turn: int) -> FromCaller:
    if isinstance(event, ev.WordsHeard | ev.NoiseHeard):
        return event.model_copy(update={"turn": turn})
    assert isinstance(event, ev.SilenceHeard)
    return event


def _moved(then: ev.Event, again: ev.Event) -> bool:
    """Noise in place of words, or words from or to elsewhere."""
    if not (isinstance(then, ev.WordsHeard) and isinstance(again, ev.WordsHeard)):
        return type(then) is not type(again)
    ends = ((then.start_ms, again.start_ms), (then.end_ms, again.end_ms))
    return any(abs(a - b) > _MOVED_MS for a, b in ends)


def _overlap(a: ev.Event, b: ev.Event) -> float:
    """Above 0 when the two are the same: the more, the surer."""
    a_start, a_end = _span(a)
    b_start, b_end = _span(b)
    shared = min(a_end, b_end) - max(a_start, b_start)
    if isinstance(a, ev.WordsHeard) and isinstance(b, ev.WordsHeard):
        return shared
    if isinstance(a, ev.WordsHeard) or isinstance(b, ev.WordsHeard):
        # Words here and a noise there; a silence is not a voice.
        return 0.0 if isinstance(a, ev.SilenceHeard) or isinstance(b, ev.SilenceHeard) else shared
    return _NEAR_MS - abs(a.at - b.at) if type(a) is type(b) else 0.0


def _span(event: ev.Event) -> tuple[int, int]:
    if isinstance(event, ev.WordsHeard):
        return event.start_ms, event.end_ms
    return event.at - _NEAR_MS, event.at
