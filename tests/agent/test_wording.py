"""From a prompt to clauses: what is the same in every call, and what is this caller's."""

from __future__ import annotations

from agent.wording import clauses, fixed_clauses, placeholders, spoken_parts, takes_values
from dialogs.schema import Prompt
from tests.agent.talk import real_script


def said(prompt: Prompt, **values: str) -> list[tuple[str, bool]]:
    return [(clause.text, clause.fixed) for clause in clauses(prompt, values)]


def test_fixed_stretches_are_kept_apart() -> None:
    prompt = Prompt(text="跟您核对，是{amount}，对吗？")
    assert said(prompt, amount="499元") == [("跟您核对，", True), ("是499元，", False), ("对吗？", True)]


def test_values_side_by_side_are_one_clause() -> None:
    prompt = Prompt(text="改好了，{label}，{value}。")
    assert said(prompt, label="金额", value="499元") == [("改好了，", True), ("金额，499元。", False)]


def test_a_part_without_its_value_is_left_out() -> None:
    prompt = Prompt(text=["我念一遍。", "平台，{platform}。", "金额，{amount}。"])
    assert spoken_parts(prompt, {"amount": ""}) == ["我念一遍。", "金额，{amount}。"]
    assert said(prompt, amount="5元") == [("我念一遍。", True), ("金额，", True), ("5元。", False)]


def test_a_clause_without_its_value_is_left_out() -> None:
    assert said(Prompt(text="查到了，{status}，再见。")) == [("查到了，", True), ("再见。", True)]


def test_braces_in_a_value_are_only_text() -> None:
    assert said(Prompt(text="是{shop}。"), shop="{amount}店，二楼")[-1] == ("是{amount}店，二楼。", False)


def test_placeholders() -> None:
    assert placeholders("把{fields}转给{recipient}") == {"fields", "recipient"}


def test_the_cache_is_warmed_with_what_is_spoken() -> None:
    """Every fixed clause that any prompt of the real script speaks is among those warmed."""
    for prompt in real_script().prompts.values():
        names = frozenset().union(*(placeholders(part) for part in prompt.parts))
        spoken = [clause.text for clause in clauses(prompt, dict.fromkeys(names, "某")) if clause.fixed]
        assert spoken == fixed_clauses(prompt)
        assert "".join(c.text for c in clauses(prompt, {n: f"{{{n}}}" for n in names})) == "".join(
            prompt.parts
        )


def test_only_a_prompt_with_braces_takes_values() -> None:
    assert takes_values(Prompt(text=["我念一遍。", "平台，{platform}。"]))
    assert not takes_values(Prompt(text=["我念一遍。", "对吗？"]))
