"""Killed at any moment: what of the acknowledged is lost? A worker is forked, let run, and killed with SIGKILL.

The worker says on a pipe what the store has taken, before it goes on; it loads no speech model, so that a
thousand kills take minutes. What it does is given from outside (`Work`). Here it is forked, killed, remembered,
and in the end compared with what is there.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.context import ForkProcess
from select import select

from data.case_numbers import SHANGHAI
from data.companies import Companies
from data.consent import GivenConsent
from data.errors import CallUnknown, RecordUnknown
from data.events import CallEvent, ConsentAsked, ConsentGiven, ConsentRefused, ConsentWithdrawn
from data.records import LodgedRecord, PlannedAct, RecordDraft
from data.referral_book import Claim
from data.store import Store
from data.vocabulary import ConsentStatus

#: Where in its life a worker can be hit, besides a migration. Opening puts away what dead workers left.
PHASES = ("opening", "collecting", "consent", "lodging", "lodged", "referral", "delivery", "between")
MIGRATION = "migration"
AFTER_LODGING = ("lodged", "referral", "delivery")

#: Forking keeps what the parent has imported: a worker is there in milliseconds.
_FORK = multiprocessing.get_context("fork")
_DECIDED = {ConsentGiven: "given", ConsentRefused: "refused", ConsentWithdrawn: "withdrawn"}
_MOST_READ = 1 << 20
_PATIENCE_S = 60.0
"""A worker that does not get where it is to be hit is hit then."""
_AROUND_S = 0.02
"""After a worker has said that it goes to write: some are hit before the commit, some after it."""


class AckingStore(Store):
    """A store that writes a line to `acks` (a file descriptor) for what it has taken, once it is durable; and one
    for where its worker is, before it writes."""

    acks: int
    _phase: str | None = None

    def at(self, phase: str) -> None:
        """Says where the worker is, from its first call on."""
        if phase != self._phase and (self._phase is not None or phase == "collecting"):
            self._phase = phase
            self._tell([f"at {phase}"])

    def begin_call(
        self,
        call_id: str,
        line: str,
        caller_no: str | None,
        started_at: datetime,
        script: str,
        owner: str,
        lease_seconds: float,
    ) -> None:
        self.at("collecting")
        super().begin_call(call_id, line, caller_no, started_at, script, owner, lease_seconds)

    def append(self, call_id: str, events: Sequence[CallEvent], acts: Sequence[PlannedAct] = ()) -> list[int]:
        if any(isinstance(event, ConsentAsked) for event in events):
            self.at("consent")
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
        self.at("lodging")
        lodged = super().lodge(call_id, draft, key, events, now=now, region=region)
        self._tell([f"lodged {call_id} {lodged.case_no}"])
        self.at("lodged")
        return lodged

    def queue_referral(self, given: GivenConsent, key: str, now: datetime | None = None) -> str:
        self.at("referral")
        return super().queue_referral(given, key, now)

    def claim_referrals(
        self, companies: Companies, now: datetime | None = None, limit: int = 20
    ) -> list[Claim]:
        claims = super().claim_referrals(companies, now, limit)
        if claims:
            self.at("delivery")
        return claims

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


@dataclass(frozen=True, slots=True)
class KillAt:
    """So many seconds from the fork, or from when the worker says that it is at `phase`."""

    after_s: float
    phase: str | None = None


def kill_one(work: Work, number: int, at: KillAt) -> bytes:
    """Run `work` in a child, SIGKILL it then, give what it had told.

    Raises RuntimeError when the child ended by itself.
    """
    with _forked(work, number) as (child, reading):
        told = b"" if at.phase is None else _read_through(reading, (at.phase,))
        child.join(at.after_s)
        ended = child.exitcode
        assert child.pid is not None
        if ended is None:
            os.kill(child.pid, signal.SIGKILL)
            child.join()
        while part := os.read(reading, _MOST_READ):
            told += part
    if ended is not None:
        raise RuntimeError(f"worker {number} ended by itself (exit {ended})")
    return told


def life_of(work: Work, number: int, through: Sequence[str]) -> tuple[float, bytes]:
    """How long a worker takes that nobody kills until it has been at these phases, one after the other, and what
    it told. Seconds."""
    with _forked(work, number) as (child, reading):
        began = time.perf_counter()
        told = _read_through(reading, through)
        took = time.perf_counter() - began
        child.kill()
        child.join()
        while part := os.read(reading, _MOST_READ):
            told += part
    return took, told


@contextmanager
def _forked(work: Work, number: int) -> Iterator[tuple[ForkProcess, int]]:
    reading, writing = os.pipe()
    child = _FORK.Process(target=_run, args=(work, number, reading, writing))
    child.start()
    os.close(writing)
    try:
        yield child, reading
    finally:
        os.close(reading)


def _read_through(reading: int, phases: Sequence[str]) -> bytes:
    """All that is told until the worker has been at these phases in turn, or is out of patience."""
    told, seen = b"", 0
    deadline = time.monotonic() + _PATIENCE_S
    for phase in phases:
        wanted = f"at {phase}\n".encode()
        while (found := told.find(wanted, seen)) < 0:
            left = max(0.0, deadline - time.monotonic())
            part = os.read(reading, _MOST_READ) if select([reading], [], [], left)[0] else b""
            if not part:
                return told
            told += part
        seen = found + len(wanted)
    return told


def phase_at_death(told: bytes) -> str:
    """Where the worker was by its last whole line of that kind."""
    lines = [line for line in told.decode().split("\n")[:-1] if line.startswith("at ")]
    return lines[-1].removeprefix("at ") if lines else PHASES[0]


def _run(work: Work, number: int, reading: int, writing: int) -> None:
    os.close(reading)
    work(writing, number)


def moments(times: int, seed: int, life_s: float, phases: Sequence[str]) -> Iterator[KillAt]:
    """Every third moment is drawn evenly over a worker's life, the others around the writes of each phase in turn."""
    draw = random.Random(seed)
    aimed = itertools.cycle(phases)
    for number in range(times):
        if number % 3 == 0 or not phases:
            yield KillAt(draw.uniform(0.0, life_s))
        else:
            yield KillAt(draw.uniform(0.0, _AROUND_S), next(aimed))


def kill_many(
    work: Work, at: Iterable[KillAt], kept: Acknowledged, on_kill: Callable[[int], None] = lambda done: None
) -> Counter[str]:
    """One worker after another, each killed at its moment; what they told goes to `kept`. Gives where they were."""
    hits: Counter[str] = Counter()
    for number, moment in enumerate(at):
        told = kill_one(work, number, moment)
        kept.take(told)
        hits[phase_at_death(told)] += 1
        on_kill(number + 1)
    return hits


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
