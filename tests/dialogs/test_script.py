"""Compiling: each step knows what comes next, whatever is nested in what."""

from __future__ import annotations

import pytest

from dialogs.conditions import BadCondition
from dialogs.schema import Flow
from dialogs.script import CompiledFlow, compile_flow, walk


def compiled(*steps: dict[str, object]) -> CompiledFlow:
    return compile_flow(Flow.model_validate({"flow": "f", "steps": list(steps)}))


CONSENT: dict[str, object] = {
    "consent": "pass_on", "recipient": "platform", "fields": ["phone"],
    "explain": "e", "ask": "a", "again": "b", "answer": "c",
    "given": [{"lodge": "record"}, {"refer": "pass_on"}],
    "refused": [{"lodge": "record"}],
}  # fmt: skip


def test_a_line_of_steps() -> None:
    flow = compiled({"say": "hello"}, {"collect": "phone", "ask": "x"}, {"end": "lodged", "say": "bye"})
    assert list(flow.nodes) == ["hello", "phone", "lodged"]
    assert flow.start == "hello"
    assert [node.next for node in flow.nodes.values()] == ["phone", "lodged", None]


def test_both_ways_of_a_consent_lead_on_to_what_follows() -> None:
    flow = compiled(CONSENT, {"end": "lodged"})
    node = flow.nodes["pass_on"]
    assert (node.given, node.refused) == ("lodge", "lodge.2")
    assert flow.nodes["lodge"].next == "refer"
    assert flow.nodes["refer"].next == "lodged"
    assert flow.nodes["lodge.2"].next == "lodged"


def test_arms_lead_on_to_what_follows_the_branch() -> None:
    arms = [{"when": "platform", "steps": [{"say": "a"}]}, {"steps": [CONSENT]}]
    flow = compiled({"branch": arms}, {"end": "lodged"})
    (condition, first), (otherwise, second) = flow.nodes["branch"].arms
    assert condition is not None and condition.text == "platform" and otherwise is None
    assert (first, second) == ("a", "pass_on")
    assert flow.nodes["a"].next == "lodged"
    assert flow.nodes["lodge.2"].next == "lodged"


def test_an_empty_arm_leads_straight_on() -> None:
    flow = compiled({"branch": [{"when": "platform", "steps": []}]}, {"end": "lodged"})
    assert flow.nodes["branch"].arms[0][1] == "lodged"


def test_derived_ids_make_way_for_given_ones() -> None:
    flow = compiled({"collect": "phone", "ask": "x"}, {"say": "hello", "id": "phone"}, {"end": "lodged"})
    assert list(flow.nodes) == ["phone.2", "phone", "lodged"]


def test_repeated_ids_and_bad_conditions_are_refused() -> None:
    with pytest.raises(ValueError, match="same"):
        compiled({"say": "a", "id": "same"}, {"say": "b", "id": "same"})
    with pytest.raises(BadCondition):
        compiled({"say": "a", "when": "platform and"})


def test_walk_gives_nested_steps_too() -> None:
    steps = [{"branch": [{"steps": [CONSENT]}]}, {"end": "lodged"}]
    flow = Flow.model_validate({"flow": "f", "steps": steps})
    kinds = [type(step).__name__ for step in walk(list(flow.steps))]
    assert kinds == ["Branch", "ConsentStep", "Lodge", "Refer", "Lodge", "End"]


def test_one_intent_or_many() -> None:
    one = Flow.model_validate({"flow": "f", "start_when": {"intent": "consult"}, "steps": [{"say": "a"}]})
    many = Flow.model_validate(
        {"flow": "f", "start_when": {"intent": ["consult", "urge"]}, "steps": [{"say": "a"}]}
    )
    assert compile_flow(one).intents == ("consult",)
    assert compile_flow(many).intents == ("consult", "urge")
