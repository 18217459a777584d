"""The Yangtze-delta feed: what leaves about a record, and the signed line it leaves in. Pure.

A line is a JWS in flattened JSON form (RFC 7515 §7.2.2) signed with Ed25519 (RFC 8037): any JOSE library reads it.
Each item names the digest of the line before, so that nothing can be changed, left out or put in between.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, ValidationError, model_validator

from data.case_numbers import SHANGHAI_TIME
from data.facts import Facts
from data.reference import Table, WordList, issues, known_goods, load_table, platforms
from data.understanding import Frozen

FIRST = "0" * 64
"""What the first item names as the line before it."""
_HEADER = {"alg": "EdDSA", "typ": "smartseat.delta+json"}
_LONGEST_LINE = 8192


class FeedBroken(Exception):
    """A line that is not what its sender signed, or not the next one. The text names the line's number only."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What a field may be made of: the facts, and where the case stands."""

    facts: Facts
    created_at: datetime
    stage: str
    topic: str | None
    closing: bool


def _band(amount: float | None) -> str | None:
    if amount is None:
        return None
    bands = delta_rules().amount_bands
    low = max((band for band in bands if band <= amount), default=0)
    high = min((band for band in bands if band > amount), default=None)
    return f"{low}-" if high is None else f"{low}-{high}"


def _listed(value: str | None, names: Iterable[str]) -> str | None:
    """The value where it is a word of the tables: anything else might be a caller's."""
    return value if value in set(names) else None


def _entity(facts: Facts) -> str | None:
    """The respondent's name where it is a legal entity's; digits in it would be somebody's number."""
    name = (facts.shop or facts.respondent or "").strip()
    fits = name.endswith(delta_rules().entity_forms) and not re.search(r"\d{5,}", name)
    return name if fits and len(name) <= 50 else None


#: Every field that can be shared, and how it is made. The table chooses among them.
FIELDS: dict[str, Callable[[Shared], str | bool | None]] = {
    "kind": lambda shared: shared.facts.kind.value if shared.facts.kind else None,
    "stage": lambda shared: shared.stage,
    "topic": lambda shared: shared.topic,
    "issue": lambda shared: _listed(shared.facts.issue, (one.name for one in issues().issues)),
    "goods": lambda shared: _listed(shared.facts.goods, known_goods()),
    "trade": lambda shared: shared.facts.trade,
    "platform": lambda shared: _listed(shared.facts.platform, (one.name for one in platforms().platforms)),
    "respondent": lambda shared: _entity(shared.facts),
    "month": lambda shared: f"{shared.created_at.astimezone(SHANGHAI_TIME):%Y-%m}",
    "amount_band": lambda shared: _band(shared.facts.amount),
    "closing": lambda shared: shared.closing,
}


class DeltaRules(Table):
    fields: tuple[str, ...]
    entity_forms: WordList
    amount_bands: tuple[int, ...]

    @model_validator(mode="after")
    def _known(self) -> DeltaRules:
        if unknown := set(self.fields) - FIELDS.keys():
            raise ValueError(f"no such fields: {', '.join(sorted(unknown))}; there are {', '.join(FIELDS)}")
        if list(self.amount_bands) != sorted(set(self.amount_bands)):
            raise ValueError("amount_bands must rise")
        return self


@cache
def delta_rules() -> DeltaRules:
    return load_table("delta_feed", DeltaRules)


def shared_fields(shared: Shared) -> dict[str, str | bool]:
    """The table's fields, as far as the record has them."""
    made = {name: FIELDS[name](shared) for name in delta_rules().fields}
    return {name: value for name, value in made.items() if value is not None}


class DeltaItem(Frozen):
    """One state of one matter. item: the same for the same matter, and of no use elsewhere."""

    version: Literal["smartseat.delta/1"] = "smartseat.delta/1"
    province: str = Field(pattern=r"^\d{2}$")
    seq: int = Field(ge=1)
    prev: str = Field(pattern=r"^[0-9a-f]{64}$")
    item: str = Field(pattern=r"^[0-9a-f]{32}$")
    on: date
    fields: dict[str, str | bool]

    @model_validator(mode="after")
    def _no_more(self) -> DeltaItem:
        if self.fields.keys() - FIELDS.keys():
            raise ValueError("a field that is never shared")
        return self


def sign_line(key: Ed25519PrivateKey, item: DeltaItem) -> str:
    """The item's line, without the line feed."""
    protected = _encode(json.dumps(_HEADER, separators=(",", ":")).encode())
    payload = _encode(item.model_dump_json().encode())
    signature = _encode(key.sign(f"{protected}.{payload}".encode()))
    line = {"payload": payload, "protected": protected, "signature": signature}
    return json.dumps(line, separators=(",", ":"))


def open_line(key: Ed25519PublicKey, line: str) -> DeltaItem:
    """The item in a line that the holder of `key` signed. Raises FeedBroken."""
    try:
        if len(line) > _LONGEST_LINE:
            raise FeedBroken("a line is too long")
        parts = json.loads(line)
        protected, payload, signature = (str(parts[name]) for name in ("protected", "payload", "signature"))
        if len(parts) != 3 or json.loads(_decode(protected)) != _HEADER:
            raise FeedBroken("a line is signed in another way")
        key.verify(_decode(signature), f"{protected}.{payload}".encode())
        return DeltaItem.model_validate_json(_decode(payload))
    except InvalidSignature:
        raise FeedBroken("a signature does not fit") from None
    except (ValidationError, ValueError, KeyError, TypeError, AttributeError):
        raise FeedBroken("a line cannot be read") from None


def next_items(
    key: Ed25519PublicKey, lines: list[str], province: str, seq: int, digest: str
) -> list[tuple[DeltaItem, str]]:
    """The items that follow (`seq`, `digest`), each with its line's digest; known ones are left out.

    Raises FeedBroken.
    """
    items = []
    for line in lines:
        item = open_line(key, line)
        if item.province != province:
            raise FeedBroken("a line is another province's")
        if item.seq <= seq:
            continue
        if (item.seq, item.prev) != (seq + 1, digest):
            raise FeedBroken(f"line {item.seq} does not follow line {seq}")
        seq, digest = item.seq, line_digest(line)
        items.append((item, digest))
    return items


def line_digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def item_name(key: Ed25519PrivateKey, record_id: str) -> str:
    """A name for the record that only the holder of `key` can make; a change of the master key leaves it."""
    return hmac.new(key.private_bytes_raw(), record_id.encode(), hashlib.sha256).hexdigest()[:32]


def public_hex(key: Ed25519PublicKey) -> str:
    return key.public_bytes_raw().hex()


def source_name(key: Ed25519PublicKey) -> str:
    """Names a sender by its key: an address may change."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def _encode(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
