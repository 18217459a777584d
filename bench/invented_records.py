"""Lodged records by the million out of the code lists: the rows they have in the tables, sealed as real ones are.

Per record: its call with a key of its own, the done act of lodging, the record, four fields, a consent where there
is a platform, the shortest history there is, the sorting and a word. Not made: the events of the calls, referrals,
assignments and relations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random

from data import reference
from data.call_book import CALLER_PLACE
from data.case_numbers import SANDBOX_FROM, SHANGHAI, SHANGHAI_TIME
from data.event_log import act_key, act_place
from data.matching import name_key, respondent_key
from data.office_tables import SortingRow, WordRow
from data.record_rows import body_place, field_place, words_place
from data.records import FieldDraft, RecordDraft
from data.sealing import CallSealer, MasterKey
from data.tables import (
    ActRow,
    CallRow,
    ConsentRow,
    FieldRow,
    RecordRow,
    TrackEntryRow,
    TrackRow,
)
from data.track_book import tracking
from data.tracking import Entry
from data.tracking_rules import REGISTER, Role
from data.understanding import SlotValue
from data.vocabulary import Intent, Kind, Slot

Cell = str | int | float | bool | bytes | None
Rows = dict[str, list[tuple[Cell, ...]]]

DAYS = 365
_OPEN_FOR = 30
"""Days after which a case is over."""
_TALK = timedelta(minutes=4)
_ENDINGS = ("百货商行", "服饰店", "电器", "餐饮店", "食品店", "健身", "美容", "数码", "家居", "母婴用品")
_ACCOUNT = "我在{platform}上买了{word}，花了{amount}块，收到以后发现有问题，商家一直不给退款，要求退货退款。"

#: In the order in which they can be filled.
COLUMNS: dict[str, tuple[str, ...]] = {
    str(CallRow.__tablename__): (
        *("id", "line", "started_at", "ended_at", "script", "owner", "lease_until", "outcome", "closed_by"),
        *("caller_no_hash", "caller_no_sealed", "key_wrapped", "events", "head"),
    ),
    str(ActRow.__tablename__): ("key", "call_id", "seq", "idx", "kind", "payload", "done_at"),
    str(RecordRow.__tablename__): (
        *("id", "call_id", "key", "kind", "intent", "status", "case_no", "created_at", "body", "phone_hash"),
        *("platform", "district", "amount", "issue", "goods", "mass_incident"),
    ),
    str(FieldRow.__tablename__): (
        *("record_id", "slot", "position", "method", "confidence", "confirmed", "turn", "sealed"),
    ),
    str(ConsentRow.__tablename__): (
        *("id", "record_id", "purpose", "recipient", "fields", "version", "heard", "standing", "turn"),
        *("answer_start_ms", "answer_end_ms", "words"),
    ),
    str(TrackRow.__tablename__): ("record_id", "stage", "entries", "next_at"),
    str(TrackEntryRow.__tablename__): ("record_id", "seq", "at", "move", "role", "who", "reason"),
    str(SortingRow.__tablename__): (
        *("record_id", "created_at", "due", "kind", "line", "intent", "issue", "goods", "trade", "platform"),
        *("district", "placed", "amount", "closing", "phone_hash", "name_hash", "respondent_hash"),
    ),
    str(WordRow.__tablename__): ("record_id", "word", "created_at"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """`total` records, evenly over the year before the day `until`; what is random in them comes from `seed`."""

    total: int
    until: date
    seed: int

    def at(self, number: int) -> datetime:
        """When record `number` (from 0) was lodged."""
        end = datetime.combine(self.until, time(), SHANGHAI_TIME)
        return (end - (1 - number / self.total) * timedelta(days=DAYS)).astimezone(UTC)

    def record_id(self, number: int) -> str:
        """As spread as real ones, which are random, but ascending, as bulk rows should come."""
        return f"{number * (1 << 128) // self.total:032x}"

    def case_no(self, number: int) -> str:
        day = number * DAYS // self.total
        first = -(-day * self.total // DAYS)
        written = self.until - timedelta(days=DAYS - day)
        return f"1{SHANGHAI}00{written:%Y%m%d}{SANDBOX_FROM + number - first:08d}"


@cache
def _lists() -> tuple[tuple[str, ...], ...]:
    """Platforms, districts, issues, surnames; and as pairs, products with their categories."""
    return (
        tuple(one.name for one in reference.platforms().platforms),
        tuple(one.name for one in reference.districts().districts),
        tuple(one.name for one in reference.issues().issues),
        tuple(reference.surnames().single),
    )


@cache
def _products() -> tuple[tuple[str, str], ...]:
    return tuple((group.category, word) for group in reference.products().products for word in group.words)


@cache
def _history(kind: Kind, day: date, over: bool) -> tuple[str, tuple[Entry, ...], datetime | None]:
    """(stage, entries, next look) of a case registered on this day."""
    at = datetime.combine(day, time(12), SHANGHAI_TIME)
    entries = [Entry(at=at, move=REGISTER, role=Role.SEAT, who="坐席")]
    if over:
        entries.append(
            Entry(at=at + timedelta(days=9), move="withdraw", role=Role.CALLER, who="来电人", reason="solved")
        )
    case = tracking().fold(kind, entries)
    return case.stage, tuple(entries), tracking().next_look(case)


@cache
def _respondents(master: MasterKey, seed: int) -> tuple[tuple[str, str | None], ...]:
    """Shops and the hashes they are matched by."""
    draw = Random(seed)
    first, second = reference.surnames().single, "兴隆泰和顺达丰盛祥瑞"
    names = {
        f"{draw.choice(first)}{draw.choice(second)}{draw.choice(second)}{end}"
        for end in _ENDINGS
        for _ in range(300)
    }
    keys = ((name, respondent_key(None, name, None)) for name in sorted(names))
    return tuple((name, None if key is None else master.match_hash("respondent", key)) for name, key in keys)


def invent(master: MasterKey, plan: Plan, numbers: Sequence[int]) -> Rows:
    """The rows of these records, by table, in the columns of COLUMNS."""
    draw = Random(plan.seed * 1_000_003 + numbers[0])
    rows: Rows = {table: [] for table in COLUMNS}
    for number in numbers:
        _record(master, plan, number, draw, rows)
    return rows


def _record(master: MasterKey, plan: Plan, number: int, draw: Random, rows: Rows) -> None:
    platforms, districts, issues, surnames = _lists()
    record_id, at = plan.record_id(number), plan.at(number)
    call_id = f"CA{record_id}"
    sealer, wrapped = master.new_call(call_id)
    kind = draw.choices((Kind.COMPLAINT, Kind.REPORT, Kind.CONSULTATION), (80, 15, 5))[0]
    intent = Intent.COMPLAINT_ONLINE if kind is Kind.COMPLAINT else Intent.REPORT_OTHER
    # As in life, few platforms and goods are most of it.
    platform = platforms[min(int(draw.expovariate(0.25)), len(platforms) - 1)]
    goods, word = draw.choice(_products())
    district, issue = draw.choice(districts), draw.choice(issues)
    shop, shop_hash = draw.choice(_respondents(master, plan.seed))
    name, phone = draw.choice(surnames) + draw.choice("伟芳娜敏静丽强磊洋艳"), _phone(draw)
    phone_hash, amount = master.phone_hash(phone), float(draw.randrange(10, 5000))
    moment, ended = _text(at), _text(at + _TALK)
    rows["calls"].append(
        (
            *(call_id, "12315", moment, ended, "bench", "bench", ended, "lodged", "seat", phone_hash),
            *(sealer.seal(phone.encode(), CALLER_PLACE), wrapped, 0, ""),
        )
    )
    key = act_key(call_id, 40, 0)
    rows["acts"].append((key, call_id, 40, 0, "lodge", sealer.seal(b"{}", act_place(key, "lodge")), moment))
    content = _ACCOUNT.format(platform=platform, word=word, amount=int(amount))
    body = RecordDraft(kind=kind, intent=intent.value, content=content).model_dump_json().encode()
    rows["records"].append(
        (
            *(record_id, call_id, key, kind.value, intent.value, "lodged", plan.case_no(number), moment),
            *(sealer.seal(body, body_place(record_id)), phone_hash, platform, district, amount, issue, goods),
            False,
        )
    )
    _fields(
        sealer, record_id, {Slot.NAME: name, Slot.PHONE: phone, Slot.SHOP: shop, Slot.AMOUNT: amount}, rows
    )
    if kind is Kind.COMPLAINT:
        given = draw.random() < 0.7
        rows["consents"].append(
            (
                *(record_id, record_id, "refer_to_platform", platform, "name,phone,order_no", "c1", True),
                *("given" if given else "refused", 9, 91_000, 92_000),
                sealer.seal("可以，你转吧".encode(), words_place(record_id)),
            )
        )
    day = at.astimezone(SHANGHAI_TIME).date()
    stage, entries, next_at = _history(kind, day, (plan.until - day).days > _OPEN_FOR)
    rows["tracks"].append((record_id, stage, len(entries), None if next_at is None else _text(next_at)))
    for seq, entry in enumerate(entries, 1):
        rows["track_entries"].append(
            (record_id, seq, _text(entry.at), entry.move, entry.role.value, entry.who, entry.reason)
        )
    rows["sortings"].append(
        (
            *(record_id, moment, False, kind.value, "12315", intent.value, issue, goods, "商品", platform),
            *(district, True, amount, False, phone_hash, _name_hash(master, name), shop_hash),
        )
    )
    rows["record_words"].append((record_id, word, moment))


def _fields(sealer: CallSealer, record_id: str, values: dict[Slot, SlotValue], rows: Rows) -> None:
    for position, (slot, value) in enumerate(values.items()):
        field = FieldDraft(
            slot=slot, value=value, heard=str(value), turn=position, confidence=0.9, method="bench"
        )
        sealed = sealer.seal(field.model_dump_json().encode(), field_place(record_id, slot.value))
        rows["record_fields"].append(
            (record_id, slot.value, position, "bench", 0.9, "explicit", position, sealed)
        )


def _phone(draw: Random) -> str:
    """Nobody's number: 1xx-0000-xxxx."""
    return f"1{draw.randrange(30, 100)}0000{draw.randrange(10_000):04d}"


@cache
def _name_hash(master: MasterKey, name: str) -> str:
    return master.match_hash("name", name_key(name))


def _text(at: datetime) -> str:
    """As both databases read a time in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
