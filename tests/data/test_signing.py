"""The Standard Webhooks scheme: its published example, and what must not pass."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.signing import ID, SIGNATURE, TIMESTAMP, BadSecret, BadSignature, secret_bytes, signed, verify

#: The example of the specification's own test suite.
SECRET = secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
MESSAGE, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)
HEADERS = {
    ID: MESSAGE,
    TIMESTAMP: "1614265330",
    SIGNATURE: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_published_example() -> None:
    assert signed(SECRET, MESSAGE, BODY, AT) == HEADERS
    assert verify(SECRET, HEADERS, BODY, AT) == MESSAGE
    several = HEADERS | {SIGNATURE: f"v1,AAAA v2,xyz {HEADERS[SIGNATURE]}"}
    assert verify(SECRET, several, BODY, AT + timedelta(minutes=4)) == MESSAGE


@pytest.mark.parametrize(
    ("change", "body", "after"),
    [
        ({}, BODY + b" ", 0),
        ({ID: "msg_other"}, BODY, 0),
        ({ID: ""}, BODY, 0),
        ({ID: "信"}, BODY, 0),
        ({TIMESTAMP: "1614265331"}, BODY, 0),
        ({TIMESTAMP: "now"}, BODY, 0),
        ({TIMESTAMP: "١"}, BODY, 0),
        ({}, BODY, 301),
        ({}, BODY, -301),
        ({SIGNATURE: ""}, BODY, 0),
        ({SIGNATURE: "v2," + HEADERS[SIGNATURE][3:]}, BODY, 0),
        ({SIGNATURE: HEADERS[SIGNATURE][3:]}, BODY, 0),
        ({SIGNATURE: "v1,信"}, BODY, 0),
    ],
)
def test_nothing_else_passes(change: dict[str, str], body: bytes, after: int) -> None:
    with pytest.raises(BadSignature):
        verify(SECRET, HEADERS | change, body, AT + timedelta(seconds=after))


def test_headers_that_are_not_there() -> None:
    with pytest.raises(BadSignature):
        verify(SECRET, {}, BODY, AT)


@given(st.binary(max_size=200), st.binary(min_size=24, max_size=64), st.binary(min_size=24, max_size=64))
def test_only_the_same_secret_verifies(body: bytes, secret: bytes, other: bytes) -> None:
    headers = signed(secret, "m", body, AT)
    assert verify(secret, headers, body, AT) == "m"
    if other.rstrip(b"\0") != secret.rstrip(b"\0"):  # HMAC pads short keys with zeros
        with pytest.raises(BadSignature):
            verify(other, headers, body, AT)


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_short", "whsec_" + "?" * 40, base64.b64encode(b"x" * 32).decode()]
)
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(BadSecret) as refused:
        secret_bytes(text)
    assert len(text) < 8 or text not in str(refused.value)
