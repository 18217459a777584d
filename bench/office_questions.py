"""What an office asks its records all day, through the store's own doors where it has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import extract, func, select
from sqlmodel import col

from bench.invented_records import Plan
from data.case_numbers import SHANGHAI_TIME
from data.deadlines import Unit, nth_day
from data.engine import reading
from data.office_tables import SortingRow
from data.repeat_rules import repeat_rules
from data.store import RecordFilter, Store
from data.tables import RecordRow, TrackRow
from data.vocabulary import Slot
from data.working_days import china_calendar

_PAGE = 50


@dataclass(frozen=True, slots=True)
class About:
    """A record that is there, and what one would look for it by. now: the end of the invented year."""

    now: datetime
    record_id: str
    case_no: str
    phone: str
    at: datetime
    platform: str | None
    district: str | None
    phone_hash: str | None
    respondent_hash: str | None
    number: int


Ask = Callable[[Store, About], object]


def about(store: Store, plan: Plan, numbers: range, draw: Random) -> About:
    """Of one record drawn from `numbers`."""
    record_id = plan.record_id(draw.choice(numbers))
    record = store.record(record_id)
    with reading(store.engine) as session:
        row, sorting = session.get(RecordRow, record_id), session.get(SortingRow, record_id)
        assert row is not None and sorting is not None and record.case_no is not None
        return About(
            now=plan.at(plan.total),
            record_id=record_id,
            case_no=record.case_no,
            phone=record.draft.text(Slot.PHONE) or "",
            at=row.created_at,
            platform=row.platform,
            district=row.district,
            phone_hash=row.phone_hash,
            respondent_hash=sorting.respondent_hash,
            number=draw.randrange(1 << 32),
        )


def _due(store: Store, one: About) -> object:
    """Open cases whose clocks are to be looked at within two working days, the first page and how many."""
    today = one.now.astimezone(SHANGHAI_TIME).date()
    until = one.now + (nth_day(today, 2, Unit.WORKING, china_calendar()).earliest - today)
    soon = select(TrackRow, RecordRow).join(RecordRow, col(RecordRow.id) == col(TrackRow.record_id))
    where = col(TrackRow.next_at) <= until
    with reading(store.engine) as session:
        page = session.execute(soon.where(where).order_by(col(TrackRow.next_at)).limit(_PAGE)).all()
        return page, session.scalar(select(func.count()).select_from(TrackRow).where(where))


def _platforms_and_months(store: Store, _one: About) -> object:
    at, platform = col(SortingRow.created_at), col(SortingRow.platform)
    month = extract("month", at)
    with reading(store.engine) as session:
        return session.execute(select(platform, month, func.count()).group_by(platform, month)).all()


def _repeats(store: Store, one: About) -> object:
    since = one.now - timedelta(days=repeat_rules().window_days)
    with reading(store.engine) as session:
        return session.scalars(
            select(SortingRow).where(
                col(SortingRow.phone_hash) == one.phone_hash,
                col(SortingRow.respondent_hash) == one.respondent_hash,
                col(SortingRow.created_at) >= since,
            )
        ).all()


def _inquiry(store: Store, one: About) -> object:
    """As on the telephone: the last six digits and the phone whole."""
    return store.inquire(
        one.case_no[-6:], one.phone, call_id=f"bench-{one.number}", caller_no=None, now=one.now
    )


def _day(one: About) -> RecordFilter:
    return RecordFilter(since=one.at - timedelta(hours=12), until=one.at + timedelta(hours=12))


#: What a desk clicks through: one page at most.
LISTINGS: dict[str, Ask] = {
    "按登记编号": lambda store, one: store.record(one.case_no),
    "按编号末六位": lambda store, one: store.records(where=RecordFilter(case_no=one.case_no[-6:])),
    "按电话": lambda store, one: store.records(where=RecordFilter(phone=one.phone)),
    "最新 50 件": lambda store, _one: store.records(_PAGE),
    "某区某平台最新 50 件": lambda store, one: store.records(
        _PAGE, RecordFilter(platform=one.platform, district=one.district)
    ),
    "按电话找通话": lambda store, one: store.calls(phone=one.phone),
    "同一电话、同一经营者": _repeats,
    "两个工作日内到时限的": _due,
}

#: What is asked now and then, or by the seat itself.
RARER: dict[str, Ask] = {
    "来电人问进度": _inquiry,
    "没做完的事": lambda store, _one: store.unfinished_calls(),
    "各平台各月件数": _platforms_and_months,
    "近 30 天分析": lambda store, one: store.analyse(one.now - timedelta(days=30), one.now),
    "导出一天": lambda store, one: sum(1 for _ in store.export_rows(_day(one))),
}
