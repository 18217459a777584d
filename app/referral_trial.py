"""smartseat bench referrals: a company that misbehaves in every way it can; how does each record end?

Every way is a process of its own. The office's time is moved by hand, a minute at a time, and six days at the
end; only the time-outs of the wire are real.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from app.company_post import CompanyPost
from app.company_route import router
from app.referral_worker import ReferralWorker
from bench.kills import delivered
from data.companies import Companies, Company, Retry
from data.records import ConsentDraft, FieldDraft, RecordDraft, Referral
from data.reference import platforms
from data.store import Store
from data.tracking_rules import tracking_rules
from data.vocabulary import ConsentStatus, Kind, Slot
from qa.company import BEHAVIOURS
from qa.company_process import CompanyBook, CompanyProcess

COMES_BACK = "die, then accept"
#: One dies and stays dead, one dies and is started again.
WAYS = (*BEHAVIOURS, COMES_BACK)
NOWHERE = "nowhere"

_TIMEOUT_S = 0.5
_MINUTE = timedelta(minutes=1)
_LONGEST = timedelta(hours=3)
"""Of the office's time: every pause between tries is over by then."""
_TERM = timedelta(days=6)
_CONSENTED = (Slot.NAME, Slot.PHONE)


@dataclass(frozen=True, slots=True)
class WayFound:
    """One way to behave. ends: how its records ended, and how many so; late: accepted, but without a result in
    time, so that the office went on. received: messages the company had, repeated: of these again;
    effects: what it took. answers: by the office's HTTP reply."""

    way: str
    sent: int
    ends: dict[str, int]
    late: int
    received: int
    repeated: int
    effects: int
    answers: dict[int, int]


@dataclass(frozen=True, slots=True)
class ReferralsFound:
    """twice: matters with effect more than once; without_consent, beyond_consent: what no company may ever get."""

    ways: tuple[WayFound, ...]
    twice: tuple[str, ...]
    without_consent: tuple[str, ...]
    beyond_consent: tuple[str, ...]

    @property
    def ends(self) -> dict[str, int]:
        total: Counter[str] = Counter()
        for way in self.ways:
            total.update(way.ends)
        return dict(total)

    @property
    def well(self) -> bool:
        return not (self.twice or self.without_consent or self.beyond_consent or self.ends.get(NOWHERE))


class ReferralTrial:
    """`each` records for every way to behave, in an empty store at `url`."""

    def __init__(self, url: str, home: Path, each: int, ways: Sequence[str] = WAYS) -> None:
        self._names = dict(zip(ways, (platform.name for platform in platforms().platforms), strict=False))
        self._now = datetime.now(UTC)
        self._each = each
        self._of = each * len(self._names)
        self._secret = secrets.token_bytes(32)
        self._url, self._home = url, home

    def run(self, on_minute: Callable[[int, int], None] = lambda ended, of: None) -> ReferralsFound:
        """on_minute: referrals that have ended, of so many. Raises RuntimeError when no company comes up."""
        with (
            Store.open(self._url, self._home, clock=lambda: self._now) as store,
            ThreadPoolExecutor(1) as writer,
        ):
            return asyncio.run(self._run(store, writer, on_minute))

    async def _run(
        self, store: Store, writer: ThreadPoolExecutor, on_minute: Callable[[int, int], None]
    ) -> ReferralsFound:
        sent = {
            way: [self._refer(store, name) for _ in range(self._each)] for way, name in self._names.items()
        }
        with ExitStack() as stack:
            async with self._answering(store, writer) as office:
                started = {}
                for way in self._names:
                    started[way] = CompanyProcess(f"{office}/companies/{_key(way)}/answers", self._secret)
                    await asyncio.to_thread(started[way].start)
                    stack.callback(started[way].end)
                await self._deliver(store, writer, started, on_minute)
                books = {way: await _settled(started[way]) for way in self._names}
            early = self._ends(store)
            self._now += _TERM
            while store.look_at_clocks():
                pass
            return self._found(store, sent, books, early, self._ends(store))

    def _refer(self, store: Store, company: str) -> str:
        call_id = f"call-{secrets.token_hex(8)}"
        store.begin_call(call_id, "12315", "13900005678", self._now, "trial", "trial", 3600)
        fields = {Slot.NAME: "王小明", Slot.PHONE: "13900005678", Slot.ADDRESS: "上海市长宁区仙霞路1号"}
        consent = ConsentDraft(
            purpose="refer_to_platform",
            recipient=company,
            fields=_CONSENTED,
            version="c1",
            heard=True,
            decision=ConsentStatus.GIVEN,
        )
        told = RecordDraft(
            kind=Kind.COMPLAINT,
            fields=tuple(
                FieldDraft(slot=slot, value=value, heard=value, confidence=1, method="trial")
                for slot, value in fields.items()
            ),
            consents=(consent,),
        )
        record = store.lodge(call_id, told, f"{call_id}/lodge")
        return store.queue_referral(record.given[0], f"{call_id}/refer")

    async def _deliver(
        self,
        store: Store,
        writer: ThreadPoolExecutor,
        started: dict[str, CompanyProcess],
        on_minute: Callable[[int, int], None],
    ) -> None:
        """The office's worker, until nothing is to be sent any more."""
        until = self._now + _LONGEST
        back = started.get(COMES_BACK)
        accepting = False
        post = worker = None
        while self._now < until:
            if back is not None and not back.runs and not accepting:
                await asyncio.to_thread(back.start)
                accepting, post = True, None
            if post is None or worker is None:
                companies = self._table(started, accepting)
                post = CompanyPost(companies)
                worker = ReferralWorker(store, writer, companies, post)
            while await worker.begin():
                await worker.finish()
            waiting = len(store.referrals(("pending",), limit=self._of))
            on_minute(self._of - waiting, self._of)
            if not waiting:
                break
            self._now += _MINUTE
        if post is not None:
            await post.close()

    def _table(self, started: dict[str, CompanyProcess], accepting: bool) -> Companies:
        back = "accept" if accepting else "die"
        rows = tuple(
            Company(
                key=_key(way),
                name=name,
                endpoint=started[way].url(back if way == COMES_BACK else way)
                if started
                else "http://127.0.0.1:9/",
                secret="env:X",
                timeout_s=_TIMEOUT_S,
                in_flight=20,
                per_minute=6000,
                retry=Retry(first_s=30, tries=4),
            )
            for way, name in self._names.items()
        )
        return Companies(rows, {row.key: self._secret for row in rows})

    @asynccontextmanager
    async def _answering(self, store: Store, writer: ThreadPoolExecutor) -> AsyncIterator[str]:
        """The route that companies answer on; gives its address."""
        app = FastAPI()
        app.include_router(router(store, writer, self._table({}, accepting=False)))
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        server.should_exit = True
        await task

    def _ends(self, store: Store) -> dict[str, str]:
        """How each referral's record stands, as people ask."""
        return {one.id: _end(store, one) for one in store.referrals(limit=self._of)}

    def _found(
        self,
        store: Store,
        sent: dict[str, list[str]],
        books: dict[str, CompanyBook | None],
        early: dict[str, str],
        late: dict[str, str],
    ) -> ReferralsFound:
        ways, tries = [], 0
        taken: dict[str, dict[str, object]] = {}
        for way, ids in sent.items():
            book = books[way] or CompanyBook({}, {}, [], 0)
            received = sum(book.tries.values())
            ends = [late[one] if early[one] == NOWHERE else early[one] for one in ids]
            ways.append(
                WayFound(
                    way=way,
                    sent=len(ids),
                    ends=dict(Counter(ends)),
                    late=sum(early[one] == "accepted" and late[one].startswith("returned") for one in ids),
                    received=received,
                    repeated=received - len(book.tries),
                    effects=len(book.taken),
                    answers=dict(Counter(book.told)),
                )
            )
            taken |= book.taken
            tries += received
        judged = delivered(store, taken, tries)
        allowed = {slot.value for slot in _CONSENTED}
        beyond = [one for one, told in taken.items() if not set(_fields(told)) <= allowed]
        return ReferralsFound(tuple(ways), judged.twice, judged.without_consent, tuple(beyond))


def _end(store: Store, referral: Referral) -> str:
    """accepted | settled | returned: why | dead: why | nowhere (yet)."""
    track = store.track(referral.record_id)
    if referral.status == "dead":
        return f"dead: {referral.reason}" if track.case.stage == "registered" else NOWHERE
    if track.entries[-1].move == "company_returned":
        return f"returned: {track.entries[-1].reason}"
    if referral.answer in ("accepted", "settled"):
        return referral.answer
    return NOWHERE


def ending(end: str) -> str:
    """The same for people: 企业接单, 转回（企业不接受） …"""
    what, _, why = end.partition(": ")
    words = {
        "accepted": "企业接单",
        "settled": "企业已解决",
        "returned": "转回",
        "dead": "送不到",
        NOWHERE: "没有着落",
    }
    told = tracking_rules().reason_words("company_returned", why) or why
    return f"{words[what]}（{told}）" if why else words[what]


def _fields(told: dict[str, object]) -> Sequence[str]:
    fields = told.get("fields")
    return tuple(fields) if isinstance(fields, dict) else ()


def _key(way: str) -> str:
    return f"way-{WAYS.index(way)}"


async def _settled(company: CompanyProcess) -> CompanyBook | None:
    """The company's book once all its answers are out; None when it is dead and has none to show."""
    while company.runs:
        book = await asyncio.to_thread(company.book)
        if not book.owed:
            return book
        await asyncio.sleep(0.05)
    return None
