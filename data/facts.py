"""What the office's rules may look at in a record: a plain view of it, without who the caller is. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from data import reference
from data.records import Record
from data.vocabulary import ConsentStatus, Kind, Slot


@dataclass(frozen=True, slots=True)
class Facts:
    """Values as the record holds them; None or empty where it has none.

    told: the account of what happened. consents: purposes given and standing.
    returned: why the company gave the case back (a reason of tracking.yaml), if it did.
    """

    kind: Kind | None
    intent: str | None = None
    platform: str | None = None
    shop: str | None = None
    respondent: str | None = None
    respondent_type: str | None = None
    respondent_address: str | None = None
    district: str | None = None
    goods: str | None = None
    issue: str | None = None
    product: str | None = None
    device: str | None = None
    ip_type: str | None = None
    card_type: str | None = None
    amount: float | None = None
    injury: str | None = None
    people: int | None = None
    safety: str | None = None
    emergency: str | None = None
    told: str = ""
    consents: frozenset[str] = frozenset()
    returned: str | None = None

    @property
    def text(self) -> str:
        """Everything that words are looked for in."""
        parts = (self.told, self.product, self.respondent, self.respondent_type, self.shop)
        return "\n".join(part for part in parts if part)

    @property
    def trade(self) -> str | None:
        """商品 | 服务, by the category of what was bought."""
        if self.goods is None:
            return None
        return "商品" if self.goods in reference.categories().goods else "服务"


def facts_of(record: Record, returned: str | None = None) -> Facts:
    """The facts of a kept record."""
    draft = record.draft
    amount, people = draft.value(Slot.AMOUNT), draft.value(Slot.PEOPLE_COUNT)
    injury = draft.value(Slot.INJURY)
    return Facts(
        kind=draft.kind,
        intent=draft.intent,
        platform=draft.text(Slot.PLATFORM),
        shop=draft.text(Slot.SHOP),
        respondent=draft.text(Slot.RESPONDENT),
        respondent_type=draft.text(Slot.RESPONDENT_TYPE),
        respondent_address=draft.text(Slot.RESPONDENT_ADDRESS),
        district=draft.text(Slot.DISTRICT),
        goods=draft.text(Slot.GOODS),
        issue=draft.text(Slot.ISSUE),
        product=draft.text(Slot.PRODUCT),
        device=draft.text(Slot.DEVICE),
        ip_type=draft.text(Slot.IP_TYPE),
        card_type=draft.text(Slot.CARD_TYPE),
        amount=float(amount) if isinstance(amount, int | float) and not isinstance(amount, bool) else None,
        injury=None if injury in (None, False, "") else str(injury),
        people=int(people) if isinstance(people, int | float) and not isinstance(people, bool) else None,
        safety=draft.safety_flag,
        emergency=draft.emergencies[0].value if draft.emergencies else None,
        told=draft.content,
        consents=frozenset(
            consent.draft.purpose for consent in record.consents if consent.standing is ConsentStatus.GIVEN
        ),
        returned=returned,
    )
