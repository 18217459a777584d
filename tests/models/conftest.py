"""Where the weights are, for the tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def home() -> Path:
    """SMARTSEAT_HOME, with its models folder."""
    return Path(os.environ.get("SMARTSEAT_HOME", "var")).resolve()
