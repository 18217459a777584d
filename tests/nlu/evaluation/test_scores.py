from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.understanding import Finding, Flags, Scored, SlotValue, Understanding
from data.vocabulary import Act, ConsentReply, Emergency, Intent, Slot
from nlu.evaluation.rows import Reply, Utterance
from nlu.evaluation.scores import (
    NO_INTENT,
    Meant,
    UtteranceReport,
    latency,
    score_replies,
    score_utterances,
)


def found(slot: Slot, value: SlotValue, heard: str = "") -> Finding:
    return Finding(slot=slot, value=value, heard=heard, span=(0, 0), method="test")


def meant(
    *findings: Finding,
    intents: tuple[Intent, ...] = (),
    flags: Flags | None = None,
    acts: tuple[Act, ...] = (),
) -> Understanding:
    scored = tuple(Scored(intent=intent, score=0.9) for intent in intents)
    return Understanding(
        text="", intents=scored, findings=findings, flags=flags or Flags(), acts=frozenset(acts)
    )


def score(row: dict[str, object], understood: Understanding) -> UtteranceReport:
    return score_utterances(
        [Utterance.model_validate({"line": 1, "text": "", **row})], [Meant(understood, 1.0)]
    )


@pytest.mark.parametrize(
    ("labels", "findings", "slot", "precision", "recall"),
    [
        ({"amount": 399}, [found(Slot.AMOUNT, 399.0)], "amount", 1.0, 1.0),
        ({"amount": 399}, [found(Slot.AMOUNT, 398)], "amount", 0.0, 0.0),
        ({"amount": 399}, [], "amount", 0.0, 0.0),
        ({}, [found(Slot.AMOUNT, 9)], "amount", 0.0, 0.0),
        ({"platform": "PDD"}, [found(Slot.PLATFORM, "拼多多")], "platform", 1.0, 1.0),
        ({"demand": ("退款", "赔偿")}, [found(Slot.DEMAND, ("退还货款和服务费用",))], "demand", 1.0, 0.5),
        ({"demand": ("退款",)}, [found(Slot.DEMAND, ("退款", "修理"))], "demand", 0.5, 1.0),
        ({"respondent": "花店"}, [found(Slot.SHOP, "花店")], "respondent", 1.0, 1.0),
        (
            {"respondent": "花店"},
            [found(Slot.SHOP, "茶店"), found(Slot.RESPONDENT, "花店")],
            "respondent",
            1,
            1,
        ),
        ({"prior_contact": False}, [found(Slot.PRIOR_CONTACT, False)], "prior_contact", 1.0, 1.0),
        ({"date": "九月份"}, [found(Slot.DATE, "2026-09", "九月份")], "date", 1.0, 1.0),
        ({"amount": 1}, [found(Slot.AMOUNT, 1), found(Slot.AMOUNT, 2)], "amount", 1.0, 1.0),
    ],
)
def test_slots(
    labels: dict[str, object], findings: list[Finding], slot: str, precision: float, recall: float
) -> None:
    result = score({"slots": labels}, meant(*findings))
    assert (result.slots[slot].precision, result.slots[slot].recall) == (precision, recall)
    exact = precision == recall == 1.0
    assert [mistake.what for mistake in result.errors] == ([] if exact else [f"slot:{slot}"])


def test_what_no_set_labels_is_not_scored() -> None:
    assert score({"slots": {}}, meant(found(Slot.CROWD, "老年人"))).slots == {}


def test_free_text_is_not_scored() -> None:
    assert score({"slots": {"narrative": "甲"}}, meant(found(Slot.NARRATIVE, "乙"))).slots == {}


@pytest.mark.parametrize(
    ("row", "intents", "counted"),
    [
        ({"intent": "consult"}, (Intent.CONSULT, Intent.URGE), "consult"),
        ({"intent": "consult"}, (Intent.URGE, Intent.CONSULT), "urge"),
        ({"intent": "consult"}, (), NO_INTENT),
        ({"intent": "invalid"}, (), "invalid"),
        ({"intent": "report_food", "also": ("complaint_online",)}, (Intent.COMPLAINT_ONLINE,), "report_food"),
        (
            {"intent": "emotional", "underlying": "complaint_other"},
            (Intent.COMPLAINT_OTHER, Intent.EMOTIONAL),
            "emotional",
        ),
        (
            {"intent": "emotional", "underlying": "complaint_other"},
            (Intent.COMPLAINT_OTHER,),
            "complaint_other",
        ),
        ({"intent": "emotional"}, (Intent.URGE, Intent.EMOTIONAL), "urge"),
    ],
)
def test_intents(row: dict[str, object], intents: tuple[Intent, ...], counted: str) -> None:
    result = score(row, meant(intents=intents))
    assert result.confusion == {row["intent"]: {counted: 1}}
    assert result.intent_accuracy == (counted == row["intent"])


def test_a_row_without_an_intent_is_outside_the_accuracy() -> None:
    result = score({"intent": None}, meant(intents=(Intent.URGE,)))
    assert (result.intent_n, result.intent_accuracy, result.confusion) == (0, 1.0, {})


def test_flags_by_value_emergency_by_presence() -> None:
    result = score(
        {"emergency": True, "safety_flag": "食品"},
        meant(flags=Flags(emergency=Emergency.FIRE, mass_incident=True, safety_flag="药品")),
    )
    assert result.flags["emergency"].f1 == 1.0
    assert (result.flags["mass_incident"].precision, result.flags["mass_incident"].n) == (0.0, 0)
    assert result.flags["safety_flag"].f1 == 0.0
    assert result.flags["emotion"].f1 == 1.0


def test_a_mistake_tells_what_was_heard() -> None:
    rows = [Reply(line=1, text="不同意", gold=ConsentReply.DECLINE)]
    heard = Understanding(text="同意", consent=ConsentReply.AGREE)
    assert score_replies(rows, [Meant(heard, 1.0)]).errors[0].heard == "同意"
    written = Understanding(text="不同意", consent=ConsentReply.AGREE)
    assert score_replies(rows, [Meant(written, 1.0)]).errors[0].heard is None


def test_acts_are_recalled() -> None:
    result = score({"acts": ("deny", "correct")}, meant(acts=(Act.DENY, Act.INFORM)))
    assert {name: recall.recall for name, recall in result.acts.items()} == {"deny": 1.0, "correct": 0.0}


def test_false_agreement_is_counted_apart() -> None:
    golds = [ConsentReply.AGREE, ConsentReply.DECLINE, ConsentReply.UNCLEAR, ConsentReply.CONDITIONAL]
    gots = [ConsentReply.AGREE, ConsentReply.AGREE, ConsentReply.DECLINE, None]
    rows = [Reply(line=number, text="", gold=gold) for number, gold in enumerate(golds)]
    result = score_replies(rows, [Meant(Understanding(text="", consent=got), 1.0) for got in gots])
    assert (result.n, result.accuracy, result.false_agree) == (4, 0.25, 1)
    assert result.matrix["conditional"] == {"unclear": 1}
    assert [mistake.line for mistake in result.errors] == [1, 2, 3]


@given(st.lists(st.floats(min_value=0, max_value=1e6)))
def test_latency_lies_within_what_was_measured(times: list[float]) -> None:
    result = latency(times)
    assert 0 <= result.p50 <= result.p95 <= max(times, default=0) + 0.01


@given(
    st.dictionaries(st.sampled_from([Slot.AMOUNT, Slot.PEOPLE_COUNT]), st.integers(0, 9)),
    st.dictionaries(st.sampled_from([Slot.AMOUNT, Slot.PEOPLE_COUNT]), st.integers(0, 9)),
)
def test_shares_are_shares_and_only_equal_is_perfect(
    labels: dict[Slot, int], values: dict[Slot, int]
) -> None:
    result = score({"slots": labels}, meant(*(found(slot, value) for slot, value in values.items())))
    for each in result.slots.values():
        assert 0 <= each.precision <= 1 and 0 <= each.recall <= 1 and 0 <= each.f1 <= 1
    assert all(each.f1 == 1 for each in result.slots.values()) is (labels == values)
