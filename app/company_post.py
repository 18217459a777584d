"""The wire to a company: one signed HTTPS POST, no redirects, no proxy, a bounded answer."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime

import aiohttp

from data.companies import Companies
from data.ledger import utc_now
from data.referral_book import Claim
from data.referral_protocol import Reply
from data.signing import signed

Post = Callable[[Claim], Awaitable[Reply]]

_LONGEST_REPLY = 65_536


class CompanyPost:
    """Posts claims. Close it."""

    def __init__(self, companies: Companies, clock: Callable[[], datetime] = utc_now) -> None:
        """clock: for signatures, which hold for minutes. Raises OSError for an authority's file not readable."""
        self._clock = clock
        self._companies = companies
        self._trust = {
            company.key: ssl.create_default_context(cafile=None if company.ca is None else str(company.ca))
            for company in companies.all
        }
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, claim: Claim) -> Reply:
        """Never raises for what the other side does: that is a Reply."""
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        company = claim.company
        headers = signed(self._companies.secret(company), claim.message_id, claim.body, self._clock())
        headers |= {"Content-Type": "application/json", "Idempotency-Key": claim.message_id}
        try:
            async with self._session.post(
                company.endpoint,
                data=claim.body,
                headers=headers,
                allow_redirects=False,
                ssl=self._trust[company.key],
                timeout=aiohttp.ClientTimeout(total=company.timeout_s),
            ) as answer:
                body = await answer.content.read(_LONGEST_REPLY)
                return Reply(answer.status, body, _seconds(answer.headers.get("Retry-After")))
        except TimeoutError:
            return Reply(failure="timeout")
        except aiohttp.ClientSSLError:
            return Reply(failure="tls")
        except (aiohttp.ClientError, OSError):
            return Reply(failure="unreachable")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _seconds(retry_after: str | None) -> float | None:
    """Seconds only; a date there is left to our own schedule."""
    if retry_after is None or not (retry_after.isascii() and retry_after.isdigit()):
        return None
    return float(retry_after)
