"""Collecting keyed digits: an entry ends at #, at its known length, or when no key came for a while."""

from __future__ import annotations

from data.vocabulary import Slot

#: Milliseconds without a key that end an entry.
_PATIENCE_MS = 3000
_LENGTHS = {Slot.PHONE: 11, Slot.CASE_NO: 25, Slot.PHONE_TAIL: 4}
#: Nothing a citizen keys in is longer.
_LONGEST = 32
_DIGIT_SLOTS = (Slot.PHONE, Slot.PHONE_TAIL, Slot.CASE_NO, Slot.ORDER_NO, Slot.AMOUNT, Slot.PEOPLE_COUNT)


class Keypad:
    """One call's keypad. Times are audio milliseconds."""

    def __init__(self) -> None:
        self._digits = ""
        self._last_ms = 0
        self._slot: Slot | None = None

    @property
    def pending(self) -> bool:
        """An entry has begun and is not complete."""
        return bool(self._digits)

    def expect(self, slot: Slot | None) -> None:
        """What is asked now. Digits keyed for another question are not taken for an answer to this one."""
        if slot is not self._slot:
            self._digits = ""
        self._slot = slot

    def press(self, digit: str, at_ms: int) -> str | None:
        """Add a key; gives the whole entry when it is complete. * begins an entry anew."""
        self._last_ms = at_ms
        if digit == "#":
            return self._take()
        if digit == "*" and self._digits:
            self._digits = ""
            return None
        self._digits += digit
        length = _LENGTHS.get(self._slot, _LONGEST) if self._slot is not None else _LONGEST
        if self._slot not in _DIGIT_SLOTS or len(self._digits) >= length:
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
