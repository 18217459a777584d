"""Whatever stands where in a script, the check tells what is wrong and never fails itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.loader import check, load
from dialogs.problems import ScriptBroken
from dialogs.schema import STEP_KEYS
from dialogs.source import Data, Where, read

BASE = Path(__file__).parent / "broken" / "base"
FILES = {path.name: read(path.name, path.read_bytes()).data for path in sorted(BASE.glob("*.yaml"))}

words = st.sampled_from(
    [*STEP_KEYS, "record", "phone", "platform", "farewell", "no", "010", "{phone}", "x：y", "12345"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99) | st.floats(allow_nan=False, allow_infinity=False) | words | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def places(data: Data, where: Where = ()) -> list[Where]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [where, *(place for key, value in inner for place in places(value, (*where, key)))]


def replaced(data: Data, where: Where, value: Data) -> Data:
    if not where:
        return value
    if isinstance(data, dict):
        return {key: replaced(old, where[1:], value) if key == where[0] else old for key, old in data.items()}
    assert isinstance(data, list)
    return [replaced(old, where[1:], value) if index == where[0] else old for index, old in enumerate(data)]


PLACES = [(file, where) for file, data in FILES.items() for where in places(data)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=3))
def test_it_never_raises_and_agrees_with_loading(changes: list[tuple[tuple[str, Where], Data]]) -> None:
    files = dict(FILES)
    for (file, where), value in changes:
        if where in places(files[file]):
            files[file] = replaced(files[file], where, value)
    with TemporaryDirectory() as name:
        folder = Path(name) / "script"
        shutil.copytree(BASE, folder)
        for file, data in files.items():
            if data != FILES[file]:
                (folder / file).write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        problems = check(folder)
        assert all(p.line >= 1 and p.column >= 1 and p.message for p in problems)
        try:
            load(folder)
        except ScriptBroken as broken:
            assert list(broken.problems) == problems
        else:
            assert problems == []
