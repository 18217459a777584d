"""Story files: read whole, or every mistake told with its place and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.vocabulary import Intent, Kind, Outcome, Slot
from dialogs.loader import load
from dialogs.problems import Problem
from dialogs.script import Script
from dialogs.stories import Line, StoriesBroken, WrittenStory, load_stories, read_stories
from dialogs.story_writing import story_yaml

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


@pytest.fixture(scope="module")
def script() -> Script:
    return load(REAL)


def read(script: Script, text: str) -> tuple[list[WrittenStory], list[Problem]]:
    return read_stories("stories/one.yaml", text.encode(), script)


WHOLE = """\
answers: {phone: "13800001234#", name: 王芳}
stories:
  - story: 一个故事
    line: "12345"
    caller_no: "13900007788"
    today: 2026-11-20
    cases: {"000042": {phone: "13800001234", status: 已登记}}
    desk: true
    answers: {name: 李强}
    talk:
      - seat: [greeting.12345, narrative.ask]
        text: 合成语音
      - caller: 我要投诉
        over: greeting.12345
        meaning: {intent: complaint_other, acts: [inform], slots: {amount: 399, demand: [退货]}}
      - silence
      - until: read_back.ask
      - keys: "123#"
      - happens: hang_up
        over: read_back.ask
    expect:
      kind: 投诉
      slots: {amount: 399, name: null, demand: [退货]}
      consents: {refer_to_platform: not_asked}
      flags: {emergency: fire, mass_incident: false}
      outcome: lodged
      referred: []
      callback: null
      events: {slot_corrected: 2}
"""


def test_a_whole_story(script: Script) -> None:
    [story], problems = read(script, WHOLE)
    assert problems == []
    assert (story.number, story.expect_line) == (3, 21)
    assert story.story.answers == {Slot.PHONE: "13800001234#", Slot.NAME: "李强"}
    kinds = [
        line.line.happens or next(k for k in ("seat", "caller", "until", "keys") if getattr(line.line, k))
        for line in story.talk
    ]
    assert kinds == ["seat", "caller", "silence", "until", "keys", "hang_up"]
    meaning = story.talk[1].line.meaning
    assert meaning is not None
    assert meaning.intent == (Intent.COMPLAINT_OTHER,)
    assert meaning.slots == {Slot.AMOUNT: 399, Slot.DEMAND: ("退货",)}
    expect = story.expect
    assert (expect.kind, expect.outcome) == (Kind.COMPLAINT, Outcome.LODGED)
    assert expect.slots == {Slot.AMOUNT: 399, Slot.NAME: None, Slot.DEMAND: ("退货",)}
    assert expect.expects("callback")
    assert not expect.expects("intent")


def test_what_is_written_is_read_the_same(script: Script) -> None:
    [story], _ = read(script, WHOLE)
    text = "stories:\n" + story_yaml(story.story, [line.line for line in story.talk], story.expect)
    [again], problems = read(script, text)
    assert problems == []
    assert again.story == story.story
    assert [line.line for line in again.talk] == [line.line for line in story.talk]
    assert again.expect == story.expect


@pytest.mark.parametrize(
    "text",
    [
        "对",
        "no",
        "true",
        "silence",
        "12315",
        "010",
        "a: b",
        "- x",
        "{a}",
        '说“对”"',
        "",
        "空 格 ",
        "# 井",
        "!x",
    ],
)
def test_any_words_survive_the_writing(script: Script, text: str) -> None:
    [story], _ = read(script, "stories:\n  - story: 甲\n    talk: []\n")
    written = "stories:\n" + story_yaml(story.story, [Line(caller=text)], story.expect)
    [again], problems = read(script, written)
    assert problems == []
    assert again.talk[0].line.caller == text


HEAD = "stories:\n  - story: 甲\n    talk:\n"


@pytest.mark.parametrize(
    ("text", "line", "code", "says"),
    [
        (HEAD + "      - seat: greting\n", 4, "unknown_prompt", "greeting"),
        (HEAD + "      - caler: 你好\n", 4, "unknown_key", "caller"),
        (HEAD + "      - caller: 你好\n        keys: '1'\n", 4, "bad_line", "只能写"),
        (HEAD + "      - text: 你好\n", 4, "bad_line", "谁说的"),
        (HEAD + "      - silent\n", 4, "wrong_type", "silence"),
        (HEAD + "      - keys: '1'\n        over: greeting\n", 5, "bad_line", "caller"),
        (HEAD + "      - until: read_back\n", 4, "unknown_prompt", "read_back"),
        (HEAD + "      - caller: 你好\n        meaning: {intnt: consult}\n", 5, "unknown_key", "intent"),
        (
            HEAD + "      - caller: 你好\n        meaning: {acts: [afirm]}\n",
            5,
            "unknown_value",
            "affirm",
        ),
        (
            "stories:\n  - story: 甲\n    talk: []\n    expect:\n      slots: {amont: 3}\n",
            5,
            "unknown_slot",
            "amount",
        ),
        (
            "stories:\n  - story: 甲\n    talk: []\n    expect:\n      outcom: lodged\n",
            5,
            "unknown_key",
            "outcome",
        ),
        (
            "stories:\n  - story: 甲\n    talk: []\n    expect:\n      consents: {refer: given}\n",
            5,
            "unknown_name",
            "refer",
        ),
        (
            "stories:\n  - story: 甲\n    talk: []\n    expect: {events: {slot_fill: 1}}\n",
            4,
            "unknown_name",
            "slot_filled",
        ),
        ("stories:\n  - story: 甲\n    talk: []\n    today: 11月\n", 4, "bad_date", "2026-11-24"),
        ("stories:\n  - story: 甲\n", 2, "wrong_type", "talk"),
        ("story: 甲\n", 1, "wrong_type", "stories"),
        ("stories:\n  - 甲\n", 2, "wrong_type", "story"),
        ("answrs: {}\nstories: []\n", 1, "unknown_key", "answers"),
    ],
)
def test_a_mistake_is_told_with_its_cure(script: Script, text: str, line: int, code: str, says: str) -> None:
    _, problems = read(script, text)
    assert [(p.line, p.code) for p in problems] == [(line, code)], [str(p) for p in problems]
    assert says in problems[0].message + problems[0].hint


def test_all_mistakes_of_a_file_at_once(script: Script) -> None:
    text = HEAD + "      - seat: greting\n      - caler: 你好\n    expect: {outcom: lodged}\n"
    _, problems = read(script, text)
    assert [p.line for p in problems] == [4, 5, 6]


def test_two_stories_of_one_name(script: Script, tmp_path: Path) -> None:
    (tmp_path / "stories").mkdir()
    for name in ("a", "b"):
        (tmp_path / "stories" / f"{name}.yaml").write_text(HEAD + "      - silence\n", "utf-8")
    with pytest.raises(StoriesBroken) as broken:
        load_stories(tmp_path, script)
    assert [(p.file, p.code) for p in broken.value.problems] == [("stories/b.yaml", "duplicate_story")]


def test_stories_are_no_part_of_the_version(script: Script, tmp_path: Path) -> None:
    for path in REAL.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert load(tmp_path).version == script.version
