"""What the store costs: durable events beside readers, records in bulk, an office's questions before and after.

Everything goes through the store itself, but for the bulk rows. Readers are processes of their own, each with a
pause between two questions, as people have. The two kinds of database are measured one after the other.
"""

from __future__ import annotations

import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event, Semaphore
from pathlib import Path
from random import Random
from statistics import quantiles

from sqlalchemy import Engine

import data.events as ev
from bench.bulk_load import Loaded, load
from bench.invented_records import Plan, Rows, invent
from bench.office_questions import LISTINGS, RARER, Ask, about
from data import migrate
from data.keys import key_source
from data.records import FieldDraft, RecordDraft
from data.sealing import MasterKey
from data.store import Store
from data.understanding import Understanding
from data.vocabulary import Kind, Outcome, Slot

BEFORE = 10_000
"""So many records are there at the first measurement, or a quarter."""
READERS = 8
_READER_PAUSE_S = 0.25
_CALLS, _TURNS = 40, 12
_MOST_ASKED, _LONGEST_S = 200, 3.0
"""A question is asked so often, or for so long, three times at least."""
_CHUNK = 2000
#: Processes that are forked from one that has imported what they need, and holds no connection.
_CLEAN = get_context("forkserver")
_CLEAN.set_forkserver_preload(["bench.invented_records", "bench.office_questions"])

#: (what is being done, done, of so many)
Progress = Callable[[str, int, int], None]


class NotEmpty(ValueError):
    """The database holds something already."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds over n times; of fewer than a hundred the p99 is the slowest."""

    p50: float
    p99: float
    n: int


@dataclass(frozen=True, slots=True)
class Moment:
    """append: two events in one durable transaction; lodge: a record with its fields. reads: by all readers
    meanwhile, a second. questions: with nobody else there."""

    records: int
    append_ms: Spread
    lodge_ms: Spread
    reads_per_s: float
    questions_ms: dict[str, Spread]


@dataclass(frozen=True, slots=True)
class EngineCost:
    """One kind of database. durable: what it says of its own writes; fsync_ms: a bare 4 KB write to the disk."""

    name: str
    version: str
    durable: str
    fsync_ms: Spread
    before: Moment
    loaded: Loaded
    after: Moment
    bytes: int

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def measure(url: str, home: Path, plan: Plan, progress: Progress) -> EngineCost:
    """Measures the empty database at `url`; keys in `home`. Raises NotEmpty, StoreDown."""
    with Store.open(url, home) as store:
        if store.calls(1):
            raise NotEmpty("the database holds calls")
        step = max(4, plan.total // BEFORE)
        sample = range(0, plan.total, step)
        load(store.engine, _invented(home, plan, sample), lambda n: progress("先放一些", n, len(sample)))
        before = _moment(store, url, home, plan, sample, progress)
        rest = [number for number in range(plan.total) if number % step]
        loaded = load(store.engine, _invented(home, plan, rest), lambda n: progress("成批写入", n, len(rest)))
        after = _moment(store, url, home, plan, range(plan.total), progress)
        version, durable = _described(store.engine)
        return EngineCost(
            name=store.engine.dialect.name,
            version=version,
            durable=durable,
            fsync_ms=_fsync(home),
            before=before,
            loaded=loaded,
            after=after,
            bytes=_size(store.engine),
        )


def emptied(url: str) -> None:
    """Takes everything `measure` made out of the database."""
    migrate.downgrade(url, "base")


# --- the rows -----------------------------------------------------------------------------------------


def _invented(home: Path, plan: Plan, numbers: Sequence[int]) -> Iterator[Rows]:
    """Made in a process of its own, a few chunks ahead of whoever writes them."""
    chunks = [numbers[at : at + _CHUNK] for at in range(0, len(numbers), _CHUNK)]
    with ProcessPoolExecutor(1, _CLEAN) as process:
        waiting: deque[Future[Rows]] = deque()
        for chunk in chunks:
            waiting.append(process.submit(_chunk, home, plan, chunk))
            if len(waiting) > 4:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@cache
def _key(home: Path) -> MasterKey:
    held = key_source(home).read()
    assert held is not None  # the store has opened
    return held


def _chunk(home: Path, plan: Plan, numbers: Sequence[int]) -> Rows:
    return invent(_key(home), plan, numbers)


# --- the measurements ---------------------------------------------------------------------------------


def _moment(store: Store, url: str, home: Path, plan: Plan, numbers: range, progress: Progress) -> Moment:
    with _readers(url, home, plan, numbers) as asked:
        append, lodge, seconds = _calls(store, progress)
        reads = asked()
    questions = {**LISTINGS, **RARER}
    draw = Random(plan.seed)
    times = {}
    for number, (name, ask) in enumerate(questions.items()):
        progress("查询", number, len(questions))
        times[name] = _asked(store, ask, plan, numbers, draw)
    return Moment(len(numbers), append, lodge, round(reads / seconds, 1), times)


def _asked(store: Store, ask: Ask, plan: Plan, numbers: range, draw: Random) -> Spread:
    ask(store, about(store, plan, numbers, draw))  # what the first time costs is no figure for a day's work
    times: list[float] = []
    while len(times) < 3 or (len(times) < _MOST_ASKED and sum(times) < _LONGEST_S * 1000):
        one = about(store, plan, numbers, draw)
        times.append(_timed(partial(ask, store, one)))
    return spread(times)


def _calls(store: Store, progress: Progress) -> tuple[Spread, Spread, float]:
    """(appends, lodgings, seconds of all) of calls one after another, as a seat's one writer makes them."""
    began, appends, lodgings = time.perf_counter(), [], []
    for number in range(_CALLS):
        progress("来电写入", number, _CALLS)
        call_id, now = f"bench-{secrets.token_hex(8)}", datetime.now(UTC)
        store.begin_call(call_id, "12315", "13800001234", now, "bench", "bench", 60)
        for turn in range(_TURNS):
            appends.append(_timed(partial(store.append, call_id, _turn(turn))))
        lodgings.append(_timed(partial(store.lodge, call_id, _DRAFT, f"{call_id}/lodge", now=now)))
        store.close_call(call_id, Outcome.LODGED, "seat", now + timedelta(minutes=4))
    return spread(appends), spread(lodgings), time.perf_counter() - began


def _turn(turn: int) -> list[ev.CallEvent]:
    text = "我在拼多多上买了一件羽绒服，收到货发现是假的，商家不给退款。"
    at = 6000 * (turn + 1)
    return [
        ev.WordsHeard(
            at=at,
            turn=turn,
            text=text,
            words=(),
            confidence=0.9,
            start_ms=at - 3000,
            end_ms=at,
            understanding=Understanding(text=text),
        ),
        ev.PromptSaid(
            at=at + 200,
            utterance=turn,
            prompt="order_no.ask",
            version="bench",
            text="请说一下订单号。",
            bargein=True,
            must_finish=False,
            purpose="ask",
        ),
    ]


_DRAFT = RecordDraft(
    kind=Kind.COMPLAINT,
    intent="complaint_online",
    content="买到假的羽绒服，商家不给退款。",
    fields=tuple(
        FieldDraft(slot=slot, value=value, heard=value, confidence=0.9, method="bench")
        for slot, value in ((Slot.NAME, "王芳"), (Slot.PHONE, "13800001234"), (Slot.PLATFORM, "拼多多"))
    ),
)


@contextmanager
def _readers(url: str, home: Path, plan: Plan, numbers: range) -> Iterator[Callable[[], int]]:
    """Desks that ask without an end; gives how many answers they have had."""
    stop, ready, answers = _CLEAN.Event(), _CLEAN.Semaphore(0), _CLEAN.Value("q", 0)
    desks = [
        _CLEAN.Process(target=_desk, args=(url, home, plan, numbers, seed, stop, ready, answers), daemon=True)
        for seed in range(READERS)
    ]
    for desk in desks:
        desk.start()
    try:
        for _ in desks:
            if not ready.acquire(timeout=120):
                raise RuntimeError("a reader did not start")
        with answers.get_lock():
            answers.value = 0
        yield lambda: int(answers.value)
    finally:
        stop.set()
        for desk in desks:
            desk.join(60)
            if desk.exitcode is None:
                desk.kill()


def _desk(
    url: str,
    home: Path,
    plan: Plan,
    numbers: range,
    seed: int,
    stop: Event,
    ready: Semaphore,
    answers: Synchronized[int],
) -> None:
    draw, asks = Random(seed), [*LISTINGS.values()]
    with Store.open(url, home, upgrade=False) as store:
        ready.release()
        while not stop.wait(_READER_PAUSE_S):
            draw.choice(asks)(store, about(store, plan, numbers, draw))
            with answers.get_lock():
                answers.value += 1


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def spread(times: Iterable[float]) -> Spread:
    """Of at least one time."""
    known = sorted(times)
    cuts = quantiles(known, n=100, method="inclusive") if len(known) > 1 else known * 99
    p99 = cuts[98] if len(known) >= 100 else known[-1]
    return Spread(round(cuts[49], 3), round(p99, 3), len(known))


# --- the databases ------------------------------------------------------------------------------------


def _described(engine: Engine) -> tuple[str, str]:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            asked = ("server_version", "fsync", "synchronous_commit")
            version, *durable = (connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in asked)
            return str(version), f"fsync {durable[0]}, synchronous_commit {durable[1]}"
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
        return str(version), "WAL, synchronous FULL"


def _size(engine: Engine) -> int:
    """Bytes on disk, indexes and all."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
        pages, size = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("page_count", "page_size")
        )
        return pages * size


def _fsync(folder: Path) -> Spread:
    """What the disk itself takes to keep 4 KB: no database can be faster."""
    path = folder / "fsync"
    handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:

        def keep() -> None:
            os.write(handle, b"\0" * 4096)
            os.fsync(handle)

        return spread(_timed(keep) for _ in range(200))
    finally:
        os.close(handle)
        path.unlink()
