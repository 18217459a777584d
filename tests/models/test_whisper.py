"""The recogniser with its real weights: `smartseat models fetch` brings them."""

import os
from pathlib import Path

import numpy as np
import pytest

from models.protocols import Hint, ListenProfile, ModelMissing
from models.whisper import Look, WhisperEngine, max_length

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def engine() -> WhisperEngine:
    folder = Path(os.environ.get("SMARTSEAT_HOME", "var")) / "models" / "whisper-base"
    try:
        return WhisperEngine(folder)
    except ModelMissing as missing:
        pytest.fail(str(missing))


def test_yes_no_is_never_primed(engine: WhisperEngine) -> None:
    heard = engine.encode(np.zeros(8000, dtype=np.int16))
    with pytest.raises(ValueError, match="never decoded with a prompt"):
        engine.read(heard, Hint("yes_no", ("同意",)), Look.PRIMED)


@pytest.mark.parametrize("profile", ["story", "short", "digits", "yes_no", "address"])
@pytest.mark.parametrize("sound", ["silence", "white", "hum", "clicks"])
def test_no_words_where_nobody_speaks(engine: WhisperEngine, profile: ListenProfile, sound: str) -> None:
    expect = () if profile == "yes_no" else ("拼多多", "淘宝", "抖音")
    words = engine.decode(_sound(sound), Hint(profile, expect))
    assert (words.text, words.words, words.hypotheses) == ("", (), ())
    assert words.rejected


@pytest.mark.parametrize("seconds", [0.5, 7.0, 28.0])
@pytest.mark.parametrize("prompt", [4, 60])
def test_a_sentence_has_room_to_its_end(prompt: int, seconds: float) -> None:
    allowed = max_length(prompt, seconds)
    # What CTranslate2 makes of it: nine tokens a second and sixteen to spare must be left.
    assert min(allowed // 2, allowed - prompt) >= 16 + int(9 * seconds)


def test_no_voice_is_not_decoded(engine: WhisperEngine) -> None:
    assert engine.decode(_sound("white"), Hint(), voiced=0.0).rejected == "no_voice"


def test_too_much_audio_is_refused(engine: WhisperEngine) -> None:
    with pytest.raises(ValueError, match="28 s"):
        engine.encode(np.zeros(29 * 8000, dtype=np.int16))


def test_missing_weights_name_the_file_and_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"model\.bin is missing.*smartseat models fetch"):
        WhisperEngine(tmp_path)


def _sound(kind: str) -> np.ndarray:
    """Three seconds that hold no voice."""
    random, time = np.random.default_rng(1), np.arange(3 * 8000) / 8000
    made = {
        "silence": np.zeros(len(time)),
        "white": random.normal(0, 2000, len(time)),
        "hum": 6000 * np.sin(2 * np.pi * 100 * time) + random.normal(0, 100, len(time)),
        "clicks": np.where(np.arange(len(time)) % 4000 < 20, 12000.0, 0.0) + random.normal(0, 30, len(time)),
    }
    return made[kind].astype(np.int16)
