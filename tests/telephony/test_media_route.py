"""Who may come in at /media, and how many at a time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from telephony.client import PhoneClient
from telephony.media_route import router
from telephony.websocket_line import MediaStreamCall

if TYPE_CHECKING:
    from conftest import Exchange


async def test_calls_side_by_side_and_one_too_many(exchange: Exchange) -> None:
    url = await exchange.open(limit=2)
    async with PhoneClient(url) as one, PhoneClient(url) as two:
        ids = {(await exchange.calls.get()).id for _ in range(2)}
        assert ids == {one.call_id, two.call_id}
        third = PhoneClient(url)
        await third.start()
        await third.wait_closed()
        assert third.close_code == 1013
        assert third.error is not None and third.error.code == "busy"
        exchange.let_go.set()
        await one.wait_closed()
        assert one.close_code == 1000
    async with PhoneClient(url) as fourth:
        assert (await exchange.calls.get()).id == fourth.call_id


async def test_a_call_id_is_one_calls_only(exchange: Exchange) -> None:
    url = await exchange.open()
    async with PhoneClient(url, call_id="CA7"):
        await exchange.calls.get()
        async with PhoneClient(url, call_id="CA7") as second:
            await second.wait_closed()
            assert second.error is not None and second.error.code == "call_id_in_use"
            assert second.close_code == 1008


@pytest.mark.parametrize("way", ["bearer", "header", "query"])
async def test_the_token_opens(exchange: Exchange, way: str) -> None:
    url = await exchange.open(token="开门-secret")
    offer = {
        "bearer": ("", {"Authorization": "Bearer s"}),
        "header": ("", {"X-Smartseat-Token": "s"}),
        "query": ("?token=s", {}),
    }[way]
    with pytest.raises(InvalidStatus) as refused:
        await connect(url + offer[0], additional_headers=offer[1], proxy=None)
    assert refused.value.response.status_code == 403
    ascii_url = await exchange.open(token="s")
    socket = await connect(ascii_url + offer[0], additional_headers=offer[1], proxy=None)
    await socket.close()


async def test_without_or_with_another_token_it_stays_shut(exchange: Exchange) -> None:
    url = await exchange.open(token="secret")
    for token in (None, "Secret", "secret2"):
        with pytest.raises(InvalidStatus):
            await PhoneClient(url, token=token).start()
    async with PhoneClient(url, token="secret"):
        await exchange.calls.get()


async def test_a_fault_in_the_handler_ends_the_call_and_frees_the_line(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(call: MediaStreamCall) -> None:
        raise RuntimeError(f"{call.caller_no} said something")

    url = await exchange.open(on_call=fail, limit=1)
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            async with PhoneClient(url, caller_no="13800001234") as phone:
                await phone.wait_closed()
                assert (phone.close_code, phone.error) == (1000, None)
    assert "call handler failed: RuntimeError" in caplog.text
    assert "13800001234" not in caplog.text


@pytest.mark.parametrize(("token", "limit"), [("", 1), ("s", 0)])
def test_settings_that_protect_nothing_are_refused(token: str, limit: int) -> None:
    async def never(call: MediaStreamCall) -> None:
        raise AssertionError

    with pytest.raises(ValueError, match=r"at least 1|empty token"):
        router(never, token=token, limit=limit)
