"""The joint reader on a network of a few hundred weights: what is true of any size."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from data.vocabulary import Slot
from models.e5_network import BertNetwork
from nlu.joint import TAGS, WEIGHTS, JointMismatch, load_joint, open_joint, spans, tags_of
from nlu.joint_training import Plan, Trained, held_out, save, train, weights_hash
from nlu.sentences import Sentence, digest_of, read_sentences

_WIDTH, _WIDE, _WORDS = 16, 32, 64
_PLAN = Plan(seed=3, epochs=2, layers=1, rank=2, batch=8)


class TinyEncoder:
    """A token for every character, two random layers; otherwise what E5Encoder is."""

    def __init__(self, seed: int = 0) -> None:
        chance = torch.Generator().manual_seed(seed)
        state = {
            "embeddings.token_type_embeddings.weight": torch.zeros(1, _WIDTH),
            "embeddings.position_embeddings.weight": torch.randn(512, _WIDTH, generator=chance) * 0.1,
            "embeddings.LayerNorm.weight": torch.ones(_WIDTH),
            "embeddings.LayerNorm.bias": torch.zeros(_WIDTH),
        }
        for layer in range(2):
            at = f"encoder.layer.{layer}"
            shapes = {
                "attention.self.query": (_WIDTH, _WIDTH),
                "attention.self.key": (_WIDTH, _WIDTH),
                "attention.self.value": (_WIDTH, _WIDTH),
                "attention.output.dense": (_WIDTH, _WIDTH),
                "intermediate.dense": (_WIDE, _WIDTH),
                "output.dense": (_WIDTH, _WIDE),
            }
            for name, shape in shapes.items():
                state[f"{at}.{name}.weight"] = torch.randn(*shape, generator=chance) * 0.2
                state[f"{at}.{name}.bias"] = torch.zeros(shape[0])
            for name in ("attention.output.LayerNorm", "output.LayerNorm"):
                state[f"{at}.{name}.weight"] = torch.ones(_WIDTH)
                state[f"{at}.{name}.bias"] = torch.zeros(_WIDTH)
        self.network = BertNetwork(state, layers=2, heads=2, epsilon=1e-12, dtype=torch.float32)
        self.dimensions = _WIDTH
        self._words = torch.randn(_WORDS, _WIDTH, generator=chance)

    def located(self, text: str) -> tuple[list[int], list[int]]:
        ids = [0, *(2 + ord(character) % (_WORDS - 2) for character in text), 1]
        return ids, list(range(1, len(text) + 1))

    def entered(self, ids: Sequence[int]) -> torch.Tensor:
        return self.network.entered(self._words[torch.tensor([list(ids)])])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = []
        for text in texts:
            mean = self.network(self._words[torch.tensor([self.located(text)[0]])], None)[0].mean(0).numpy()
            rows.append(mean / np.linalg.norm(mean))
        return np.array(rows, dtype=np.float32)


def _quiet(done: int, total: int, loss: float) -> None: ...


@pytest.fixture(scope="module")
def some() -> list[Sentence]:
    return list(read_sentences()[::40])


@pytest.fixture(scope="module")
def trained(some: list[Sentence]) -> Trained:
    return train(TinyEncoder(), some, _PLAN, _quiet)  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_weights(trained: Trained, some: list[Sentence]) -> None:
    again = train(TinyEncoder(), some, _PLAN, _quiet)  # type: ignore[arg-type]
    other = train(TinyEncoder(), some, Plan(**{**_plan(), "seed": 4}), _quiet)  # type: ignore[arg-type]
    assert weights_hash(again.network) == weights_hash(trained.network)
    assert weights_hash(other.network) != weights_hash(trained.network)


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(
    trained: Trained, some: list[Sentence], tmp_path: Path
) -> None:
    checkpoint = tmp_path / "joint.pt"

    def stop_in_the_second_epoch(done: int, total: int, loss: float) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(TinyEncoder(), some, _PLAN, stop_in_the_second_epoch, checkpoint)  # type: ignore[arg-type]
    steps: list[int] = []

    def count(done: int, total: int, loss: float) -> None:
        steps.append(done)

    resumed = train(TinyEncoder(), some, _PLAN, count, checkpoint)  # type: ignore[arg-type]
    assert steps[0] > 1
    assert weights_hash(resumed.network) == weights_hash(trained.network)
    assert resumed.losses == trained.losses


def test_a_checkpoint_of_other_sentences_is_not_gone_on_from(some: list[Sentence], tmp_path: Path) -> None:
    checkpoint = tmp_path / "joint.pt"
    train(TinyEncoder(), some[:10], _PLAN, _quiet, checkpoint)  # type: ignore[arg-type]
    fresh = train(TinyEncoder(), some, _PLAN, _quiet, checkpoint)  # type: ignore[arg-type]
    assert weights_hash(fresh.network) == weights_hash(train(TinyEncoder(), some, _PLAN, _quiet).network)  # type: ignore[arg-type]


def test_training_learns(some: list[Sentence]) -> None:
    plan = Plan(**{**_plan(), "epochs": 12})
    losses = train(TinyEncoder(), some, plan, _quiet).losses  # type: ignore[arg-type]
    assert losses[-1] < 0.8 * losses[0]


def test_saved_weights_read_what_the_trained_ones_read(
    trained: Trained, some: list[Sentence], tmp_path: Path
) -> None:
    file = tmp_path / "joint.safetensors"
    save(trained, TinyEncoder(), _PLAN, some, file)  # type: ignore[arg-type]
    reader = load_joint(TinyEncoder(), file)  # type: ignore[arg-type]
    reading = reader.read(some[0].text)
    assert sum(reading.intents.values()) == pytest.approx(1, abs=1e-3)
    assert reader.trained_on(some[0].text)
    assert not reader.trained_on("一句谁也没写过的话")


def test_weights_of_another_encoder_or_vocabulary_are_refused(
    trained: Trained, some: list[Sentence], tmp_path: Path
) -> None:
    file = tmp_path / "joint.safetensors"
    save(trained, TinyEncoder(), _PLAN, some, file)  # type: ignore[arg-type]
    with pytest.raises(JointMismatch, match="another encoder"):
        load_joint(TinyEncoder(seed=9), file)  # type: ignore[arg-type]
    with safe_open(file, framework="pt") as stored:
        said = stored.metadata()
    save_file(load_file(file), file, metadata={**said, "intents": "urge"})
    with pytest.raises(JointMismatch, match="intents"):
        load_joint(TinyEncoder(), file)  # type: ignore[arg-type]
    file.write_bytes(b"nothing of the kind")
    with pytest.raises(JointMismatch, match="nlu train"):
        load_joint(TinyEncoder(), file)  # type: ignore[arg-type]


def test_the_weights_were_made_of_the_examples_as_they_are() -> None:
    with safe_open(WEIGHTS, framework="pt") as stored:
        said = stored.metadata()
    digest = digest_of(read_sentences())
    assert said["examples"] == digest, "the examples changed; run: smartseat nlu train"
    assert digest in WEIGHTS.with_suffix(".md").read_text("utf-8")


def test_without_weights_the_log_says_that_characters_are_read_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert open_joint(TinyEncoder(), tmp_path / "none.safetensors") is None  # type: ignore[arg-type]
    assert "characters alone" in caplog.text


def test_tags_and_spans_are_each_others_way_back() -> None:
    marks = [(Slot.PRODUCT, 1, 3), (Slot.SHOP, 3, 6), (Slot.PLATFORM, 7, 8)]
    tags = tags_of(marks, 9)
    shares = torch.nn.functional.one_hot(torch.tensor(tags), len(TAGS)).float()
    found = [(span.kind, span.start, span.end) for span in spans(shares)]
    # A platform is no soft slot, and a shop is told from a firm by what else was said.
    assert found == [(Slot.PRODUCT, 1, 3), (Slot.RESPONDENT, 3, 6)]


def test_what_is_held_out_does_not_hang_on_its_neighbours(some: list[Sentence]) -> None:
    learned, measured = held_out(read_sentences())
    assert 0.1 < len(measured) / (len(learned) + len(measured)) < 0.2
    assert {sentence.text for sentence in held_out(some)[1]} <= {sentence.text for sentence in measured}


def _plan() -> dict[str, int]:
    return {"seed": 3, "epochs": 2, "layers": 1, "rank": 2, "batch": 8}
