from __future__ import annotations

import pytest

import data.events as ev
from data.records import ConsentDraft, DeclinedSlot, FieldDraft, RecordDraft
from data.understanding import SlotValue
from data.vocabulary import ConsentStatus, Emergency, Kind, Listen, Outcome, Slot
from qa.persona import Persona
from qa.score import said_in, score

PERSONA: dict[str, object] = {
    "persona": "p",
    "opening": "我在拼多多上买了一件羽绒服，商家不给退款。",
    "caller_no": "13900005678",
    "answers": {
        "amount": "四百九十九块",
        "phone": "幺三八，零零零零，幺二三四",
        "shop": "好邻居",
        "address": "长宁区仙霞路八号",
        "name": "我不想说",
    },
    "expect": {
        "kind": "投诉",
        "intent": "complaint_online",
        "slots": {"platform": "拼多多", "amount": 499, "shop": "好邻居"},
        "consents": {"refer_to_platform": "given"},
        "outcome": "lodged",
    },
}
CLOSED: list[ev.CallEvent] = [ev.CallClosed(by="seat", outcome=Outcome.LODGED)]


def field(slot: Slot, value: SlotValue, heard: str = "", method: str = "m") -> FieldDraft:
    return FieldDraft(slot=slot, value=value, heard=heard, turn=1, confidence=1.0, method=method)


GOOD: dict[Slot, FieldDraft] = {
    Slot.PLATFORM: field(Slot.PLATFORM, "拼多多"),
    Slot.AMOUNT: field(Slot.AMOUNT, 499),
    Slot.SHOP: field(Slot.SHOP, "好邻居"),
    Slot.GOODS: field(Slot.GOODS, "服装、鞋帽"),
}
GIVEN = ConsentDraft(purpose="refer_to_platform", recipient="拼多多", decision=ConsentStatus.GIVEN)


def record(
    *extra: FieldDraft,
    without: tuple[Slot, ...] = (),
    consents: tuple[ConsentDraft, ...] = (GIVEN,),
    **more: object,
) -> RecordDraft:
    fields = GOOD | {entry.slot: entry for entry in extra}
    kept = tuple(entry for slot, entry in fields.items() if slot not in without)
    plain = {"kind": Kind.COMPLAINT, "intent": "complaint_online"} | more
    return RecordDraft.model_validate(plain | {"fields": kept, "consents": consents})


def mistakes(draft: RecordDraft, events: list[ev.CallEvent] = CLOSED, **expect: object) -> tuple[str, ...]:
    wanted = PERSONA["expect"]
    assert isinstance(wanted, dict)
    persona = Persona.model_validate(PERSONA | {"expect": wanted | expect})
    return score(persona, draft, events).mistakes


@pytest.mark.parametrize(
    ("draft", "wrong"),
    [
        (record(), ()),
        (record(kind=Kind.REPORT), ("kind",)),
        (record(kind=None), ("kind",)),
        (record(intent="complaint_other"), ("intent",)),
        (record(field(Slot.AMOUNT, 399)), ("slot.amount",)),
        (record(without=(Slot.AMOUNT,)), ("slot.amount",)),
        (record(field(Slot.RESPONDENT, "好邻居"), without=(Slot.SHOP,)), ()),
        (record(field(Slot.PLATFORM, "PDD")), ()),
        (record(consents=()), ("consent.refer_to_platform",)),
        (
            record(consents=(GIVEN.model_copy(update={"decision": ConsentStatus.WITHDRAWN}),)),
            ("consent.refer_to_platform",),
        ),
        (record(mass_incident=True), ("flag.mass_incident",)),
        (record(emergencies=(Emergency.FIRE,)), ("flag.emergency",)),
        (record(emotion="angry"), ()),
        (record(field(Slot.PRODUCT, "羽绒服")), ()),
        (record(field(Slot.ADDRESS, "长宁区先下路8号")), ()),
        (record(field(Slot.NAME, "王芳")), ("invented.name",)),
        (record(field(Slot.PRODUCT, "棉衣")), ("invented.product",)),
        (record(field(Slot.PHONE, "13800001234")), ()),
        (record(field(Slot.PHONE, "13900005678", method="caller_no")), ()),
        (record(field(Slot.PHONE, "13900005679")), ("invented.phone",)),
        (record(field(Slot.PRIOR_CONTACT, True, "商家不给退款")), ()),
        (record(field(Slot.PRIOR_CONTACT, True, "我去过法院")), ("invented.prior_contact",)),
        (record(field(Slot.ANONYMOUS, False, method="script")), ()),
        (record(field(Slot.DEMAND, ("退还货款和服务费用",))), ()),
        (record(field(Slot.DEMAND, ("修理",))), ("invented.demand",)),
        (record(field(Slot.DEMAND, ("查处",))), ()),
    ],
)
def test_the_table_of_exactness(draft: RecordDraft, wrong: tuple[str, ...]) -> None:
    assert mistakes(draft) == wrong


def test_an_answer_that_was_told_and_misheard_is_told_apart_from_an_invention() -> None:
    persona = Persona.model_validate(PERSONA)
    wrong = score(persona, record(field(Slot.ADDRESS, "静安区大宁路30号")), CLOSED)
    assert (wrong.mistakes, wrong.misheard) == ((), ("address",))
    right = score(persona, record(field(Slot.ADDRESS, "长宁区仙霞路8号")), CLOSED)
    assert right.misheard == ()
    unsaid = Persona.model_validate(PERSONA | {"answers": {"address": "这个我不方便说"}})
    assert score(unsaid, record(field(Slot.ADDRESS, "静安区大宁路30号")), CLOSED).mistakes == (
        "invented.address",
    )


def test_what_is_not_written_is_not_scored() -> None:
    persona = Persona.model_validate({"persona": "p", "opening": "喂", "expect": {}})
    assert score(persona, RecordDraft(kind=Kind.REPORT), []).record_exact


def test_kind_null_wants_no_record_of_a_kind() -> None:
    persona = Persona.model_validate({"persona": "p", "opening": "转人工", "expect": {"kind": None}})
    assert score(persona, RecordDraft(), []).record_exact
    assert score(persona, RecordDraft(kind=Kind.REPORT), []).mistakes == ("kind",)


def test_a_slot_declined_is_stored_as_declined_if_it_was_asked() -> None:
    asked = ev.StepEntered(flow="f", step="name", slot=Slot.NAME, listen=Listen.SHORT, attempt=0)
    declined = (DeclinedSlot(slot=Slot.NAME, reason="declined"),)
    assert mistakes(record(), declined=["name"]) == ()
    assert mistakes(record(), [asked, *CLOSED], declined=["name"]) == ("declined.name",)
    assert mistakes(record(declined=declined), [asked, *CLOSED], declined=["name"]) == ()
    held = record(field(Slot.NAME, "好邻居"), declined=declined)
    assert mistakes(held, [asked, *CLOSED], declined=["name"]) == ("declined.name",)


@pytest.mark.parametrize(
    ("wanted", "got", "right"),
    [
        ("lodged", Outcome.LODGED, True),
        ("to_desk", Outcome.NO_DESK, True),
        ("to_desk", Outcome.TO_DESK, True),
        ("no_desk", Outcome.TO_DESK, False),
        ("answered", Outcome.INCOMPLETE, False),
    ],
)
def test_outcomes(wanted: str, got: Outcome, right: bool) -> None:
    found = mistakes(record(), [ev.CallClosed(by="seat", outcome=got)], outcome=wanted)
    assert (found == ()) is right


def test_a_call_that_never_closed_has_no_outcome() -> None:
    assert mistakes(record(), []) == ("outcome",)


def test_flags_that_are_listed_are_scored() -> None:
    trapped = record(emergencies=(Emergency.TRAPPED,), safety_flag="特种设备")
    assert mistakes(trapped, flags={"emergency": True, "safety_flag": "特种设备"}) == ()
    assert mistakes(trapped, flags={"emergency": "trapped"}) == ()
    assert mistakes(trapped, flags={"emergency": "fire"}) == ("flag.emergency",)
    assert mistakes(record(), flags={"safety_flag": "食品"}) == ("flag.safety_flag",)


def test_expected_and_got_are_shown() -> None:
    persona = Persona.model_validate(PERSONA)
    shown = score(persona, record(field(Slot.AMOUNT, 0)), CLOSED).slots["amount"]
    assert (shown.expected, shown.got, shown.right) == (499, 0, False)


@pytest.mark.parametrize(
    ("text", "slot", "value", "heard", "said"),
    [
        ("长宁区仙霞路一百三十九弄八号", Slot.ADDRESS, "长宁区仙霞路139弄8号", "", True),
        ("长宁区仙霞路一百三十九弄八号", Slot.ADDRESS, "长宁区仙霞路139弄9号", "", False),
        ("十一月五号买的", Slot.DATE, "2026-11-05", "11月5号", True),
        ("十一月五号买的", Slot.DATE, "2026-11-06", "11月6号", False),
        ("我叫王芳", Slot.NAME, "汪芳", "", True),
        ("六百二十八块", Slot.AMOUNT, 628, "", True),
        ("六百二十八块", Slot.AMOUNT, 620, "", False),
    ],
)
def test_saying(text: str, slot: Slot, value: SlotValue, heard: str, said: bool) -> None:
    assert said_in(text, slot, value, heard) is said
