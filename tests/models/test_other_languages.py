"""The sentences in other languages are ones the voice can say: every foreign word is in its lexicon."""

from __future__ import annotations

import re
from pathlib import Path

from dialogs.loader import load
from models.g2p import load_pronunciation

SCRIPT = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


def test_every_foreign_word_of_the_script_can_be_said() -> None:
    script = load(SCRIPT)
    known = load_pronunciation().latin
    for name in script.file.languages.values():
        text = "".join(script.prompts[name].parts)
        words = {word.lower() for word in re.findall(r"[A-Za-z]+", text)}
        assert words <= known.keys(), f"{name}: {sorted(words - known.keys())}"
