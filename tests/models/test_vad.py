"""The networks that travel inside the pipecat wheel; noise and silence are not a voice."""

import sys

import numpy as np
import pytest

from models.protocols import ModelMissing
from models.vad import SileroVad
from models.wheel_data import wheel_file


def test_silence_and_noise_are_no_voice() -> None:
    vad = SileroVad()
    noise = np.random.default_rng(1).normal(0, 1000, 8000).astype(np.int16)
    for pcm in (np.zeros(8000, dtype=np.int16), noise):
        frames = pcm[: len(pcm) // 256 * 256].reshape(-1, 256)
        assert max(vad.probability(frame) for frame in frames) < 0.5


def test_a_frame_has_one_length() -> None:
    with pytest.raises(ValueError, match="256 samples"):
        SileroVad().probability(np.zeros(160, dtype=np.int16))


def test_calls_share_the_network_but_not_its_state() -> None:
    one, other = SileroVad(), SileroVad()
    frame = np.random.default_rng(1).normal(0, 3000, 256).astype(np.int16)
    first = one.probability(frame)
    one.probability(frame)
    assert other.probability(frame) == first
    one.reset()
    assert one.probability(frame) == first


def test_weights_are_found_without_importing_the_wheel() -> None:
    before = "pipecat" in sys.modules
    assert wheel_file("pipecat", "audio/vad/data/silero_vad.onnx").is_file()
    assert ("pipecat" in sys.modules) == before


@pytest.mark.parametrize("package", ["pipecat", "no_such_package_here"])
def test_missing_data_says_which(package: str) -> None:
    with pytest.raises(ModelMissing, match="absent"):
        wheel_file(package, "absent.onnx")
