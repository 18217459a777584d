"""smartseat bench kills: text calls, recovery, referrals and migrations, killed at any moment.

The understanding works by rules, so that a worker is there at once; the company is a process of its own that
keeps its own book, and now and then answers late.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from agent.kit import Understand
from agent.recovering import recover_calls
from app.company_post import CompanyPost
from app.referral_worker import ReferralWorker
from bench.kills import (
    MIGRATION,
    PHASES,
    AckingStore,
    Acknowledged,
    Delivered,
    delivered,
    kill_many,
    life_of,
    missing,
    moments,
)
from data import migrate
from data.companies import Companies, Company, Retry
from data.reference import platforms
from data.store import Store
from dialogs.script import Script
from qa.company_process import CompanyProcess
from qa.persona import Persona
from qa.text_loop import run_persona_by_text

#: So many workers are let live, to see how long a life is.
_LIVES = 3
#: A lease of a dead worker has run out for certain.
_LATER = timedelta(hours=2)
_TIMEOUT_S = 0.3


@dataclass(frozen=True)
class Found:
    """What a trial of calls came to. lost: a line for each thing acknowledged that is not there.

    life_s: the longest of the lives looked at first: fork, opening, calls until a record was lodged and referred,
    its delivery. hits: kills by where they hit.
    """

    kills: int
    life_s: float
    hits: dict[str, int]
    calls: int
    events_acknowledged: int
    consents_acknowledged: int
    records_acknowledged: int
    lost: list[str]
    referrals: Delivered
    referrals_waiting: int
    seconds: float

    @property
    def well(self) -> bool:
        return not (
            self.lost or self.referrals.twice or self.referrals.without_consent or self.referrals_waiting
        )


@dataclass(frozen=True)
class FoundMigrated:
    """What a trial of migrations came to. life_s: of a worker that goes all the way down and up again."""

    kills: int
    life_s: float
    calls: int
    lost: list[str]


class KillTrial:
    """One database at `url`, its home, and a company."""

    def __init__(
        self, url: str, home: Path, personas: list[Persona], script: Script, understand: Understand
    ) -> None:
        self._url = url
        self._home = home
        self._personas = personas
        self._script = script
        self._understand = understand

    def run(self, times: int, seed: int, on_kill: Callable[[int], None]) -> Found:
        """Kill `times` workers and look. Raises RuntimeError when a worker or the company cannot run."""
        started = time.monotonic()
        secret = secrets.token_bytes(32)
        Store.open(self._url, self._home).close()
        company = CompanyProcess("http://127.0.0.1:9/", secret)
        company.start()
        try:
            companies = _all_to(company, secret)
            work = partial(self._work, companies=companies)
            kept, lives = Acknowledged(), []
            for number in range(_LIVES):
                life, told = life_of(work, -1 - number, ("referral", "between"))
                lives.append(life)
                kept.take(told)
            hits = kill_many(work, moments(times, seed, max(lives), PHASES[1:]), kept, on_kill)
            with Store.open(self._url, self._home) as store:
                recover_calls(store, datetime.now(UTC) + _LATER, "after")
            asyncio.run(self._deliver_the_rest(companies))
            book = company.book()
        finally:
            company.end()
        with Store.open(self._url, self._home) as store:
            lost = missing(store, kept)
            sent = delivered(store, book.taken, sum(book.tries.values()))
            waiting = store.referrals(("pending", "recall"), limit=100_000)
        return Found(
            kills=times,
            life_s=round(max(lives), 2),
            hits={phase: hits[phase] for phase in PHASES},
            calls=len(kept.events),
            events_acknowledged=sum(kept.events.values()),
            consents_acknowledged=len(kept.consents),
            records_acknowledged=sum(map(len, kept.lodged.values())),
            lost=lost,
            referrals=sent,
            referrals_waiting=len(waiting),
            seconds=round(time.monotonic() - started, 1),
        )

    def _work(self, acks: int, number: int, *, companies: Companies) -> None:
        store = AckingStore.open(self._url, self._home)
        store.acks = acks
        recover_calls(store, datetime.now(UTC) + _LATER, f"worker-{number}")
        asyncio.run(self._calls(store, companies, random.Random(number)))

    async def _calls(self, store: AckingStore, companies: Companies, draw: random.Random) -> None:
        with ThreadPoolExecutor(1) as writer:
            sender = ReferralWorker(store, writer, companies, CompanyPost(companies))
            while True:
                persona = draw.choice(self._personas)
                await run_persona_by_text(
                    persona, self._script, self._understand, store, writer, seed=draw.randrange(1000)
                )
                await sender.begin()
                await sender.finish()
                store.at("between")

    async def _deliver_the_rest(self, companies: Companies) -> None:
        """A worker that nobody kills, after every claim and pause of the killed ones has run out."""
        late = datetime.now(UTC) + _LATER
        with (
            Store.open(self._url, self._home, clock=lambda: late) as store,
            ThreadPoolExecutor(1) as writer,
        ):
            post = CompanyPost(companies)
            sender = ReferralWorker(store, writer, companies, post)
            for _ in range(50):
                while await sender.begin():
                    await sender.finish()
                late += _LATER
                if not store.referrals(("pending", "recall"), limit=1):
                    break
            await post.close()


def kill_migrations(
    url: str, home: Path, times: int, seed: int, on_kill: Callable[[int], None]
) -> FoundMigrated:
    """Kill whoever takes the schema down a step or more and up again; the calls in it stay whole.

    What an older schema has no place for is dropped by going down; events and their chains are in every one.
    """
    with Store.open(url, home) as store:
        before = {report.call_id: report.events for report in store.verify_all()}
    steps = max(1, len(migrate.revisions()) - 1)
    work = partial(_down_and_up, url, steps)
    life, _told = life_of(work, 0, (MIGRATION, MIGRATION))
    kill_many(work, moments(times, seed, life, ()), Acknowledged(), on_kill)
    wrong = []
    at = migrate.upgrade(url)
    if at != migrate.head():
        wrong.append(f"the schema is at {at}")
    with Store.open(url, home) as store:
        after = {report.call_id: report.events for report in store.verify_all() if report.whole}
    wrong += [f"call {call_id} is not whole" for call_id in before if after.get(call_id) != before[call_id]]
    return FoundMigrated(kills=times, life_s=round(life, 2), calls=len(before), lost=wrong)


def _down_and_up(url: str, steps: int, acks: int, number: int) -> None:
    draw = random.Random(number)
    down = steps
    while True:
        migrate.upgrade(url)
        os.write(acks, f"at {MIGRATION}\n".encode())
        migrate.downgrade(url, f"-{down}")
        down = draw.randint(1, steps)


def _all_to(company: CompanyProcess, secret: bytes) -> Companies:
    """Every platform's referrals go to the one stand-in; every third company gives its first receipt too late."""
    rows = tuple(
        Company(
            key=f"company-{number}",
            name=platform.name,
            endpoint=company.url("slow" if number % 3 == 0 else "silent"),
            secret="env:X",
            timeout_s=_TIMEOUT_S,
            in_flight=20,
            per_minute=6000,
            retry=Retry(first_s=0.1, factor=1, tries=100),
        )
        for number, platform in enumerate(platforms().platforms)
    )
    return Companies(rows, {row.key: secret for row in rows})
