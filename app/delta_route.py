"""Where the provinces read what is shared with them: GET /delta/{province}?after=N, each with its own token."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Mapping
from concurrent.futures import Executor

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse

from data.errors import StoreError
from data.store import Store

log = logging.getLogger(__name__)

PAGE = 500
_EVERY_S = 30


def router(store: Store, tokens: Mapping[str, str]) -> APIRouter:
    """tokens: by province code. 200 with at most PAGE lines, 401 for any other token, 503 while the store is away."""
    routes = APIRouter()

    @routes.get("/delta/{province}")
    async def lines(
        province: str, request: Request, after: int = Query(default=0, ge=0)
    ) -> PlainTextResponse:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(shown, tokens.get(province, "").encode()) or province not in tokens:
            log.warning("a reader of the feed without its token was refused")
            return PlainTextResponse("", 401)
        try:
            page = await asyncio.to_thread(store.delta_lines, province, after, PAGE)
        except StoreError as error:
            log.error("the feed could not be read: %s", type(error).__name__)
            return PlainTextResponse("", 503)
        return PlainTextResponse("".join(f"{line}\n" for line in page), media_type="application/jsonl")

    return routes


async def watch_delta(store: Store, writer: Executor) -> None:
    """Publishes what is due, as long as the process. writer: the store's one writer thread."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            published = await loop.run_in_executor(writer, store.publish_delta, None, 3)
        except Exception as error:
            log.error("the feed waits: %s", type(error).__name__)
            published = 0
        await asyncio.sleep(0 if published == 3 else _EVERY_S)
