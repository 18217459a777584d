"""The words every room shares: slots, intents, acts, lines, kinds. Types only."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Slot(StrEnum):
    """What a record can hold, and a script can ask for."""

    NARRATIVE = "narrative"
    PLATFORM = "platform"
    SHOP = "shop"
    PRODUCT = "product"
    GOODS = "goods"
    ISSUE = "issue"
    AMOUNT = "amount"
    DATE = "date"
    ORDER_NO = "order_no"
    CASE_NO = "case_no"
    RESPONDENT = "respondent"
    RESPONDENT_TYPE = "respondent_type"
    RESPONDENT_ADDRESS = "respondent_address"
    DISTRICT = "district"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    DEMAND = "demand"
    EVIDENCE = "evidence"
    PRIOR_CONTACT = "prior_contact"
    ANONYMOUS = "anonymous"
    PROXY = "proxy"
    PEOPLE_COUNT = "people_count"
    INJURY = "injury"
    CARD_TYPE = "card_type"
    DEVICE = "device"
    IP_TYPE = "ip_type"
    TOPIC = "topic"
    CLOSED = "closed"
    """The business is shut, or nobody there can be reached."""
    LOT_NO = "lot_no"
    """The lot or approval number on a medicine, a device or a cosmetic."""
    EVENT_PLACE = "event_place"
    """Where it was seen: the publisher of an advertisement decides who handles it (办法 art. 32)."""
    CROWD = "crowd"
    """老年人, 未成年人 …: only as the caller says it of himself."""
    GUARDIAN = "guardian"
    """A grown-up is beside the child who calls."""
    INSISTS = "insists"
    """Told who else handles it, he wants it registered here all the same."""


#: What `crowd` holds for a caller who says that he is old: he is spoken to slowly, and soon by a person.
ELDERLY = "老年人"

#: Slots whose values are digit strings.
DIGIT_SLOTS = frozenset({Slot.ORDER_NO, Slot.CASE_NO, Slot.PHONE})
#: Slots whose values are numbers.
NUMBER_SLOTS = frozenset({Slot.AMOUNT, Slot.PEOPLE_COUNT})
#: Slots whose values are lists of names.
LIST_SLOTS = frozenset({Slot.DEMAND, Slot.EVIDENCE})
#: Slots that are yes or no.
FLAG_SLOTS = frozenset(
    {Slot.ANONYMOUS, Slot.PRIOR_CONTACT, Slot.PROXY, Slot.CLOSED, Slot.GUARDIAN, Slot.INSISTS}
)
#: Slots that no step needs to ask for: they are worked out from whatever the caller tells.
UNASKED_SLOTS = frozenset(
    {
        Slot.GOODS,
        Slot.ISSUE,
        Slot.RESPONDENT_TYPE,
        Slot.EVIDENCE,
        Slot.PRIOR_CONTACT,
        Slot.PROXY,
        Slot.CROWD,
    }
)


class Intent(StrEnum):
    COMPLAINT_ONLINE = "complaint_online"
    COMPLAINT_PREPAID = "complaint_prepaid"
    COMPLAINT_OTHER = "complaint_other"
    REPORT_FOOD = "report_food"
    REPORT_PRICE = "report_price"
    REPORT_SPECIAL_EQUIPMENT = "report_special_equipment"
    REPORT_IP = "report_ip"
    REPORT_OTHER = "report_other"
    CONSULT = "consult"
    QUERY_PROGRESS = "query_progress"
    URGE = "urge"
    REQUEST_HUMAN = "request_human"
    EMOTIONAL = "emotional"
    INVALID = "invalid"


class Act(StrEnum):
    """What an utterance does in the dialog, whatever it is about."""

    AFFIRM = "affirm"
    DENY = "deny"
    INFORM = "inform"
    CORRECT = "correct"
    DONT_KNOW = "dont_know"
    DECLINE = "decline"
    REPEAT = "repeat"
    SLOWER = "slower"
    WAIT = "wait"
    ASK_QUESTION = "ask_question"
    WITHDRAW = "withdraw"
    GOODBYE = "goodbye"
    REFUSE_RECORDING = "refuse_recording"


class ConsentReply(StrEnum):
    """The six kinds of answers to a consent question; only AGREE is agreement."""

    AGREE = "agree"
    DECLINE = "decline"
    CONDITIONAL = "conditional"
    QUESTION = "question"
    UNCLEAR = "unclear"
    WITHDRAW = "withdraw"


class Kind(StrEnum):
    """What a record is, 《市场监督管理投诉举报处理办法》(令第121号) art. 3 and 44."""

    COMPLAINT = "投诉"
    REPORT = "举报"
    CONSULTATION = "咨询"


def kind_of(intent: Intent) -> Kind | None:
    """The kind of record an intent asks for; None for those that ask for none."""
    if intent is Intent.CONSULT:
        return Kind.CONSULTATION
    kinds = {"complaint": Kind.COMPLAINT, "report": Kind.REPORT}
    return kinds.get(intent.value.partition("_")[0])


class Listen(StrEnum):
    """How a step listens: end-of-turn patience, decoding, what a bare word means."""

    STORY = "story"
    SHORT = "short"
    DIGITS = "digits"
    YES_NO = "yes_no"
    ADDRESS = "address"


class Emergency(StrEnum):
    """Dangers that come before any question."""

    TRAPPED = "trapped"
    POISONING = "poisoning"
    FIRE = "fire"
    THREAT = "threat"
    SELF_HARM = "self_harm"
    EQUIPMENT = "equipment"
    PRIVACY_LEAK = "privacy_leak"


MASS_INCIDENT: Literal["mass_incident"] = "mass_incident"
#: What the duty officer is told of at once: a danger, or a matter of many people (a shop that vanished).
AlertCause = Emergency | Literal["mass_incident"]


class Outcome(StrEnum):
    """How a call ended."""

    LODGED = "lodged"
    INCOMPLETE = "incomplete"
    TO_DESK = "to_desk"
    NO_DESK = "no_desk"
    ANSWERED = "answered"


class ConsentStatus(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"
    NOT_ASKED = "not_asked"
    WITHDRAWN = "withdrawn"
