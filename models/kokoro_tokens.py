"""Kokoro's alphabet: phoneme symbols to the numbers its first layer knows."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

#: The network reads at most this many symbols; voices hold one style for each length up to it.
MAX_SYMBOLS = 510

_FILE = Path(__file__).with_name("kokoro_vocab.json")


@cache
def vocabulary() -> dict[str, int]:
    """Symbol to number, from the `vocab` of Kokoro-82M v1.0's config.json."""
    table: dict[str, int] = json.loads(_FILE.read_text("utf-8"))
    return table


def token_ids(phonemes: str) -> list[int]:
    """Numbers of the symbols Kokoro knows; others are dropped, as Kokoro's own pipeline does."""
    table = vocabulary()
    return [table[symbol] for symbol in phonemes if symbol in table]
