"""诉求导航 of one case on the terminal: where it stands, its clocks, and every change with who, why and when."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table

from data.case_numbers import SHANGHAI_TIME
from data.masking import HIDDEN
from data.tracking import Clock, Entry, Track, Tracking


def track_view(track: Track, tracking: Tracking, *, reveal: bool) -> RenderableType:
    """reveal: the words officers and callers wrote, which may name people."""
    rules = tracking.rules
    head = Table.grid(padding=(0, 2))
    head.add_column(no_wrap=True)
    head.add_column(overflow="fold")
    head.add_row("登记编号", f"{track.case_no}（{track.kind.value}）")
    head.add_row("现在", rules.stages[track.case.stage].name + ("（期限暂停）" if track.case.paused else ""))
    head.add_row("督办", f"{track.case.level} 次")
    head.add_row("可以告诉来电人", tracking.told(track.case) + tracking.next_step(track.case))
    clocks = Table("期限", "起算", "天数", "最后一天", "状态", title="期限", expand=True)
    for clock in track.case.clocks:
        term = rules.terms[clock.term]
        unit = "个工作日" if term.unit.value == "working" else "天"
        days = f"{term.days + clock.extended} {unit}"
        article = f"（办法第{term.article}条）" if term.article else ""
        clocks.add_row(term.name + article, f"{clock.started}", days, _last_day(clock), _state(clock))
    changes = Table("时间", "变化", "谁", "为什么", title="经过", expand=True)
    for entry in track.entries:
        changes.add_row(
            f"{entry.at.astimezone(SHANGHAI_TIME):%Y-%m-%d %H:%M}",
            rules.moves[entry.move].name,
            entry.who,
            why_words(entry, tracking, reveal=reveal),
        )
    return Group(head, clocks, changes)


def why_words(entry: Entry, tracking: Tracking, *, reveal: bool) -> str:
    """The reason's words, and what a person added to them."""
    rules = tracking.rules
    parts = []
    if entry.reason is not None:
        parts.append(rules.reason_words(entry.move, entry.reason) or entry.reason)
    if entry.term is not None:
        parts.append(rules.terms[entry.term].name)
    if entry.percent is not None:
        parts.append(f"{entry.percent}%：{rules.reminders.at.get(entry.percent, '')}")
    if entry.why is not None:
        parts.append(entry.why if reveal else HIDDEN)
    return "；".join(parts) or rules.moves[entry.move].why or "—"


def track_json(track: Track, tracking: Tracking, *, reveal: bool) -> dict[str, object]:
    """The same for programs."""
    return {
        "case_no": track.case_no,
        "kind": track.kind.value,
        "stage": track.case.stage,
        "paused": track.case.paused,
        "level": track.case.level,
        "told": tracking.told(track.case) + tracking.next_step(track.case),
        "clocks": [
            {
                "term": clock.term,
                "started": clock.started.isoformat(),
                "due": None if clock.deadline.due is None else clock.deadline.due.isoformat(),
                "not_before": clock.deadline.earliest.isoformat(),
                "unknown_year": clock.deadline.unknown_year,
                "stopped": None if clock.stopped is None else clock.stopped.isoformat(),
            }
            for clock in track.case.clocks
        ],
        "changes": [
            entry.model_dump(mode="json", exclude={"why"})
            | {"words": why_words(entry, tracking, reveal=reveal)}
            for entry in track.entries
        ],
    }


def _last_day(clock: Clock) -> str:
    if clock.deadline.due is not None:
        return f"{clock.deadline.due}"
    year = clock.deadline.unknown_year
    return f"不早于 {clock.deadline.earliest}，要等 {year} 年放假安排公布"


def _state(clock: Clock) -> str:
    if clock.stopped is not None:
        return f"{clock.stopped} 停止"
    if clock.paused_on is not None:
        return f"{clock.paused_on} 起暂停"
    marks = [f"提醒过 {max(clock.reminded)}%"] if clock.reminded else []
    return "，".join(["进行中", *marks, *(["已督办"] if clock.escalated else [])])
