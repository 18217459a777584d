"""全时全域全量: what the records of a span of days are about, beside the span before. Counts only.

Read from the sorting table and its words, which hold no personal field (DESIGN: copies for analysis); a record's
own text is never opened here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from data.assignments import target_name
from data.campaigns import campaigns
from data.case_numbers import SHANGHAI_TIME
from data.dispatch_rules import dispatch_rules
from data.engine import reading
from data.ledger import Ledger
from data.office_tables import IncidentRow, NoteRow, RelationRow, SortingRow, WordRow
from data.tables import AlertRow
from data.understanding import Frozen

_COLUMNS = ("kind", "trade", "goods", "issue", "district", "topic", "platform")
NOT_KNOWN = "未知"
_AT_ONCE = 20_000
RARE = 5
"""A word said in fewer records than this is no hot word."""


class Count(Frozen):
    """before: in the span of the same length before this one."""

    name: str
    n: int
    before: int = 0

    @property
    def change(self) -> float | None:
        """As a share of before; None when there was nothing before."""
        return (self.n - self.before) / self.before if self.before else None


class Analysis(Frozen):
    """since..until, half open. hours: records by hour of the day, Shanghai time."""

    since: datetime
    until: datetime
    records: Count
    kinds: tuple[Count, ...]
    trades: tuple[Count, ...]
    goods: tuple[Count, ...]
    issues: tuple[Count, ...]
    words: tuple[Count, ...]
    hours: tuple[int, ...]
    days: tuple[Count, ...]
    districts: tuple[Count, ...]
    lines: tuple[Count, ...]
    campaigns: tuple[Count, ...]
    platforms: tuple[Count, ...]
    repeats: tuple[Count, ...]
    notes: int
    """Records with an internal art. 17 note."""
    unsorted: int
    """Records still to be sorted: they are counted, but not yet by district, line or word."""
    incidents: tuple[Count, ...]
    """By level."""
    emergencies: int
    open_alerts: int
    """Incidents and emergencies nobody has taken note of, of any day."""


class AnalysisBook(Ledger):
    """The analysis."""

    def analyse(self, since: datetime, until: datetime, top: int = 10) -> Analysis:
        """What came in since..until. Raises StoreDown; ValueError for an empty span."""
        if until <= since:
            raise ValueError("until must be later than since")
        with reading(self.engine) as session:
            return _Spans(session, since, until, top).analysis()


class _Spans:
    """The span and the one before it, counted in one pass; lives inside one `analyse`."""

    def __init__(self, session: Session, since: datetime, until: datetime, top: int) -> None:
        self.session, self.since, self.until, self.top = session, since, until, top
        self.before = since - (until - since)
        self.now, self.earlier = ({name: Counter[str | None]() for name in _COLUMNS} for _span in range(2))
        self.hours, self.days = [0] * 24, Counter[str]()
        self.unsorted = 0

    def analysis(self) -> Analysis:
        self._pass()
        return Analysis(
            since=self.since,
            until=self.until,
            records=Count(name="全部", n=self.now["kind"].total(), before=self.earlier["kind"].total()),
            kinds=self._most("kind"),
            trades=self._most("trade"),
            goods=self._most("goods"),
            issues=self._most("issue"),
            words=_hot(self._words())[: self.top],
            hours=tuple(self.hours),
            days=tuple(Count(name=day, n=n) for day, n in sorted(self.days.items())),
            districts=self._most("district", dispatch_rules().place_name),
            lines=self._most("topic", lambda code: target_name("line", code)),
            campaigns=self._campaigns(),
            platforms=self._most("platform", missing=False),
            repeats=self._repeats(),
            notes=self._number(
                select(func.count(col(NoteRow.record_id).distinct()))
                .join(SortingRow, col(SortingRow.record_id) == col(NoteRow.record_id))
                .where(self._within(col(SortingRow.created_at)))
            ),
            unsorted=self.unsorted,
            incidents=self._incidents(),
            emergencies=self._number(
                select(func.count()).select_from(AlertRow).where(self._within(col(AlertRow.created_at)))
            ),
            open_alerts=self._number(
                select(func.count()).select_from(IncidentRow).where(col(IncidentRow.acked_at).is_(None))
            )
            + self._number(
                select(func.count()).select_from(AlertRow).where(col(AlertRow.acked_at).is_(None))
            ),
        )

    def _pass(self) -> None:
        """Column by column over many rows at once: what a Counter does fast."""
        connection = self.session.connection()
        columns = [getattr(SortingRow, name) for name in _COLUMNS]
        for counts, start, end in (
            (self.now, self.since, self.until),
            (self.earlier, self.before, self.since),
        ):
            query = select(col(SortingRow.created_at), col(SortingRow.due), *columns).where(
                col(SortingRow.created_at) >= start, col(SortingRow.created_at) < end
            )
            for rows in connection.execute(query).partitions(_AT_ONCE):
                times, due, *values = zip(*rows, strict=True)
                for name, column in zip(_COLUMNS, values, strict=True):
                    counts[name].update(column)
                if counts is self.now:
                    self.unsorted += sum(due)
                    self._times(times)

    def _times(self, times: Sequence[datetime]) -> None:
        for at in times:
            local = at.astimezone(SHANGHAI_TIME)
            self.hours[local.hour] += 1
            self.days[f"{local:%m-%d}"] += 1

    def _most(
        self, name: str, shown: Callable[[str], str] | None = None, *, missing: bool = True
    ) -> tuple[Count, ...]:
        """The most frequent first; missing: those without a value are counted too."""
        found = []
        for value, n in self.now[name].most_common():
            if value is not None or missing:
                told = NOT_KNOWN if value is None else value if shown is None else shown(value)
                found.append(Count(name=told, n=n, before=self.earlier[name][value]))
        return tuple(found[: self.top])

    def _words(self) -> list[Count]:
        """Every word of the tables with the records that hold it, in both spans."""
        now, before = (
            {
                word: int(n)
                for word, n in self.session.execute(
                    select(col(WordRow.word), func.count())
                    .where(col(WordRow.created_at) >= start, col(WordRow.created_at) < end)
                    .group_by(col(WordRow.word))
                )
            }
            for start, end in ((self.since, self.until), (self.before, self.since))
        )
        return [Count(name=word, n=n, before=before.get(word, 0)) for word, n in now.items()]

    def _campaigns(self) -> tuple[Count, ...]:
        """Records that hold a word of a campaign that runs; a record may belong to several."""
        today = self.until.astimezone(SHANGHAI_TIME).date()
        running = [campaign for campaign in campaigns().campaigns if campaign.runs(today)]
        record, word, at = col(WordRow.record_id), col(WordRow.word), col(WordRow.created_at)
        columns = [func.count(case((word.in_(campaign.words), record)).distinct()) for campaign in running]
        now, before = (
            self.session.execute(select(*columns).where(at >= start, at < end)).one() if running else ()
            for start, end in ((self.since, self.until), (self.before, self.since))
        )
        made = [
            Count(name=campaign.name, n=int(n), before=int(then))
            for campaign, n, then in zip(running, now, before, strict=True)
        ]
        return tuple(sorted(made, key=lambda one: -one.n))

    def _repeats(self) -> tuple[Count, ...]:
        rows = self.session.execute(
            select(col(RelationRow.relation), func.count())
            .join(SortingRow, col(SortingRow.record_id) == col(RelationRow.record_id))
            .where(self._within(col(SortingRow.created_at)))
            .group_by(col(RelationRow.relation))
        )
        return tuple(sorted((Count(name=name, n=int(n)) for name, n in rows), key=lambda one: -one.n))

    def _incidents(self) -> tuple[Count, ...]:
        rows = self.session.execute(
            select(col(IncidentRow.level), func.count())
            .where(self._within(col(IncidentRow.last_at)))
            .group_by(col(IncidentRow.level))
        )
        return tuple(Count(name=name, n=int(n)) for name, n in rows)

    def _within(self, column: Mapped[datetime]) -> ColumnElement[bool]:
        return and_(column >= self.since, column < self.until)

    def _number(self, query: Select[int]) -> int:
        return int(self.session.scalar(query) or 0)


def _hot(words: list[Count]) -> tuple[Count, ...]:
    """The words that grew most, by how unlikely the growth is by chance (a Poisson count's square root)."""
    often = [word for word in words if word.n >= RARE]
    return tuple(sorted(often, key=lambda one: (one.before - one.n) / math.sqrt(one.before + 1)))
