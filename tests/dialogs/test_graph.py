"""The pictures: every step and every turn is in them, and they are well-formed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogs.conditions import parse
from dialogs.graph_mermaid import mermaid
from dialogs.graph_svg import svg
from dialogs.loader import load
from dialogs.outline import Box, outline
from dialogs.script import Script
from dialogs.ways import Way
from dialogs.words import in_words, shown

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def script() -> Script:
    return load(REAL)


def boxes(found: tuple[Box, ...]) -> Iterator[Box]:
    for box in found:
        yield box
        for arm in box.arms:
            yield from boxes(arm.boxes)


def test_every_step_has_its_box(script: Script) -> None:
    for flow in outline(script):
        drawn = [box.step for box in boxes(flow.boxes)]
        assert set(script.flows[flow.name].nodes) <= set(drawn)
        assert len(drawn) == len(set(drawn)), "and only one"


def test_the_opening_comes_first(script: Script) -> None:
    assert outline(script)[0].name == script.file.opening


def test_the_picture_is_whole_and_no_box_hides_another(script: Script) -> None:
    root = ET.fromstring(svg(script.file.title, outline(script)))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    drawn = [rect for group in root.iter(f"{SVG}g") for rect in group.iter(f"{SVG}rect")]
    assert len(drawn) >= sum(len(flow.nodes) for flow in script.flows.values())
    corners = [tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height")) for rect in drawn]
    for x, y, w, h in corners:
        assert 0 <= x <= width - w
        assert 0 <= y <= height - h
    for number, (x, y, w, h) in enumerate(corners):
        for ox, oy, ow, oh in corners[number + 1 :]:
            assert x + w <= ox or ox + ow <= x or y + h <= oy or oy + oh <= y


def test_what_no_story_walked_is_marked(script: Script) -> None:
    missed = [Way("complaint_online", "amount")]
    assert (
        svg("x", outline(script), missed).count("#d40000") == svg("x", outline(script)).count("#d40000") + 1
    )


def test_hostile_texts_stay_texts(script: Script) -> None:
    flow = outline(script)[0]
    nasty = Box("x", "say", '<script>&"', 'a"]b -->', "{{n}}")
    for drawing in (
        svg("<b>", [type(flow)("f", '"<&', (nasty,))]),
        mermaid([type(flow)("f", '"<&', (nasty,))]),
    ):
        assert "<script>" not in drawing
    ET.fromstring(svg("<b>", [type(flow)("f", '"<&', (nasty,))]))


def test_mermaid_joins_only_what_it_names(script: Script) -> None:
    text = mermaid(outline(script))
    named = set(re.findall(r"^ +(f\d+_\d+)[\[({]", text, re.M))
    joined = re.findall(r"^ +(f\d+_\d+) -->(?:\|\"[^\"]*\"\|)? (f\d+_\d+)$", text, re.M)
    assert {end for pair in joined for end in pair} <= named
    targets = {target for _, target in joined}
    assert len(named - targets) == len(script.flows), "every box but the first of a flow is led to"
    assert text.count("subgraph") == len(script.flows)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("not respondent", "没有商家"),
        ("platform and amount > 500", "有平台，且金额超过 500"),
        ("intent == 'urge' or not declined('case_no')", "来意是 urge，或不是“不说登记编号”"),
        ("consented('refer_to_platform')", "同意了 refer_to_platform"),
        ("'退货' in demand", "退货属于要求"),
    ],
)
def test_conditions_in_words(script: Script, condition: str, words: str) -> None:
    assert in_words(parse(condition), script.file) == words


def test_placeholders_in_words(script: Script) -> None:
    assert shown("平台，{platform}。", script.file) == "平台，［平台］。"
    for prompt in script.prompts.values():
        assert not re.search(r"［[a-z_]+］", shown("".join(prompt.parts), script.file))
