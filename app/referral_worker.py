"""The sender of referrals: claims what is due, posts it, settles what came back. Also safe beside another."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor

from app.company_post import Post
from data.companies import Companies
from data.referral_book import Claim
from data.store import Store

log = logging.getLogger(__name__)

_EVERY_S = 2.0


class ReferralWorker:
    """writer: the store's one writer thread; its clock is the store's. A slow company holds up no other: its own limit does that."""

    def __init__(
        self,
        store: Store,
        writer: Executor,
        companies: Companies,
        post: Post,
    ) -> None:
        self._store = store
        self._writer = writer
        self._companies = companies
        self._post = post
        self._going: set[asyncio.Task[None]] = set()

    async def begin(self) -> int:
        """Claims what is due and starts to send it; gives how many. Raises StoreDown."""
        loop = asyncio.get_running_loop()
        claims = await loop.run_in_executor(self._writer, self._store.claim_referrals, self._companies)
        for claim in claims:
            task = asyncio.create_task(self._send(claim))
            self._going.add(task)
            task.add_done_callback(self._going.discard)
        return len(claims)

    async def finish(self) -> None:
        """Waits until everything begun has come back."""
        while self._going:
            await asyncio.gather(*self._going)

    async def run(self) -> None:
        """As long as the process."""
        while True:
            try:
                begun = await self.begin()
            except Exception as error:
                log.error("referrals wait: %s", type(error).__name__)
                begun = 0
            if not begun:
                await asyncio.sleep(_EVERY_S)

    async def _send(self, claim: Claim) -> None:
        try:
            reply = await self._post(claim)
            loop = asyncio.get_running_loop()
            verdict = await loop.run_in_executor(self._writer, self._store.settle_referral, claim, reply)
            log.info("%s %s to %s: %s", claim.what, claim.referral_id, claim.company.key, verdict.code)
        except Exception as error:
            # The claim runs out, and the same message is sent again.
            log.error("%s %s is not settled: %s", claim.what, claim.referral_id, type(error).__name__)
