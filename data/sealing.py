"""Sealing: one 256-bit key per call, wrapped by a master key; destroying the call's key erases the call.

AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D; far below 2^32 messages a key). What a sealed value
is bound to (its call, its place) goes in as associated data, so a value moved elsewhere does not open.
The master key is split by HKDF into a wrapping key, two search keys (phones, the rest) and an audit key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data.errors import SealBroken, WrongKey

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True, repr=False)
class CallSealer:
    """Seals and opens what belongs to one call. Also for its audio."""

    call_id: str
    key: bytes

    def seal(self, plain: bytes, place: str) -> bytes:
        """nonce + ciphertext + tag, bound to this call and `place` (e.g. "event/7/words_heard")."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, plain, self._bound(place))

    def open(self, sealed: bytes, place: str) -> bytes:
        """What was sealed at `place`. Raises SealBroken."""
        try:
            return AESGCM(self.key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._bound(place))
        except (InvalidTag, ValueError):
            raise SealBroken(f"sealed value of call {self.call_id} at {place} does not open") from None

    def _bound(self, place: str) -> bytes:
        return f"{self.call_id}\x1f{place}".encode()


class MasterKey:
    """Wraps call keys, hashes phones for equality search, and signs the heads of the audit chains."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 random bytes. Raises WrongKey."""
        if len(key) != KEY_BYTES:
            raise WrongKey(f"a master key has {KEY_BYTES} bytes, this one {len(key)}")
        self._wrap = AESGCM(_derive(key, b"smartseat/wrap"))
        self._phone = _derive(key, b"smartseat/phone")
        self._match = _derive(key, b"smartseat/match")
        self.audit_key = _derive(key, b"smartseat/audit")
        """What `sign` signs with. A rotation keeps it, wrapped by the next master: old signatures verify on."""
        self.key_id = _derive(key, b"smartseat/id").hex()[:16]
        """Names the key without revealing it; kept in the database."""

    def new_call(self, call_id: str) -> tuple[CallSealer, bytes]:
        """A fresh call key, and the same wrapped for storage."""
        sealer = CallSealer(call_id, secrets.token_bytes(KEY_BYTES))
        return sealer, self.wrap(call_id, sealer.key)

    def unwrap(self, call_id: str, wrapped: bytes) -> CallSealer:
        """The call's sealer. Raises SealBroken."""
        return CallSealer(call_id, self.unwrapped(call_id, wrapped))

    def wrap(self, name: str, key: bytes) -> bytes:
        """`key` for storage, bound to its name (a call's id, or what else the key is for)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._wrap.encrypt(nonce, key, name.encode())

    def unwrapped(self, name: str, wrapped: bytes) -> bytes:
        """The key that was wrapped under this name. Raises SealBroken."""
        try:
            return self._wrap.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):
            raise SealBroken(f"the key of {name} does not unwrap") from None

    def phone_hash(self, phone: str) -> str:
        """A keyed hash of the number's digits, equal for equal numbers however they are written."""
        return hmac.new(self._phone, plain_phone(phone).encode(), hashlib.sha256).hexdigest()

    def match_hash(self, what: str, key: str) -> str:
        """A keyed hash for equality search on anything else, apart for each `what` (name, address …)."""
        return hmac.new(self._match, f"{what}\x1f{key}".encode(), hashlib.sha256).hexdigest()

    def sign(self, message: bytes) -> str:
        return signature(self.audit_key, message)


def signature(audit_key: bytes, message: bytes) -> str:
    """HMAC-SHA256, in hex."""
    return hmac.new(audit_key, message, hashlib.sha256).hexdigest()


def plain_phone(phone: str) -> str:
    """Digits only, without China's country code: "+86 138-0000-1234" → "13800001234"."""
    digits = "".join(mark for mark in phone if mark.isascii() and mark.isdigit())
    for code in ("0086", "86"):
        if digits.startswith(code) and len(digits) - len(code) >= 10:
            return digits[len(code) :]
    return digits


def fsync_folder(folder: Path) -> None:
    """Makes a new or renamed entry of `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(key)
