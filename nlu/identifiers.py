"""Phones, order numbers and case numbers: which number is which, and whether it can be right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.understanding import Finding
from data.vocabulary import Slot
from nlu.digits import Run, runs
from nlu.heard import Heard
from nlu.tables import pattern

_MOBILE = re.compile(r"^1[3-9]\d{9}$")
_LANDLINE = re.compile(r"^0\d{2,3}[2-9]\d{6,7}$")
_LOCAL = re.compile(r"^[2-9]\d{7}$")
_SERVICE = re.compile(r"^400\d{7}$")
_SLOTS = (Slot.PHONE, Slot.PHONE_TAIL, Slot.ORDER_NO, Slot.CASE_NO)
_CUES: tuple[tuple[Slot | None, re.Pattern[str]], ...] = (
    # Numbers that are none of the three.
    (None, pattern("identifiers", "other_numbers")),
    (
        Slot.CASE_NO,
        re.compile(
            r"(?:登记编号|受理编号|投诉编号|登记号|工单号|投诉单号|案件号|(?<!订单)(?<!快递)编号|受理号|投诉号|案号)"
        ),
    ),
    (Slot.ORDER_NO, re.compile(r"(?:订单编号|订单号码?|订单|单号|定单号?|丁单号|丁丹号|订丹号)")),
    (Slot.PHONE, re.compile(r"(?:手机号码?|电话号码?|联系电话|联系方式|手机|电话|打我|号码是)")),
)
_TAIL = re.compile(r"(?:尾号|后四位|最后四位|末四位|后六位)(?:是|为)?\s*$")
_NOT_MINE = re.compile(
    r"(?:客服|商家|店家|对方|他们?|老板|公司|店里?|物业)(?:的|那个)?(?:电话|手机|号码)[^,，。]{0,6}$"
)
_BETTER = pattern("identifiers", "better")
_CASE_WORDS = pattern("identifiers", "case_words")
#: A case number has 25 digits; its last six are what people note down.
_CASE_LENGTH = 25
_CASE_TAIL = 6
_PHONE_TAIL = 4
#: How far a word that names a number may stand before it.
_CUE_REACH = 16
_LAST = pattern("identifiers", "last")
_LETTERS = re.compile(r"[A-Za-z]{1,4}[- ]?$")
_COUNT = {"两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}


@dataclass(frozen=True, slots=True)
class _Candidate:
    slot: Slot
    value: str
    span: tuple[int, int]
    confidence: float
    others: tuple[str, ...] = ()
    reason: str | None = None


def shaped_like_phone(digits: str) -> bool:
    """A mobile, a landline with area code, or a 400 number."""
    return bool(_MOBILE.match(digits) or _LANDLINE.match(digits) or _SERVICE.match(digits))


def unstuttered(text: str) -> list[str]:
    """Mobile numbers in `text` once a figure that the recogniser wrote twice is written once.

    A run of equal figures on a bad line comes out one longer as easily as one shorter: 150000043221 may have been
    15000043221 or 15000004321.
    """
    found: list[str] = []
    for digits in re.findall(r"(?<!\d)1\d{11}(?!\d)", re.sub(r"[ ,，.\-]", "", text)):
        for at in range(1, len(digits)):
            shorter = digits[:at] + digits[at + 1 :]
            if digits[at] == digits[at - 1] and _MOBILE.match(shorter) and shorter not in found:
                found.append(shorter)
    return found


def find(heard: Heard) -> list[Finding]:
    """One number per slot at most; the last said wins where the caller corrects himself."""
    asked = heard.asked.slot if heard.asked.slot in _SLOTS else None
    found: dict[Slot, _Candidate] = {}
    numbers = runs(heard.text, expected=asked is not None, shortest=1 if asked else 4)
    for run in numbers:
        before = heard.text[max(0, run.start - 24) : run.start]
        if len(run.digits) < 2 and not (found and _LAST.search(before)):
            continue
        slot = _slot_for(run, before, heard, asked)
        if slot is None:
            continue
        held = found.get(slot)
        if held is not None and (patched := _patch(held.value, run, before)) is not None:
            found[slot] = _Candidate(slot, patched, (held.span[0], run.end), 0.7, reason="末尾几位已更正")
            continue
        candidate = _candidate(slot, run, before, heard)
        if candidate is None:
            continue
        between = heard.text[held.span[1] : run.start] if held is not None else ""
        if (
            held is None
            or _BETTER.search(between)
            or candidate.confidence > held.confidence
            or _goes_on(held.value, candidate.value)
        ):
            found[slot] = candidate
    return [
        heard.finding(
            candidate.slot,
            candidate.value,
            candidate.span,
            method="digits",
            confidence=candidate.confidence,
            reason=candidate.reason,
            alternatives=candidate.others,
        )
        for candidate in found.values()
    ]


def _slot_for(run: Run, before: str, heard: Heard, asked: Slot | None) -> Slot | None:
    """By the nearest word before the number, else by its shape, else by what was asked."""
    if len(run.digits) == _CASE_LENGTH:
        return Slot.CASE_NO
    if asked is Slot.PHONE_TAIL:
        return asked
    if _NOT_MINE.search(before):
        return None
    nearest: tuple[int, Slot | None] | None = None
    for slot, cue in _CUES:
        for match in cue.finditer(before):
            if nearest is None or match.end() > nearest[0]:
                nearest = (match.end(), slot)
    readings = (run.digits, *run.others)
    phone = any(_MOBILE.match(reading) for reading in readings)
    if nearest is not None and len(before) - nearest[0] <= _CUE_REACH:
        if nearest[1] is Slot.PHONE and _TAIL.search(before) and asked is None:
            return None
        return nearest[1]
    if asked is not None:
        return asked
    if phone or _LANDLINE.match(run.digits):
        return Slot.PHONE
    around = before[-12:] + heard.text[run.end : run.end + 14]
    if len(run.digits) == _CASE_TAIL and _TAIL.search(before) and _CASE_WORDS.search(around):
        return Slot.CASE_NO
    return None


def _goes_on(held: str, value: str) -> bool:
    """Whether `value` is `held` begun anew after a pause, and said to its end."""
    return len(value) > len(held) and value.startswith(held)


def _candidate(slot: Slot, run: Run, before: str, heard: Heard) -> _Candidate | None:
    if slot is Slot.PHONE:
        return _phone(run, heard)
    digits = run.digits
    if slot is Slot.PHONE_TAIL:
        if len(digits) != _PHONE_TAIL and not shaped_like_phone(digits):
            return None
        digits, confidence = digits[-_PHONE_TAIL:], 0.9
    elif slot is Slot.CASE_NO:
        if len(digits) < (4 if heard.asks(Slot.CASE_NO) else 6):
            return None
        confidence = 0.95 if len(digits) == _CASE_LENGTH else 0.8
    else:
        if len(digits) < 4 or len(digits) > 30:
            return None
        confidence = 0.9
    start = run.start
    letters = _LETTERS.search(heard.text[: run.start])
    if letters and slot is Slot.ORDER_NO:
        start, digits = letters.start(), re.sub(r"[- ]", "", letters.group()).upper() + digits
    confidence -= 0.15 * min(run.repaired, 3)
    reason = f"{run.repaired} 个字按读音认作数字" if run.repaired else None
    return _Candidate(slot, digits, (start, run.end), round(max(confidence, 0.4), 2), run.others, reason)


def _phone(run: Run, heard: Heard) -> _Candidate | None:
    """The reading that has a phone's shape.

    A mobile short of its leading 1 (幺 is lost most often of all) is completed, but never sure: it is read back.
    Any other figure missing is asked for again, never guessed.
    """
    for reading, confidence in ((run.digits, 0.95), *((other, 0.55) for other in run.others)):
        digits = reading.removeprefix("86") if len(reading) == 13 else reading
        if len(digits) > 11 and _MOBILE.match(digits[-11:]) and digits[:-11] in digits[-11:]:
            digits, confidence = digits[-11:], min(confidence, 0.7)
        if len(digits) > 11 and _MOBILE.match(digits[:11]) and digits[:11].endswith(digits[11:]):
            # Its end said once more.
            digits, confidence = digits[:11], min(confidence, 0.7)
        if not shaped_like_phone(digits) and not (heard.asks(Slot.PHONE) and _LOCAL.match(digits)):
            continue
        confidence = round(max(confidence - 0.15 * min(run.repaired, 3), 0.4), 2)
        reason = f"{run.repaired} 个字按读音认作数字" if run.repaired else None
        return _Candidate(Slot.PHONE, digits, (run.start, run.end), confidence, reason=reason)
    if heard.asks(Slot.PHONE) and re.fullmatch(r"[3-9]\d{9}", run.digits):
        whole = f"1{run.digits}"
        return _Candidate(Slot.PHONE, whole, (run.start, run.end), 0.45, reason="开头的 1 没有听到")
    return None


def _patch(value: str, run: Run, before: str) -> str | None:
    """`value` with its last figures replaced: "…一二三四，不对，最后是五六"."""
    if len(run.digits) >= len(value) or not (_LAST.search(before) or _BETTER.search(before)):
        return None
    if not _LAST.search(before) and len(run.digits) > 6:
        return None
    return value[: -len(run.digits)] + run.digits


def patch_known(text: str, value: str) -> tuple[str, tuple[int, int]] | None:
    """A known number with the part the caller corrects: "最后两位是七八", "前三位是一三九"."""
    for run in runs(text, expected=True, shortest=1):
        before = text[max(0, run.start - 16) : run.start]
        if len(run.digits) >= len(value) or text[run.end : run.end + 1] in ("位", "个"):
            continue
        if re.search(
            r"(?:前面?|开头)(?:的)?[一两二三四五六]?(?:位|个)?(?:数字)?(?:是|应该是)?[,，\s]*$", before
        ):
            return run.digits + value[len(run.digits) :], (run.start, run.end)
        if _LAST.search(before):
            return value[: -len(run.digits)] + run.digits, (run.start, run.end)
    return None
