"""The expression language of `when:`: what it gives, what it refuses, and that it never runs anything."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialogs.conditions import BadCondition, Fact, can_hold, parse

NAMES = ["platform", "amount", "online", "demand", "intent", "phone"]

FACTS: dict[str, Fact] = {
    "platform": "拼多多",
    "amount": 499,
    "online": True,
    "zero": 0,
    "no": False,
    "demand": ("退货", "赔偿损失"),
    "intent": "complaint_online",
    "declined:phone": True,
    "consented:refer_to_platform": False,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("platform", True),
        ("not platform", False),
        ("shop", False),
        ("not shop", True),
        ("zero", False),
        ("zero == 0", True),
        ("no == 0", True),
        ("amount > 500", False),
        ("amount >= 499 and amount < 500", True),
        ("100 < amount < 500", True),
        ("amount != 499", False),
        ("shop > 5", False),
        ("platform > 5", False),
        ("intent == 'complaint_online'", True),
        ("intent in 'complaint_online'", True),
        ("'退货' in demand", True),
        ("'退货' not in demand", False),
        ("'退货' in shop", False),
        ("'退货' not in shop", True),
        ("declined('phone')", True),
        ("declined('name')", False),
        ("consented('refer_to_platform')", False),
        ("platform and not declined('order_no') or shop", True),
        ("  platform  ", True),
        ("online == True", True),
    ],
)
def test_values(text: str, expected: bool) -> None:
    assert parse(text).holds(FACTS) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "amount >",
        "amount > 500 and",
        "(platform",
        "platform，shop",
        "platform and amount＞500",
        "__import__('os')",
        "platform.upper()",
        "platform[0]",
        "lambda: 1",
        "[platform]",
        "amount + 1",
        "-amount",
        "f'{platform}'",
        "declined(phone)",
        "declined('phone', 'name')",
        "declined(x='phone')",
        "deklined('phone')",
        "platform if amount else shop",
        "platform is shop",
        "(a := 1)",
        "None",
        "b'x'",
        "1j",
        "a\nb",
        "\x00",
        "(" * 200 + "a" + ")" * 200,
        "not " * 200 + "a",
        "a" * 400,
        "*a",
        "await a",
        "yield",
        "...",
    ],
)
def test_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadCondition, match="条件"):
        parse(text)


def test_what_the_linter_reads() -> None:
    condition = parse("platform and not declined('phone') and intent == 'consult' and amount > 5")
    assert condition.names == {"platform", "intent", "amount"}
    assert condition.calls == (("declined", "phone"),)
    assert [(name, value) for name, _, value in condition.comparisons] == [
        ("intent", "consult"),
        ("amount", 5),
    ]
    assert condition.needs == {"platform", "amount"}
    assert parse("platform or shop").needs == set()
    assert parse("not platform").needs == set()


names = st.sampled_from(NAMES)
comparisons = st.builds(
    "{} {} {}".format, names, st.sampled_from(["==", "!=", "<", ">="]), st.integers(0, 999)
)
members = st.builds(
    "{!r} {} {}".format, st.text("退货a", max_size=3), st.sampled_from(["in", "not in"]), names
)
expressions = st.recursive(
    names | comparisons | members | st.sampled_from(["declined('phone')", "consented('refer_to_platform')"]),
    lambda inner: (
        st.builds("({} and {})".format, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
        | st.builds("not ({})".format, inner)
    ),
    max_leaves=6,
)
texts = st.text(max_size=4)
values = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.tuples(texts)
facts_strategy = st.dictionaries(st.sampled_from([*NAMES, "declined:phone"]), values)


@given(text=expressions, facts=facts_strategy)
def test_a_checked_condition_never_fails(text: str, facts: dict[str, Fact]) -> None:
    try:
        condition = parse(text)
    except BadCondition:
        assert len(text) > 300
        return
    value = condition.holds(facts)
    assert value in (True, False)
    assert parse(f"not ({text})").holds(facts) is not value if len(text) < 290 else True
    if value:
        assert all(facts.get(name) is not None for name in condition.needs)


@given(text=st.text(max_size=60))
@example("a if b else c")
@example("\ud800")
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        condition = parse(text)
    except BadCondition:
        return
    assert condition.holds({}) in (True, False)


@pytest.mark.parametrize(
    ("text", "surely", "expected"),
    [
        ("platform", {}, True),
        ("platform and not platform", {}, False),
        ("platform == '淘宝' and platform == '京东'", {}, False),
        ("platform == '淘宝' or platform == '京东'", {}, True),
        ("platform != '淘宝' and platform != '京东'", {}, True),
        ("intent == 'consult'", {"intent": frozenset({"urge"})}, False),
        ("intent == 'consult'", {"intent": frozenset({"urge", "consult"})}, True),
        ("intent != 'urge'", {"intent": frozenset({"urge"})}, False),
        ("intent", {"intent": frozenset()}, False),
        ("intent == 'urge' and platform", {"intent": frozenset({"urge"})}, True),
        ("declined('phone') and not declined('phone')", {}, False),
        (" and ".join(f"amount > {n}" for n in range(12)), {}, True),
    ],
)
def test_whether_it_can_come_true(text: str, surely: dict[str, frozenset[str]], expected: bool) -> None:
    assert can_hold([(parse(text), True)], surely) is expected


def test_what_is_left_after_other_conditions() -> None:
    surely = {"intent": frozenset({"urge", "consult"})}
    urge, consult = parse("intent == 'urge'"), parse("intent == 'consult'")
    assert can_hold([(urge, False), (consult, True)], surely)
    assert can_hold([(urge, False)], surely)
    assert not can_hold([(urge, False), (consult, False)], surely)


@given(
    texts=st.lists(expressions.filter(lambda text: len(text) < 200), min_size=1, max_size=3),
    facts=facts_strategy,
)
def test_what_does_come_true_could(texts: list[str], facts: dict[str, Fact]) -> None:
    wanted = [(condition := parse(text), condition.holds(facts)) for text in texts]
    intent = facts.get("intent")
    known = {"intent": frozenset({intent})} if isinstance(intent, str) else {}
    assert can_hold(wanted, known)
    assert can_hold(wanted, {})
