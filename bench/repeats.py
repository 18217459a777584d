"""How well repeats are told: the rules of data/repeats.py on pairs written by hand (bench/repeat_pairs.yaml).

Per relation precision and recall; a pair with another relation than written counts against both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ruamel.yaml import YAML

from data.repeats import Relation, Traits, relate
from data.understanding import Frozen
from data.vocabulary import Kind

PAIRS = Path(__file__).parent / "repeat_pairs.yaml"
_NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


class Side(Frozen):
    kind: Kind = Kind.COMPLAINT
    caller: str = "the caller"
    channel: str = "12315"
    platform: str | None = None
    respondent: str | None = None
    order_no: str | None = None
    amount: float | None = None
    product: str | None = None
    account: str

    def traits(self, name: str, at: datetime) -> Traits:
        brought = {"order_no", "amount"} & self.model_fields_set
        return Traits(record_id=name, call_id=name, at=at, evidence=frozenset(brought), **self.model_dump())


class Pair(Frozen):
    first: Side
    second: Side
    days: int = 5
    relation: Relation | None

    def told(self) -> Relation | None:
        """What the rules say."""
        old = self.first.traits("first", _NOON)
        found = relate(self.second.traits("second", _NOON + timedelta(days=self.days)), [old])
        return None if found is None else found.relation


class Pairs(Frozen):
    pairs: tuple[Pair, ...]


class RepeatScore(Frozen):
    """precision and recall are None where nothing was told or written."""

    n: int
    right: int
    by_relation: dict[str, tuple[float | None, float | None, int]]
    """(precision, recall, pairs) by name."""
    linked: tuple[float, float]
    """Precision and recall of being one matter at all (every relation but 新事项)."""
    wrong: tuple[tuple[int, str, str], ...]
    """(pair from 1, written, told)."""


def load_pairs() -> tuple[Pair, ...]:
    yaml = YAML(typ="safe", pure=True)
    return Pairs.model_validate(yaml.load(PAIRS.read_text(encoding="utf-8"))).pairs


def score(pairs: Sequence[tuple[int, Pair]]) -> RepeatScore:
    """pairs: with their numbers from 1."""
    written = [pair.relation for _, pair in pairs]
    told = [pair.told() for _, pair in pairs]
    hits = Counter(one for one, other in zip(written, told, strict=True) if one is other)
    wanted, said = Counter(written), Counter(told)
    by_relation = {
        relation.value: (
            hits[relation] / said[relation] if said[relation] else None,
            hits[relation] / wanted[relation] if wanted[relation] else None,
            wanted[relation],
        )
        for relation in Relation
    }
    apart = (None, Relation.NEW_MATTER)
    both = sum(one not in apart and other not in apart for one, other in zip(written, told, strict=True))
    linked = (
        both / max(1, sum(one not in apart for one in told)),
        both / max(1, sum(one not in apart for one in written)),
    )
    wrong = tuple(
        (number, _name(pair.relation), _name(other))
        for (number, pair), other in zip(pairs, told, strict=True)
        if pair.relation is not other
    )
    return RepeatScore(
        n=len(written), right=sum(hits.values()), by_relation=by_relation, linked=linked, wrong=wrong
    )


def _name(relation: Relation | None) -> str:
    return "无关" if relation is None else relation.value
