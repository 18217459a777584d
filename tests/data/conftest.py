"""A store in a fresh folder, and one realistic call: a down jacket, corrected, consented, lodged."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import data.events as ev
from bench.postgres import running_postgres
from data import migrate
from data.store import Store
from data.understanding import SlotValue, Understanding
from data.vocabulary import Emergency, Kind, Listen, Outcome, Slot

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
FIELDS = (Slot.NAME, Slot.PHONE, Slot.ORDER_NO)


def words(turn: int, text: str, at: int) -> ev.WordsHeard:
    """Every character is a word of 200 ms."""
    start = at - 200 * len(text)
    return ev.WordsHeard(
        at=at,
        turn=turn,
        text=text,
        words=tuple(
            ev.HeardWord(text=mark, start_ms=start + 200 * n, end_ms=start + 200 * (n + 1), confidence=0.9)
            for n, mark in enumerate(text)
        ),
        confidence=0.9,
        start_ms=start,
        end_ms=at,
        understanding=Understanding(text=text),
    )


def filled(slot: Slot, value: SlotValue, turn: int | None, text: str, heard: str, at: int) -> ev.SlotFilled:
    start = text.index(heard)
    return ev.SlotFilled(
        at=at,
        slot=slot,
        value=value,
        turn=turn,
        heard=heard,
        span=(start, start + len(heard)),
        confidence=0.8,
        method="test",
    )


def said(utterance: int, prompt: str, purpose: str, at: int) -> list[ev.CallEvent]:
    return [
        ev.PromptSaid(
            at=at,
            utterance=utterance,
            prompt=prompt,
            version="v",
            text="请讲",
            bargein=True,
            must_finish=purpose == "consent",
            purpose=purpose,
        ),
        ev.PromptStarted(at=at, utterance=utterance),
        ev.PromptEnded(at=at + 900, utterance=utterance, heard_ms=900, total_ms=900, complete=True),
    ]


STORY = "我在拼多多上买了一件羽绒服，三百九十九块，是假的。"
ORDER = "订单号二三零五一八"
WRONG = "不对，是四百九十九"


def jacket_call() -> list[ev.CallEvent]:
    return [
        ev.CallAnswered(
            call_id="c1",
            line="12315",
            caller_no="13800001234",
            script="v1",
            started_at=NOON,
            draw=0.25,
        ),
        *said(1, "greeting", "notice", 100),
        words(1, STORY, 9000),
        ev.FlowEntered(at=9000, flow="complaint", kind=Kind.COMPLAINT, intent="complaint_online"),
        filled(Slot.NARRATIVE, STORY, 1, STORY, STORY, 9000),
        filled(Slot.PLATFORM, "拼多多", 1, STORY, "拼多多", 9000),
        filled(Slot.GOODS, "服装、鞋帽", 1, STORY, "羽绒服", 9000),
        filled(Slot.AMOUNT, 399, 1, STORY, "三百九十九块", 9000),
        ev.FlagRaised(at=9000, flag="emotion", value="angry", turn=1),
        ev.StepEntered(
            at=9000, flow="complaint", step="order_no", slot=Slot.ORDER_NO, listen=Listen.DIGITS, attempt=0
        ),
        *said(2, "order", "ask", 9100),
        words(2, ORDER, 15000),
        filled(Slot.ORDER_NO, "230518", 2, ORDER, "二三零五一八", 15000),
        ev.SlotFilled(
            at=15100,
            slot=Slot.PHONE,
            value="13800001234",
            turn=None,
            heard="",
            span=None,
            confidence=1.0,
            method="caller_no",
        ),
        *said(3, "phone", "ask", 15200),
        words(3, "对，就这个号", 18000),
        ev.SlotConfirmed(at=18000, slot=Slot.PHONE, value="13800001234", how="explicit"),
        words(4, "我叫王小明", 22000),
        filled(Slot.NAME, "王小明", 4, "我叫王小明", "王小明", 22000),
        words(5, "地址我不想说", 26000),
        ev.SlotDeclined(at=26000, slot=Slot.ADDRESS, reason="declined", turn=5),
        *said(4, "read_back", "read_back", 26100),
        ev.SlotConfirmed(at=30000, slot=Slot.ORDER_NO, value="230518", how="read_back"),
        words(6, WRONG, 31000),
        ev.SlotCorrected(
            at=31000,
            slot=Slot.AMOUNT,
            old=399,
            value=499,
            turn=6,
            heard="四百九十九",
            span=(4, 9),
            confidence=0.9,
            method="test",
        ),
        ev.ConsentAsked(
            at=31500,
            consent="refer_to_platform",
            recipient="拼多多",
            fields=FIELDS,
            utterance=5,
            version="c1",
        ),
        *said(5, "consent", "consent", 31500),
        words(7, "可以，你转吧", 36000),
        ev.ConsentGiven(
            at=36000,
            consent="refer_to_platform",
            recipient="拼多多",
            fields=FIELDS,
            turn=7,
            words="可以，你转吧",
        ),
    ]


def danger() -> ev.EmergencyRaised:
    return ev.EmergencyRaised(at=9000, emergency=Emergency.TRAPPED, turn=1)


def ended(by: str = "seat", outcome: Outcome = Outcome.LODGED) -> ev.CallClosed:
    return ev.CallClosed(at=40000, by=by, outcome=outcome)


@pytest.fixture
def call_events() -> list[ev.CallEvent]:
    return jacket_call()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'seat.db'}"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "seat.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def store(url: str, tmp_path: Path, migrated: Path) -> Iterator[Store]:
    shutil.copy(migrated, tmp_path / "seat.db")
    with Store.open(url, tmp_path, clock=lambda: NOON, busy_budget=0.15) as opened:
        yield opened


@pytest.fixture
def begun(store: Store) -> Store:
    """A store with the call c1 begun by boot-a, leased for 30 s."""
    store.begin_call("c1", "12315", "13800001234", NOON, "v1", "boot-a", 30)
    return store


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL (the wheel `pgserver`), with a migrated database `seat`.

    Not in pytest's own folder: under root the server is another user's, and pytest closes that folder to all.
    """
    pytest.importorskip("pgserver")
    pytest.importorskip("psycopg")
    with running_postgres() as url:
        migrate.upgrade(url)
        yield url.replace("/seat?", "/postgres?")


NAMES = (f"test_{number}" for number in itertools.count())


@contextmanager
def database(server: str, template: str) -> Iterator[str]:
    """A new database on the server, gone afterwards."""
    name = next(NAMES)
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of its own on each of the two kinds (PostgreSQL where its wheel is installed)."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), tmp_path / "seat.db")
        yield f"sqlite:///{tmp_path / 'seat.db'}"
    else:
        with database(request.getfixturevalue("postgres"), "seat") as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'seat.db'}"
    else:
        with database(request.getfixturevalue("postgres"), "template1") as url:
            yield url


@pytest.fixture
def any_store(any_url: str, tmp_path: Path) -> Iterator[Store]:
    """`begun`, on both kinds of database."""
    with Store.open(any_url, tmp_path, clock=lambda: NOON, busy_budget=0.15) as opened:
        opened.begin_call("c1", "12315", "13800001234", NOON, "v1", "boot-a", 30)
        yield opened
