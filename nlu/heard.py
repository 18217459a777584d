"""One utterance as the extractors see it: cleaned character by character, so that offsets stay those of the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from data.understanding import Asked, Finding, SlotValue
from data.vocabulary import Slot
from nlu.numbers import Number, scan

#: Longer utterances are read up to here; nobody says more in one breath, and the rest costs time.
LONGEST = 1500

#: What may stand between two words without being one.
GAP = " ,，、。.;；:：!！?？…—-~～\"'“”‘’()（）[]【】"
_GAPS = re.compile(f"[{re.escape(GAP)}]+")
_CLAUSE = re.compile(r"[,，。.;；!！?？…\n]+")
_TRADITIONAL = str.maketrans(
    "買賣錢貨壓電話號碼訂單區長寧匯閔豐寶黃東實賓館舉報訴費還個兩萬億點鐘時間開關說對錯沒這那們臺灣繫聯給讓後裡裏為麼嗎樣發現產問題質價檢舉證據圖視頻錄購衛藥業檔轉接員",
    "买卖钱货压电话号码订单区长宁汇闵丰宝黄东实宾馆举报诉费还个两万亿点钟时间开关说对错没这那们台湾系联给让后里里为么吗样发现产问题质价检举证据图视频录购卫药业档转接员",
)


class _Plain(dict[int, str]):
    """The plain form of a character by its number, worked out when it first comes."""

    def __missing__(self, number: int) -> str:
        self[number] = _plain(chr(number)).translate(_TRADITIONAL)
        return self[number]


_PLAIN = _Plain()


def _plain(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) != 1:
        return character
    return " " if unicodedata.category(folded) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Cs") else folded


def plain(text: str) -> str:
    """`text` with half-width forms and simplified characters; every character keeps its place."""
    return text.translate(_PLAIN)


@dataclass(frozen=True)
class Heard:
    """The utterance and its context. `text` is the plain form, `raw` what the recogniser wrote; equal length.

    core: the text without gaps: what a short answer consists of.
    """

    raw: str
    asked: Asked
    today: date
    text: str = field(init=False)
    core: str = field(init=False)

    def __post_init__(self) -> None:
        text = plain(self.raw[:LONGEST])
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "core", _GAPS.sub("", text))

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """Every number said: sums, people and others are looked for among the same."""
        return tuple(scan(self.text))

    def asks(self, *slots: Slot) -> bool:
        return self.asked.slot in slots

    def asking(self, slot: Slot | None) -> Heard:
        """The same words as an answer to another question."""
        return Heard(self.raw, self.asked.model_copy(update={"slot": slot}), self.today)

    def finding(
        self,
        slot: Slot,
        value: SlotValue,
        span: tuple[int, int],
        *,
        method: str,
        confidence: float = 1.0,
        reason: str | None = None,
        precision: str | None = None,
        alternatives: tuple[SlotValue, ...] = (),
    ) -> Finding:
        """A finding whose `heard` is what stands at `span`."""
        return Finding(
            slot=slot,
            value=value,
            heard=self.raw[span[0] : span[1]],
            span=span,
            confidence=confidence,
            method=method,
            reason=reason,
            precision=precision,
            alternatives=alternatives,
        )


def clauses(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the parts between punctuation marks."""
    start = 0
    for mark in _CLAUSE.finditer(text):
        if mark.start() > start:
            yield start, mark.start()
        start = mark.end()
    if start < len(text):
        yield start, len(text)


def strip_gaps(text: str, span: tuple[int, int]) -> tuple[int, int]:
    """`span` without the gaps at its ends."""
    start, end = span
    while start < end and text[start] in GAP:
        start += 1
    while end > start and text[end - 1] in GAP:
        end -= 1
    return start, end
