"""A known case by telephone, from the caller's words to the store: told to its caller, and to nobody else.

And a dropped call that goes on: one record, one call-back less.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event

import data.events as ev
from agent.acts import LookUp
from agent.china_time import CHINA
from agent.keeping import StoreKeeper
from agent.memory_keeper import MemoryKeeper
from agent.recovering import recover_calls
from agent.text_call import TextCall
from data.errors import StoreDown
from data.fold_record import draft
from data.inquiries import InquiryAnswer
from data.store import Store
from data.tracking_rules import tracking_rules
from data.understanding import Asked, Scored, Understanding
from data.vocabulary import Intent, Outcome, Slot
from dialogs.loader import load
from nlu.understander import Understander

from .conftest import ROOT

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
PHONE = "13800001234"
NO_FSYNC = "PRAGMA synchronous=OFF"
STORY = "我在拼多多上买了一件羽绒服，花了三百九十九块，收到货发现是假的，商家不给退款。"
ASKS = "我想查一下我上次投诉的进度"
SCRIPT = load(ROOT / "dialogs" / "scripts" / "12315")
UNDERSTANDER = Understander(None)


def _understand(text: str, asked: Asked, today: object, readings: object, confidence: float) -> Understanding:
    return UNDERSTANDER.understand(text, asked=asked, today=NOW.date(), confidence=confidence)


class Line:
    """Calls into one store, one after another."""

    def __init__(self, store: Store, writer: ThreadPoolExecutor) -> None:
        self.store = store
        self.now = NOW
        self._writer = writer
        self._calls = 0

    async def ring(self, caller_no: str | None) -> tuple[TextCall, StoreKeeper]:
        self._calls += 1
        call_id = f"call-{self._calls}"
        keeper = StoreKeeper(self.store, self._writer, call_id, clock=lambda: self.now)
        await keeper.begin("12315", caller_no, self.now, SCRIPT.version, "boot", 30)
        assert SCRIPT.file.resume is not None
        earlier = await keeper.dropped_call(caller_no, SCRIPT.file.resume.within_minutes)
        talk = TextCall(
            SCRIPT,
            keeper,
            _understand,
            call_id=call_id,
            caller_no=caller_no,
            started_at=self.now,
            earlier=earlier,
        )
        return talk, keeper

    async def hang_up(self, talk: TextCall, keeper: StoreKeeper) -> None:
        if not talk.over:
            await talk.hang_up()
        assert talk.state.closed is not None
        await keeper.close(talk.state.closed, "caller", None)

    async def lodge(self, caller_no: str | None = PHONE) -> str:
        """A whole complaint; gives its case number."""
        talk, keeper = await self.ring(caller_no)
        await talk.start()
        await talk.say(STORY)
        await answer_to_the_end(talk)
        await self.hang_up(talk, keeper)
        assert talk.state.case_no is not None
        return talk.state.case_no


async def answer_to_the_end(talk: TextCall) -> list[str]:
    said: list[str] = []
    for _ in range(40):
        if talk.over:
            return said
        asked = talk.asked
        reply = "同意，转给他们吧" if asked.consent else "对" if asked.read_back else "这个我不清楚"
        said += [say.prompt for say in await talk.say(reply)]
    raise AssertionError("the call did not end")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    url = f"sqlite:///{tmp_path / 'seat.db'}"
    with ThreadPoolExecutor(1) as writer, Store.open(url, tmp_path) as store:
        yield Line(store, writer)


async def shows(talk: TextCall, case_no: str, phone: str) -> list[str]:
    """Asks for progress, keys a number and a phone; gives all the words of the seat."""
    said = [say.text for say in [*await talk.start(), *await talk.say(ASKS)]]
    for _ in range(6):
        slot = talk.asked.slot
        if slot is Slot.CASE_NO:
            said += [say.text for say in await talk.keys(f"{case_no}#")]
        elif slot in (Slot.PHONE, Slot.PHONE_TAIL):
            said += [say.text for say in await talk.keys(f"{phone}#")]
        else:
            return said
    return said


async def test_status_deadline_and_next_step_are_told(line: Line) -> None:
    case_no = await line.lodge()
    for number, phone in ((case_no, "1234"), (case_no[-6:], PHONE)):
        talk, keeper = await line.ring(None)
        said = "".join(await shows(talk, number, phone))
        assert "正在由企业先行联系处理" in said and "企业最迟" in said
        for secret in ("拼多多", "羽绒服", "399", PHONE, case_no):
            assert secret not in said
        await line.hang_up(talk, keeper)
        assert talk.state.closed is Outcome.ANSWERED
        assert line.store.pending_callbacks() == []


async def test_an_urging_is_in_the_history(line: Line) -> None:
    case_no = await line.lodge()
    talk, keeper = await line.ring(None)
    await shows(talk, case_no, "1234")
    said = [say.prompt for say in await talk.say("帮我催一下")]
    assert said == ["urge.done", "goodbye"]
    await line.hang_up(talk, keeper)
    entry = line.store.track(case_no).entries[-1]
    assert (entry.move, entry.why) == ("urge", ASKS)
    assert "call-2" in entry.who
    assert line.store.unfinished_calls() == []


async def test_an_urging_survives_a_dead_process(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said to be written down, the seat died before it was: recovery writes it, once."""
    case_no = await line.lodge()
    talk, _ = await line.ring(None)
    await shows(talk, case_no, "1234")

    def away(*_args: object) -> bool:
        raise StoreDown("gone")

    with monkeypatch.context() as patch:
        patch.setattr(line.store, "move_for_caller", away)
        assert "urge.done" in [say.prompt for say in await talk.say("帮我催一下")]
    assert "urge" not in line.store.track(case_no).case.made
    for _ in range(2):
        recover_calls(line.store, line.now + timedelta(hours=1), "next boot")
        moves = [entry.move for entry in line.store.track(case_no).entries]
        assert moves.count("urge") == 1


async def test_a_wish_to_withdraw_stops_the_referral(line: Line) -> None:
    case_no = await line.lodge()
    assert [referral.status for referral in line.store.referrals()] == ["pending"]
    talk, keeper = await line.ring(None)
    await shows(talk, case_no, "1234")
    await talk.say("撤回")
    assert [referral.status for referral in line.store.referrals()] == ["pending"], "asked, not done"
    said = [say.prompt for say in await talk.say("确定撤回")]
    assert said == ["withdraw.done", "goodbye"]
    assert [referral.status for referral in line.store.referrals()] == ["cancelled"]
    await line.hang_up(talk, keeper)


async def test_the_same_words_whether_or_not_there_is_such_a_case(line: Line) -> None:
    case_no = await line.lodge()
    none = str(int(case_no) + 3)
    for number, other in ((case_no, none), (case_no[-6:], none[-6:])):
        heard = []
        for tried in (number, other):
            talk, keeper = await line.ring(None)
            heard.append(await shows(talk, tried, "0000" if len(tried) == 25 else "13700000000"))
            await line.hang_up(talk, keeper)
        assert heard[0] == heard[1]
        assert any("对不上" in text for text in heard[0])


class Lookups(MemoryKeeper):
    """Keeps a guesser's call in memory, and asks the real store for the case."""

    def __init__(self, line: Line, call_id: str, caller_no: str | None) -> None:
        super().__init__()
        self._line, self._call_id, self._caller_no = line, call_id, caller_no

    async def look_up(self, act: LookUp) -> ev.CaseFound:
        answer = self._line.store.inquire(
            act.case_no or "",
            act.phone or "",
            call_id=self._call_id,
            caller_no=self._caller_no,
            now=self._line.now,
        )
        return ev.CaseFound(case_no=answer.case_no, status=answer.told, limited=answer.limited)


async def guess(line: Line, case_nos: list[str], guesses: int, random: Random) -> set[str]:
    """So many tries of a machine that rings from ever new numbers; all the prompts it heard."""
    heard: set[str] = set()
    asks = Understanding(text=ASKS, intents=(Scored(intent=Intent.QUERY_PROGRESS, score=1.0),))
    looked = calls = 0
    while looked < guesses:
        calls += 1
        caller = random.choice([None, f"1390000{random.randrange(10_000):04d}"])
        talk = TextCall(
            SCRIPT,
            Lookups(line, f"guess-{calls}", caller),
            _understand,
            call_id=f"guess-{calls}",
            caller_no=caller,
            started_at=line.now,
        )
        said = [*await talk.start(), *await talk.say(ASKS, asks)]
        case_no = random.choice(case_nos)
        while talk.asked.slot in (Slot.CASE_NO, Slot.PHONE_TAIL):
            if talk.asked.slot is Slot.CASE_NO:
                said += await talk.keys(f"{case_no}#")
            else:
                looked += 1
                said += await talk.keys(f"{wrong_tail(random)}#")
        heard |= {say.prompt for say in said}
        assert talk.state.shown is None
    return heard


def wrong_tail(random: Random) -> str:
    """Never the right one: what is looked for is what wrong answers give away."""
    return f"{(1234 + random.randrange(1, 10_000)) % 10_000:04d}"


def guess_at_the_store(line: Line, case_nos: list[str], guesses: int, random: Random) -> set[InquiryAnswer]:
    """The same tries where the dialog puts them; all the answers it would have had to speak of."""
    return {
        line.store.inquire(
            random.choice(case_nos),
            wrong_tail(random),
            call_id=f"more-{number}",
            caller_no=random.choice([None, f"1390000{random.randrange(10_000):04d}"]),
            now=line.now,
        )
        for number in range(guesses)
    }


async def _attack(line: Line, spoken: int, more: int = 0) -> None:
    """spoken: guesses through whole calls; more: as many again of the store alone."""
    case_no = await line.lodge()
    case_nos = [case_no, *(str(int(case_no) + number) for number in (5, 17, 400))]
    heard = await guess(line, case_nos, spoken, Random(12315))
    assert heard <= {
        "greeting",
        "narrative.ask",
        "case_no.ask",
        "phone_tail.ask",
        "lookup.missing",
        "desk.not_shown",
        "desk.none",
    }
    assert guess_at_the_store(line, case_nos, more, Random(12316)) <= {InquiryAnswer(None, limited=True)}
    limits = tracking_rules().inquiry
    answer = line.store.inquire(case_no, "1234", call_id="rightful", caller_no=PHONE, now=line.now)
    assert answer.told is None and answer.limited, "locked: not even the right one is told now"
    next_day = line.now + timedelta(days=1, hours=1)
    assert line.store.inquire(case_no, "1234", call_id="next", caller_no=PHONE, now=next_day).told is not None
    with line.store.engine.connect() as connection:
        query = "SELECT outcome, case_hash, count(*) FROM inquiries GROUP BY outcome, case_hash"
        rows = connection.exec_driver_sql(query).all()
    wrong = [count for outcome, _, count in rows if outcome == "wrong"]
    assert max(wrong) == limits.wrong_per_case_a_day
    assert sum(wrong) <= limits.wrong_in_all_an_hour


async def test_a_guesser_learns_nothing_and_is_locked_out(line: Line) -> None:
    await _attack(line, 200)


@pytest.mark.minutes
async def test_ten_thousand_guesses(line: Line) -> None:
    """Without waiting for the disk, which is not the matter here.

    A guess spoken from the first word on costs twice one of the store, and can hear nothing but its answer.
    """
    line.store.engine.dispose()
    event.listen(line.store.engine, "connect", lambda connection, _: connection.execute(NO_FSYNC))
    await _attack(line, 1_000, more=9_000)


async def test_tries_are_kept_without_personal_data(line: Line) -> None:
    case_no = await line.lodge()
    talk, keeper = await line.ring("13900000001")
    await shows(talk, case_no, "0000")
    await line.hang_up(talk, keeper)
    with line.store.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM inquiries").all())
    for secret in (case_no, case_no[-6:], "13900000001", PHONE, "'0000'"):
        assert secret not in kept


# --- a dropped call -----------------------------------------------------------------------------------


async def drop(line: Line, caller_no: str | None = PHONE, *, told: Callable[[TextCall], bool]) -> str:
    """A complaint that drops as soon as `told`; gives the call's id."""
    talk, keeper = await line.ring(caller_no)
    await talk.start()
    await talk.say(STORY)
    while not told(talk):
        await talk.say("对" if talk.asked.read_back else "这个我不清楚")
    await line.hang_up(talk, keeper)
    line.now += timedelta(minutes=3)
    return talk.state.call_id


def at_the_name(talk: TextCall) -> bool:
    return talk.asked.slot is Slot.NAME


async def test_a_dropped_call_goes_on_and_leaves_one_record(line: Line) -> None:
    first = await drop(line, told=at_the_name)
    [waiting] = line.store.pending_callbacks()
    assert waiting.call_id == first
    talk, keeper = await line.ring(PHONE)
    assert [say.prompt for say in await talk.start()] == ["greeting", "resume.ask.online"]
    said = [say.prompt for say in await talk.say("要的")]
    assert said == ["resume.go_on", "name.ask"]
    await talk.say("我叫王芳")
    await answer_to_the_end(talk)
    await line.hang_up(talk, keeper)
    [record] = line.store.records()
    assert (record.status, record.call_id, record.platform) == ("lodged", "call-2", "拼多多")
    assert line.store.pending_callbacks() == []
    kept = line.store.record("call-2").draft
    platform = kept.field(Slot.PLATFORM)
    assert platform is not None and platform.earlier is not None
    assert platform.earlier.call_id == first
    there = [event for event in line.store.events(first) if isinstance(event, ev.WordsHeard)]
    words = next(words for words in there if words.turn == platform.earlier.turn)
    assert platform.earlier.span is not None
    assert words.text[slice(*platform.earlier.span)] == platform.heard
    assert {consent.turn for consent in kept.consents} <= {
        event.turn for event in line.store.events("call-2") if isinstance(event, ev.WordsHeard)
    }, "asked and answered in this call"
    assert draft(line.store.events("call-2")).resumes == first


async def test_without_a_yes_the_old_record_stays(line: Line) -> None:
    first = await drop(line, told=at_the_name)
    talk, keeper = await line.ring(PHONE)
    await talk.start()
    await talk.say("不用了")
    await talk.say("我在淘宝买的鞋子开胶了，花了三百二，店家不肯退货。")
    await answer_to_the_end(talk)
    await line.hang_up(talk, keeper)
    assert {(record.call_id, record.status) for record in line.store.records()} == {
        (first, "incomplete"),
        ("call-2", "lodged"),
    }
    assert [callback.call_id for callback in line.store.pending_callbacks()] == [first]
    talk, keeper = await line.ring(PHONE)
    assert [say.prompt for say in await talk.start()] == ["greeting", "narrative.ask"], "not asked again"


async def test_dropped_twice_goes_on_from_the_second(line: Line) -> None:
    await drop(line, told=at_the_name)
    talk, keeper = await line.ring(PHONE)
    await talk.start()
    await talk.say("接着说")
    await talk.say("我叫王芳")
    await line.hang_up(talk, keeper)
    [waiting] = line.store.pending_callbacks()
    assert waiting.call_id == "call-2", "the first call-back is done with"
    line.now += timedelta(minutes=3)
    talk, keeper = await line.ring(PHONE)
    await talk.start()
    await talk.say("要的")
    assert talk.state.value(Slot.NAME) == "王芳" and talk.state.value(Slot.PLATFORM) == "拼多多"
    await answer_to_the_end(talk)
    await line.hang_up(talk, keeper)
    assert [record.call_id for record in line.store.records()] == ["call-3"]
    assert line.store.pending_callbacks() == []


@pytest.mark.parametrize("caller", [None, "13900000001"])
async def test_nobody_else_is_asked(line: Line, caller: str | None) -> None:
    await drop(line, told=at_the_name)
    talk, _ = await line.ring(caller)
    assert [say.prompt for say in await talk.start()] == ["greeting", "narrative.ask"]


async def test_too_late_is_a_new_call(line: Line) -> None:
    await drop(line, told=at_the_name)
    line.now += timedelta(minutes=40)
    talk, _ = await line.ring(PHONE)
    assert [say.prompt for say in await talk.start()] == ["greeting", "narrative.ask"]


async def test_two_phones_of_one_number_make_no_two_records_of_it(line: Line) -> None:
    """A switchboard: both are asked, both say yes; the second comes too late."""
    await drop(line, told=at_the_name)
    one, keeper_one = await line.ring(PHONE)
    two, keeper_two = await line.ring(PHONE)
    await one.start()
    await two.start()
    await one.say("要的")
    await answer_to_the_end(one)
    await line.hang_up(one, keeper_one)
    said = [say.prompt for say in await two.say("要的")]
    assert said == ["resume.fresh", "narrative.ask"]
    await line.hang_up(two, keeper_two)
    assert [record.call_id for record in line.store.records() if record.status == "lodged"] == ["call-2"]


async def test_a_store_that_hangs_holds_no_greeting_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    held = asyncio.Event()

    async def hangs(*_args: object) -> None:
        await held.wait()

    monkeypatch.setattr("agent.keeping.asyncio.to_thread", hangs)
    monkeypatch.setattr("agent.keeping._HINT_PATIENCE_S", 0.01)
    talk, _ = await line.ring(PHONE)
    assert [say.prompt for say in await talk.start()] == ["greeting", "narrative.ask"]
