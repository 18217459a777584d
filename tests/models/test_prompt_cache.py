"""Prompt audio that outlives the process, and what may enter it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.prompt_cache import PromptCache, SpeechKey

KEY = SpeechKey("您好。", "kokoro", "v1.0-int8", "zf_xiaoxiao", 1.0, "1.1.abc")
SOUND = np.arange(-400, 400, dtype=np.int16)


def test_a_sound_is_found_again_by_another_process(tmp_path: Path) -> None:
    PromptCache(tmp_path).put(KEY, SOUND.copy())
    found = PromptCache(tmp_path).get(KEY)
    assert found is not None and np.array_equal(found, SOUND)
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize(
    "change", [{"text": "您好"}, {"voice": "zm_yunxi"}, {"model": "v2"}, {"speed": 0.9}, {"reading": "2"}]
)
def test_whatever_changes_the_sound_changes_the_key(tmp_path: Path, change: dict[str, object]) -> None:
    cache = PromptCache(tmp_path)
    cache.put(KEY, SOUND.copy())
    assert cache.get(replace(KEY, **change)) is None  # type: ignore[arg-type]


def test_file_names_tell_nothing_of_the_text(tmp_path: Path) -> None:
    PromptCache(tmp_path).put(KEY, SOUND.copy())
    (path,) = tmp_path.rglob("*.npy")
    assert path.stem == KEY.digest()


@pytest.mark.parametrize("bytes_", [b"", b"junk", b"\x93NUMPY\x01\x00v\x00{'descr'"])
def test_a_broken_file_is_thrown_out(tmp_path: Path, bytes_: bytes) -> None:
    PromptCache(tmp_path).put(KEY, SOUND.copy())
    (path,) = tmp_path.rglob("*.npy")
    path.write_bytes(bytes_)
    assert PromptCache(tmp_path).get(KEY) is None
    assert not path.exists()


def test_a_file_of_another_kind_is_thrown_out(tmp_path: Path) -> None:
    PromptCache(tmp_path).put(KEY, SOUND.copy())
    (path,) = tmp_path.rglob("*.npy")
    np.save(path, np.zeros(10))
    assert PromptCache(tmp_path).get(KEY) is None


def test_memory_keeps_the_last_used(tmp_path: Path) -> None:
    cache = PromptCache(tmp_path, keep=2)
    keys = [replace(KEY, text=text) for text in "甲乙丙"]
    for key in keys[:2]:
        cache.put(key, SOUND.copy())
    cache.get(keys[0])
    cache.put(keys[2], SOUND.copy())
    for path in tmp_path.rglob("*.npy"):
        path.unlink()
    assert [cache.get(key) is not None for key in keys] == [True, False, True]


def test_nobody_writes_into_a_shared_sound(tmp_path: Path) -> None:
    cache = PromptCache(tmp_path)
    cache.put(KEY, SOUND.copy())
    found = cache.get(KEY)
    assert found is not None
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1


def test_a_folder_that_cannot_be_written_does_not_stop_the_call(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    cache = PromptCache(blocked / "speech")
    cache.put(KEY, SOUND.copy())
    assert cache.get(KEY) is not None
