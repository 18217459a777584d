"""A folder of YAML: what is read, what any bytes do, and what its version is. Mistakes: see test_broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dialogs.loader import check, load
from dialogs.problems import Problem, ScriptBroken

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"
ONLINE = "complaint_online.yaml"
PROMPTS = "prompts.yaml"
SCRIPT = "script.yaml"


def copy_of_real(tmp_path: Path) -> Path:
    folder = tmp_path / "script"
    shutil.copytree(REAL, folder)
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> str:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} has no {old!r}"
    text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return text


def test_a_missing_folder_and_missing_files(tmp_path: Path) -> None:
    (nowhere,) = check(tmp_path / "nowhere")
    assert nowhere.code == "no_folder"
    (tmp_path / "empty").mkdir()
    assert [p.code for p in check(tmp_path / "empty")] == ["no_file", "no_file"]
    with pytest.raises(ScriptBroken, match=r"script\.yaml"):
        load(tmp_path / "empty")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a\n- b\n",
        b"text",
        b"\xff\xfe\x00",
        b"a: &a [*a]\n",
        b"{[a]: 1}",
        b"\x00",
        b"? : :",
        b"a: 1\n---\nb: 2",
    ],
)
def test_any_bytes_are_told_never_raised(content: bytes, tmp_path: Path) -> None:
    for name in (SCRIPT, PROMPTS, ONLINE):
        folder = copy_of_real(tmp_path / name)
        (folder / name).write_bytes(content)
        assert any(p.file == name for p in check(folder)), name


@pytest.mark.parametrize(
    ("name", "wrong"), [("prompts.yaml", "prompt.yaml"), ("script.yaml", "scripts.yaml")]
)
def test_a_file_under_a_name_like_its_own(name: str, wrong: str, tmp_path: Path) -> None:
    folder = copy_of_real(tmp_path)
    (folder / name).rename(folder / wrong)
    missing = next(problem for problem in check(folder) if problem.code == "no_file")
    assert missing.file == name and wrong in missing.hint
    assert not [problem for problem in check(folder) if problem.file == wrong]


def test_yml_is_not_silently_left_out(tmp_path: Path) -> None:
    folder = copy_of_real(tmp_path)
    (folder / "human.yaml").rename(folder / "human.yml")
    assert ("human.yml", "file_name") in {(p.file, p.code) for p in check(folder)}


def test_the_version_is_the_content(tmp_path: Path) -> None:
    first = load(REAL)
    folder = copy_of_real(tmp_path)
    assert load(folder).version == first.version
    edit(folder, PROMPTS, "我说慢一点", "我慢慢说")
    second = load(folder)
    assert second.version != first.version
    changed = {p for p, v in second.prompt_versions.items() if first.prompt_versions[p] != v}
    assert changed == {"slower"}
    (folder / "invalid.yaml").rename(folder / "other.yaml")
    assert load(folder).version not in (first.version, second.version)


def test_manner_is_part_of_a_prompts_version(tmp_path: Path) -> None:
    first = load(REAL)
    folder = copy_of_real(tmp_path)
    edit(folder, PROMPTS, "slower: 好的，我说慢一点。", "slower: {text: 好的，我说慢一点。, bargein: false}")
    second = load(folder)
    assert second.prompt_versions["slower"] != first.prompt_versions["slower"]


def test_problems_print_with_their_place() -> None:
    problem = Problem("a.yaml", 3, 5, "x", "写错了", "请改")
    assert str(problem) == "a.yaml:3:5: 写错了（请改）"
    assert problem.as_dict()["line"] == 3
    assert "a.yaml:3:5" in str(ScriptBroken([problem]))
