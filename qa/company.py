"""A stand-in company: a server of its own process that behaves well, or badly in one chosen way.

    python -m qa.company --office http://127.0.0.1:8015/companies/pdd/answers --secret-env NAME

The last part of the address it is posted to says how it behaves (BEHAVIOURS). It keeps, like a company should,
what it took by message id: GET /taken shows every effect once. For tests and the demo, on loopback only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import aiohttp
from aiohttp import web

from data.referral_messages import CompanyAnswer, Receipt
from data.signing import BadSignature, secret_bytes, signed, verify


class Company:
    """The stand-in's memory and manners. office: where it answers; clock: for signatures."""

    def __init__(
        self, office: str, secret: bytes, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.office = office
        self.secret = secret
        self.clock = clock
        self.taken: dict[str, dict[str, object]] = {}
        self.tries: dict[str, int] = {}
        self.told: list[int] = []
        self._later: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/taken", self.show)
        app.router.add_post("/{behaviour}", self.receive)
        return app

    async def show(self, _request: web.Request) -> web.Response:
        """What had an effect, how often each message came, what the office said to the answers, and how many
        answers are on their way."""
        told = {"taken": self.taken, "tries": self.tries, "told": self.told, "owed": len(self._later)}
        return web.json_response(told)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        behave = BEHAVIOURS.get(request.match_info["behaviour"])
        body = await request.read()
        try:
            headers = {name.lower(): value for name, value in request.headers.items()}
            message = verify(self.secret, headers, body, self.clock())
        except BadSignature:
            return web.json_response({"refused": "signature"}, status=401)
        if behave is None:
            return web.json_response({"refused": "no such behaviour"}, status=404)
        self.tries[message] = self.tries.get(message, 0) + 1
        return await behave(self, message, json.loads(body))

    def take(self, message: str, told: dict[str, object]) -> web.Response:
        """Takes it once, and gives the receipt every time."""
        self.taken.setdefault(message, told)
        return web.json_response(Receipt(referral=str(told["referral"])).model_dump())

    def answer_later(self, referral: object, *kinds: str, message: str = "", forged: bool = False) -> None:
        """Answers once the receipt is out."""
        task = asyncio.create_task(self._answer(str(referral), kinds, message, forged))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _answer(self, referral: str, kinds: tuple[str, ...], message: str, forged: bool) -> None:
        secret = b"x" * 32 if forged else self.secret
        async with aiohttp.ClientSession() as session:
            for number, kind in enumerate(kinds):
                told = CompanyAnswer.model_validate({"referral": referral, "answer": kind, "words": "已处理"})
                body = told.model_dump_json().encode()
                headers = signed(secret, message or f"{referral}.{number}", body, self.clock())
                async with session.post(self.office, data=body, headers=headers) as reply:
                    self.told.append(reply.status)


Told = dict[str, object]
Behaviour = Callable[[Company, str, Told], Awaitable[web.StreamResponse]]


async def accept(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Takes the matter on; no result yet."""
    if told["kind"] == "referral":
        company.answer_later(told["referral"], "accepted")
    return company.take(message, told)


async def settle(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Takes it on and settles it."""
    if told["kind"] == "referral":
        company.answer_later(told["referral"], "accepted", "settled")
    return company.take(message, told)


async def refuse(company: Company, message: str, told: Told) -> web.StreamResponse:
    if told["kind"] == "referral":
        company.answer_later(told["referral"], "refused")
    return company.take(message, told)


async def silent(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Gives the receipt and never answers."""
    return company.take(message, told)


async def slow(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Takes it at once, but the first receipt does not come before the other side gives up."""
    receipt = company.take(message, told)
    if company.tries[message] == 1:
        await asyncio.Event().wait()
    company.answer_later(told["referral"], "accepted")
    return receipt


async def stuck(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Never replies."""
    await asyncio.Event().wait()
    raise AssertionError


async def repeat(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Answers three times with one id, and once more with another."""
    for _ in range(3):
        company.answer_later(told["referral"], "accepted", message=f"{message}.same")
    company.answer_later(told["referral"], "accepted", message=f"{message}.other")
    return company.take(message, told)


async def forge(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Its answer is signed with a secret that is none."""
    company.answer_later(told["referral"], "settled", forged=True)
    return company.take(message, told)


async def mistake(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Its receipt is for another matter."""
    return web.json_response({"referral": "f" * 32})


async def garbage(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Says 200 and nothing that makes sense."""
    return web.Response(text="<html>ok</html>")


async def busy(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Asks for patience once."""
    if company.tries[message] == 1:
        return web.Response(status=503, headers={"Retry-After": "120"})
    return await accept(company, message, told)


async def redirect(company: Company, message: str, told: Told) -> web.StreamResponse:
    """Wants the data sent to another address."""
    return web.Response(status=307, headers={"Location": "/accept"})


async def reject(company: Company, message: str, told: Told) -> web.StreamResponse:
    return web.json_response({"refused": "no"}, status=400)


async def die(company: Company, message: str, told: Told) -> web.StreamResponse:
    """The process ends in the middle of the request."""
    os._exit(9)


BEHAVIOURS: dict[str, Behaviour] = {
    one.__name__: one
    for one in (
        accept,
        settle,
        refuse,
        silent,
        slow,
        stuck,
        repeat,
        forge,
        mistake,
        garbage,
        busy,
        redirect,
        reject,
        die,
    )
}


async def _serve(company: Company, port: int) -> None:
    runner = web.AppRunner(company.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address = runner.addresses[0]
    sys.stdout.write(f"company: http://127.0.0.1:{address[1]}/\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m qa.company", description="A stand-in company.")
    parser.add_argument("--office", required=True, help="where it posts its answers")
    parser.add_argument("--secret-env", required=True, help="the variable that holds the shared secret")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    company = Company(given.office, secret_bytes(os.environ[given.secret_env]))
    asyncio.run(_serve(company, given.port))


if __name__ == "__main__":
    main()
