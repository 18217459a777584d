"""The running seat as a web application: lines come in on /media, companies answer on /companies,
/healthz tells how it is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict

from fastapi import FastAPI

from agent.pipeline.live_call import take_call
from app import company_route, delta_route
from app import feed as event_feed
from app.alerts import deliver_alerts
from app.assembly import Seat
from app.clocks import watch_clocks
from app.company_post import CompanyPost
from app.feed import EventFeed
from app.referral_worker import ReferralWorker
from app.sorting import watch_sorting
from data.companies import Companies
from telephony.media_route import router as media_router

log = logging.getLogger(__name__)

#: How often dead processes' calls are looked for. Seconds; a lease is longer.
_RECOVER_EVERY_S = 20


def build(seat: Seat, feed: EventFeed | None = None, companies: Companies | None = None) -> FastAPI:
    """The application around a loaded seat. companies: those referrals are sent to; None: none is sent."""
    settings = seat.settings
    token = settings.token.get_secret_value() if settings.token else None

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        works = [
            _recover(seat),
            deliver_alerts(seat),
            watch_clocks(seat.store, seat.writer),
            watch_sorting(seat.store, seat.writer),
            delta_route.watch_delta(seat.store, seat.writer),
            seat.follow_script(),
        ]
        async with contextlib.AsyncExitStack() as stack:
            if companies is not None:
                post = CompanyPost(companies)
                stack.push_async_callback(post.close)
                works.append(ReferralWorker(seat.store, seat.writer, companies, post).run())
            tasks = [asyncio.create_task(work) for work in works]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    app = FastAPI(title="smartseat", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(
        media_router(lambda call: take_call(call, seat.kit), token=token, limit=settings.max_calls)
    )
    if companies is not None:
        app.include_router(company_route.router(seat.store, seat.writer, companies))
    if settings.feed_tokens:
        tokens = {code: secret.get_secret_value() for code, secret in settings.feed_tokens.items()}
        app.include_router(delta_route.router(seat.store, tokens))
    if feed is not None:
        app.include_router(event_feed.router(feed))

    @app.get("/healthz")
    async def health() -> dict[str, object]:
        refused = seat.live.refused
        return {
            "status": "ok",
            "script": seat.live.script.version,
            "script_coming": seat.live.coming,
            "script_refused": None if refused is None else asdict(refused),
            "calls": len(seat.kit.going_on),
            "max_calls": settings.max_calls,
            "recogniser": seat.kit.recogniser.name,
            "voice": f"{seat.voice.name}:{seat.voice.voice}",
        }

    return app


async def _recover(seat: Seat) -> None:
    """Calls whose process died are closed once their lease has run out; the journal is emptied."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            found = await loop.run_in_executor(seat.writer, seat.recover)
            if found:
                log.warning("%d interrupted calls closed; call-backs are queued", found)
        except Exception as error:
            log.error("recovery waits: %s", type(error).__name__)
        await asyncio.sleep(_RECOVER_EVERY_S)
