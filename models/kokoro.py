"""Kokoro-82M: the seat's own voice, run as ONNX on the CPU."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.g2p import MandarinG2P
from models.kokoro_tokens import MAX_SYMBOLS, token_ids
from models.loudness import finish
from models.protocols import LINE_RATE, ModelMissing, Pcm, SpeechFailed
from models.speakable import speakable

_ENGINE_RATE = 24_000
_STYLE_SIZE = 256


class KokoroEngine:
    """Speaks Mandarin in one of the voices of `voices_dir`. One session serves all calls and threads.

    onnx_path: kokoro-v1.0.int8.onnx; voices_dir: holds <voice>.bin; threads: CPU threads of one
    synthesis. Raises ModelMissing when a file is absent, and when a voice is asked for that is not there.
    """

    name = "kokoro"
    version = "v1.0-int8"
    shares_cores = True

    def __init__(
        self, onnx_path: Path, voices_dir: Path, threads: int = 2, voice: str = "zf_xiaoxiao"
    ) -> None:
        if not onnx_path.is_file():
            raise ModelMissing(f"no voice model at {onnx_path}; run: smartseat models fetch kokoro-82m")
        self.voice = voice
        self._voices_dir = voices_dir
        self._styles: dict[str, NDArray[np.float32]] = {}
        self._style(voice)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # A waiting thread that spins would take the core the recogniser needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(onnx_path), options, providers=["CPUExecutionProvider"]
        )
        self._g2p = MandarinG2P()

    def voices(self) -> list[str]:
        """The voices at hand, by name."""
        return sorted(path.stem for path in self._voices_dir.glob("*.bin"))

    async def synthesise(
        self, text: str, *, voice: str | None = None, speed: float = 1.0, rate: int = LINE_RATE
    ) -> Pcm:
        """render(), off the event loop; for simulated callers, who need no pool."""
        return await asyncio.to_thread(self.render, text, voice=voice, speed=speed, rate=rate)

    def render(
        self, text: str, *, voice: str | None = None, speed: float = 1.0, rate: int = LINE_RATE
    ) -> Pcm:
        """`text` as sound at `rate`. Blocking. Raises SpeechFailed when nothing in it can be spoken."""
        return self.render_phonemes(self.phonemes(text), voice=voice, speed=speed, rate=rate)

    def phonemes(self, text: str) -> str:
        """What render() says for `text`, in Kokoro's symbols."""
        return self._g2p(speakable(text))

    def render_phonemes(
        self, phonemes: str, *, voice: str | None = None, speed: float = 1.0, rate: int = LINE_RATE
    ) -> Pcm:
        ids = token_ids(phonemes)
        if not ids:
            raise SpeechFailed("nothing to say: the text holds no sound Kokoro knows")
        style = self._style(voice or self.voice)
        parts = [
            self._run(ids[at : at + MAX_SYMBOLS], style, speed) for at in range(0, len(ids), MAX_SYMBOLS)
        ]
        return finish(np.concatenate(parts), _ENGINE_RATE, rate)

    def _run(self, ids: list[int], style: NDArray[np.float32], speed: float) -> NDArray[np.float32]:
        audio = self._session.run(
            None,
            {
                # 0 frames the sequence; the style depends on how long it is.
                "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
                "style": style[min(len(ids), len(style)) - 1][None],
                "speed": np.array([speed], dtype=np.float32),
            },
        )[0]
        return np.asarray(audio, dtype=np.float32).reshape(-1)

    def _style(self, voice: str) -> NDArray[np.float32]:
        if voice not in self._styles:
            path = self._voices_dir / f"{voice}.bin"
            if not path.is_file():
                raise ModelMissing(
                    f"no voice {voice} at {path}; run: smartseat models fetch kokoro-voices-zh"
                )
            self._styles[voice] = np.fromfile(path, dtype=np.float32).reshape(-1, _STYLE_SIZE)
        return self._styles[voice]
