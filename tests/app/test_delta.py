"""The feed over HTTP: each province with its own token, a puller that may come back, settings that are refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app import delta_route
from app.cli import app
from app.delta_pull import FeedAway, pull
from app.mistakes import explained
from app.settings import Settings, UnsafeSetting
from data.delta_feed import public_hex
from data.records import FieldDraft, RecordDraft
from data.store import Store
from data.vocabulary import Kind, Slot

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
TOKEN = "a-token-of-jiangsu"
RUN = CliRunner()


def opened(home: Path, records: int = 0) -> Store:
    home.mkdir(exist_ok=True)
    store = Store.open(f"sqlite:///{home / 'seat.db'}", home, clock=lambda: NOW)
    told = RecordDraft(
        kind=Kind.COMPLAINT,
        content="健身房关门了",
        fields=(FieldDraft(slot=Slot.DISTRICT, value="苏州", heard="", confidence=1, method="test"),),
    )
    for n in range(records):
        store.begin_call(f"c{n}", "12315", None, NOW, "v1", "boot", 30)
        store.lodge(f"c{n}", told, f"k{n}", now=NOW)
    store.sort_records()
    store.publish_delta()
    return store


@asynccontextmanager
async def serving(store: Store) -> AsyncIterator[str]:
    web = FastAPI()
    web.include_router(delta_route.router(store, {"32": TOKEN}))
    server = uvicorn.Server(uvicorn.Config(web, port=0, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/delta/32"
    finally:
        server.should_exit = True
        await task


async def test_pulled_page_by_page_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta_route, "PAGE", 2)
    with opened(tmp_path / "here", 5) as here, opened(tmp_path / "there") as there:
        key = here.delta_key().public_key()
        async with serving(here) as url:
            assert [await pull(there, url, key, "32", TOKEN) for _ in range(2)] == [5, 0]
            with pytest.raises(FeedAway, match="401"):
                await pull(there, url, key, "32", "another token")
        with pytest.raises(FeedAway, match="连不上"):
            await pull(there, url, key, "32", TOKEN)
        assert len(there.taken_items()) == 5


def test_a_province_reads_only_its_own(tmp_path: Path) -> None:
    with opened(tmp_path, 1) as store:
        web = FastAPI()
        web.include_router(delta_route.router(store, {"32": TOKEN, "33": "another-token-here"}))
        client = TestClient(web)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert len(client.get("/delta/32", headers=headers).text.splitlines()) == 1
        assert client.get("/delta/32?after=1", headers=headers).text == ""
        for path in ("/delta/33", "/delta/34", "/delta/"):
            assert client.get(path, headers=headers).status_code in (401, 404)
        assert client.get("/delta/32").status_code == client.get("/delta/34").status_code == 401
        assert client.get("/delta/34", headers={"Authorization": "Bearer "}).status_code == 401


def test_written_to_a_file_and_pulled_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "js.jsonl"
    with opened(tmp_path / "here", 2) as store:
        key = public_hex(store.delta_key().public_key())
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path / "here"))
    assert RUN.invoke(app, ["feed", "key"]).output.strip() == key
    assert "2 条" in RUN.invoke(app, ["feed", "write", "江苏", str(out)]).output
    assert RUN.invoke(app, ["feed", "write", "广东", str(tmp_path / "x")]).exit_code == 2
    (tmp_path / "there").mkdir()
    monkeypatch.setenv("SMARTSEAT_HOME", str(tmp_path / "there"))
    arguments = ["feed", "pull", str(out), "--key", key, "--province", "32"]
    assert "新收 2 条" in RUN.invoke(app, arguments).output
    assert "新收 0 条" in RUN.invoke(app, arguments).output
    assert len(json.loads(RUN.invoke(app, ["feed", "list", "--json"]).output)) == 2
    out.write_text(out.read_text()[:-20] + "\n")
    refused = RUN.invoke(app, [*arguments[:4], "0" * 64, *arguments[5:]])
    assert isinstance(refused.exception, Exception)
    assert "一条也没有收" in (explained(refused.exception) or "")
    assert RUN.invoke(app, ["feed", "pull", "http://example.com/delta/32", *arguments[3:]]).exit_code == 2


@pytest.mark.parametrize("tokens", [{"32": "short"}, {"44": TOKEN}])
def test_unsafe_tokens_are_refused(tokens: dict[str, str]) -> None:
    with pytest.raises(UnsafeSetting, match="feed_tokens"):
        Settings(feed_tokens=tokens).refuse_unsafe()
