"""Killed at any moment: what of the acknowledged is lost? A worker is forked, let run, and killed with SIGKILL.

The worker says on a pipe what the store has taken, before it goes on; it loads no speech model, so that a
thousand kills take minutes. What it does is given from outside (`Work`). Here it is forked, killed, remembered,
and in the end compared with what is there.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from data.case_numbers import SHANGHAI
from data.errors import CallUnknown, RecordUnknown
from data.events import CallEvent, ConsentGiven, ConsentRefused, ConsentWithdrawn
from data.records import LodgedRecord, PlannedAct, RecordDraft
from data.store import Store
from data.vocabulary import ConsentStatus

#: Forking keeps what the parent has imported: a worker is there in milliseconds.
_FORK = multiprocessing.get_context("fork")
_DECIDED = {ConsentGiven: "given", ConsentRefused: "refused", ConsentWithdrawn: "withdrawn"}
_MOST_READ = 1 << 20


class AckingStore(Store):
    """A store that writes a line to `acks` (a file descriptor) for what it has taken, once it is durable."""

    acks: int

    def append(self, call_id: str, events: Sequence[CallEvent], acts: Sequence[PlannedAct] = ()) -> list[int]:
        seqs = super().append(call_id, events, acts)
        lines = [f"event {call_id} {seqs[-1]}"] if seqs else []
        for event in events:
            if isinstance(event, ConsentGiven | ConsentRefused | ConsentWithdrawn):
                lines.append(f"consent {call_id} {event.consent} {event.recipient} {_DECIDED[type(event)]}")
        self._tell(lines)
        return seqs

    def lodge(
        self,
        call_id: str,
        draft: RecordDraft,
        key: str,
        events: Sequence[CallEvent] = (),
        *,
        now: datetime | None = None,
        region: str = SHANGHAI,
    ) -> LodgedRecord:
        lodged = super().lodge(call_id, draft, key, events, now=now, region=region)
        self._tell([f"lodged {call_id} {lodged.case_no}"])
        return lodged

    def _tell(self, lines: Iterable[str]) -> None:
        os.write(self.acks, "".join(f"{line}\n" for line in lines).encode())


#: Opens the store, puts away what a dead worker left, and takes calls until it is killed. (acks, round)
Work = Callable[[int, int], None]


@dataclass
class Acknowledged:
    """What the killed workers had been told is kept."""

    events: dict[str, int] = field(default_factory=dict)
    consents: dict[tuple[str, str, str], str] = field(default_factory=dict)
    lodged: dict[str, set[str]] = field(default_factory=dict)

    def take(self, told: bytes) -> None:
        """Reads whole lines; the last may have been cut by the kill."""
        for line in filter(None, told.decode().split("\n")[:-1]):
            what, call_id, *rest = line.split(" ")
            match what:
                case "event":
                    self.events[call_id] = max(self.events.get(call_id, 0), int(rest[0]))
                case "consent":
                    self.consents[call_id, rest[0], rest[1]] = rest[2]
                case "lodged":
                    self.lodged.setdefault(call_id, set()).add(rest[0])


def kill_one(work: Work, number: int, after_s: float, *, from_start: bool) -> bytes:
    """Run `work` in a child, SIGKILL it after that long, give what it had acknowledged.

    from_start: the time runs from the fork, so that starting and putting away are hit too; else from the first
    acknowledgement. Raises RuntimeError when the child ended by itself.
    """
    reading, writing = os.pipe()
    child = _FORK.Process(target=_run, args=(work, number, reading, writing))
    child.start()
    os.close(writing)
    told = b""
    try:
        if not from_start:
            told = os.read(reading, _MOST_READ)
        child.join(after_s)
        ended = child.exitcode
        assert child.pid is not None
        if ended is None:
            os.kill(child.pid, signal.SIGKILL)
            child.join()
        while part := os.read(reading, _MOST_READ):
            told += part
    finally:
        os.close(reading)
    if ended is not None:
        raise RuntimeError(f"worker {number} ended by itself (exit {ended})")
    return told


def _run(work: Work, number: int, reading: int, writing: int) -> None:
    os.close(reading)
    work(writing, number)


def kill_many(
    work: Work, times: int, seed: int, longest_s: float, on_kill: Callable[[int], None] = lambda done: None
) -> Acknowledged:
    """`times` workers one after the other, each killed at a moment drawn from 0 to longest_s.

    Every fifth is hit from its start on, the others once they work.
    """
    draw = random.Random(seed)
    kept = Acknowledged()
    for number in range(times):
        kept.take(kill_one(work, number, draw.uniform(0.0, longest_s), from_start=number % 5 == 0))
        on_kill(number + 1)
    return kept


def missing(store: Store, kept: Acknowledged) -> list[str]:
    """What was acknowledged and is not there, or is there twice; a line each, without personal data.

    For a store whose calls have been recovered.
    """
    wrong: list[str] = []
    for call_id, events in kept.events.items():
        try:
            there = len(store.events(call_id))
        except CallUnknown:
            wrong.append(f"call {call_id} is gone")
            continue
        if there < events:
            wrong.append(f"call {call_id}: {there} of {events} events")
        if not (chain := store.verify(call_id)).whole:
            wrong.append(f"call {call_id}: chain broken at {chain.broken_at}")
        if store.call(call_id).ended_at is None:
            wrong.append(f"call {call_id} is still open")
    for (call_id, purpose, recipient), decision in kept.consents.items():
        held = {
            consent.standing.value
            for record in store.records_of(call_id)
            for consent in record.consents
            if (consent.draft.purpose, consent.draft.recipient) == (purpose, recipient)
        }
        if held != {decision}:
            wrong.append(f"call {call_id}: consent {purpose} is {sorted(held)}, acknowledged {decision}")
    numbers: Counter[str] = Counter()
    for call_id, cases in kept.lodged.items():
        numbers.update(cases)
        for case_no in cases:
            try:
                if store.record(case_no).call_id != call_id:
                    wrong.append(f"case {case_no} belongs to another call")
            except RecordUnknown:
                wrong.append(f"case {case_no} is gone")
    wrong += [f"case number {case_no} was given {n} times" for case_no, n in numbers.items() if n > 1]
    return wrong


@dataclass(frozen=True)
class Delivered:
    """What reached the company. twice: the same matter with effect more than once."""

    effects: int
    tries: int
    twice: tuple[str, ...]
    without_consent: tuple[str, ...]


def delivered(store: Store, taken: dict[str, dict[str, object]], tries: int) -> Delivered:
    """Judges the company's own book: message id → what it was told."""
    effects = Counter((str(told["referral"]), str(told["kind"])) for told in taken.values())
    by_id = {referral.id: referral for referral in store.referrals(limit=len(taken) + 100_000)}
    bare = []
    for referral_id, kind in effects:
        referral = by_id.get(referral_id)
        given = False
        if referral is not None:
            with suppress(RecordUnknown):
                given = any(
                    consent.id == referral.consent_id
                    and consent.draft.recipient == referral.recipient
                    and consent.standing in (ConsentStatus.GIVEN, ConsentStatus.WITHDRAWN)
                    for consent in store.record(referral.record_id).consents
                )
        if kind == "referral" and not given:
            bare.append(referral_id)
    return Delivered(
        effects=len(taken),
        tries=tries,
        twice=tuple(one for (one, _), n in effects.items() if n > 1),
        without_consent=tuple(bare),
    )
