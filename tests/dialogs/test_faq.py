"""The 12315 script's questions: enough of them, short answers, and nothing spoken that nobody signed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from data.reference import laws, speech_rate
from dialogs.faq import answer_prompt, spoken_answer, tables
from dialogs.loader import check, load
from dialogs.placeholders import seconds
from dialogs.script import Script

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"
SMALL = Path(__file__).parents[1] / "agent" / "script"


@pytest.fixture(scope="module")
def script() -> Script:
    return load(REAL)


def test_there_are_enough_asked_in_enough_ways(script: Script) -> None:
    assert len(script.faq) >= 70
    assert all(3 <= len(entry.questions) <= 8 for entry in script.faq.values())
    assert sum(len(entry.questions) >= 4 for entry in script.faq.values()) >= 0.9 * len(script.faq)


def test_answers_are_short(script: Script) -> None:
    for name, entry in script.faq.items():
        assert seconds(spoken_answer(entry.answer)) <= speech_rate().longest_answer_seconds, name


def test_numbers_are_filled_from_the_tables(script: Script) -> None:
    said = script.prompts[answer_prompt("citizen_line")].parts[0]
    assert "12345" in said and "{" not in said


def test_what_is_not_signed_off_is_no_prompt(script: Script) -> None:
    for name, entry in script.faq.items():
        assert (answer_prompt(name) in script.prompts) is entry.signed_off, name
    assert not script.faq["hours"].signed_off


def test_no_answer_names_an_article_or_a_number_nobody_signed(script: Script) -> None:
    for name, entry in script.faq.items():
        said = spoken_answer(entry.answer)
        assert not re.search(r"第.{1,6}条", said), name
        for table, row_id in re.findall(r"\{(\w+)\.(\w+)\}", entry.answer):
            assert tables()[table][row_id].signed_off, name


def test_what_is_verified_rests_on_what_was_read(script: Script) -> None:
    read = {law.id: set(law.read) for law in laws().laws}
    for name, entry in script.faq.items():
        if entry.verified:
            assert all(set(map(str, basis.articles)) <= read[basis.law] for basis in entry.laws), name


def test_ids_of_the_tables_are_their_own() -> None:
    assert all(name == row.id for table in tables().values() for name, row in table.items())
    assert [len(table) for table in tables().values()] == [12, 5, 11]


def test_a_new_answer_is_a_new_version_and_nothing_else_changes(tmp_path: Path) -> None:
    shutil.copytree(REAL, tmp_path / "script")
    path = tmp_path / "script" / "faq.yaml"
    more = (
        "  parking:\n    topic: 停车\n    questions: [停车费收错了找谁, 停车场乱收费怎么办, 停车费太贵了能投诉吗]\n"
        "    answer: 停车收费的问题，可以在这里登记。\n    source: 试一试\n    date: 2026-11-24\n"
        "    verified: true\n    signed_off: true\n"
    )
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    assert check(tmp_path / "script") == []
    before, after = load(REAL), load(tmp_path / "script")
    assert after.version != before.version
    assert set(after.prompts) - set(before.prompts) == {"faq.parking"}


def test_a_step_for_questions_needs_the_file(tmp_path: Path) -> None:
    shutil.copytree(SMALL, tmp_path / "script")
    (tmp_path / "script" / "faq.yaml").unlink()
    [problem] = check(tmp_path / "script")
    assert (problem.file, problem.code) == ("ask.yaml", "no_faq")
