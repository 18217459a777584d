"""Two versions of a script, told apart in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogs import differences as differing
from dialogs import schema
from dialogs.differences import differences
from dialogs.loader import load

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


def changed(folder: Path, *edits: tuple[str, str, str]) -> list[str]:
    for path in REAL.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    for file, written, instead in edits:
        text = (folder / file).read_text("utf-8")
        assert written in text
        (folder / file).write_text(text.replace(written, instead, 1), "utf-8")
    return [change.what for change in differences(load(REAL), load(folder))]


def test_nothing_changed(tmp_path: Path) -> None:
    assert changed(tmp_path, ("complaint_online.yaml", "# 网购投诉", "# 网上买东西的投诉")) == []


ONLINE = "complaint_online.yaml"
DEMAND = "    reprompt: [demand.again]\n    limit: 2\n"


@pytest.mark.parametrize(
    ("file", "written", "instead", "words"),
    [
        (
            ONLINE,
            DEMAND,
            "    reprompt: [demand.again]\n    limit: 3\n",
            "步骤 demand（问：要求）最多问的次数从2次改为3次",
        ),
        (
            ONLINE,
            DEMAND,
            "    limit: 2\n",
            "步骤 demand（问：要求）的重问从1句改为0句",
        ),
        (
            ONLINE,
            "when: not respondent",
            "when: not respondent and amount > 100",
            "步骤 shop（问：店铺）的条件从“没有商家”改为“没有商家，且金额超过 100”",
        ),
        (
            ONLINE,
            "confirm: explicit",
            "confirm: none",
            "步骤 phone（问：电话）的“核对方式”从“explicit”改为“none”",
        ),
        (
            ONLINE,
            "- when: platform\n",
            "- when: platform and shop\n",
            "步骤 branch（分情况）的各支从“有平台；其余情况”改为“有平台，且有店铺；其余情况”",
        ),
        (ONLINE, "  - say: closing.term\n", "", "去掉了步骤 closing.term（说）"),
        (
            ONLINE,
            "  - say: closing.case\n",
            "  - say: closing.case\n  - say: closing.secret\n",
            "在 closing.case 后面加了步骤 closing.secret（说）",
        ),
        (
            ONLINE,
            "  - say: closing.case\n  - say: closing.term\n",
            "  - say: closing.term\n  - say: closing.case\n",
            "步骤 closing.term（说）移到了 branch 后面",
        ),
        (
            ONLINE,
            "start_when: {intent: complaint_online}",
            "start_when: {intent: [complaint_online, emotional]}",
            "从哪些来意进来从“complaint_online”改为“complaint_online、emotional”",
        ),
        (
            ONLINE,
            "start_when: {intent: complaint_online}",
            "start_when: {intent: complaint_online, said: [网购, 淘宝]}",
            "加了说到就进来的话：淘宝、网购",
        ),
        (
            "prompts.yaml",
            "date.ask: {text: 是哪一天的事？",
            "date.ask: {text: 哪天的事？",
            "话术 date.ask 从「是哪一天的事？」改为「哪天的事？」",
        ),
        (
            "prompts.yaml",
            "wait: 好的，您慢慢来，我等您。",
            "wait: {text: 好的，您慢慢来，我等您。, bargein: false}",
            "话术 wait 的“可以插话”从“是”改为“否”",
        ),
        ("script.yaml", "max_turns_lost: 3", "max_turns_lost: 2", "连着几次没听到就放弃从“3”改为“2”"),
        (
            "script.yaml",
            "digits: {complete_ms: 900",
            "digits: {complete_ms: 950",
            "听的耐心 digits 从“complete_ms: 900，incomplete_ms: 1500，noinput_ms: 8000”改为“complete_ms: 950，incomplete_ms: 1500，noinput_ms: 8000”",
        ),
    ],
)
def test_a_change_in_words(tmp_path: Path, file: str, written: str, instead: str, words: str) -> None:
    assert changed(tmp_path, (file, written, instead)) == [words]


def test_flows_come_and_go(tmp_path: Path) -> None:
    changed(tmp_path)
    (tmp_path / "pets.yaml").write_text(
        "flow: pets\nstart_when: {intent: emotional}\nsteps:\n  - to_desk: pets\n"
    )
    old, new = load(REAL), load(tmp_path)
    assert [change.what for change in differences(old, new)] == ["新加了流程 pets（emotional）"]
    assert [change.what for change in differences(new, old)] == ["去掉了流程 pets"]


def test_a_consent_that_does_something_else(tmp_path: Path) -> None:
    told = changed(
        tmp_path,
        (ONLINE, "              - refer: refer_to_platform\n", ""),
    )
    assert told[0] == "去掉了步骤 refer（转出）"


def test_every_key_of_a_step_has_a_name_trainers_read() -> None:
    keys = {key for shape in schema.STEP_SHAPES.values() for key in shape.model_fields}
    told_as_a_whole = {"id", "branch", "given", "refused", "collect", "steps"}
    assert keys - told_as_a_whole <= set(differing._KEYS)
    assert set(schema.Prompt.model_fields) <= set(differing._KEYS)
    assert set(schema.ScriptFile.model_fields) <= set(differing._KEYS)
