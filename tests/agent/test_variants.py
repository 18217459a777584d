"""Other wordings and trials: drawn by the call's own draw, one side throughout, and told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data.events as ev
from agent.state import CallState, Said
from agent.variants import side, wording
from data.vocabulary import Act, Intent
from dialogs.loader import prompt_version
from dialogs.schema import Arm, Branch, Prompt, Say
from dialogs.script import Node, Script
from tests.agent.talk import Talk, answered, small_script

TRIAL = Prompt.model_validate(
    {"text": "多少钱？", "share": 50, "variants": [{"text": "花了多少？", "share": 50}]}
)
IN_TURN = Prompt.model_validate({"text": "好的，没关系。", "variants": ["没关系。", "好的。"]})


def with_prompt(name: str, prompt: Prompt) -> Script:
    script = small_script()
    versions = tuple(prompt_version(each) for each in prompt.wordings)
    return replace(
        script,
        prompts={**script.prompts, name: prompt},
        prompt_versions={**script.prompt_versions, name: versions},
    )


def call(script: Script, draw: float) -> Talk:
    talk = Talk.__new__(Talk)
    talk.script, talk.state, talk.events, talk.acts = script, CallState(), [], []
    talk.hearing = talk.lodging = True
    talk._turn = 0
    talk.put(answered(script).model_copy(update={"draw": draw}))
    return talk.says("我在网上买的东西是假的", intents=(Intent.COMPLAINT_ONLINE,), platform="拼多多")


@given(st.floats(0, 1, exclude_max=True), st.text(max_size=12), st.lists(st.integers(1, 100), min_size=1))
def test_some_side_is_always_drawn(draw: float, trial: str, shares: list[int]) -> None:
    assert 0 <= side(draw, trial, shares) < len(shares)


@pytest.mark.parametrize("trial", ["amount.ask", "complaint/branch", "a", "b"])
def test_the_shares_hold(trial: str) -> None:
    drawn = [side((n + 0.5) / 20_000, trial, (70, 20, 10)) for n in range(20_000)]
    for number, share in enumerate((0.7, 0.2, 0.1)):
        assert abs(drawn.count(number) / len(drawn) - share) < 0.01


def test_two_trials_are_drawn_apart() -> None:
    """Who is on one side of the first is not for that on the same side of the second."""
    draws = [(n + 0.5) / 20_000 for n in range(20_000)]
    both = sum(side(d, "amount.ask", (1, 1)) == side(d, "date.ask", (1, 1)) for d in draws)
    assert 0.45 < both / len(draws) < 0.55


def test_a_caller_hears_one_side_throughout_and_it_is_told_once() -> None:
    script = with_prompt("amount.ask", TRIAL)
    drawn = {}
    for draw in (0.0, 0.3, 0.55, 0.9):
        talk = call(script, draw)
        first = talk.spoken
        assert talk.says("再说一遍", Act.REPEAT).spoken in first
        [told] = talk.of(ev.VariantDrawn)
        drawn[draw] = told.variant  # type: ignore[attr-defined]
        heard = ("多少钱？", "花了多少？")["AB".index(drawn[draw])]
        assert first.endswith(heard)
        assert talk.state.trials == {"amount.ask": drawn[draw]}
        assert talk.folds()
    assert drawn[0.0] == "A"
    assert set(drawn.values()) == {"A", "B"}


def test_each_wording_has_its_version() -> None:
    script = with_prompt("amount.ask", TRIAL)
    versions = script.prompt_versions["amount.ask"]
    assert len(set(versions)) == 2
    said = [e for e in call(script, 0.0).events if isinstance(e, ev.PromptSaid) and e.prompt == "amount.ask"]
    assert {event.version for event in said} == {versions[0]}


def test_wordings_without_shares_are_said_in_turn() -> None:
    state = CallState()
    chosen = []
    for number in range(4):
        chosen.append(wording(state, "declined", IN_TURN))
        state = state._replace(said={**state.said, number: Said("declined", False)})
    assert chosen == [0, 1, 2, 0]


def test_an_arm_is_drawn_and_the_whole_call_goes_that_way() -> None:
    script = small_script()
    flow = script.flows["report"]
    step = Branch(branch=[Arm(share=1, steps=[Say(say="wait")]), Arm(share=3, steps=[Say(say="slower")])])
    nodes = {
        **flow.nodes,
        "trial": Node("trial", step, flow.start, arms=((None, "x"), (None, "y"))),
        "x": Node("x", step.branch[0].steps[0], flow.start),
        "y": Node("y", step.branch[1].steps[0], flow.start),
    }
    script = replace(script, flows={**script.flows, "report": replace(flow, start="trial", nodes=nodes)})
    seen = {}
    for draw in (0.0, 0.1, 0.4, 0.8, 0.95):
        talk = Talk.__new__(Talk)
        talk.script, talk.state, talk.events, talk.acts = script, CallState(), [], []
        talk.hearing = talk.lodging = True
        talk._turn = 0
        talk.put(answered(script).model_copy(update={"draw": draw}))
        talk.says("我要举报一家店卖过期食品", intents=(Intent.REPORT_FOOD,))
        [told] = talk.of(ev.VariantDrawn)
        seen[told.variant] = talk.said[0]  # type: ignore[attr-defined]
        assert talk.state.trials == {"report/trial": told.variant}  # type: ignore[attr-defined]
    assert seen == {"A": "wait", "B": "slower"}
