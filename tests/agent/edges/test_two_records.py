"""A 投诉 and a 举报 in one call, in the store: linked, each with its own consents, and nothing lost of either."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from agent.keeping import StoreKeeper
from agent.recovering import recover_calls
from agent.text_call import TextCall
from data.store import Store
from data.understanding import Understanding
from data.vocabulary import Act, ConsentReply, ConsentStatus, Intent, Kind, Outcome, Slot
from tests.agent.talk import meaning, wide_script

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
BOTH = (Intent.COMPLAINT_ONLINE, Intent.REPORT_OTHER)
YES = meaning("对", Act.AFFIRM)
AGREED = meaning("可以", Act.AFFIRM, consent=ConsentReply.AGREE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'seat.db'}", tmp_path, busy_budget=0.02) as opened:
        yield opened


@pytest.fixture
def writer() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


async def second_begun(store: Store, writer: ThreadPoolExecutor) -> tuple[TextCall, StoreKeeper]:
    """A complaint lodged and referred; the report that was asked for too has begun."""
    seconds = count()
    keeper = StoreKeeper(store, writer, "c1", clock=lambda: NOW + timedelta(seconds=next(seconds)))
    await keeper.begin("12315", None, NOW, "v", "boot", 30)

    def understand(*_: object) -> Understanding:
        raise AssertionError("every meaning is given")

    call = TextCall(wide_script(), keeper, understand, call_id="c1", started_at=NOW)
    await call.start()
    slots = {"platform": "拼多多", "amount": 399, "demand": ("退款",), "phone": "13800001234"}
    story = meaning("假的", Act.INFORM, intents=BOTH[:1], outright=BOTH, **slots)  # type: ignore[arg-type]
    await call.say("我在网上买的东西是假的", story)
    await call.say("对", YES)
    await call.say("可以", AGREED)
    assert call.state.standing is not None
    assert call.state.standing.phase == "more"
    await call.say("对", YES)
    assert call.state.kind is Kind.REPORT
    return call, keeper


async def test_both_are_lodged_and_linked(store: Store, writer: ThreadPoolExecutor) -> None:
    call, keeper = await second_begun(store, writer)
    await call.say("不", meaning("不", Act.DENY))
    await call.say("那家店", meaning("那家店", Act.INFORM, respondent="某某店"))
    await call.say("对", YES)
    await call.say("没有了", meaning("没有了", Act.DENY))
    await keeper.close(Outcome.LODGED, "seat", None)
    complaint, report = store.records_of("c1")
    assert (complaint.draft.kind, report.draft.kind) == (Kind.COMPLAINT, Kind.REPORT)
    assert complaint.linked_cases == (report.case_no,)
    assert report.linked_cases == (complaint.case_no,)
    assert [referral.recipient for referral in complaint.referrals] == ["拼多多"]
    assert report.referrals == ()
    assert report.consents == ()
    assert complaint.draft.field(Slot.PLATFORM) == report.draft.field(Slot.PLATFORM)
    assert store.pending_callbacks() == []


async def test_hung_up_in_the_second(store: Store, writer: ThreadPoolExecutor) -> None:
    call, keeper = await second_begun(store, writer)
    await call.hang_up()
    await keeper.close(Outcome.LODGED, "caller", None)
    complaint, report = store.records_of("c1")
    assert (complaint.status, report.status) == ("lodged", "incomplete")
    assert report.draft.kind is Kind.REPORT
    assert [callback.reason for callback in store.pending_callbacks()] == ["hung_up"]


async def test_the_first_consent_taken_back_in_the_second(store: Store, writer: ThreadPoolExecutor) -> None:
    call, keeper = await second_begun(store, writer)
    await call.say("刚才那件别转了", meaning("刚才那件别转了", Act.WITHDRAW))
    await call.hang_up()
    await keeper.close(Outcome.LODGED, "caller", None)
    complaint = store.records_of("c1")[0]
    assert [consent.standing for consent in complaint.consents] == [ConsentStatus.WITHDRAWN]
    assert [referral.status for referral in complaint.referrals] == ["cancelled"]


async def test_a_crash_in_the_second(store: Store, writer: ThreadPoolExecutor) -> None:
    await second_begun(store, writer)
    recover_calls(store, NOW + timedelta(minutes=2), "next")
    complaint, report = store.records_of("c1")
    assert (complaint.status, report.status) == ("lodged", "incomplete")
    assert store.call("c1").outcome is Outcome.LODGED
    assert len(store.pending_callbacks()) == 1, "what was begun is called back for"
