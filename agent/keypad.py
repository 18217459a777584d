"""Collecting keyed digits: an entry ends at #, at its known length, or when no key came for a while."""

from __future__ import annotations

from data.vocabulary import Slot

#: Milliseconds without a key that end an entry.
_PATIENCE_MS = 3000
_LENGTHS = {Slot.PHONE: 11, Slot.CASE_NO: 25}


class Keypad:
    """One call's keypad. Times are audio milliseconds."""

    def __init__(self) -> None:
        self._digits = ""
        self._last_ms = 0
        self._length: int | None = None
        self._asked_digits = False

    def expect(self, slot: Slot | None) -> None:
        """What is asked now: a mobile number has its own length."""
        self._length = _LENGTHS.get(slot) if slot is not None else None
        self._asked_digits = slot in (
            Slot.PHONE,
            Slot.CASE_NO,
            Slot.ORDER_NO,
            Slot.AMOUNT,
            Slot.PEOPLE_COUNT,
        )

    def press(self, digit: str, at_ms: int) -> str | None:
        """Add a key; gives the whole entry when it is complete."""
        self._last_ms = at_ms
        if digit == "#":
            return self._take()
        self._digits += digit
        if not self._asked_digits or len(self._digits) == self._length:
            return self._take()
        return None

    def tick(self, at_ms: int) -> str | None:
        """Gives what was keyed when its patience has run out."""
        if self._digits and at_ms - self._last_ms >= _PATIENCE_MS:
            return self._take()
        return None

    def _take(self) -> str | None:
        digits, self._digits = self._digits, ""
        return digits or None
