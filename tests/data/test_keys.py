"""The master key from a file, the environment or a key service; made once, private, never shown."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from data.errors import WrongKey
from data.keys import MASTER_ENV, NEXT_ENV, KeySource, key_source
from data.store import Store

#: A key service that keeps its own secret beside itself and says nothing of keys elsewhere.
SERVICE = """
import sys, pathlib
from cryptography.fernet import Fernet
secret = pathlib.Path(__file__).with_name("service.secret")
if not secret.exists():
    secret.write_bytes(Fernet.generate_key())
box = Fernet(secret.read_bytes())
given = sys.stdin.buffer.read()
sys.stdout.buffer.write(box.encrypt(given) if sys.argv[1] == "wrap" else box.decrypt(given))
"""


def service(folder: Path) -> str:
    program = folder / "service.py"
    program.write_text(SERVICE)
    return f"'{sys.executable}' '{program}'"


def sources(tmp_path: Path) -> dict[str, KeySource]:
    return {
        "file": key_source(tmp_path, env={}),
        "service": key_source(tmp_path, env={}, command=service(tmp_path)),
    }


@pytest.mark.parametrize("kind", ["file", "service"])
def test_a_key_is_made_once_and_private(tmp_path: Path, kind: str) -> None:
    source = sources(tmp_path)[kind]
    assert source.read() is None
    made = source.make()
    assert source.make().key_id == made.key_id
    held = source.read()
    assert held is not None and held.key_id == made.key_id
    (path,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["file", "service"])
def test_the_next_key_takes_the_place_of_the_former(tmp_path: Path, kind: str) -> None:
    source = sources(tmp_path)[kind]
    former, following = source.make(), source.make_next()
    assert former.key_id != following.key_id
    source.promote()
    source.promote()  # nothing left to promote
    held = source.read()
    assert held is not None and held.key_id == following.key_id and source.read_next() is None
    assert len(list((tmp_path / "keys").iterdir())) == 1


def test_a_service_s_key_lies_wrapped_only(tmp_path: Path) -> None:
    command = service(tmp_path)
    with Store.open(f"sqlite:///{tmp_path / 'seat.db'}", tmp_path, keys=key_source(tmp_path, {}, command)):
        pass
    kept = (tmp_path / "keys" / "master.wrapped").read_bytes()
    assert not (tmp_path / "keys" / "master.key").exists()
    with pytest.raises(ValueError, match="hex"):
        bytes.fromhex(kept.decode().strip())
    (tmp_path / "service.secret").unlink()  # the service has lost its secret: nobody has the key
    with pytest.raises(WrongKey, match="could not unwrap"):
        key_source(tmp_path, {}, command).read()


def test_a_plain_key_is_used_until_the_service_has_made_its_own(tmp_path: Path) -> None:
    plain = key_source(tmp_path, env={}).make()
    source = key_source(tmp_path, env={}, command=service(tmp_path))
    held = source.read()
    assert held is not None and held.key_id == plain.key_id
    following = source.make_next()
    source.promote()
    held = source.read()
    assert held is not None and held.key_id == following.key_id
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["master.wrapped"]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("/nowhere/program", "cannot be run"),
        ("false", "exit code 1"),
        ("true", "exit code 0"),
        ("echo", "hex"),
    ],
)
def test_a_service_that_does_not_answer(tmp_path: Path, command: str, why: str) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "master.wrapped").write_bytes(b"x")
    (tmp_path / "keys" / "master.wrapped").chmod(0o600)
    with pytest.raises(WrongKey, match=why):
        key_source(tmp_path, env={}, command=command).read()


def test_the_environment_wins(tmp_path: Path) -> None:
    key_source(tmp_path, env={}).make()
    source = key_source(tmp_path, {MASTER_ENV: "11" * 32, NEXT_ENV: "22" * 32})
    held, following = source.read(), source.read_next()
    assert held is not None and following is not None and held.key_id != following.key_id
    with pytest.raises(WrongKey, match=NEXT_ENV):
        key_source(tmp_path, {MASTER_ENV: "11" * 32}).make_next()


def test_bad_keys_are_refused_without_showing_them(tmp_path: Path) -> None:
    with pytest.raises(WrongKey) as bad:
        key_source(tmp_path, {MASTER_ENV: "secret words"}).read()
    assert "secret" not in str(bad.value)
    with pytest.raises(WrongKey):
        key_source(tmp_path, {MASTER_ENV: "00ff"}).read()
    source = key_source(tmp_path, env={})
    source.make()
    (tmp_path / "keys" / "master.key").chmod(0o644)
    with pytest.raises(WrongKey, match="chmod"):
        source.read()
