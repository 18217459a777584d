"""A recording nobody can hear without its call's key, readable to the last whole piece whatever happens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import SealBroken
from data.sealing import CallSealer
from telephony.sealed_file import MAGIC, Frames, NoKeyYet, SealedFile, is_sealed, read

KEY = CallSealer("call", b"k" * 32)


def noise(frames: int, seed: int = 0) -> Frames:
    return (np.random.default_rng(seed).standard_normal((frames, 2)) * 3000).astype(np.int16)


def written(path: Path, frames: Frames, piece: int = 800) -> Path:
    file = SealedFile(path, KEY.seal, piece=piece)
    for at in range(0, len(frames), 160):
        file.write(frames[at : at + 160])
    file.close()
    assert file.frames == len(frames)
    return path


@settings(max_examples=30, deadline=None)
@given(frames=st.integers(0, 4000), piece=st.integers(1, 2000))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, frames: int, piece: int) -> None:
    sound = noise(frames)
    path = written(tmp_path_factory.mktemp("r") / "call", sound, piece)
    assert is_sealed(path)
    assert np.array_equal(read(path, KEY.open), sound)


def test_it_is_the_owner_s_alone_and_holds_no_sound_in_the_clear(tmp_path: Path) -> None:
    path = written(tmp_path / "call", noise(1600))
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"fLaC" not in path.read_bytes()


def test_a_file_cut_short_opens_up_to_its_last_whole_piece(tmp_path: Path) -> None:
    sound = noise(2400)
    path = written(tmp_path / "call", sound)
    path.write_bytes(path.read_bytes()[:-1])
    assert np.array_equal(read(path, KEY.open), sound[:1600])


@pytest.mark.parametrize("key", [CallSealer("call", b"x" * 32), CallSealer("other", b"k" * 32)])
def test_another_key_or_another_call_opens_nothing(tmp_path: Path, key: CallSealer) -> None:
    path = written(tmp_path / "call", noise(1600))
    with pytest.raises(SealBroken):
        read(path, key.open)


def test_a_piece_that_was_moved_does_not_open(tmp_path: Path) -> None:
    path = written(tmp_path / "call", noise(1600))
    data = path.read_bytes()[len(MAGIC) :]
    first = 4 + int.from_bytes(data[:4], "big")
    path.write_bytes(MAGIC + data[first:] + data[:first])
    with pytest.raises(SealBroken):
        read(path, KEY.open)


def test_sound_waits_for_a_key_that_is_not_there_yet(tmp_path: Path) -> None:
    keys: list[CallSealer] = []

    def seal(plain: bytes, place: str) -> bytes:
        if not keys:
            raise NoKeyYet
        return keys[0].seal(plain, place)

    sound = noise(1600)
    file = SealedFile(tmp_path / "call", seal, piece=400, patience=10_000)
    file.write(sound[:1000])
    assert file.frames == 0
    keys.append(KEY)
    file.write(sound[1000:])
    file.close()
    assert np.array_equal(read(tmp_path / "call", KEY.open), sound)


def test_a_key_that_never_comes_is_a_failed_recording(tmp_path: Path) -> None:
    def seal(plain: bytes, place: str) -> bytes:
        raise NoKeyYet

    file = SealedFile(tmp_path / "call", seal, piece=400, patience=1000)
    file.write(noise(800))
    with pytest.raises(OSError, match="no key"):
        file.write(noise(800))
    file.close()
    assert len(read(tmp_path / "call", KEY.open)) == 0


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path / "call", noise(160))
    with pytest.raises(FileExistsError):
        SealedFile(path, KEY.seal)


def test_what_is_no_sealed_recording_is_said(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"fLaC")
    assert not is_sealed(tmp_path / "x")
    with pytest.raises(ValueError, match="no sealed recording"):
        read(tmp_path / "x", KEY.open)
