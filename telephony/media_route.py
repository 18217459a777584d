"""The door of the seat's media streams: who may come in, and how many at a time."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, WebSocket

from telephony.websocket_line import DEFAULT_LIMITS, CallRefused, LineLimits, MediaStreamCall, accept, refuse

log = logging.getLogger(__name__)


def router(
    on_call: Callable[[MediaStreamCall], Awaitable[None]],
    *,
    token: str | None,
    limit: int,
    limits: LineLimits = DEFAULT_LIMITS,
) -> APIRouter:
    """Routes with the WebSocket `/media`; a call answered goes to `on_call` and is hung up when that returns.

    token: if set, the gateway sends it as `Authorization: Bearer …`, `X-Smartseat-Token: …` or `?token=…`
    (a query ends up in access logs: prefer a header); a wrong one is refused with HTTP 403.
    limit: calls at a time, those still shaking hands included; one more is closed with 1013 and an `error`
    message. A callSid in use is refused too: two calls never share a record.
    Raises ValueError for an empty token or a limit under 1.
    """
    if token is not None and not token:
        raise ValueError("an empty token lets everyone in; give a token, or None for an open door")
    if limit < 1:
        raise ValueError("limit must be at least 1")
    routes = APIRouter()
    connections: set[WebSocket] = set()
    call_ids: set[str] = set()

    @routes.websocket("/media")
    async def media(websocket: WebSocket) -> None:
        if token is not None and not _knows(websocket, token):
            log.warning("media stream refused: wrong or no token")
            await websocket.close(1008, "wrong or no token")
            return
        if len(connections) >= limit:
            log.warning("media stream refused: all %d lines busy", limit)
            await refuse(websocket, "busy", f"all {limit} lines are in use; try again later", 1013)
            return
        connections.add(websocket)
        try:
            call = await accept(websocket, limits)
            if call.id in call_ids:
                await call.refuse("call_id_in_use", "this callSid is in a call already; use a new one")
                return
            call_ids.add(call.id)
            try:
                await on_call(call)
            finally:
                call_ids.discard(call.id)
                await call.hang_up()
        except CallRefused as refused:
            log.warning("media stream refused: %s", refused.code)
        except Exception as error:
            # The message may hold what was said or a number: the kind and place of the fault only.
            log.error("call handler failed: %s", type(error).__name__)
        finally:
            connections.discard(websocket)

    return routes


def _knows(websocket: WebSocket, token: str) -> bool:
    """Whether the connection brought the token; compared in constant time."""
    scheme, _, bearer = websocket.headers.get("authorization", "").partition(" ")
    offers = [
        bearer.strip() if scheme.lower() == "bearer" else "",
        websocket.headers.get("x-smartseat-token", ""),
        websocket.query_params.get("token", ""),
    ]
    matches = [hmac.compare_digest(offer.encode("utf-8"), token.encode("utf-8")) for offer in offers]
    return any(matches)
