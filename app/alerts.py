"""Dangers, matters of many people and mass incidents reach the duty officer: posted to the webhook, again until taken."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request
from datetime import UTC, datetime

from app.assembly import Seat
from data.incident_book import Incident
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
                    delivered = await asyncio.to_thread(_post, url, _told(alert))
                    await loop.run_in_executor(
                        seat.writer, seat.store.alert_tried, alert.id, delivered, datetime.now(UTC)
                    )
                for incident in await loop.run_in_executor(seat.writer, seat.store.pending_incidents):
                    delivered = await asyncio.to_thread(_post, url, _figures(incident))
                    tried = (incident.id, incident.level, delivered, datetime.now(UTC))
                    await loop.run_in_executor(seat.writer, seat.store.incident_tried, *tried)
            except Exception as error:
                log.error("alerts wait: %s", type(error).__name__)
        await asyncio.sleep(_EVERY_S)


def _told(alert: Alert) -> dict[str, object]:
    """No personal data: the call's id is enough to open the record."""
    return {
        "alert": alert.id,
        "call": alert.call_id,
        "emergency": str(alert.cause),
        "at": alert.created_at.isoformat(),
    }


def _figures(incident: Incident) -> dict[str, object]:
    """Figures and codes; neither the respondent nor a case number, with which anybody could ask about a case."""
    told = incident.model_dump(mode="json", exclude={"id", "cases", "tries", "delivered", "acked_by"})
    return {"incident": incident.id} | told


def _post(url: str, told: dict[str, object]) -> bool:
    body = json.dumps(told, ensure_ascii=False).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return 200 <= int(answer.status) < 300
    except OSError:
        return False
