"""诉求导航: a case as a fold over the changes made to it. Pure: no clock, no store; the table says what may be.

Every change is an Entry with who, why and when. `take` refuses what the table does not allow; `owed` says what
the clocks demand at a moment (a reminder, an escalation, a return from the company).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from data.case_numbers import SHANGHAI_TIME
from data.deadlines import DAY, Deadline, Pause, add_pause, deadline, nth_day
from data.tracking_rules import REGISTER, Move, Role, Term, TrackingRules
from data.understanding import Frozen
from data.vocabulary import Kind
from data.working_days import WorkCalendar

REMIND, ESCALATE, URGE, PAUSE, RESUME, EXTEND = "remind", "escalate", "urge", "pause", "resume", "extend"


class MoveRefused(ValueError):
    """The table does not allow this change now; the text says why, in Chinese, and names no person."""


class Entry(Frozen):
    """One change. who: a name or office; reason: a code of the move's reasons; why: words of a person.

    A person's change has a reason or words. term and percent: which clock a reminder or escalation is about.
    """

    at: datetime
    move: str
    role: Role
    who: str
    reason: str | None = None
    why: str | None = None
    term: str | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A running or stopped term.

    paused_on: the day its pause began; reminded: per cent reached and said; escalated: for which reasons.
    """

    term: str
    started: date
    deadline: Deadline
    extended: int = 0
    pauses: tuple[Pause, ...] = ()
    paused_on: date | None = None
    stopped: date | None = None
    reminded: frozenset[int] = frozenset()
    escalated: frozenset[str] = frozenset()

    @property
    def runs(self) -> bool:
        return self.stopped is None and self.paused_on is None


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands. urged: 催办 since the last escalation; level: escalations in all."""

    kind: Kind
    stage: str
    clocks: tuple[Clock, ...] = ()
    urged: int = 0
    level: int = 0
    made: frozenset[str] = frozenset()

    @property
    def paused(self) -> bool:
        return any(clock.paused_on is not None and clock.stopped is None for clock in self.clocks)

    def clock(self, term: str) -> Clock | None:
        """The newest clock of this term."""
        return next((clock for clock in reversed(self.clocks) if clock.term == term), None)


@dataclass(frozen=True, slots=True)
class Track:
    """A lodged record with the history of its handling."""

    record_id: str
    case_no: str
    kind: Kind
    entries: tuple[Entry, ...]
    case: Case


def day_of(at: datetime) -> date:
    """The day in Shanghai."""
    return at.astimezone(SHANGHAI_TIME).date()


@dataclass(frozen=True)
class Tracking:
    """The rules and the calendar: what turns entries into a case."""

    rules: TrackingRules
    calendar: WorkCalendar

    def fold(self, kind: Kind, entries: Iterable[Entry]) -> Case:
        """The case after `entries`, the first of them the registration. Raises MoveRefused."""
        case = None
        for entry in entries:
            case = self.take(case, entry, kind)
        if case is None:
            raise MoveRefused("这张单还没有登记")
        return case

    def take(self, case: Case | None, entry: Entry, kind: Kind) -> Case:
        """The case after one more change. Raises MoveRefused."""
        move = self.rules.moves.get(entry.move)
        if move is None:
            known = "、".join(f"{name}（{rule.name}）" for name, rule in self.rules.moves.items())
            raise MoveRefused(f"没有“{entry.move}”这一步，有的是：{known}")
        self._refuse(case, entry, move, kind)
        if case is None:
            case = Case(kind, REGISTER)
        elif entry.move in (REMIND, ESCALATE):
            return self._noted(case, entry)
        today = day_of(entry.at)
        stage = move.to or case.stage
        clocks = tuple(self._clock(clock, entry, stage, today) for clock in case.clocks)
        started = tuple(
            self._started(name, term, today)
            for name, term in self.rules.terms.items()
            if entry.move in term.start and kind in term.kinds
        )
        return replace(
            case,
            stage=stage,
            clocks=clocks + started,
            urged=case.urged + (entry.move == URGE),
            made=case.made | {entry.move},
        )

    def _refuse(self, case: Case | None, entry: Entry, move: Move, kind: Kind) -> None:
        name = move.name
        if (case is None) != (entry.move == REGISTER):
            raise MoveRefused(f"“{name}”不能做：单子" + ("还没有登记" if case is None else "已经登记过"))
        if kind not in move.kinds:
            raise MoveRefused(f"{kind.value}没有“{name}”这一步")
        if entry.role not in move.by:
            raise MoveRefused(f"“{name}”不能由{entry.role.value}来做")
        if entry.role in (Role.OFFICER, Role.CALLER) and not (entry.reason or (entry.why or "").strip()):
            raise MoveRefused(f"“{name}”要写明原因")
        if move.reasons and self.rules.reason_words(entry.move, entry.reason or "") is None:
            raise MoveRefused(f"“{name}”要从这些原因里选：{'、'.join(self.rules.reasons[move.reasons])}")
        if case is None:
            return
        here = self.rules.stages[case.stage]
        if here.final or (move.start is not None and case.stage not in move.start):
            raise MoveRefused(f"现在是“{here.name}”，不能“{name}”")
        if move.once and entry.move in case.made:
            raise MoveRefused(f"“{name}”只能做一次")
        if entry.move == PAUSE and (case.paused or not any(self._pausable(c) for c in case.clocks)):
            raise MoveRefused("没有可以暂停的期限，或者已经暂停")
        if entry.move == RESUME and not case.paused:
            raise MoveRefused("期限没有暂停")

    def _pausable(self, clock: Clock) -> bool:
        return clock.runs and self.rules.terms[clock.term].pausable

    def _started(self, name: str, term: Term, today: date) -> Clock:
        return Clock(name, today, deadline(today, term.days, term.unit, self.calendar))

    def _clock(self, clock: Clock, entry: Entry, stage: str, today: date) -> Clock:
        """The clock after a move: stopped, paused, resumed, extended, or as it was."""
        if clock.stopped is not None:
            return clock
        term = self.rules.terms[clock.term]
        if entry.move in (*term.until, *term.start) or self.rules.stages[stage].final:
            return replace(clock, stopped=today)
        if entry.move == PAUSE and term.pausable:
            return replace(clock, paused_on=today)
        if entry.move == RESUME and clock.paused_on is not None:
            pauses = add_pause(clock.pauses, clock.paused_on, today)
            return self._redated(replace(clock, paused_on=None, pauses=pauses))
        if entry.move == EXTEND and term.extend:
            return self._redated(
                replace(clock, extended=term.extend, reminded=frozenset(), escalated=frozenset())
            )
        return clock

    def _redated(self, clock: Clock) -> Clock:
        term = self.rules.terms[clock.term]
        days = term.days + clock.extended
        return replace(clock, deadline=deadline(clock.started, days, term.unit, self.calendar, clock.pauses))

    def _noted(self, case: Case, entry: Entry) -> Case:
        """The case once a reminder or an escalation was made: it is not owed again."""

        def noted(clock: Clock) -> Clock:
            if clock.term != entry.term or clock.stopped is not None:
                return clock
            if entry.move == ESCALATE:
                return replace(clock, escalated=clock.escalated | {entry.reason or ""})
            return replace(clock, reminded=clock.reminded | {entry.percent or 0})

        clocks = tuple(noted(clock) for clock in case.clocks)
        if entry.move == ESCALATE:
            return replace(case, clocks=clocks, level=case.level + 1, urged=0)
        return replace(case, clocks=clocks)

    # --- what the clocks demand -------------------------------------------------------------------

    def owed(self, case: Case, now: datetime) -> Iterator[Entry]:
        """The changes the system must make at `now`: each is owed once. Reminders first, then what is overdue."""
        if case.urged >= self.rules.urges:
            yield self._system(now, ESCALATE, "urged", None)
        for clock in case.clocks:
            if not clock.runs:
                continue
            late = now >= over(clock.deadline)
            reached = [p for p, at in self._reminders(clock) if now >= at and p not in clock.reminded]
            if reached and not late:
                # Days may have passed unwatched: one reminder, for the furthest point reached.
                yield self._system(now, REMIND, None, clock.term, max(reached))
            if not late:
                continue
            overdue = self.rules.terms[clock.term].overdue
            if clock.deadline.due is None:
                # Not certain that it is late: a person looks, and once the year is known the rule decides.
                if "unsure" not in clock.escalated:
                    yield self._system(now, ESCALATE, "unsure", clock.term)
            elif overdue is not None:
                yield self._system(now, overdue.move, overdue.reason, None)
            elif "overdue" not in clock.escalated:
                yield self._system(now, ESCALATE, "overdue", clock.term)

    def next_look(self, case: Case) -> datetime | None:
        """When something is owed next, seen from the case as it stands; None when no clock runs."""
        moments = [datetime.min.replace(tzinfo=SHANGHAI_TIME)] if case.urged >= self.rules.urges else []
        for clock in case.clocks:
            if not clock.runs:
                continue
            moments += [at for percent, at in self._reminders(clock) if percent not in clock.reminded]
            if "overdue" not in clock.escalated:
                moments.append(over(clock.deadline))
        return min(moments, default=None)

    def _reminders(self, clock: Clock) -> Iterator[tuple[int, datetime]]:
        """(per cent, when), for the days on which so much of the term has been counted."""
        term = self.rules.terms[clock.term]
        days = term.days + clock.extended
        passed = max(clock.reminded, default=0)
        for percent in self.rules.reminders.at:
            if percent < passed or (percent == 100 and clock.deadline.due is None):
                continue
            if percent == 100:
                on = clock.deadline.earliest
            else:
                counted = math.ceil(days * percent / 100)
                on = nth_day(clock.started, counted, term.unit, self.calendar, clock.pauses).earliest
            yield percent, datetime.combine(on, time(self.rules.reminders.hour), SHANGHAI_TIME)

    @staticmethod
    def _system(
        now: datetime, move: str, reason: str | None, term: str | None, percent: int | None = None
    ) -> Entry:
        return Entry(
            at=now, move=move, role=Role.SYSTEM, who="系统", reason=reason, term=term, percent=percent
        )

    # --- what may be said -------------------------------------------------------------------------

    def told(self, case: Case) -> str:
        """What the seat may tell the caller: where the case stands and by when something is due."""
        sentence = f"您的{case.kind.value}{self.rules.stages[case.stage].tell}"
        if case.paused:
            return f"{sentence}。{self.rules.paused}。"
        for term, rule in self.rules.terms.items():
            clock = case.clock(term)
            if clock is None or not clock.runs:
                continue
            if clock.deadline.due is None:
                return f"{sentence}。{self.rules.unsure.format(year=clock.deadline.unknown_year)}。"
            return f"{sentence}，{rule.tell.format(day=spoken_day(clock.deadline.due))}。"
        return f"{sentence}。"

    def next_step(self, case: Case) -> str:
        """What comes next, and what the caller himself set going; empty where nothing does."""
        stage = self.rules.stages[case.stage]
        told = [stage.then] if stage.then is not None else []
        if not stage.final:
            told += [move.tell for name, move in self.rules.moves.items() if name in case.made and move.tell]
        return "".join(f"{sentence}。" for sentence in told)


def over(due: Deadline) -> datetime:
    """The first moment after the last day."""
    return datetime.combine(due.earliest + DAY, time(), SHANGHAI_TIME)


def spoken_day(day: date) -> str:
    return f"{day.month}月{day.day}日"
