"""YAML as a trainer means it: 1.2, nothing guessed, everything with its place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialogs.source import read


def test_yaml_1_2_and_no_surprises() -> None:
    text = "a: no\nb: 010\nc: 12:30\nd: true\ne: 8\nf: 0.5\ng: '8'\nh:\ni: on\nj: 1e3\nk: 0x10\nl: -3\n"
    assert read("f.yaml", text.encode()).data == {
        "a": "no", "b": "010", "c": "12:30", "d": True, "e": 8, "f": 0.5, "g": "8", "h": None,
        "i": "on", "j": "1e3", "k": "0x10", "l": -3,
    }  # fmt: skip


def test_places_count_from_one() -> None:
    source = read("f.yaml", "a: 1\nb:\n  - x: 二\n    y: [3, 4]\n".encode())
    assert source.mark(("a",)) == (1, 4)
    assert source.key_mark(("b", 0, "y")) == (4, 5)
    assert source.mark(("b", 0, "y", 1)) == (4, 12)
    assert source.mark(("b", 0, "nothing", 7)) == (3, 5)


def test_a_bom_and_windows_lines_are_read() -> None:
    source = read("f.yaml", "\ufeffa: 1\r\nb: 2\r\n".encode())
    assert source.data == {"a": 1, "b": 2}
    assert source.key_mark(("b",))[0] == 2


def test_a_key_named_twice_keeps_the_first() -> None:
    source = read("f.yaml", b"a: 1\na: 2\na: 3\n")
    assert source.data == {"a": 1}
    assert [(p.line, p.code) for p in source.problems] == [(2, "duplicate_key"), (3, "duplicate_key")]


@given(st.binary(max_size=60) | st.text("ab:- \n\t\"'{}[]&*!|>%@`#,：一", max_size=60).map(str.encode))
def test_reading_never_raises(content: bytes) -> None:
    for problem in read("f.yaml", content).problems:
        assert problem.line >= 1 and problem.column >= 1 and problem.message and problem.hint
