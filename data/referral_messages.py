"""What the office and a company say to each other, as one published schema (`smartseat referrals schema`).

To the company: a referral, or the recall of one whose consent was taken back. It answers at once with a
receipt, and later, on its own, with what it did.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from data.understanding import Frozen, SlotValue
from data.vocabulary import Slot

VERSION: Final = "smartseat.referral/1"
LONGEST_WORDS = 500

ReferralId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class ConsentTold(Frozen):
    """What the person agreed to: the purpose, the version of the question, the fields. No words of his."""

    purpose: str
    version: str | None
    fields: tuple[Slot, ...]


class ReferralMessage(Frozen):
    """A complaint for the company. fields: those the person agreed to pass on and gave; nothing else.

    referral: the only name of the matter between the two; the case number stays with the office, because who
    knows it and the phone can ask about the case. return_by: the last day before the office goes on itself;
    null while it is not certain.
    """

    version: Literal["smartseat.referral/1"] = VERSION
    kind: Literal["referral"] = "referral"
    referral: ReferralId
    recipient: str
    consent: ConsentTold
    fields: dict[Slot, SlotValue]
    return_by: datetime.date | None


class RecallMessage(Frozen):
    """The person has taken his consent back: stop, and delete what the referral held."""

    version: Literal["smartseat.referral/1"] = VERSION
    kind: Literal["recall"] = "recall"
    referral: ReferralId


class Receipt(Frozen):
    """The company's reply (HTTP 2xx) to either: it has it, for good. Repeating a message changes nothing."""

    referral: ReferralId


class CompanyAnswer(Frozen):
    """What the company did, posted to the office's call-back address with the same scheme of signature.

    accepted: it takes the matter on; settled or unresolved: the result; refused: it does not take it.
    """

    version: Literal["smartseat.referral/1"] = VERSION
    referral: ReferralId
    answer: Literal["accepted", "refused", "settled", "unresolved"]
    words: str = Field(default="", max_length=LONGEST_WORDS)


class AnswerTaken(Frozen):
    """The office's reply. taken: false when it came too late to change anything, and is kept all the same."""

    taken: bool
    why: str | None = None


Published = ReferralMessage | RecallMessage | Receipt | CompanyAnswer | AnswerTaken


def schema() -> dict[str, object]:
    """JSON Schema (2020-12) of every message."""
    told: dict[str, object] = TypeAdapter(Published).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": VERSION} | told
