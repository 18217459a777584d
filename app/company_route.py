"""Where companies answer: POST /companies/{key}/answers, signed. What is not signed changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from data.companies import Companies
from data.company_answers import AnswerRefused
from data.errors import StoreError
from data.ledger import utc_now
from data.referral_messages import CompanyAnswer
from data.signing import BadSignature, verify
from data.store import Store

log = logging.getLogger(__name__)

#: The longest answer is far below.
_LARGEST_BODY = 16_384


def router(
    store: Store, writer: Executor, companies: Companies, clock: Callable[[], datetime] = utc_now
) -> APIRouter:
    """clock: for signatures; what is kept bears the store's time.

    200 with AnswerTaken; 401 not signed by this company now; 404, 409, 410, 413, 422 as AnswerRefused says;
    503 while the store is away (send it again)."""
    routes = APIRouter()

    @routes.post("/companies/{key}/answers")
    async def answers(key: str, request: Request) -> JSONResponse:
        body = await _body(request)
        if body is None:
            return _no(413, "too long")
        company = companies.keyed(key)
        try:
            if company is None:
                raise BadSignature
            headers = {name.lower(): value for name, value in request.headers.items()}
            message_id = verify(companies.secret(company), headers, body, clock())
        except BadSignature:
            log.warning("an answer without a good signature was refused")
            return _no(401, "the signature does not fit")
        try:
            answer = CompanyAnswer.model_validate_json(body)
        except ValidationError:
            return _no(422, "not a CompanyAnswer of the published schema")
        loop = asyncio.get_running_loop()
        try:
            taken = await loop.run_in_executor(writer, store.take_answer, company, message_id, body, answer)
        except AnswerRefused as refused:
            return _no(refused.status, str(refused))
        except StoreError as error:
            log.error("an answer could not be kept: %s", type(error).__name__)
            return _no(503, "not kept; send it again")
        return JSONResponse(taken.model_dump(mode="json"))

    return routes


async def _body(request: Request) -> bytes | None:
    """The raw body; None when it is too long."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > _LARGEST_BODY:
            return None
    return bytes(parts)


def _no(status: int, why: str) -> JSONResponse:
    return JSONResponse({"refused": why}, status_code=status)
