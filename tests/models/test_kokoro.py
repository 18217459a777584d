"""The first voice: its sound as it goes on the line, and that it can be understood."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from models.kokoro import KokoroEngine
from models.kokoro_tokens import MAX_SYMBOLS, token_ids
from models.loudness import finish, level, trim
from models.open_voice import open_kokoro
from models.protocols import ModelMissing, Pcm, SpeechFailed

RATE = 24_000


def tone(seconds: float, amplitude: float = 0.3, hertz: float = 440.0, rate: int = RATE) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), dtype=np.float32)


def active_dbfs(pcm: Pcm, rate: int = 8000) -> float:
    frames = pcm[: len(pcm) // 40 * 40].reshape(-1, 40) / 32768.0
    rms = np.sqrt((frames**2).mean(axis=1))
    spoken = rms[rms > rms.max() * 0.1]
    return float(20 * np.log10(np.sqrt((spoken**2).mean())))


def test_silence_around_the_voice_is_cut() -> None:
    cut = trim(np.concatenate([silence(0.4), tone(1.0), silence(0.8)]), RATE)
    assert abs(len(cut) / RATE - 1.1) < 0.02
    assert np.abs(cut[int(0.03 * RATE) : int(0.06 * RATE)]).max() > 0.1, "the voice starts within 20 to 30 ms"


@pytest.mark.parametrize("amplitude", [0.01, 0.3, 1.0])
def test_every_clause_is_equally_loud(amplitude: float) -> None:
    pcm = finish(tone(0.5, amplitude), RATE, 8000)
    assert abs(active_dbfs(pcm) - -20.0) < 0.5


def test_loud_peaks_are_not_clipped() -> None:
    spiky = tone(1.0, 0.02)
    spiky[RATE // 2] = 0.9
    assert np.abs(level(spiky, RATE)).max() <= 0.9


def test_what_a_telephone_cannot_carry_does_not_fold_back() -> None:
    both = tone(0.5, 0.3, 1000) + tone(0.5, 0.3, 6000)
    pcm = finish(both, RATE, 8000)
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    hertz = np.fft.rfftfreq(len(pcm), 1 / 8000)
    wanted = spectrum[(hertz > 950) & (hertz < 1050)].max()
    folded = spectrum[(hertz > 1950) & (hertz < 2050)].max()
    assert folded < wanted / 1000


def test_silence_alone_is_no_sound() -> None:
    assert len(finish(silence(0.5), RATE, 8000)) == 0
    assert len(finish(silence(0.0), RATE, 8000)) == 0


def test_unknown_symbols_are_dropped() -> None:
    assert token_ids("a€b") == token_ids("ab")


@pytest.fixture(scope="module")
def kokoro(home: Path) -> KokoroEngine:
    return open_kokoro(home)


@pytest.mark.models
def test_it_speaks_at_the_lines_rate_and_starts_at_once(kokoro: KokoroEngine) -> None:
    pcm = kokoro.render("请问您是在哪个平台购买的？")
    assert pcm.dtype == np.int16 and 1.5 < len(pcm) / 8000 < 4
    assert np.flatnonzero(np.abs(pcm) > 300)[0] < 0.1 * 8000, "a breathy q takes 60 ms to grow loud"
    assert abs(active_dbfs(pcm) - -20.0) < 1.5
    assert np.abs(pcm).max() < 32000


@pytest.mark.models
async def test_voices_speeds_and_rates_for_simulated_callers(kokoro: KokoroEngine) -> None:
    assert {"zf_xiaoxiao", "zm_yunxi", "zm_yunyang"} <= set(kokoro.voices())
    slow = await kokoro.synthesise("我要投诉。", voice="zm_yunxi", speed=0.8)
    fast = await kokoro.synthesise("我要投诉。", voice="zm_yunxi", speed=1.3)
    assert len(slow) > len(fast) * 1.2
    wide = await kokoro.synthesise("我要投诉。", voice="zm_yunxi", speed=1.3, rate=24_000)
    assert abs(len(wide) / 24_000 - len(fast) / 8000) < 0.1


@pytest.mark.models
def test_a_text_beyond_the_networks_length_is_spoken_whole(kokoro: KokoroEngine) -> None:
    phonemes = kokoro.phonemes("一二三四五六七八九十" * 20)
    assert len(token_ids(phonemes)) > MAX_SYMBOLS


@pytest.mark.models
def test_nothing_to_say_and_no_such_voice(kokoro: KokoroEngine, home: Path, tmp_path: Path) -> None:
    with pytest.raises(SpeechFailed):
        kokoro.render("……")
    with pytest.raises(ModelMissing, match="zf_nobody"):
        kokoro.render("好的。", voice="zf_nobody")
    with pytest.raises(ModelMissing, match="smartseat models fetch kokoro-82m"):
        open_kokoro(tmp_path)


@pytest.mark.models
@pytest.mark.spoken
def test_whisper_hears_what_it_says(kokoro: KokoroEngine, home: Path) -> None:
    """By the sounds, for a small recogniser writes 常宁 for 长宁: nine in ten syllables."""
    from faster_whisper import WhisperModel
    from pypinyin import lazy_pinyin
    from rapidfuzz.distance import Levenshtein

    texts = [
        "请问您是在哪个平台购买的？",
        "商家不同意退还货款，您要求退款，对吗？",
        "金额是四百九十九元，对吗？",
    ]
    model = WhisperModel(str(home / "models" / "whisper-base"), device="cpu", compute_type="int8")
    wrong = total = 0
    for text in texts:
        sound = kokoro.render(text, rate=16_000).astype(np.float32) / 32768.0
        heard = "".join(
            segment.text
            for segment in model.transcribe(
                np.pad(sound, 3200), language="zh", beam_size=2, initial_prompt="以下是普通话的句子。"
            )[0]
        )
        said = lazy_pinyin(re.sub(r"\W", "", text))
        got = lazy_pinyin(re.sub(r"\W", "", heard.replace("499", "四百九十九")))
        wrong += Levenshtein.distance(said, got)
        total += len(said)
    assert wrong / total < 0.1
