"""A sender of referrals in a process of its own, to be killed: sender.py HOME NOW ENDPOINT."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from app.company_post import CompanyPost
from app.referral_worker import ReferralWorker
from data.companies import Companies, Company, Retry
from data.ledger import utc_now
from data.store import Store


def patient(endpoint: str, secret: bytes) -> Companies:
    """A company that is tried for ever, four referrals at a time."""
    company = Company(
        key="pdd",
        name="拼多多",
        endpoint=endpoint,
        secret="env:X",
        per_minute=6000,
        in_flight=4,
        timeout_s=5,
        retry=Retry(tries=100),
    )
    return Companies((company,), {"pdd": secret})


async def send(home: Path, now: datetime, endpoint: str, secret: bytes) -> None:
    companies = patient(endpoint, secret)
    begun = utc_now()
    store = Store.open(f"sqlite:///{home / 'seat.db'}", home, clock=lambda: now + (utc_now() - begun))
    worker = ReferralWorker(store, ThreadPoolExecutor(1), companies, CompanyPost(companies))
    while True:
        await worker.begin()
        await worker.finish()


if __name__ == "__main__":
    asyncio.run(
        send(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3], bytes.fromhex(sys.argv[4]))
    )
