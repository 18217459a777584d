"""A whole call and its referral, with everything logged that can be: nothing the caller said or is comes out.

Not in a log of ours or a library's, not in what the commands print without --reveal, not in the text of an
error or of anything it was caused by.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from loguru import logger as loguru_log
from pydantic import ValidationError
from sqlalchemy import text
from typer.testing import CliRunner

from app.assembly import understand_with
from app.cli import app
from app.company_post import CompanyPost
from app.mistakes import explained
from app.referral_worker import ReferralWorker
from app.settings import Settings
from data.companies import Companies, Company, Retry
from data.errors import ConstraintBroken, SealBroken
from data.records import FieldDraft
from data.store import Store
from dialogs.loader import load
from nlu.understander import Understander
from qa.persona import load as load_persona
from qa.text_loop import run_persona_by_text

PERSONA = Path(__file__).resolve().parents[2] / "qa" / "personas" / "demo.yaml"
NUMBER, NAME = "13800001234", "王建国"
SAID = (
    NUMBER,
    "幺三八",
    "一三八零零零零",
    NAME,
    "230518764",
    "二三零五",
    "仙霞路",
    "收到以后发现是假货",
    "聊天截图",
    "商家不理我",
    "你转给他们吧",
)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Everything any logger says, down to the least."""
    lines: list[str] = []
    sink = loguru_log.add(lambda message: lines.append(str(message)), level=0)
    handler = logging.Handler(0)
    formatter = logging.Formatter("%(name)s %(message)s")
    handler.emit = lambda record: lines.append(formatter.format(record))  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(0)
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "aiohttp", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(1)
    yield lines
    for name in ("sqlalchemy.engine", "sqlalchemy.pool", "aiohttp", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    with suppress(ValueError):  # a command has removed it
        loguru_log.remove(sink)
    root.removeHandler(handler)


def leaks(where: str) -> list[str]:
    return [one for one in SAID if one in where]


def by_rules() -> Understander:
    return Understander(None)


async def a_call(store: Store, writer: ThreadPoolExecutor) -> None:
    script = load(Settings().script)
    persona = load_persona(PERSONA).model_copy(update={"caller_no": NUMBER})
    result = await run_persona_by_text(persona, script, understand_with(by_rules()), store, writer)
    assert result.outcome == "lodged" and result.slots["phone"].got == NUMBER, result


async def its_referral(store: Store, writer: ThreadPoolExecutor) -> None:
    """Twice in vain: nobody answers, then somebody who says back what he was told, and is not understood."""

    async def echo(reader: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        told = await reader.read(65536)
        line.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(told) + told)
        await line.drain()
        line.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for endpoint in ("http://127.0.0.1:9/", f"http://127.0.0.1:{port}/"):
        company = Company(key="pdd", name="拼多多", endpoint=endpoint, secret="env:X", retry=Retry(tries=9))
        companies = Companies((company,), {"pdd": b"a shared secret of 32 bytes here"})
        post = CompanyPost(companies)
        worker = ReferralWorker(store, writer, companies, post)
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE referrals SET next_at = NULL"))
        assert await worker.begin() == 1
        await worker.finish()
        await post.close()
    server.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]) -> Path:
    """A home after one call with a referral that could not be delivered."""
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path))

    async def whole() -> None:
        with (
            Store.open(f"sqlite:///{tmp_path / 'seat.db'}", tmp_path) as store,
            ThreadPoolExecutor(1) as writer,
        ):
            await a_call(store, writer)
            assert len(store.referrals()) == 1
            await its_referral(store, writer)

    asyncio.run(whole())
    return tmp_path


def test_no_log_tells(home: Path, logged: list[str]) -> None:
    assert len(logged) > 100, "the libraries were to log everything"
    assert any("referral" in line for line in logged), "the worker was to say something"
    assert [line for line in logged if leaks(line)] == []


COMMANDS = [
    "records list",
    "records list --json",
    "records show {case}",
    "records show {case} --json",
    "records track {case}",
    "records track {case} --json",
    "records export --to {home}/out.csv",
    "records export --to {home}/out.jsonl",
    "referrals list --json",
    "referrals dead",
    "audit list --json",
    "audit verify --json",
    "retention run --dry-run --json",
    "db backup {home}/backups --json",
    "score {call}",
    "replay {call} --level words --rules-only --json",
    "replay {call} --level understanding",
    # Bad use and errors:
    "records show nowhere",
    "records show {case} --reveal",
    "records move {case} accept --by x --why 王建国13800001234要求",
    "records audio {case} {home}/a.flac --reason 王建国要求",
    "retention erase {case} --reason 王建国要求",
]


def test_no_command_tells(home: Path) -> None:
    with sqlite3.connect(home / "seat.db") as plain:
        case, call = plain.execute("SELECT case_no, call_id FROM records").fetchone()
    for command in COMMANDS:
        words = command.format(case=case, call=call, home=home).split()
        result = CliRunner().invoke(app, words)
        whole = result.output
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            assert isinstance(result.exception, Exception)
            whole += "".join(traceback.format_exception(result.exception)) + str(explained(result.exception))
        assert leaks(whole) == [], command
    for file in (*home.glob("out.*"), *home.glob("backups/*"), *home.glob("audit/*"), *home.glob("seat.db*")):
        assert leaks(file.read_bytes().decode("utf-8", "ignore")) == [], file.name


def test_no_error_tells(home: Path) -> None:
    """Each error as it would be logged: with its chain, and with the values its frames were given."""
    errors: list[Exception] = []
    with Store.open(f"sqlite:///{home / 'seat.db'}", home) as store:
        call_id = store.calls()[0].id
        sealer = store.sealer(call_id)
        sealed = sealer.seal(NUMBER.encode(), "here")
        for work in (
            lambda: sealer.open(sealed, "there"),
            lambda: FieldDraft.model_validate({"slot": "phone", "value": {NUMBER: NAME}, "x": NUMBER}),
            lambda: store.begin_call(call_id, "12315", NUMBER, store.calls()[0].started_at, "v", "b", 30),
            lambda: store._write(
                lambda session: session.execute(text("INSERT INTO meta VALUES (:a)"), {"a": NUMBER})
            ),
            lambda: store.inquire(NUMBER, NUMBER, call_id="no", caller_no=NUMBER) and store.record(NUMBER),
        ):
            try:
                work()
            except Exception as error:
                errors.append(error)
    kinds = [type(error) for error in errors]
    assert {SealBroken, ValidationError, ConstraintBroken} <= set(kinds) and len(kinds) >= 5, kinds
    for error in errors:
        assert leaks("".join(traceback.format_exception(error)) + str(error) + repr(error)) == [], type(error)
