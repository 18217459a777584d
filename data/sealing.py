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
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data.errors import SealBroken, WrongKey

KEY_BYTES = 32
NONCE_BYTES = 12
MASTER_ENV = "SMARTSEAT_MASTER_KEY"
"""64 hex digits; wins over the key file."""


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
        self._audit = _derive(key, b"smartseat/audit")
        self.key_id = _derive(key, b"smartseat/id").hex()[:16]
        """Names the key without revealing it; kept in the database."""

    def new_call(self, call_id: str) -> tuple[CallSealer, bytes]:
        """A fresh call key, and the same wrapped for storage."""
        key = secrets.token_bytes(KEY_BYTES)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return CallSealer(call_id, key), nonce + self._wrap.encrypt(nonce, key, call_id.encode())

    def unwrap(self, call_id: str, wrapped: bytes) -> CallSealer:
        """The call's sealer. Raises SealBroken."""
        try:
            key = self._wrap.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], call_id.encode())
        except (InvalidTag, ValueError):
            raise SealBroken(f"the key of call {call_id} does not unwrap") from None
        return CallSealer(call_id, key)

    def phone_hash(self, phone: str) -> str:
        """A keyed hash of the number's digits, equal for equal numbers however they are written."""
        return hmac.new(self._phone, plain_phone(phone).encode(), hashlib.sha256).hexdigest()

    def match_hash(self, what: str, key: str) -> str:
        """A keyed hash for equality search on anything else, apart for each `what` (name, address …)."""
        return hmac.new(self._match, f"{what}\x1f{key}".encode(), hashlib.sha256).hexdigest()

    def sign(self, message: bytes) -> str:
        return hmac.new(self._audit, message, hashlib.sha256).hexdigest()


def plain_phone(phone: str) -> str:
    """Digits only, without China's country code: "+86 138-0000-1234" → "13800001234"."""
    digits = "".join(mark for mark in phone if mark.isascii() and mark.isdigit())
    for code in ("0086", "86"):
        if digits.startswith(code) and len(digits) - len(code) >= 10:
            return digits[len(code) :]
    return digits


def load_master(home: Path, env: Mapping[str, str] | None = None, create: bool = True) -> MasterKey:
    """The master key from SMARTSEAT_MASTER_KEY, else from home/keys/master.key (64 hex digits).

    On first use the file is made, mode 0600, whole or not at all. With create=False a missing file is an
    error: a database that has calls must not quietly get a new key. Raises WrongKey.
    """
    given = (os.environ if env is None else env).get(MASTER_ENV)
    if given:
        return MasterKey(_from_hex(given, f"${MASTER_ENV}"))
    path = home / "keys" / "master.key"
    if not path.exists() and not create:
        raise WrongKey("the master key file keys/master.key is missing; restore it from its backup")
    return MasterKey(key_file(path))


def key_file(path: Path) -> bytes:
    """The 32 bytes in a key file (64 hex digits, mode 0600), made with random ones if it is not there.

    Raises WrongKey.
    """
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        raise WrongKey(f"keys/{path.name} may be read by others; chmod 600 it")
    key = _from_hex(path.read_text("ascii"), f"keys/{path.name}")
    if len(key) != KEY_BYTES:
        raise WrongKey(f"keys/{path.name} holds {len(key)} bytes, not {KEY_BYTES}")
    return key


def fsync_folder(folder: Path) -> None:
    """Makes a new or renamed entry of `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(KEY_BYTES).hex().encode("ascii") + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # another process was first: its key holds
    finally:
        draft.unlink()
    fsync_folder(path.parent)


def _from_hex(text: str, where: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError:
        raise WrongKey(f"{where} is not hexadecimal") from None


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(key)
