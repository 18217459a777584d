"""The trainers' walk is true: its files are written, its commands run, and what they print is what the page says.

A `text` block after a command is what it prints: `…` stands for anything in a line, a line `……` for any lines.
Lines of it that begin with 市民 are typed.
"""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.kit import Understand
from app.assembly import open_store, open_understander, understand_with
from app.cli import app
from app.settings import Settings
from dialogs.loader import load
from qa.persona import Persona
from qa.text_loop import run_persona_by_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "trainers.zh.md").read_text("utf-8")
SCRIPT = Path("dialogs/scripts/12315")

#: Yesterday's callers.
CALLERS = [
    {
        "persona": "a_sick_puppy",
        "opening": "我在宠物店花三千块买的，第二天就生病了，我要投诉，要求退款。",
        "answers": {"respondent": "快乐宠物店", "name": "赵敏", "phone": "一三八零零零零一二三四"},
        "unknown": "不知道",
        "expect": {},
    },
    {
        "persona": "a_broken_cooker",
        "opening": "我在淘宝上买了一个电饭锅，三百二十块，用了一次就坏了，要求退货。",
        "answers": {"name": "吴军", "phone": "一三八零零零零六五四三"},
        "unknown": "不知道",
        "expect": {},
    },
]


@dataclass(frozen=True)
class Block:
    kind: str
    about: str
    text: str
    line: int


def blocks() -> list[Block]:
    found = re.finditer(r"^```(\w+)(?: ([^\n]+))?\n(.*?)^```$", PAGE, re.S | re.M)
    return [Block(m[1], m[2] or "", m[3], PAGE[: m.start()].count("\n") + 1) for m in found]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A trainer's computer: the real script, deployed, and calls of yesterday. Gives the id of one of them."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / SCRIPT, SCRIPT)
    for name, value in {"HOME": "var", "SCRIPT": str(SCRIPT), "ENCODER": "false"}.items():
        monkeypatch.setenv(f"SMARTSEAT_{name}", value)
    assert CliRunner().invoke(app, ["dialogs", "deploy", "--by", "班长", "--note", "开始用"]).exit_code == 0
    return asyncio.run(_yesterday(Settings()))


async def _yesterday(settings: Settings) -> str:
    script = load(settings.script)
    understand: Understand = understand_with(open_understander(settings, script))
    store = open_store(settings)
    try:
        with ThreadPoolExecutor(1) as writer:
            runs = [
                await run_persona_by_text(Persona.model_validate(caller), script, understand, store, writer)
                for caller in CALLERS
            ]
    finally:
        store.close()
    return runs[-1].call_id


def test_the_walk(desk: str) -> None:
    walk = iter(blocks())
    waiting: str | None = None
    for block in walk:
        match block.kind, block.about.split():
            case "yaml", ["新建", file]:
                path = SCRIPT / file
                assert not path.exists(), f"line {block.line}: {file} is there already"
                path.parent.mkdir(exist_ok=True)
                path.write_text(block.text, "utf-8")
            case "yaml", ["加到", file]:
                path = SCRIPT / file
                path.write_text(path.read_text("utf-8").rstrip("\n") + "\n" + block.text, "utf-8")
            case "yaml", ["原来", file]:
                instead = next(walk)
                assert (instead.kind, instead.about) == ("yaml", f"改成 {file}"), f"line {block.line}"
                path = SCRIPT / file
                text = path.read_text("utf-8")
                assert text.count(block.text) == 1, f"line {block.line}: not once in {file}"
                path.write_text(text.replace(block.text, instead.text), "utf-8")
            case "sh", []:
                *before, last = block.text.replace("编号", desk).splitlines()
                for command in before:
                    _run(command, "", block.line)
                waiting = last
            case "text", []:
                assert waiting is not None, f"line {block.line}: what a command prints, without the command"
                _compare(_run(waiting, _typed(block.text), block.line), block)
                waiting = None
            case _:
                pytest.fail(f"line {block.line}: what is a block of {block.kind} {block.about}?")
        if block.kind != "sh":
            assert waiting is None, f"line {block.line}: a command was not run"
    assert waiting is None


def _typed(text: str) -> str:
    return "".join(
        line.removeprefix("市民 ") + "\n" for line in text.splitlines() if line.startswith("市民 ")
    )


def _run(command: str, typed: str, line: int) -> str:
    program, *words = shlex.split(command)
    assert program == "smartseat", f"line {line}"
    result = CliRunner().invoke(app, words, input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), (line, result.exception)
    return result.output


def _compare(printed: str, block: Block) -> None:
    wanted = [line for line in block.text.splitlines() if not line.startswith("市民 ")]
    got = "".join(line.rstrip() + "\n" for line in printed.replace("市民 ", "").splitlines())
    pattern = "".join(
        r"(?:.*\n)*?" if line == "……" else ".*?".join(map(re.escape, line.rstrip().split("…"))) + "\n"
        for line in wanted
    )
    assert re.fullmatch(pattern, got), f"line {block.line}: {block.text}\nis not what is printed:\n{got}"


def test_every_command_of_the_page_is_explained_without_words_of_programmers() -> None:
    prose = re.sub(r"```.*?```|`[^`]*`", "", PAGE, flags=re.S)
    for word in ("函数", "变量", "代码", "正则", "编译", "参数", "Python", "JSON", "git", "commit", "分支"):
        assert word not in prose, word
