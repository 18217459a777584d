"""A real server on 127.0.0.1 in the test's own event loop, and calls collected from it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import numpy as np
import numpy.typing as npt
import pytest
import uvicorn
from fastapi import FastAPI

from telephony.media_route import router
from telephony.websocket_line import DEFAULT_LIMITS, LineLimits, MediaStreamCall

OnCall = Callable[[MediaStreamCall], Awaitable[None]]


class PromptServer(uvicorn.Server):
    """uvicorn without its tenth of a second at each end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.over = asyncio.Event()

    async def main_loop(self) -> None:
        await self.over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        while self.server_state.tasks or self.server_state.connections:
            await asyncio.sleep(0.001)


class Exchange:
    """Serves `/media` and hands each call answered to the test, keeping it up until `let_go`."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[MediaStreamCall] = asyncio.Queue()
        self.let_go = asyncio.Event()
        self._servers: list[tuple[PromptServer, asyncio.Task[None]]] = []

    async def keep(self, call: MediaStreamCall) -> None:
        self.calls.put_nowait(call)
        await self.let_go.wait()

    async def open(
        self,
        *,
        on_call: OnCall | None = None,
        token: str | None = None,
        limit: int = 10,
        limits: LineLimits = DEFAULT_LIMITS,
    ) -> str:
        app = FastAPI()
        app.include_router(router(on_call or self.keep, token=token, limit=limit, limits=limits))
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        server = PromptServer(uvicorn.Config(app, lifespan="off", log_level="critical"))
        task = asyncio.create_task(server.serve(sockets=[sock]))
        self._servers.append((server, task))
        while not server.started:
            await asyncio.sleep(0.002)
        return f"ws://127.0.0.1:{sock.getsockname()[1]}/media"

    async def close(self) -> None:
        self.let_go.set()
        for server, task in self._servers:
            server.over.set()
            await task


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    own = Exchange()
    yield own
    await own.close()


@pytest.fixture
def speech() -> Callable[[float], npt.NDArray[np.int16]]:
    """speech(seconds): a loud tone at 8 kHz, the same each time."""

    def make(seconds: float) -> npt.NDArray[np.int16]:
        time = np.arange(round(8000 * seconds)) / 8000
        return (12000 * np.sin(2 * np.pi * 440 * time + 0.5)).astype(np.int16)

    return make
