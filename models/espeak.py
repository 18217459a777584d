"""The spare voice, seen from the seat: a child process that speaks, watched and restarted."""

from __future__ import annotations

import io
import json
import os
import select
import struct
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import numpy as np
import soundfile

from models.loudness import finish
from models.protocols import LINE_RATE, Pcm, SpeechFailed
from models.speakable import speakable

#: espeak's own unit; slower than the first voice, because this one is hard enough to follow.
_WORDS_PER_MINUTE = 145
_START_S = 10.0
_ROOT = Path(__file__).resolve().parent.parent


class _ChildEnded(SpeechFailed):
    """The child is gone, as opposed to slow or unwilling."""


class EspeakEngine:
    """espeak-ng through pyttsx3 in a child process. Speaks one text at a time; start-up waits for the first.

    patience: seconds one text may take before the child is killed and started anew at the next text.
    """

    name = "espeak"
    version = "espeak-ng"
    shares_cores = False

    def __init__(self, voice: str = "sit/cmn", patience: float = 5.0) -> None:
        self.voice = voice
        self._patience = patience
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    @staticmethod
    def unavailable() -> str | None:
        """Why this voice cannot be used here, with the cure; None when it can."""
        missing = [name for name in ("pyttsx3", "espeakng_loader") if find_spec(name) is None]
        if missing:
            return f"{' and '.join(missing)} not installed; run: pip install 'smartseat[spare-voice]'"
        return None

    def render(
        self, text: str, *, voice: str | None = None, speed: float = 1.0, rate: int = LINE_RATE
    ) -> Pcm:
        """`text` as sound at `rate`. Blocking. Raises SpeechFailed, without the text, when it cannot."""
        spoken = speakable(text)
        if not spoken:
            raise SpeechFailed("nothing to say: the text holds no word")
        wav = self._ask(
            {
                "do": "speak",
                "text": spoken,
                "rate": round(_WORDS_PER_MINUTE * speed),
                "voice": voice or self.voice,
            }
        )
        samples, engine_rate = soundfile.read(io.BytesIO(wav), dtype="float32")
        pcm = finish(np.asarray(samples, dtype=np.float32), int(engine_rate), rate)
        if not len(pcm):
            raise SpeechFailed("espeak gave no sound")
        return pcm

    def library(self) -> dict[str, object]:
        """Which library the child loaded: {"path", "loaded": what the kernel has mapped, "data"}."""
        known: dict[str, object] = json.loads(self._ask({"do": "library"}))
        return known

    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._stop()

    def _ask(self, request: dict[str, object]) -> bytes:
        body = json.dumps(request).encode("utf-8")
        with self._lock:
            try:
                return self._exchange(body)
            except _ChildEnded:
                # It may have died long ago, unseen: a fresh one gets the text once.
                try:
                    return self._exchange(body)
                except _ChildEnded:
                    raise SpeechFailed("the spare voice ends as soon as it is asked") from None

    def _exchange(self, body: bytes) -> bytes:
        child = self._running()
        try:
            assert child.stdin is not None
            child.stdin.write(struct.pack(">I", len(body)) + body)
            child.stdin.flush()
            return self._answer(child, self._patience)
        except OSError:
            self._stop()
            raise _ChildEnded("the spare voice ended") from None
        except SpeechFailed:
            # Whatever state it is in, the next text gets a fresh one.
            self._stop()
            raise

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        if reason := self.unavailable():
            raise SpeechFailed(f"spare voice: {reason}")
        self._stop()
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        self._child = subprocess.Popen(
            [sys.executable, "-m", "models.espeak_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # It may quote what it was given to say.
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        try:
            self._answer(self._child, _START_S)
        except SpeechFailed:
            self._stop()
            raise
        return self._child

    def _answer(self, child: subprocess.Popen[bytes], patience: float) -> bytes:
        deadline = time.monotonic() + patience
        size = struct.unpack(">I", self._read(child, 4, deadline))[0]
        frame = self._read(child, size, deadline)
        if frame[:1] != b"+":
            raise SpeechFailed(f"spare voice: {frame[1:].decode('utf-8', 'replace')}")
        return frame[1:]

    @staticmethod
    def _read(child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        assert child.stdout is not None
        descriptor, got = child.stdout.fileno(), b""
        while len(got) < size:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(descriptor, size - len(got)) if ready else b""
            if not ready:
                raise SpeechFailed("the spare voice took too long")
            if not chunk:
                raise _ChildEnded("the spare voice ended")
            got += chunk
        return got

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()
