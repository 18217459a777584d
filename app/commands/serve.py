"""smartseat serve: take calls."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from typing import Annotated

import typer
import uvicorn
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app import logs
from app.assembly import Seat, settle
from app.feed import EventFeed
from app.settings import Settings
from app.web import build
from data.companies import Companies, load_companies

console = Console(stderr=True, highlight=False)
log = logging.getLogger(__name__)

#: Bytes of one WebSocket message; a gateway's largest is far below.
_LARGEST_MESSAGE = 65_536


def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认只在本机")] = None,
    port: Annotated[int | None, typer.Option(help="端口；0 表示随便挑一个")] = None,
    event_feed: Annotated[
        bool | None, typer.Option(help="在 /feed 公开通话事件（仅本机，供模拟来电用）")
    ] = None,
    while_stdin_is_open: Annotated[
        bool, typer.Option(hidden=True, help="标准输入关闭时停止：跟着启动它的程序一起结束")
    ] = False,
) -> None:
    """接听来电：媒体流从 ws://HOST:PORT/media 进来。"""
    given = {"host": host, "port": port, "event_feed": event_feed}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    settings.refuse_unsafe()
    companies = load_companies(settings.companies) if settings.companies is not None else None
    logs.set_up(settings.log_level)
    if while_stdin_is_open:
        threading.Thread(target=end_with_stdin, daemon=True).start()
    # Bound before the models are loaded, so that a taken port is known at once.
    listening = _bind(settings)
    with contextlib.closing(listening):
        asyncio.run(_serve(settings, listening, companies))


def end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _bind(settings: Settings) -> socket.socket:
    try:
        return socket.create_server((settings.host, settings.port))
    except OSError as error:
        console.print(f"[red]✗[/red] 端口 {settings.port} 用不了（{error.strerror}）。换一个：--port 0")
        raise typer.Exit(1) from error


async def _serve(settings: Settings, listening: socket.socket, companies: Companies | None) -> None:
    feed = EventFeed() if settings.event_feed else None
    console.print("正在装载模型 …")
    seat = await asyncio.to_thread(Seat, settings, feed.watch if feed else None)
    try:
        if settings.alert_webhook is None:
            log.warning("no alert_webhook is set: emergencies reach the call-back list only")
        if companies is None:
            log.warning(
                "no table of companies is set: referrals wait until their cases go on administratively"
            )
        recovered = await asyncio.to_thread(seat.recover)
        if recovered:
            log.warning("%d interrupted calls closed; call-backs are queued", recovered)
        if settings.warm:
            await _warm(seat)
        settle()
        server = uvicorn.Server(
            uvicorn.Config(
                build(seat, feed, companies),
                log_level="warning",
                access_log=False,
                ws="websockets-sansio",
                ws_max_size=_LARGEST_MESSAGE,
                ws_per_message_deflate=False,  # µ-law does not compress; 50 packets a second would be tried
                lifespan="on",
            )
        )
        host, port = listening.getsockname()[:2]
        print(f"smartseat: 接听 ws://{host}:{port}/media", flush=True)
        answers = asyncio.create_task(seat.warm_answers()) if settings.warm else None
        await server.serve(sockets=[listening])
        if answers is not None:
            answers.cancel()
    finally:
        seat.close()


async def _warm(seat: Seat) -> None:
    """On a terminal a bar; else a line now and then, which a parent process shows as its own bar."""
    columns = (TextColumn("预录固定话术"), BarColumn(), MofNCompleteColumn())
    seen = sys.stderr.isatty()
    with Progress(*columns, console=console, disable=not seen) as progress:
        task = progress.add_task("", total=None)

        def told(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)
            if not seen and (done % 5 == 0 or done == total):
                print(f"smartseat: 预录 {done}/{total}", flush=True)

        failed = await seat.warm(seat.live.script, told)
    if failed:
        log.warning("%d clauses could not be made ahead; the spare voice will speak them", failed)
