"""Referrals over the wire to a stand-in company in a process of its own, which behaves in every way it can.

The office's time is moved by hand; nothing waits but for replies. Each record ends accepted, returned, or in the
list of dead letters with a reason.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import aiohttp
import pytest
import uvicorn
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from app.assembly import Seat
from app.company_post import CompanyPost
from app.company_route import router
from app.referral_worker import ReferralWorker
from app.settings import Settings
from app.web import build
from data.companies import Companies, Company, Retry
from data.ledger import utc_now
from data.records import ConsentDraft, FieldDraft, RecordDraft, Referral
from data.referral_messages import CompanyAnswer
from data.signing import signed
from data.store import Store
from data.vocabulary import ConsentStatus, Kind, Slot
from qa.company import Company as StandInCompany
from qa.company_process import CompanyBook, CompanyProcess

from .sender import patient

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SECRET = b"a shared secret of 32 bytes here"
PHONE, NAME = "13900005678", "王小明"
ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 0.4


def field(slot: Slot, value: str) -> FieldDraft:
    return FieldDraft(slot=slot, value=value, heard=value, confidence=1, method="test")


TOLD = RecordDraft(
    kind=Kind.COMPLAINT,
    fields=(field(Slot.PHONE, PHONE), field(Slot.NAME, NAME), field(Slot.ADDRESS, "上海市长宁区仙霞路1号")),
    consents=(
        ConsentDraft(
            purpose="refer_to_platform",
            recipient="拼多多",
            fields=(Slot.PHONE, Slot.NAME),
            version="c1",
            heard=True,
            decision=ConsentStatus.GIVEN,
        ),
    ),
)


class Office:
    """Store, worker and call-back route of one office; its clock is moved by hand."""

    def __init__(self, home: Path) -> None:
        self.now = NOON
        self.writer = ThreadPoolExecutor(1)
        self.store = Store.open(f"sqlite:///{home / 'seat.db'}", home, clock=lambda: self.now)
        self.store.begin_call("c1", "12315", PHONE, NOON, "v1", "boot", 30)
        self.case_no = ""

    def refer(self) -> str:
        record = self.store.lodge("c1", TOLD, "lodge")
        self.case_no = record.case_no
        return self.store.queue_referral(record.given[0], "refer")

    def worker(self, companies: Companies, post: CompanyPost) -> ReferralWorker:
        return ReferralWorker(self.store, self.writer, companies, post)

    @property
    def referral(self) -> Referral:
        (referral,) = self.store.referrals()
        return referral

    def end(self) -> str:
        """How the record ended, as people ask: accepted, returned, or dead, with the reason."""
        referral, track = self.referral, self.store.track(self.case_no)
        if referral.status == "dead":
            assert track.case.stage == "registered", "the office goes on itself"
            return f"dead: {referral.reason}"
        if referral.answer in ("accepted", "settled"):
            return referral.answer
        assert track.case.stage == "registered"
        return f"returned: {track.entries[-1].reason}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.writer.shutdown()
    made.store.close()


@asynccontextmanager
async def answering(office: Office) -> AsyncIterator[str]:
    """The route companies answer on, on a free port; gives its base address."""
    app = FastAPI()
    app.include_router(router(office.store, office.writer, table("http://127.0.0.1:9/")))
    async with running(app) as url:
        yield url


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


def table(endpoint: str) -> Companies:
    retry = Retry(first_s=30, tries=4)
    company = Company(
        key="pdd", name="拼多多", endpoint=endpoint, secret="env:X", timeout_s=TIMEOUT_S, retry=retry
    )
    return Companies((company,), {"pdd": SECRET})


class StandIn(CompanyProcess):
    """The company that answers this office."""

    def __init__(self, office_url: str) -> None:
        super().__init__(f"{office_url}/companies/pdd/answers", SECRET)

    async def shown(self) -> CompanyBook:
        return await asyncio.to_thread(self.book)


@asynccontextmanager
async def company(office_url: str) -> AsyncIterator[StandIn]:
    stand_in = StandIn(office_url)
    await asyncio.to_thread(stand_in.start)
    try:
        yield stand_in
    finally:
        stand_in.end()


async def deliver(office: Office, companies: Companies, hours: float = 3) -> None:
    """The office's worker through so many hours of its own time, a minute at a time."""
    post = CompanyPost(companies)
    worker = office.worker(companies, post)
    until = office.now + timedelta(hours=hours)
    while office.now < until and office.referral.status in ("pending", "recall"):
        await worker.begin()
        await worker.finish()
        office.now += timedelta(minutes=1)
    await post.close()


async def answered(office: Office, stand_in: StandIn, count: int) -> list[int]:
    """Waits for the company's answers to have come back to it; gives their HTTP statuses."""
    for _ in range(2000):
        told = (await stand_in.shown()).told
        if len(told) >= count:
            return told
    raise AssertionError(f"{len(told)} answers of {count}")


@pytest.mark.parametrize(
    ("behaviour", "answers", "end", "tries"),
    [
        ("accept", [200], "accepted", 1),
        ("settle", [200, 200], "settled", 1),
        ("refuse", [200], "returned: refused", 1),
        ("silent", [], "returned: silent", 1),
        ("slow", [200], "accepted", 2),
        ("busy", [200], "accepted", 2),
        ("repeat", [200, 200, 200, 200], "accepted", 1),
        ("forge", [401], "returned: silent", 1),
        ("stuck", [], "dead: timeout", 4),
        ("mistake", [], "dead: receipt_of_another", 4),
        ("garbage", [], "dead: bad_receipt", 4),
        ("redirect", [], "dead: redirected_307", 1),
        ("reject", [], "dead: http_400", 1),
    ],
)
async def test_each_way_to_behave(
    office: Office, behaviour: str, answers: list[int], end: str, tries: int
) -> None:
    referral = office.refer()
    async with answering(office) as url, company(url) as stand_in:
        await deliver(office, table(stand_in.url(behaviour)))
        assert await answered(office, stand_in, len(answers)) == answers
        if behaviour in ("silent", "forge"):
            office.now = NOON + timedelta(days=5)
            office.store.look_at_clocks()
        assert office.end() == end
        shown = await stand_in.shown()
        assert (office.referral.attempts, shown.tries[referral]) == (tries, tries)
        if end.split(":")[0] != "dead":
            assert shown.taken[referral]["fields"] == {"phone": PHONE, "name": NAME}, (
                "the consented fields, no other"
            )
            assert list(shown.taken) == [referral], "one effect, however often it was sent"


async def test_a_company_that_dies_and_comes_back(office: Office) -> None:
    referral = office.refer()
    async with answering(office) as url, company(url) as stand_in:
        dying = table(stand_in.url("die"))
        await deliver(office, dying, hours=0.01)
        assert office.referral.status == "pending" and office.referral.attempts == 1
        await deliver(office, dying, hours=0.01)
        assert office.referral.attempts == 2, "nobody is there"
        await asyncio.to_thread(stand_in.start)
        await deliver(office, table(stand_in.url("accept")))
        await answered(office, stand_in, 1)
        assert office.end() == "accepted"
        assert list((await stand_in.shown()).taken) == [referral]


async def test_a_company_that_stays_dead(office: Office) -> None:
    office.refer()
    async with company("http://127.0.0.1:9") as stand_in:
        await deliver(office, table(stand_in.url("die")))
    assert office.end() == "dead: unreachable"


async def test_a_withdrawal_between_two_tries_is_all_the_company_hears_of(office: Office) -> None:
    referral = office.refer()
    async with answering(office) as url, company(url) as stand_in:
        await deliver(office, table(stand_in.url("slow")), hours=0.01)
        office.store.withdraw_consent(
            office.store.track(office.case_no).record_id, "refer_to_platform", "拼多多"
        )
        await deliver(office, table(stand_in.url("accept")))
        shown = await stand_in.shown()
        assert shown.tries == {referral: 1, f"{referral}.recall": 1}
        recall = shown.taken[f"{referral}.recall"]
        assert recall["kind"] == "recall" and "fields" not in recall
    assert office.referral.status == "recalled"


async def post_answer(url: str, key: str, body: bytes, headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/companies/{key}/answers", data=body, headers=headers) as reply,
    ):
        return reply.status


async def test_what_is_not_signed_now_by_this_company_changes_nothing(office: Office) -> None:
    referral = office.refer()
    (claim,) = office.store.claim_referrals(table("http://127.0.0.1:9/"))
    body = CompanyAnswer(referral=referral, answer="settled").model_dump_json().encode()
    good = signed(SECRET, "m1", body, utc_now())
    async with answering(office) as url:
        for status, key, sent, headers in (
            (401, "pdd", body, {}),
            (401, "nobody", body, good),
            (401, "pdd", body.replace(b"settled", b"refused"), good),
            (401, "pdd", body, signed(b"x" * 32, "m1", body, utc_now())),
            (401, "pdd", body, signed(SECRET, "m1", body, utc_now() - timedelta(minutes=6))),
            (413, "pdd", b"x" * 20_000, good),
            (422, "pdd", b"{}", signed(SECRET, "m1", b"{}", utc_now())),
        ):
            assert await post_answer(url, key, sent, headers) == status
        assert office.referral.answer is None
        assert await post_answer(url, "pdd", body, good) == 200
        assert await post_answer(url, "pdd", body, good) == 200
    assert office.referral.answer == "settled" and claim.referral_id == referral


async def test_no_name_or_number_in_the_log(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    office.refer()
    async with answering(office) as url, company(url) as stand_in:
        await deliver(office, table(stand_in.url("garbage")))
    shown = caplog.text + json.dumps([row.model_dump(mode="json") for row in office.store.referrals()])
    for secret in (PHONE, NAME, base64.b64encode(SECRET).decode()):
        assert secret not in shown


async def test_serve_sends_and_takes_answers(office: Office) -> None:
    """The seat's own web application, with everything of a seat that this needs."""
    office.refer()
    seat = cast(
        Seat,
        SimpleNamespace(
            settings=Settings(),
            store=office.store,
            writer=office.writer,
            kit=None,
            recover=lambda: 0,
            follow_script=lambda: asyncio.sleep(0),
        ),
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with company(f"http://127.0.0.1:{port}") as stand_in:
        app = build(seat, None, table(stand_in.url("settle")))
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="on"))
        task = asyncio.create_task(server.serve())
        assert await answered(office, stand_in, 2) == [200, 200]
        server.should_exit = True
        await task
    assert office.end() == "settled"


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for 127.0.0.1, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "company")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(utc_now() - timedelta(days=1))
        .not_valid_after(utc_now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "company.pem"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    whole = folder / "company.key"
    whole.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem.read_bytes())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(whole)
    return pem, context


async def test_a_certificate_nobody_vouches_for_gets_nothing(office: Office, tmp_path: Path) -> None:
    """Over https: with the table's own authority it is delivered, without it not a byte of the message leaves."""
    referral = office.refer()
    pem, context = certificate(tmp_path)
    stand_in = StandInCompany("http://127.0.0.1:9/", SECRET)
    runner = web.AppRunner(stand_in.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    endpoint = f"https://127.0.0.1:{runner.addresses[0][1]}/silent"
    await deliver(office, table(endpoint), hours=0.01)
    assert (office.referral.status, office.referral.attempts, stand_in.tries) == ("pending", 1, {})
    trusting = table(endpoint).all[0].model_copy(update={"ca": pem, "timeout_s": 10})
    await deliver(office, Companies((trusting,), {"pdd": SECRET}))
    assert office.referral.status == "delivered" and stand_in.tries == {referral: 1}
    await runner.cleanup()


async def test_killed_at_any_moment_each_referral_has_one_effect(office: Office, tmp_path: Path) -> None:
    """One sender after another, killed at a random moment of its work; the last one is left to finish."""
    queued = set()
    for number in range(14):
        record = office.store.lodge("c1", TOLD, f"lodge{number}")
        queued.add(office.store.queue_referral(record.given[0], f"refer{number}"))
    draw = random.Random(12315)
    async with company("http://127.0.0.1:9") as stand_in:
        endpoint = stand_in.url("silent")
        for _ in range(3):
            before = tried(await stand_in.shown())
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, str(Path(__file__).with_name("sender.py")), str(tmp_path)),
                *(office.now.isoformat(), endpoint, SECRET.hex()),
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )
            wanted = before + draw.randrange(1, 5)
            try:
                async with asyncio.timeout(30):
                    while tried(await stand_in.shown()) < wanted:
                        assert process.returncode is None
            finally:
                process.kill()
                await process.wait()
            office.now += timedelta(minutes=10)
        left = len(office.store.referrals(("pending",)))
        assert left, "they must have been killed in the middle"
        await deliver_all(office, patient(endpoint, SECRET))
        shown = await stand_in.shown()
    assert set(shown.taken) == set(shown.tries) == queued
    assert {row.status for row in office.store.referrals()} == {"delivered"}


def tried(shown: CompanyBook) -> int:
    return sum(shown.tries.values())


async def deliver_all(office: Office, companies: Companies) -> None:
    """What the killed ones left."""
    post = CompanyPost(companies)
    worker = office.worker(companies, post)
    while office.store.referrals(("pending",)):
        await worker.begin()
        await worker.finish()
        office.now += timedelta(minutes=1)
    await post.close()
