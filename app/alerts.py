"""Dangers and matters of many people reach the duty officer: alerts in the outbox are posted to the webhook, again until taken."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request
from datetime import UTC, datetime

from app.assembly import Seat
from data.records import Alert

log = logging.getLogger(__name__)

_EVERY_S = 2.0
_TIMEOUT_S = 5.0


async def deliver_alerts(seat: Seat) -> None:
    """Runs as long as the seat. Without a webhook, alerts wait in the store and are logged as such."""
    url = seat.settings.alert_webhook
    loop = asyncio.get_running_loop()
    while True:
        if url is not None:
            try:
                for alert in await loop.run_in_executor(seat.writer, seat.store.pending_alerts):
                    delivered = await asyncio.to_thread(_post, url, alert)
                    await loop.run_in_executor(
                        seat.writer, seat.store.alert_tried, alert.id, delivered, datetime.now(UTC)
                    )
            except Exception as error:
                log.error("alerts wait: %s", type(error).__name__)
        await asyncio.sleep(_EVERY_S)


def _post(url: str, alert: Alert) -> bool:
    """No personal data: the call's id is enough to open the record."""
    body = json.dumps(
        {
            "alert": alert.id,
            "call": alert.call_id,
            "emergency": str(alert.cause),
            "at": alert.created_at.isoformat(),
        }
    ).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return 200 <= int(answer.status) < 300
    except OSError:
        return False
