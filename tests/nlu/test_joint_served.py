"""The weights in the repository, on the encoder they were trained for."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from data.understanding import Asked
from data.vocabulary import Slot
from models.encoder import E5Encoder, open_encoder
from nlu.joint import WEIGHTS, JointReader, load_joint
from nlu.joint_report import measure
from nlu.joint_training import held_out
from nlu.sentences import read_sentences
from nlu.understander import Understander

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def encoder() -> E5Encoder:
    return open_encoder(Path(os.environ.get("SMARTSEAT_HOME", "var")))


@pytest.fixture(scope="module")
def joint(encoder: E5Encoder) -> JointReader:
    return load_joint(encoder)


def test_they_are_small_enough_for_git() -> None:
    assert WEIGHTS.stat().st_size < 5_000_000


def test_they_find_goods_and_firms_that_no_table_lists(joint: JointReader) -> None:
    """On the held-out examples: more than rules alone."""
    learned, measured = held_out(read_sentences())
    alone = measure(Understander(examples=learned), measured)
    both = measure(Understander(joint=joint, examples=learned), measured)
    assert both.slots["product"].f1 > alone.slots["product"].f1
    assert both.intent_accuracy > alone.intent_accuracy


@pytest.mark.parametrize("said", ["", "😀" * 50, "！" * 2000, "你" * 10_000, "abc 123\x00", "買了個冰櫃"])
def test_any_text_is_read(joint: JointReader, said: str) -> None:
    reading = joint.read(said)
    assert sum(reading.intents.values()) == pytest.approx(1, abs=1e-3)
    assert all(0 <= span.start < span.end <= len(said) for span in reading.spans)
    understood = Understander(joint=joint, examples=read_sentences()[:50]).understand(
        said, asked=Asked(), today=date(2026, 11, 24)
    )
    assert understood.text == said
    assert all(finding.slot is not Slot.PHONE for finding in understood.findings)
