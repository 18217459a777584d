"""One day, one reader: understanding is pure, so every test may share them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from data.understanding import Asked
from data.vocabulary import Slot
from nlu.heard import Heard
from nlu.understander import Understander

#: A Monday.
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def reader() -> Understander:
    return Understander()


@pytest.fixture
def hear() -> Callable[..., Heard]:
    def make(text: str, slot: Slot | None = None) -> Heard:
        return Heard(text, Asked(slot=slot), TODAY)

    return make
