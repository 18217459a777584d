"""The real script: no problems, nothing too long, nothing it must not say."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from data.vocabulary import Emergency, Intent, Kind, Slot
from dialogs.loader import check, load
from dialogs.placeholders import first_clause, seconds
from dialogs.schema import Collect, ConsentStep, Refer
from dialogs.script import Script

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"
#: Said aloud only if signed off: our lines, and the emergency numbers of the safety table.
NUMBERS = {"12315", "12345", "12365", "12331", "12358", "12330", "110", "119", "120", "12356"}


@pytest.fixture(scope="module")
def script() -> Script:
    return load(REAL)


def test_no_problems_and_fast() -> None:
    start = time.perf_counter()
    assert [str(problem) for problem in check(REAL)] == []
    assert time.perf_counter() - start < 1.0


def test_every_business_intent_has_its_flow(script: Script) -> None:
    without = {intent for intent in Intent if script.flow_for(intent) is None}
    assert without == {Intent.EMOTIONAL}


def test_every_danger_has_its_sentence(script: Script) -> None:
    for emergency in Emergency:
        prompt = script.prompts[script.file.emergencies[emergency]]
        assert prompt.must_finish and not prompt.bargein and prompt.purpose == "safety"
        assert seconds("".join(prompt.parts)) <= 8.0


def test_must_finish_prompts_are_short(script: Script) -> None:
    for name, prompt in script.prompts.items():
        if prompt.must_finish:
            assert seconds("".join(prompt.parts)) < 20, name


def test_the_opening_says_what_it_must_and_no_more(script: Script) -> None:
    question = script.prompts["narrative.ask"].parts[0]
    assert set(script.file.openings) == {"12345", "12365", "12331", "12358", "12330"}
    for name in (script.file.greeting, *script.file.openings.values()):
        text = "".join(script.prompts[name].parts)
        assert all(word in text for word in ("12315", "人工智能", "合成", "录音", "转人工")), name
        assert seconds(text + question) <= 13.0, name


def test_every_ending_says_the_machine_again(script: Script) -> None:
    for name, prompt in script.prompts.items():
        if prompt.purpose == "closing":
            text = "".join(prompt.parts)
            assert "人工智能" in text and "合成" in text, name
    says = script.file.says
    for use in ("goodbye_incomplete", "silent_goodbye", "time_up", "no_desk", "cannot_keep", "lodge_later"):
        assert script.prompts[says[use]].purpose == "closing", use


def test_only_signed_off_numbers_are_spoken(script: Script) -> None:
    for name, prompt in script.prompts.items():
        assert set(re.findall(r"\d{3,}", "".join(prompt.parts))) <= NUMBERS, name


def test_nothing_is_promised_or_refused(script: Script) -> None:
    never = ("一定", "保证能", "会退款", "会赔", "会处罚", "已转", "不受理", "不成立", "第", "法条")
    for name, prompt in script.prompts.items():
        text = "".join(prompt.parts)
        assert not [word for word in never if word in text], name


def test_the_first_clause_can_be_cached(script: Script) -> None:
    for name, prompt in script.prompts.items():
        assert "{" not in first_clause(prompt.parts[0]), name


def test_questions_are_short(script: Script) -> None:
    for flow in script.flows.values():
        for node in flow.nodes.values():
            if isinstance(node.step, Collect):
                text = "".join(script.prompts[node.step.ask].parts)
                assert seconds(text) * 4.3 <= 21, node.step.ask
                assert text.count("？") <= 2


def test_the_binding_part_of_the_consent_takes_twelve_seconds_at_most(script: Script) -> None:
    flow = script.flows["complaint_online"]
    step = next(n.step for n in flow.nodes.values() if isinstance(n.step, ConsentStep))
    prompt = script.prompts[step.explain]
    fields = "".join(script.file.labels[slot] for slot in step.fields if slot is not Slot.RESPONDENT)
    text = "".join(prompt.parts).replace("{fields}", fields).replace("{recipient}", "哔哩哔哩会员购")
    assert seconds(text) <= 12.0
    assert prompt.must_finish and not prompt.bargein
    assert "不影响" in "".join(script.prompts[step.ask].parts)
    assert "12315" in "".join(script.prompts[step.ask].parts)


def test_what_is_passed_on_never_holds_the_home_address(script: Script) -> None:
    for flow in script.flows.values():
        for node in flow.nodes.values():
            if isinstance(node.step, ConsentStep):
                assert not {Slot.ADDRESS, Slot.ANONYMOUS, Slot.PROXY} & set(node.step.fields)


def test_only_complaints_are_referred(script: Script) -> None:
    for flow in script.flows.values():
        passes_on = any(isinstance(node.step, ConsentStep | Refer) for node in flow.nodes.values())
        assert passes_on == (flow.name == "complaint_online")
        assert not passes_on or flow.kind is Kind.COMPLAINT


def test_a_reporter_is_asked_for_a_name_once_and_only_when_not_anonymous(script: Script) -> None:
    reports = [flow for flow in script.flows.values() if flow.kind is Kind.REPORT and flow.intents]
    assert len(reports) == 5
    for flow in reports:
        steps = [
            n.step for n in flow.nodes.values() if isinstance(n.step, Collect) and n.step.collect == "name"
        ]
        (step,) = steps
        assert step.optional and step.limit == 1 and not step.reprompt
        assert step.when == "not anonymous"
        assert all(n.step.optional for n in flow.nodes.values() if isinstance(n.step, Collect))


def test_read_backs_name_one_value_a_part(script: Script) -> None:
    for name, prompt in script.prompts.items():
        if prompt.purpose == "read_back":
            assert all(part.count("{") == 1 for part in prompt.parts[1:]), name
