"""The event feed: each call's durable events, live, for simulated callers and benches on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections import OrderedDict

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from data.events import EVENT, CallEvent

#: Calls whose events are kept for late readers.
_KEPT_CALLS = 64


class EventFeed:
    """Events by call, in memory. `watch` is given to the kit; only the event loop touches it."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, list[str]] = OrderedDict()
        self._news = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()

    def watch(self, call_id: str, number: int, event: CallEvent) -> None:
        lines = self._calls.setdefault(call_id, [])
        lines.append(json.dumps({"seq": number, "event": EVENT.dump_python(event, mode="json")}))
        while len(self._calls) > _KEPT_CALLS:
            self._calls.popitem(last=False)
        task = asyncio.get_running_loop().create_task(self._tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def lines(self, call_id: str, already: int) -> list[str]:
        """What came after the first `already` events; waits for at least one."""
        async with self._news:
            await self._news.wait_for(lambda: len(self._calls.get(call_id, ())) > already)
        return self._calls[call_id][already:]


def router(feed: EventFeed) -> APIRouter:
    """`/feed?call=ID`: JSON text frames {"seq", "event"} from the first event on. Loopback only."""
    routes = APIRouter()

    @routes.websocket("/feed")
    async def listen(websocket: WebSocket, call: str) -> None:
        client = websocket.client
        if client is None or not ipaddress.ip_address(client.host).is_loopback:
            await websocket.close(1008, "the event feed is for this machine only")
            return
        await websocket.accept()
        sent = 0
        try:
            while True:
                for line in await feed.lines(call, sent):
                    await websocket.send_text(line)
                    sent += 1
                    if '"type": "call_closed"' in line:
                        await websocket.close()
                        return
        except WebSocketDisconnect:
            return

    return routes
