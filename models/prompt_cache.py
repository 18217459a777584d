"""Speech made once and kept: the clauses of fixed prompts, on disk and in memory.

Only texts that hold no caller's value may be put here; lookups are open to all, because a key says
nothing about a clause that was never stored. A caller's clause that happens to equal a stored one was not
a secret.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections import OrderedDict
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from models.protocols import Pcm

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpeechKey:
    """Everything that changes how a clause sounds. `reading` is the version of normaliser and lexicon."""

    text: str
    engine: str
    model: str
    voice: str
    speed: float
    reading: str

    def digest(self) -> str:
        fields = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(fields.encode("utf-8")).hexdigest()


class PromptCache:
    """Clause audio under `folder`, one .npy a clause, with the last `keep` clauses in memory. Thread-safe."""

    def __init__(self, folder: Path, keep: int = 512) -> None:
        self._folder = folder
        self._keep = keep
        self._recent: OrderedDict[str, Pcm] = OrderedDict()
        self._lock = Lock()

    def get(self, key: SpeechKey) -> Pcm | None:
        """The stored sound, or None; a file that cannot be read is removed, so that it is made anew."""
        name = key.digest()
        with self._lock:
            if name in self._recent:
                self._recent.move_to_end(name)
                return self._recent[name]
        path = self._path(name)
        try:
            pcm = np.load(path, allow_pickle=False)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError):
            self._reject(path)
            return None
        if pcm.dtype != np.int16 or pcm.ndim != 1 or not len(pcm):
            self._reject(path)
            return None
        return self._remember(name, pcm)

    def put(self, key: SpeechKey, pcm: Pcm) -> None:
        """Store a fixed text's sound. A full or read-only disk costs the cache, never the call."""
        name = key.digest()
        self._remember(name, pcm)
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    np.save(file, pcm, allow_pickle=False)
                # Renamed when whole: a reader in another process sees all of it or nothing.
                Path(draft).replace(path)
            except BaseException:
                Path(draft).unlink(missing_ok=True)
                raise
        except OSError as problem:
            _log.warning("speech cache not written: %s", problem.strerror)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name}.npy"

    def _remember(self, name: str, pcm: Pcm) -> Pcm:
        # Shared by all calls from here on: nobody may write into it.
        pcm.setflags(write=False)
        with self._lock:
            self._recent[name] = pcm
            self._recent.move_to_end(name)
            while len(self._recent) > self._keep:
                self._recent.popitem(last=False)
        return pcm

    def _reject(self, path: Path) -> None:
        _log.warning("a broken file left the speech cache: %s", path.name)
        path.unlink(missing_ok=True)
