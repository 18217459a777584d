"""Masks for listings: enough to recognise, not enough to know."""

from __future__ import annotations

from data.understanding import SlotValue
from data.vocabulary import Slot

HIDDEN = "***"


def mask_phone(phone: str) -> str:
    """13800001234 → 138****1234; 02153395288 → 021****5288; anything shorter than 7 digits → ***."""
    if len(phone) < 7:
        return HIDDEN
    shown = phone[:3] if len(phone) > 8 else ""
    return f"{shown}****{phone[-4:]}"


def mask_name(name: str) -> str:
    """王芳 → 王*; 王小明 → 王**."""
    return name[:1] + "*" * max(1, len(name) - 1)


def mask_address(address: str) -> str:
    """Keeps the district: 上海市长宁区仙霞路139弄 → 上海市长宁区***; without one, nothing is shown."""
    for mark in ("区", "县"):
        end = address.find(mark)
        if 0 <= end < 12:
            return address[: end + 1] + HIDDEN
    return HIDDEN


def mask_number(number: str) -> str:
    """Order and account numbers: the last four."""
    return HIDDEN + (number[-4:] if len(number) > 6 else "")


MASKS = {
    Slot.PHONE: mask_phone,
    Slot.NAME: mask_name,
    Slot.ADDRESS: mask_address,
    Slot.ORDER_NO: mask_number,
    Slot.PHONE_TAIL: mask_number,
}


def mask(slot: Slot, value: SlotValue) -> SlotValue:
    """The value as a listing may show it; slots that identify nobody are shown as they are.

    Free text may hold anything a caller said: a narrative is never shown.
    """
    if slot is Slot.NARRATIVE:
        return HIDDEN
    rule = MASKS.get(slot)
    return value if rule is None else rule(str(value))
