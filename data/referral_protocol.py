"""The rules of delivery, pure: what a reply means, when to try again, what an answer may change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import ValidationError

from data.companies import Retry
from data.referral_messages import Receipt

Failure = Literal["timeout", "unreachable", "tls"]
AnswerKind = Literal["accepted", "refused", "settled", "unresolved"]

#: HTTP statuses that ask for patience (RFC 9110 §15.5.9, RFC 8470, RFC 6585).
PATIENCE = {408, 425, 429}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. failure: nothing did. body: its first 64 KiB; retry_after_s: what it asked for."""

    status: int | None = None
    body: bytes = b""
    retry_after_s: float | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """code: delivered, or why not, for the list of dead letters; never a word of the company's."""

    result: Literal["delivered", "again", "never"]
    code: str


def judge(reply: Reply, referral_id: str) -> Verdict:
    """What a reply to a delivery means. Only a receipt naming this referral is a delivery."""
    if reply.failure is not None:
        # A certificate that does not fit is somebody else's machine, and may be mended: nothing was sent.
        return Verdict("again", reply.failure)
    status = reply.status or 0
    if 200 <= status < 300:
        try:
            receipt = Receipt.model_validate_json(reply.body)
        except ValidationError:
            return Verdict("again", "bad_receipt")
        fits = receipt.referral == referral_id
        return Verdict("delivered", "delivered") if fits else Verdict("again", "receipt_of_another")
    if 300 <= status < 400:
        # Following it would carry personal data to an address nobody agreed on.
        return Verdict("never", f"redirected_{status}")
    if status in PATIENCE or status >= 500:
        return Verdict("again", f"http_{status}")
    return Verdict("never", f"http_{status}")


def pause(retry: Retry, tried: int, key: str, asked_s: float | None = None) -> timedelta:
    """How long to wait after the `tried`-th try: exponential, ± 20 % by the key, so that many do not knock
    together; longer if the company asked for it, within an hour past the longest pause."""
    seconds = min(retry.first_s * retry.factor ** (tried - 1), retry.most_s)
    share = int.from_bytes(hashlib.sha256(f"{key}/{tried}".encode()).digest()[:4], "big") / 2**32
    seconds *= 0.8 + 0.4 * share
    if asked_s is not None:
        seconds = max(seconds, min(asked_s, retry.most_s + 3600))
    return timedelta(seconds=seconds)


def may_answer(before: str | None, new: AnswerKind) -> bool:
    """Whether an answer changes anything: the first one, and the result of what was accepted."""
    return before is None or (before == "accepted" and new != "accepted")
