"""The spare voice's own process: text in, WAV out. Run with `python -m models.espeak_child`.

espeak-ng keeps global state, is not re-entrant and is GPL-3; here it can crash, hang or be killed without
a call noticing. Frames on stdin and stdout are a 4-byte big-endian length, then that many bytes:

    request   JSON {"do": "speak", "text", "rate", "voice"} or {"do": "library"}
    reply     one byte, "+" and the WAV or the library's JSON, or "-" and a reason (never the text)
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Protocol

_WAV_HEADER = 44
_MEMORY_DISK = Path("/dev/shm")


class _Pyttsx3(Protocol):
    def setProperty(self, name: str, value: object) -> None: ...  # noqa: N802
    def save_to_file(self, text: str, filename: str) -> None: ...
    def runAndWait(self) -> None: ...  # noqa: N802


def load_library() -> Path:
    """Load espeakng_loader's library under the name pyttsx3 looks for; gives its path.

    pyttsx3 asks the dynamic linker for "libespeak-ng.so.1"; a library of that name already loaded
    answers, so no system package is needed and none is used by accident.
    """
    spec = find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        raise RuntimeError("espeakng_loader is not installed: pip install 'smartseat[spare-voice]'")
    folder = Path(spec.origin).parent
    library = folder / "libespeak-ng.so.1"
    os.environ["ESPEAK_DATA_PATH"] = str(folder / "espeak-ng-data")
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    return library


def loaded_libraries() -> list[str]:
    """The espeak libraries mapped into this process, as the kernel sees them."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        return []
    lines = maps.read_text("utf-8").splitlines()
    return sorted({line.split(maxsplit=5)[5] for line in lines if "espeak" in line and ".so" in line})


def _speak(engine: _Pyttsx3, text: str, words_per_minute: int, voice: str) -> bytes:
    engine.setProperty("voice", voice)
    engine.setProperty("rate", words_per_minute)
    # The driver insists on a file. What is said may be a caller's, so where there is one, a disk in memory.
    with tempfile.TemporaryDirectory(dir=_MEMORY_DISK if _MEMORY_DISK.is_dir() else None) as folder:
        path = Path(folder) / "speech.wav"
        # pyttsx3 drops the sound that arrives together with espeak's end mark: under load, rarely, all of it.
        for _ in range(3):
            engine.save_to_file(text, str(path))
            engine.runAndWait()
            if path.is_file() and path.stat().st_size > _WAV_HEADER:
                return path.read_bytes()
    raise RuntimeError("no sound")


def _frame(stream: BinaryIO) -> bytes | None:
    """The next request's body; None when the parent has closed the pipe."""
    header = stream.read(4)
    return stream.read(struct.unpack(">I", header)[0]) if len(header) == 4 else None


def _reply(stream: BinaryIO, sign: bytes, body: bytes) -> None:
    stream.write(struct.pack(">I", len(body) + 1) + sign + body)
    stream.flush()


def main() -> int:
    # pyttsx3 prints to stdout, which carries our frames: keep the real one, hand the name to stderr.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        library = load_library()
        import pyttsx3

        engine: _Pyttsx3 = pyttsx3.init("espeak")
    except Exception as problem:
        _reply(out, b"-", f"{type(problem).__name__}: {problem}".encode())
        return 1
    _reply(out, b"+", b"ready")
    while (frame := _frame(sys.stdin.buffer)) is not None:
        request = json.loads(frame)
        try:
            if request["do"] == "library":
                known = {
                    "path": str(library),
                    "loaded": loaded_libraries(),
                    "data": os.environ["ESPEAK_DATA_PATH"],
                }
                _reply(out, b"+", json.dumps(known).encode())
            else:
                _reply(out, b"+", _speak(engine, request["text"], request["rate"], request["voice"]))
        except Exception as problem:
            # Only the kind: the message of a driver error may quote the text.
            _reply(out, b"-", type(problem).__name__.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
