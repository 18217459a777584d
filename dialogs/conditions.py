"""The small, safe expression language of `when:` — names of slots and facts, and/or/not, comparisons.

`platform and not declined('order_no')`, `amount > 500`, `intent == 'complaint_online'`. Nothing is ever
executed: an expression is parsed, checked against what is allowed, and walked.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

Fact = bool | int | float | str | tuple[str, ...] | None
Facts = Mapping[str, Fact]

_COMPARE: dict[type[ast.cmpop], Callable[[Fact, Fact], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ORDER: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
#: Functions a condition may call, each with one quoted name: declined('phone'), consent('refer_to_platform').
FUNCTIONS = ("declined", "consented")
MAX_LENGTH = 300
#: Up to so many independent parts every combination is looked at.
_MOST_LEAVES = 8


class BadCondition(ValueError):
    """The expression is not one a script may use; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked expression. `names` are the slots and facts it reads, for the linter."""

    text: str
    names: frozenset[str]
    tree: ast.expr

    @property
    def calls(self) -> tuple[tuple[str, str], ...]:
        """The functions it calls, each with its argument: ("declined", "phone")."""
        found: list[tuple[str, str]] = []
        for node in ast.walk(self.tree):
            match node:
                case ast.Call(func=ast.Name(id=function), args=[ast.Constant(value=str() as argument)]):
                    found.append((function, argument))
        return tuple(found)

    @property
    def needs(self) -> frozenset[str]:
        """The names that surely hold a value wherever the condition holds: `platform and amount > 5`."""
        return _needs(self.tree)

    @property
    def comparisons(self) -> tuple[tuple[str, ast.cmpop, bool | int | float | str], ...]:
        """Each name it compares with a value, with the operator: `intent == 'consult'`, `'退货' in demand`."""
        found: list[tuple[str, ast.cmpop, bool | int | float | str]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Compare):
                sides = (node.left, *node.comparators)
                for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
                    match left, right:
                        case (
                            ast.Name(id=name),
                            ast.Constant(value=bool() | int() | float() | str() as value),
                        ):
                            found.append((name, op, value))
                        case (
                            ast.Constant(value=bool() | int() | float() | str() as value),
                            ast.Name(id=name),
                        ):
                            found.append((name, op, value))
        return tuple(found)

    def holds(self, facts: Facts) -> bool:
        """Whether it is true. A name without a value is false; it is never an error."""
        return bool(_value(self.tree, facts))


def parse(text: str) -> Condition:
    """Check `text`. Raises BadCondition."""
    if len(text) > MAX_LENGTH:
        raise BadCondition(f"条件太长（超过 {MAX_LENGTH} 个字），请拆成几个步骤")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        names: set[str] = set()
        _check(tree, text, names)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, BadCondition):
            raise
        raise BadCondition(f"条件“{text}”写得不完整，请写成例如：platform and amount > 500") from error
    return Condition(text, frozenset(names), tree)


def can_hold(wanted: Sequence[tuple[Condition, bool]], surely: Mapping[str, frozenset[str]]) -> bool:
    """Whether there are facts with which each condition is what is wanted of it.

    surely: what a name can hold, for some names; nothing, where the set is empty. A no is certain; a yes may
    be wrong where conditions hang together in ways not looked at (`amount > 5` and `amount < 3`).
    """
    leaves = {ast.dump(leaf): leaf for condition, _ in wanted for leaf in _leaves(condition.tree)}
    fixed = sorted({name for leaf in leaves.values() for name in _names(leaf)} & surely.keys())
    free = [key for key, leaf in leaves.items() if not _names(leaf) or not set(_names(leaf)) <= surely.keys()]
    if len(free) > _MOST_LEAVES:
        return True
    choices: list[list[Fact]] = [[*sorted(surely[name])] or [None] for name in fixed]
    for values in product(*choices):
        facts: dict[str, Fact] = dict(zip(fixed, values, strict=True))
        given = {key: bool(_value(leaf, facts)) for key, leaf in leaves.items() if key not in free}
        for choice in product((False, True), repeat=len(free)):
            truth = given | dict(zip(free, choice, strict=True))
            if _one_value_each(leaves, truth) and all(_holds(c.tree, truth) is want for c, want in wanted):
                return True
    return False


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    """What `and`, `or` and `not` put together."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                yield from _leaves(value)
        case ast.UnaryOp(operand=operand):
            yield from _leaves(operand)
        case _:
            yield node


def _names(leaf: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(leaf) if isinstance(node, ast.Name)]


def _holds(node: ast.expr, truth: Mapping[str, bool]) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_holds(value, truth) for value in values)
        case ast.BoolOp(values=values):
            return any(_holds(value, truth) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _holds(operand, truth)
        case _:
            return truth[ast.dump(node)]


def _one_value_each(leaves: Mapping[str, ast.expr], truth: Mapping[str, bool]) -> bool:
    """A name equals one value at most."""
    equal: dict[str, object] = {}
    for key, leaf in leaves.items():
        match leaf:
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=value)]):
                if truth[key] and equal.setdefault(name, value) != value:
                    return False
    return True


def _needs(node: ast.expr) -> frozenset[str]:
    match node:
        case ast.Name(id=name):
            return frozenset({name})
        case ast.BoolOp(op=ast.And(), values=values):
            return frozenset().union(*map(_needs, values))
        case ast.Compare(left=left, ops=[op], comparators=[other]) if type(op) in _ORDER:
            return _needs(left) | _needs(other)
        case _:
            return frozenset()


def _check(node: ast.expr, text: str, names: set[str]) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value, text, names)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand, text, names)
        case ast.Compare(left=left, ops=ops, comparators=others):
            for value in (left, *others):
                _check(value, text, names)
            for op in ops:
                if type(op) not in {*_COMPARE, *_ORDER, ast.In, ast.NotIn}:
                    raise BadCondition(f"条件“{text}”里的比较只能用 == != < <= > >= in")
        case ast.Name(id=name):
            names.add(name)
        case ast.Constant(value=str() | int() | float()):
            pass
        case ast.Call(func=ast.Name(id=function), args=[ast.Constant(value=str())], keywords=[]):
            if function not in FUNCTIONS:
                raise BadCondition(f"条件“{text}”里没有“{function}()”，只能用 {'、'.join(FUNCTIONS)}")
        case _:
            raise BadCondition(f"条件“{text}”太复杂，只能用名称、and、or、not 和比较")


def _value(node: ast.expr, facts: Facts) -> Fact:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(value, facts) for value in values)
        case ast.BoolOp(values=values):
            return any(_value(value, facts) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _value(operand, facts)
        case ast.Compare(left=left, ops=ops, comparators=others):
            before = _value(left, facts)
            for op, other in zip(ops, others, strict=True):
                after = _value(other, facts)
                if not _compare(op, before, after):
                    return False
                before = after
            return True
        case ast.Name(id=name):
            return facts.get(name)
        case ast.Constant(value=str() | int() | float() as constant):
            return constant
        case ast.Call(func=ast.Name(id=function), args=[ast.Constant(value=str() as argument)]):
            return facts.get(f"{function}:{argument}")
    raise BadCondition("unchecked expression")


def _compare(op: ast.cmpop, left: Fact, right: Fact) -> bool:
    if type(op) in _COMPARE:
        return _COMPARE[type(op)](left, right)
    if type(op) in _ORDER:
        if isinstance(left, int | float) and isinstance(right, int | float):
            return _ORDER[type(op)](left, right)
        return False
    held = isinstance(right, tuple | str) and isinstance(left, str) and left in right
    return held if isinstance(op, ast.In) else not held
