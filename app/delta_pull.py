"""Reads another office's feed: page after page, every line checked before any is kept."""

from __future__ import annotations

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from data.delta_feed import FeedBroken
from data.store import Store

_TIMEOUT_S = 30
_LARGEST_PAGE = 8_000_000


class FeedAway(Exception):
    """The other office did not give its lines; the text says how."""


async def pull(store: Store, url: str, key: Ed25519PublicKey, province: str, token: str) -> int:
    """Takes everything after the last line known; gives how many were new. Safe to break off and repeat.

    url: checked by safe_address. Raises FeedBroken (nothing of that page was kept), FeedAway, StoreDown.
    """
    new = 0
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False, cookie_jar=jar) as session:
        while True:
            after = store.delta_cursor(key, province).seq
            page = await _page(session, url, after, token)
            taken = store.take_delta(key, province, page)
            if not taken:
                return new
            new += taken


async def _page(session: aiohttp.ClientSession, url: str, after: int, token: str) -> list[str]:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with session.get(
            url, params={"after": str(after)}, headers=headers, allow_redirects=False
        ) as reply:
            if reply.status != 200:
                raise FeedAway(f"对方回答 {reply.status}")
            body = b""
            async for part in reply.content.iter_chunked(65536):
                body += part
                if len(body) > _LARGEST_PAGE:
                    raise FeedBroken("a page is too long")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise FeedAway(f"连不上（{type(error).__name__}）") from None
    try:
        return [line for line in body.decode("ascii").split("\n") if line]
    except UnicodeDecodeError:
        raise FeedBroken("a page cannot be read") from None
