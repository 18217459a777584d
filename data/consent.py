"""A given consent, as a type: whoever holds one may pass on these fields of this record to this recipient.

There is no other way to a referral: `Outbox.queue_referral` takes a `GivenConsent`, and a `GivenConsent` that
is not one cannot be made. The database says the same to whoever writes past this code (see the migrations).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import final

from data.errors import ReferralRefused
from data.vocabulary import ConsentStatus, Kind, Slot

REFERRAL_PURPOSE = "refer"
"""Consents whose purpose begins so allow a referral."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """A standing, heard consent to refer a lodged 投诉 to one recipient (PIPL art. 23; 办法 art. 37).

    kind, lodged, standing, heard and withdrawn_at are the evidence: with any other values this cannot be
    constructed (nor by `dataclasses.replace`). fields: all that may be passed on. version: of the prompt that
    asked. Raises ReferralRefused, which says why.
    """

    consent_id: str
    record_id: str
    purpose: str
    recipient: str
    fields: tuple[Slot, ...]
    version: str | None
    kind: Kind
    lodged: bool
    standing: ConsentStatus
    heard: bool
    withdrawn_at: datetime | None

    def __post_init__(self) -> None:
        refused = (
            (self.kind is not Kind.COMPLAINT, "only a 投诉 is referred; a 举报 never is (办法 art. 37)"),
            (not self.lodged, "the record is not lodged"),
            (not self.purpose.startswith(REFERRAL_PURPOSE), "the consent is for another purpose"),
            (not self.recipient, "the consent names no recipient"),
            (self.standing is not ConsentStatus.GIVEN, f"the consent is {self.standing.value}, not given"),
            (not self.heard, "the question was not heard to its end"),
            (self.withdrawn_at is not None, "the consent was withdrawn"),
        )
        for wrong, why in refused:
            if wrong:
                raise ReferralRefused(why)
