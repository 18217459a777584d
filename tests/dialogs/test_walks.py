"""Every way a call can take: which steps it meets, what lies behind it there, and where it falls off."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from data.vocabulary import Slot
from dialogs.schema import Flow
from dialogs.script import CompiledFlow, compile_flow
from dialogs.walks import LODGED, Before, asked, walk

Steps = list[dict[str, object]]
LODGE: dict[str, object] = {"lodge": "record"}
END: dict[str, object] = {"end": "lodged"}


def flows(**named: Steps) -> dict[str, CompiledFlow]:
    return {
        name: compile_flow(Flow.model_validate({"flow": name, "steps": steps}))
        for name, steps in named.items()
    }


def consent(given: Steps, refused: Steps) -> dict[str, object]:
    words = {"explain": "e", "ask": "a", "again": "b", "answer": "c"}
    return {
        "consent": "x", "recipient": "platform", "fields": ["phone"], **words, "given": given, "refused": refused,
    }  # fmt: skip


def behind(found: dict[tuple[str, str], Before], flow: str, step: str) -> Before:
    return found[flow, step]


def test_what_is_behind_on_every_way_and_on_one() -> None:
    arms = {"branch": [{"when": "platform", "steps": [LODGE]}, {"steps": [{"say": "wait"}]}]}
    found = walk(flows(f=[{"collect": "phone", "ask": "p"}, arms, END]), "f").met
    assert behind(found, "f", "lodged") == Before(
        frozenset({asked(Slot.PHONE)}), frozenset({asked(Slot.PHONE), LODGED})
    )


def test_both_arms_make_it_sure() -> None:
    arms = {"branch": [{"when": "platform", "steps": [LODGE]}, {"steps": [LODGE]}]}
    assert LODGED in walk(flows(f=[arms, END]), "f").met["f", "lodged"].sure
    only = {"branch": [{"when": "platform", "steps": [LODGE]}]}
    assert LODGED not in walk(flows(f=[only, END]), "f").met["f", "lodged"].sure


def test_a_step_that_may_be_skipped_makes_nothing_sure() -> None:
    found = walk(flows(f=[{**LODGE, "when": "platform"}, END]), "f").met["f", "lodged"]
    assert (LODGED in found.sure, LODGED in found.maybe) == (False, True)


def test_a_case_number_tells_of_a_record() -> None:
    maybe: dict[str, object] = {**LODGE, "when": "platform"}
    arms: dict[str, object] = {"branch": [{"when": "case_no_given and phone", "steps": [{"say": "yes"}]}]}
    found = walk(flows(f=[maybe, arms, {"say": "sure", "when": "case_no_given"}, END]), "f").met
    assert LODGED in found["f", "yes"].sure and LODGED in found["f", "sure"].sure
    assert LODGED not in found["f", "lodged"].sure


def test_a_consent_leads_two_ways() -> None:
    found = walk(flows(f=[consent([LODGE], [{"say": "wait"}]), END]), "f").met
    assert {step for _, step in found} == {"x", "lodge", "wait", "lodged"}
    assert LODGED not in found["f", "lodged"].sure


def test_a_called_flow_is_walked_with_what_its_caller_did() -> None:
    named = flows(f=[LODGE, {"call": "g"}, {"say": "after"}, END], g=[{"collect": "name", "ask": "n"}])
    found = walk(named, "f")
    assert LODGED in found.met["g", "name"].sure
    assert asked(Slot.NAME) in found.met["f", "after"].sure
    assert found.off == []


def test_a_called_flow_that_ends_never_comes_back() -> None:
    found = walk(flows(f=[{"call": "g"}, {"say": "after"}], g=[END]), "f")
    assert ("f", "after") not in found.met and found.off == []


def test_two_callers_share_only_what_both_did() -> None:
    arms = {"branch": [{"when": "platform", "steps": [LODGE, {"call": "g"}]}, {"steps": [{"call": "g"}]}]}
    found = walk(flows(f=[arms], g=[END]), "f").met["g", "lodged"]
    assert (LODGED in found.sure, LODGED in found.maybe) == (False, True)


def test_where_it_falls_off() -> None:
    arms = {"branch": [{"when": "platform", "steps": [END]}, {"steps": [{"say": "wait"}]}]}
    assert walk(flows(f=[arms]), "f").off == ["wait"]
    assert walk(flows(f=[{**END, "when": "platform"}]), "f").off == ["lodged"]
    assert walk(flows(f=[{"call": "g"}], g=[{"say": "wait"}]), "f").off == ["g"]


def test_flows_that_call_each_other_are_walked_once() -> None:
    assert walk(flows(f=[{"call": "g"}], g=[{"call": "f"}, END]), "f").met.keys() == {
        ("f", "g"), ("g", "f"), ("g", "lodged"),
    }  # fmt: skip


leaves = st.sampled_from([LODGE, END, {"say": "wait"}, {"collect": "phone", "ask": "p"}, {"to_desk": "x"}])
conditional = st.builds(
    lambda step, when: {**step, **({"when": "platform"} if when else {})}, leaves, st.booleans()
)
steps = st.recursive(
    conditional,
    lambda inner: (
        st.builds(
            lambda one, two, other: {"branch": [{"when": "amount", "steps": one}, {"steps": two}][: 2 - other]},
            st.lists(inner, max_size=2), st.lists(inner, max_size=2), st.booleans(),
        )
        | st.builds(consent, st.lists(inner, max_size=2), st.lists(inner, max_size=2))
    ),
    max_leaves=8,
)  # fmt: skip


@given(
    first=st.lists(steps, min_size=1, max_size=4),
    second=st.lists(steps, min_size=1, max_size=3),
    draw=st.data(),
)
def test_every_way_taken_is_a_way_foreseen(first: Steps, second: Steps, draw: st.DataObject) -> None:
    """A random walk, as the engine would go, meets only steps foreseen, with what is sure behind it."""
    named = flows(f=[*first, {"call": "g"}, END], g=second)
    found = walk(named, "f")
    flow, step, done, returns = "f", named["f"].start, set[str](), list[tuple[str, str | None]]()
    while True:
        before = found.met[flow, step]
        assert before.sure <= done <= before.maybe
        node = named[flow].nodes[step]
        target: str | None = node.next
        kind = node.step
        if node.when is None or draw.draw(st.booleans()):
            name = type(kind).__name__
            if name in ("End", "ToDesk"):
                return
            if name == "Lodge":
                done.add(LODGED)
            elif name == "Collect":
                done.add(asked(Slot.PHONE))
            elif name == "ConsentStep":
                target = draw.draw(st.sampled_from([node.given, node.refused]))
            elif name == "Branch":
                otherwise = [] if any(when is None for when, _ in node.arms) else [node.next]
                target = draw.draw(st.sampled_from([*(arm for _, arm in node.arms), *otherwise]))
            elif name == "CallFlow":
                returns.append((flow, node.next))
                flow, target = "g", named["g"].start
        while target is None and returns:
            flow, target = returns.pop()
        if target is None:
            return
        step = target
