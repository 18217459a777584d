"""When a keyed entry is complete."""

from __future__ import annotations

import pytest

from agent.keypad import Keypad
from data.vocabulary import Slot


def keyed(slot: Slot | None, keys: str) -> tuple[list[str], Keypad]:
    """The entries that come of `keys`, pressed half a second apart."""
    keypad = Keypad()
    keypad.expect(slot)
    entries = [keypad.press(key, 500 * i) for i, key in enumerate(keys)]
    return [entry for entry in entries if entry is not None], keypad


@pytest.mark.parametrize(
    ("slot", "keys", "entries"),
    [
        (Slot.PHONE, "13812345678", ["13812345678"]),
        (Slot.PHONE, "62110000#", ["62110000"]),
        (Slot.ORDER_NO, "230518764#", ["230518764"]),
        (Slot.ORDER_NO, "23*4567#", ["4567"]),
        (Slot.ORDER_NO, "#", []),
        (Slot.ORDER_NO, "1" * 32, ["1" * 32]),
        (None, "0", ["0"]),
        (Slot.PLATFORM, "12", ["1", "2"]),
    ],
)
def test_entries(slot: Slot | None, keys: str, entries: list[str]) -> None:
    assert keyed(slot, keys)[0] == entries


def test_patience_ends_an_entry() -> None:
    entries, keypad = keyed(Slot.ORDER_NO, "1234")
    assert entries == [] and keypad.pending
    assert keypad.tick(1500 + 2999) is None
    assert keypad.tick(1500 + 3000) == "1234"
    assert not keypad.pending


def test_digits_for_another_question_are_dropped() -> None:
    _, keypad = keyed(Slot.ORDER_NO, "12")
    keypad.expect(Slot.ORDER_NO)
    assert keypad.pending
    keypad.expect(Slot.PHONE)
    assert not keypad.pending
