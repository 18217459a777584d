"""What coverage counts, and where it points."""

from __future__ import annotations

from pathlib import Path

from dialogs import ways
from dialogs.loader import load_placed
from dialogs.ways import Way, coverage

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"


def test_nothing_walked_and_all_walked() -> None:
    script, places = load_placed(REAL)
    nothing = coverage(script, places, [])
    assert (nothing.steps, nothing.branches) == (0, 0)
    every = ways.steps(script) | ways.branches(script)
    assert len(nothing.unreached) == len(every)
    whole = coverage(script, places, every)
    assert (whole.steps, whole.branches, whole.unreached) == (1, 1, ())


def test_each_way_points_at_its_line() -> None:
    script, places = load_placed(REAL)
    for place, way in coverage(script, places, []).unreached:
        line = (REAL / place.file).read_text("utf-8").splitlines()[place.line - 1].strip()
        match way.way:
            case ways.WHEN | ways.UNLESS:
                assert line.startswith("when:"), (place, way)
            case ways.GIVEN | ways.REFUSED | ways.FOUND | ways.MISSING | ways.MOVED | ways.NOT_MOVED:
                assert line.startswith(f"{way.way}:"), (place, way)
            case _:
                assert line.startswith("- "), (place, way)


def test_a_branch_without_else_counts_its_way_round() -> None:
    script, _ = load_placed(Path(__file__).parents[1] / "agent" / "script")
    branches = ways.branches(script)
    assert Way("complaint", "refer_to_platform", ways.GIVEN) in branches
