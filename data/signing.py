"""Signed messages between the office and a company: the Standard Webhooks scheme, version 1.0.0.

HMAC-SHA256 over `id.timestamp.body`; any of the scheme's libraries, in most languages, can be the other side.
The message id stays the same over retries: it is the idempotency key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX = "whsec_"
TOLERANCE_S = 300
"""How far a message's time may lie from ours; older ones may be replays."""


class BadSecret(ValueError):
    """Not `whsec_` and 24 to 64 bytes in base64. The message never holds the secret."""


class BadSignature(Exception):
    """Not signed by who holds the secret, or not now."""


def secret_bytes(text: str) -> bytes:
    """The key in a written secret. Raises BadSecret."""
    written = text.strip()
    try:
        key = base64.b64decode(written.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not written.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise BadSecret("a secret is written whsec_ and 24 to 64 bytes in base64")
    return key


def signed(secret: bytes, message_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The three headers that go with `body`."""
    timestamp = str(int(at.timestamp()))
    return {
        ID: message_id,
        TIMESTAMP: timestamp,
        SIGNATURE: "v1," + _signature(secret, message_id, timestamp, body),
    }


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The message's id, if `body` is signed with `secret` and recent. headers: with lower-case names.

    Several signatures may stand there, divided by blanks; one must fit. Raises BadSignature.
    """
    message_id, timestamp = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not message_id or len(message_id) > 128 or not message_id.isascii() or not timestamp.isascii():
        raise BadSignature("no id or time")
    if not timestamp.isdigit() or abs(int(timestamp) - now.timestamp()) > TOLERANCE_S:
        raise BadSignature("not of this moment")
    wanted = _signature(secret, message_id, timestamp, body).encode()
    for one in headers.get(SIGNATURE, "").split():
        version, _, value = one.partition(",")
        if version == "v1" and hmac.compare_digest(value.encode(), wanted):
            return message_id
    raise BadSignature("no signature fits")


def _signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    content = f"{message_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
