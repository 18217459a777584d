"""Where the master key comes from: a file, the environment, or a key service behind a command.

A key service (KMS, HSM, Vault) is asked through a program of the operator's. It is run as `PROGRAM wrap` or
`PROGRAM unwrap`, reads one key on stdin and writes the other form of it to stdout, exit code 0; whatever it says
on stderr goes to ours. Only the wrapped form is kept, in keys/master.wrapped: without the service it opens nothing.

During a rotation there are two keys: the one in use and the next one. Which of them a database is at is written
in the database; `promote` makes the next one the only one.
"""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from data.errors import WrongKey
from data.sealing import KEY_BYTES, MasterKey, fsync_folder

MASTER_ENV = "SMARTSEAT_MASTER_KEY"
"""64 hex digits; wins over the other sources."""
NEXT_ENV = "SMARTSEAT_MASTER_KEY_NEXT"
COMMAND_ENV = "SMARTSEAT_KEY_COMMAND"
COMMAND_TIMEOUT_S = 30


class KeySource(Protocol):
    """Raises WrongKey from every method: missing, malformed, readable by others, or refused by the service."""

    def read(self) -> MasterKey | None:
        """The key in use; None where none was made yet."""

    def read_next(self) -> MasterKey | None:
        """The key a rotation leads to; None where there is no rotation."""

    def make(self) -> MasterKey:
        """The first key, durable on return. Of several processes at once the first one's holds."""

    def make_next(self) -> MasterKey:
        """A new next key, durable on return."""

    def promote(self) -> None:
        """The next key becomes the one in use; the former is gone. Nothing where there is no next key."""


class Coder(Protocol):
    """How a key lies in its file."""

    file: str

    def encode(self, key: bytes) -> bytes: ...

    def decode(self, kept: bytes) -> bytes: ...


class Plain:
    """64 hex digits: protected by the file's mode alone."""

    file = "master.key"

    def encode(self, key: bytes) -> bytes:
        return key.hex().encode("ascii") + b"\n"

    def decode(self, kept: bytes) -> bytes:
        return _from_hex(kept.decode("ascii", "replace"), f"keys/{self.file}")


class KeyService:
    """Whatever the operator's program makes of 64 hex digits."""

    file = "master.wrapped"

    def __init__(self, command: str) -> None:
        self._command = shlex.split(command)

    def encode(self, key: bytes) -> bytes:
        return self._asked("wrap", key.hex().encode("ascii"))

    def decode(self, kept: bytes) -> bytes:
        return _from_hex(self._asked("unwrap", kept).decode("ascii", "replace"), "the key command's answer")

    def _asked(self, what: str, given: bytes) -> bytes:
        try:
            done = subprocess.run(
                [*self._command, what],
                input=given,
                stdout=subprocess.PIPE,
                timeout=COMMAND_TIMEOUT_S,
                check=False,
            )
        except (OSError, IndexError) as error:
            raise WrongKey(f"the key command cannot be run ({type(error).__name__})") from None
        except subprocess.TimeoutExpired:
            raise WrongKey(f"the key command did not answer in {COMMAND_TIMEOUT_S} s") from None
        if done.returncode or not done.stdout.strip():
            raise WrongKey(f"the key command could not {what} the key (exit code {done.returncode})")
        return done.stdout


class KeyFile:
    """The key in HOME/keys, mode 0600.

    former: the key file used before this one (a plain key, where a service was set up since); it is read until
    a rotation has made a key of this kind, and removed then.
    """

    def __init__(self, home: Path, coder: Coder, former: KeyFile | None = None) -> None:
        self._path = home / "keys" / coder.file
        self._next = self._path.with_name(f"{coder.file}.next")
        self._coder = coder
        self._former = former

    def read(self) -> MasterKey | None:
        held = self._read(self._path)
        return self._former.read() if held is None and self._former is not None else held

    def read_next(self) -> MasterKey | None:
        return self._read(self._next)

    def make(self) -> MasterKey:
        return self._make(self._path)

    def make_next(self) -> MasterKey:
        return self._make(self._next)

    def promote(self) -> None:
        try:
            self._next.replace(self._path)
        except FileNotFoundError:
            return
        if self._former is not None:
            self._former._path.unlink(missing_ok=True)
        fsync_folder(self._path.parent)

    def _read(self, path: Path) -> MasterKey | None:
        kept = _kept(path)
        return None if kept is None else MasterKey(self._coder.decode(kept))

    def _make(self, path: Path) -> MasterKey:
        _put(path, self._coder.encode(secrets.token_bytes(KEY_BYTES)))
        key = self._read(path)
        assert key is not None
        return key


def key_file(path: Path) -> bytes:
    """The 32 bytes in a key file of its own (64 hex digits, mode 0600), random ones if it is not there yet.

    Raises WrongKey.
    """
    if _kept(path) is None:
        _put(path, Plain().encode(secrets.token_bytes(KEY_BYTES)))
    key = _from_hex((_kept(path) or b"").decode("ascii", "replace"), f"keys/{path.name}")
    if len(key) != KEY_BYTES:
        raise WrongKey(f"keys/{path.name} holds {len(key)} bytes, not {KEY_BYTES}")
    return key


def _kept(path: Path) -> bytes | None:
    """What lies in a key file; None where there is none. Raises WrongKey: others may read it."""
    try:
        mode, kept = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError:
        return None
    if mode & 0o077:
        raise WrongKey(f"keys/{path.name} may be read by others; chmod 600 it")
    return kept


def _put(path: Path, kept: bytes) -> None:
    """Makes a key file, whole or not at all; where another process was first, its key holds."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, kept)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    fsync_folder(path.parent)


class KeyVariable:
    """The key in the environment; making and promoting one is the operator's part."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def read(self) -> MasterKey | None:
        return self._read(MASTER_ENV)

    def read_next(self) -> MasterKey | None:
        return self._read(NEXT_ENV)

    def make(self) -> MasterKey:
        raise WrongKey(f"${MASTER_ENV} is empty")

    def make_next(self) -> MasterKey:
        raise WrongKey(f"the master key is in ${MASTER_ENV}: put 64 new hex digits into ${NEXT_ENV} first")

    def promote(self) -> None:
        return

    def _read(self, name: str) -> MasterKey | None:
        given = self._env.get(name)
        return None if not given else MasterKey(_from_hex(given, f"${name}"))


def key_source(home: Path, env: Mapping[str, str] | None = None, command: str | None = None) -> KeySource:
    """Where this home's key is: the environment's, else the key service's (`command`, or
    $SMARTSEAT_KEY_COMMAND), else the plain file's."""
    env = os.environ if env is None else env
    if env.get(MASTER_ENV):
        return KeyVariable(env)
    command = command or env.get(COMMAND_ENV)
    plain = KeyFile(home, Plain())
    return KeyFile(home, KeyService(command), plain) if command else plain


def _from_hex(text: str, where: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError:
        raise WrongKey(f"{where} is not hexadecimal") from None
