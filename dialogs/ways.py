"""The ways through a script: each step, and each way a step can turn. What coverage counts and graphs draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dialogs.schema import Branch, ConsentStep, Lookup, More, OnCase, Step, TransferCall
from dialogs.script import Node, Script
from dialogs.source import Mark, Where

#: The step itself; its condition held, or did not; the two ways of a consent, a lookup, a transfer, a `more`, a
#: known case.
ENTERED, WHEN, UNLESS = "entered", "when", "unless"
GIVEN, REFUSED = "given", "refused"
FOUND, MISSING = "found", "missing"
CONNECTED, FAILED = "connected", "failed"
ANOTHER, NOTHING = "another", "nothing"
MOVED, NOT_MOVED = "done", "closed"
#: No arm of a branch held, and it has no else.
NO_ARM = "no_arm"


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """One way through one step. way: a name above, or `arm(n)`."""

    flow: str
    step: str
    way: str = ENTERED


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is written; line counts from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class StepSource:
    """Where a step is written: `where` in the file's data, and the marks of every value and key there."""

    file: str
    where: Where
    values: Mapping[Where, Mark]
    keys: Mapping[Where, Mark]

    def place(self, *below: str | int) -> Place:
        """The line of the step, or of the part `below` it."""
        where = (*self.where, *below)
        mark = self.keys.get(where) or self.values.get(where) or self.values.get(self.where, (1, 1))
        return Place(self.file, mark[0])


#: Where each step of a script is written, by flow and step id.
Places = Mapping[tuple[str, str], StepSource]


def arm(number: int) -> str:
    """The way into a branch's arm, counted from 0."""
    return f"arm_{number}"


def steps(script: Script) -> frozenset[Way]:
    """Every step."""
    return frozenset(Way(flow.name, name) for flow in script.flows.values() for name in flow.nodes)


def branches(script: Script) -> frozenset[Way]:
    """Every way a step can turn: conditions both ways, arms, consents, lookups, transfers, other matters."""
    return frozenset(
        Way(flow.name, name, way)
        for flow in script.flows.values()
        for name, node in flow.nodes.items()
        for way in turns(node)
    )


def turns(node: Node) -> tuple[str, ...]:
    """The ways one step can turn; none for a step that only leads on."""
    found: list[str] = [WHEN, UNLESS] if node.when is not None else []
    match node.step:
        case Branch():
            found += [arm(number) for number in range(len(node.arms))]
            if all(condition is not None for condition, _ in node.arms):
                found.append(NO_ARM)
        case ConsentStep():
            found += [GIVEN, REFUSED]
        case Lookup():
            found += [FOUND, MISSING]
        case TransferCall():
            found += [CONNECTED, FAILED]
        case More():
            found += [ANOTHER, NOTHING]
        case OnCase():
            found += [MOVED, NOT_MOVED]
        case _:
            pass
    return tuple(found)


def place_of(way: Way, step: Step, source: StepSource) -> Place:
    """The line a trainer looks at for this way."""
    if way.way in (WHEN, UNLESS):
        return source.place("when")
    if way.way in (GIVEN, REFUSED, FOUND, MISSING, FAILED, MOVED, NOT_MOVED):
        return source.place(way.way)
    if isinstance(step, Branch) and way.way.startswith("arm_"):
        return source.place("branch", int(way.way.removeprefix("arm_")))
    return source.place()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What of a script was walked. Shares are 0..1; unreached in the order of files and lines."""

    steps: float
    branches: float
    unreached: tuple[tuple[Place, Way], ...]


def coverage(script: Script, places: Places, walked: Iterable[Way]) -> Coverage:
    """How much of `script` the calls that `walked` went through."""
    seen = set(walked)
    every_step, every_branch = steps(script), branches(script)
    unreached = [
        (place_of(way, script.node(way.flow, way.step).step, places[way.flow, way.step]), way)
        for way in (every_step | every_branch) - seen
    ]
    return Coverage(
        steps=_share(every_step, seen),
        branches=_share(every_branch, seen),
        unreached=tuple(sorted(unreached)),
    )


def _share(every: frozenset[Way], seen: set[Way]) -> float:
    return len(every & seen) / len(every) if every else 1.0
