"""诉求导航 as a pure fold: what the table allows, what the clocks owe, what may be said."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.case_numbers import SHANGHAI_TIME
from data.tracking import Case, Entry, MoveRefused, Tracking
from data.tracking_rules import Role, TrackingRules, tracking_rules
from data.vocabulary import Kind
from data.working_days import ChinaCalendar

RULES = tracking_rules()
TRACKING = Tracking(RULES, ChinaCalendar())


def at(day: str, hour: int = 10) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI_TIME) + timedelta(
        hours=hour
    )


def entry(move: str, day: str, role: Role | None = None, **more: object) -> Entry:
    rule = RULES.moves[move]
    chosen = role or next(iter(rule.by))
    if rule.reasons is not None and "reason" not in more:
        more["reason"] = next(iter(RULES.reasons[rule.reasons]))
    return Entry(at=at(day), move=move, role=chosen, who="某人", why="按规定", **more)  # type: ignore[arg-type]


def history(*moves: tuple[str, str], kind: Kind = Kind.COMPLAINT) -> Case:
    return TRACKING.fold(kind, [entry(move, day) for move, day in moves])


def test_a_complaint_from_registration_to_the_archive() -> None:
    case = history(
        ("register", "2026-07-01"),
        ("company_first", "2026-07-01"),
        ("company_returned", "2026-07-07"),
        ("dispatch", "2026-07-07"),
        ("sign", "2026-07-07"),
        ("check", "2026-07-08"),
        ("accept", "2026-07-09"),
        ("mediate", "2026-07-10"),
        ("terminate", "2026-08-20"),
        ("notify", "2026-08-21"),
        ("follow_up", "2026-08-25"),
        ("close", "2026-09-01"),
    )
    assert case.stage == "closed"
    assert {clock.term: clock.deadline.due for clock in case.clocks} == {
        "company": date(2026, 7, 6),
        "accept": date(2026, 7, 10),
        "mediate": date(2026, 9, 7),
        "notify": date(2026, 8, 31),
    }
    assert all(clock.stopped for clock in case.clocks)


def test_a_report_is_verified_extended_once_and_filed() -> None:
    case = history(
        ("register", "2026-07-01"),
        ("dispatch", "2026-07-01"),
        ("sign", "2026-07-02"),
        ("verify", "2026-07-02"),
        ("extend", "2026-07-20"),
        kind=Kind.REPORT,
    )
    clock = case.clock("verify")
    assert clock is not None and clock.deadline.due == date(2026, 8, 12)
    with pytest.raises(MoveRefused, match="一次"):
        TRACKING.take(case, entry("extend", "2026-07-21"), Kind.REPORT)
    assert TRACKING.take(case, entry("file", "2026-07-22"), Kind.REPORT).stage == "filed"


@pytest.mark.parametrize(
    ("kind", "before", "wrong", "why"),
    [
        (Kind.REPORT, ["register"], entry("company_first", "2026-07-02"), "举报"),
        (Kind.COMPLAINT, ["register"], entry("accept", "2026-07-02"), "现在是“登记”"),
        (Kind.COMPLAINT, ["register"], entry("register", "2026-07-02"), "已经登记"),
        (Kind.COMPLAINT, ["register"], entry("dispatch", "2026-07-02", Role.CALLER), "不能由"),
        (Kind.COMPLAINT, ["register", "withdraw"], entry("dispatch", "2026-07-02"), "撤回"),
        (Kind.COMPLAINT, ["register"], entry("pause", "2026-07-02"), "登记"),
        (Kind.COMPLAINT, ["register"], entry("resume", "2026-07-02"), "没有暂停"),
        (Kind.COMPLAINT, [], entry("dispatch", "2026-07-02"), "还没有登记"),
    ],
)
def test_what_the_table_does_not_allow(kind: Kind, before: list[str], wrong: Entry, why: str) -> None:
    entries = [entry(move, "2026-07-01") for move in before]
    with pytest.raises(MoveRefused, match=why):
        TRACKING.fold(kind, [*entries, wrong])


CHECKING = [entry(move, "2026-07-01") for move in ("register", "dispatch", "sign", "check")]


def test_only_a_person_refuses_with_a_reason_of_the_law() -> None:
    case = TRACKING.fold(Kind.COMPLAINT, CHECKING)
    refusal = entry("refuse", "2026-07-02", reason="4")
    for wrong in (
        refusal.model_copy(update={"role": Role.SYSTEM}),
        refusal.model_copy(update={"role": Role.SEAT}),
        refusal.model_copy(update={"reason": "8"}),
        refusal.model_copy(update={"reason": None}),
    ):
        with pytest.raises(MoveRefused):
            TRACKING.take(case, wrong, Kind.COMPLAINT)
    assert TRACKING.take(case, refusal, Kind.COMPLAINT).stage == "not_accepted"


def test_a_person_s_change_has_its_why() -> None:
    case = history(("register", "2026-07-01"))
    for why in (None, "", "  "):
        with pytest.raises(MoveRefused, match="原因"):
            TRACKING.take(
                case, entry("dispatch", "2026-07-02").model_copy(update={"why": why}), Kind.COMPLAINT
            )


def test_testing_stops_the_mediation_clock_only() -> None:
    begun = history(
        *[(step.move, "2026-07-01") for step in CHECKING], ("accept", "2026-07-02"), ("mediate", "2026-07-02")
    )
    paused = TRACKING.take(begun, entry("pause", "2026-07-10"), Kind.COMPLAINT)
    assert paused.paused and list(TRACKING.owed(paused, at("2026-12-01"))) == []
    assert "不计入期限" in TRACKING.told(paused)
    with pytest.raises(MoveRefused, match="已经暂停"):
        TRACKING.take(paused, entry("pause", "2026-07-11"), Kind.COMPLAINT)
    resumed = TRACKING.take(paused, entry("resume", "2026-07-20"), Kind.COMPLAINT)
    clock, before = resumed.clock("mediate"), begun.clock("mediate")
    assert clock is not None and before is not None and not resumed.paused
    assert before.deadline.due == date(2026, 8, 31)
    assert clock.deadline.due == date(2026, 9, 10)


def settle(case: Case, now: datetime) -> tuple[Case, list[Entry]]:
    """What a sweep does: everything owed is made, until nothing is."""
    made = []
    while owed := list(TRACKING.owed(case, now)):
        for one in owed:
            case = TRACKING.take(case, one, case.kind)
            made.append(one)
    return case, made


def test_reminders_at_50_80_100_and_then_an_escalation() -> None:
    """A week's term (7 working days from Wednesday 1 July): the 4th, the 6th, the 7th day, then it is late."""
    case = history(("register", "2026-07-01"))
    said = []
    day = date(2026, 7, 1)
    while day < date(2026, 7, 20):
        for hour in (8, 9, 23):
            case, made = settle(case, at(day.isoformat(), hour))
            said += [(f"{day:%m-%d} {hour}", one.move, one.percent, one.reason) for one in made]
        day += timedelta(days=1)
    assert said == [
        ("07-07 9", "remind", 50, None),
        ("07-09 9", "remind", 80, None),
        ("07-10 9", "remind", 100, None),
        ("07-11 8", "escalate", None, "overdue"),
    ]
    assert case.level == 1 and TRACKING.next_look(case) is None


def test_days_nobody_looked_bring_one_reminder() -> None:
    case = history(("register", "2026-07-01"))
    _, made = settle(case, at("2026-07-09"))
    assert [(one.move, one.percent) for one in made] == [("remind", 80)]
    _, made = settle(case, at("2026-08-01"))
    assert [(one.move, one.reason) for one in made] == [("escalate", "overdue")]


def test_a_silent_company_gives_the_case_back() -> None:
    case = history(("register", "2026-09-24"), ("company_first", "2026-09-24"))
    clock = case.clock("company")
    assert clock is not None and clock.deadline.due == date(2026, 9, 30)
    case, _ = settle(case, at("2026-09-30", 23))
    assert case.stage == "company_first"
    case, made = settle(case, at("2026-10-01", 0))
    assert [(one.move, one.reason, one.role) for one in made] == [("company_returned", "silent", Role.SYSTEM)]
    assert case.stage == "registered"
    accept = case.clock("accept")
    assert accept is not None and accept.runs, "the office's own seven days ran on"


def test_urging_twice_escalates() -> None:
    case = history(("register", "2026-07-01"), ("urge", "2026-07-02"))
    assert list(TRACKING.owed(case, at("2026-07-02"))) == []
    case = TRACKING.take(case, entry("urge", "2026-07-02"), Kind.COMPLAINT)
    look = TRACKING.next_look(case)
    assert look is not None and look < at("2026-07-02")
    case, made = settle(case, at("2026-07-02"))
    assert [(one.move, one.reason) for one in made] == [("escalate", "urged")]
    assert (case.level, case.urged) == (1, 0)


def test_an_uncertain_deadline_is_looked_at_by_a_person_never_called_late() -> None:
    case = history(("register", "2026-12-29"), ("company_first", "2026-12-29"))
    assert "2027年" in TRACKING.told(case)
    case, made = settle(case, at("2027-03-01"))
    assert {(one.move, one.reason) for one in made} == {("escalate", "unsure")}
    assert case.stage == "company_first"


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ([], "您的投诉已经登记，正在等待分送，最迟7月10日告诉您是否受理。"),
        (["company_first"], "企业最迟7月6日答复。"),
        (["dispatch", "sign"], "区市场监管部门已经收到，最迟7月10日告诉您是否受理。"),
        (["withdraw"], "您的投诉已经按您的意思撤回。"),
    ],
)
def test_what_the_seat_may_say(moves: list[str], told: str) -> None:
    case = history(("register", "2026-07-01"), *[(move, "2026-07-01") for move in moves])
    assert TRACKING.told(case).endswith(told)


def test_what_is_said_promises_and_blames_nothing() -> None:
    for stage in RULES.stages.values():
        for never in ("赔", "退款", "处罚", "不成立", "违法", "条", "拼多多"):
            assert never not in stage.tell


@given(st.lists(st.sampled_from(sorted(RULES.moves)), max_size=25), st.sampled_from(list(Kind)))
def test_no_order_of_moves_breaks_the_fold(moves: list[str], kind: Kind) -> None:
    """Whatever is tried, the case stands at a known stage, finals hold, and nothing is owed for ever."""
    case = TRACKING.take(None, entry("register", "2026-07-01"), kind)
    for number, move in enumerate(moves):
        now = at("2026-07-01") + timedelta(days=number)
        final = RULES.stages[case.stage].final
        try:
            case = TRACKING.take(case, entry(move, now.date().isoformat()), kind)
        except MoveRefused:
            continue
        assert not final
        case, made = settle(case, now)
        assert len(made) < 10
    assert case.stage in RULES.stages
    if RULES.stages[case.stage].final:
        assert TRACKING.next_look(case) is None


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"stages": {}}, "no stage registered"),
        ({"reasons": {}}, "no reasons"),
        ({"moves": {}}, "no move"),
        ({"moves": {"register": {"name": "登记", "by": ["seat"]}}}, "needs a why"),
    ],
)
def test_a_broken_table_names_its_mistakes(change: dict[str, object], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        TrackingRules.model_validate(RULES.model_dump(by_alias=True) | change)
