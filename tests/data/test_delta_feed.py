"""The Yangtze-delta feed: signed, in order, once, and without anything personal."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from data.delta_feed import FIELDS, FIRST, DeltaItem, FeedBroken, open_line, sign_line
from data.records import RecordDraft
from data.store import Store
from data.vocabulary import Kind, Outcome, Slot

from .conftest import NOON
from .test_handling import field, gym, lodge

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ITEM = DeltaItem(
    province="32",
    seq=1,
    prev=FIRST,
    item="0" * 32,
    on=NOON.date(),
    fields={"kind": "投诉", "stage": "registered"},
)
#: Every slot, filled with something that must never leave, but for what the table lists.
PERSONAL = {
    Slot.NAME: "王小明",
    Slot.PHONE: "13800001234",
    Slot.ADDRESS: "长宁区仙霞路139弄8号",
    Slot.ORDER_NO: "230518764001",
    Slot.NARRATIVE: "我叫王小明，住仙霞路",
    Slot.RESPONDENT_ADDRESS: "苏州市平江路77号",
    Slot.RESPONDENT: "老王修车铺",
    Slot.CASE_NO: "1310000002026112490000001",
    Slot.EVIDENCE: ("王小明的转账截图",),
    Slot.ISSUE: "王小明的质量问题",
    Slot.GOODS: "王小明的衣服",
    Slot.PLATFORM: "王小明的网",
    Slot.PRODUCT: "给王小明定做的西装",
}
SECRETS = ("王小明", "13800001234", "仙霞路", "230518764001", "平江路", "老王", "转账", "西装", "90000001")


def suzhou(n: int, kind: Kind = Kind.COMPLAINT, **slots: str) -> RecordDraft:
    return gym(f"1380000123{n}", kind, district="苏州", **slots)


def full(kind: Kind) -> RecordDraft:
    told = tuple(field(slot, value) for slot, value in PERSONAL.items())
    return RecordDraft(
        kind=kind, content="我叫王小明，住仙霞路，电话13800001234", fields=told, said=("王小明",)
    )


def payloads(lines: list[str]) -> str:
    return "".join(open_line(KEY.public_key(), line).model_dump_json() for line in lines)


@pytest.fixture
def signed_store(any_store: Store) -> Store:
    folder = any_store.home / "keys"
    folder.mkdir(exist_ok=True)
    (folder / "feed.key").write_text(bytes(range(32)).hex())
    (folder / "feed.key").chmod(0o600)
    return any_store


def test_each_stage_is_told_once_to_its_own_province(signed_store: Store) -> None:
    case_no = lodge(signed_store, suzhou(1), 1)
    lodge(signed_store, gym("13800001239"), 2)  # in Shanghai: nobody's business
    lodge(signed_store, gym("13800001238", district="杭州"), 3)
    assert (signed_store.publish_delta(NOON), signed_store.publish_delta(NOON)) == (2, 0)
    signed_store.assign(case_no, "江苏", "张三", None, dispatch=True, now=NOON)
    signed_store.sort_records(NOON)
    assert signed_store.publish_delta(NOON) == 1
    first, second = signed_store.delta_lines("32")
    one, two = (open_line(KEY.public_key(), line) for line in (first, second))
    assert (one.fields["stage"], two.fields["stage"], one.item == two.item) == (
        "registered",
        "dispatched",
        True,
    )
    assert signed_store.delta_lines("32", after=1) == [second]
    assert len(signed_store.delta_lines("33")) == 1 and signed_store.delta_lines("34") == []


@pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.REPORT])
def test_nothing_personal_leaves(signed_store: Store, kind: Kind) -> None:
    case_no = lodge(signed_store, full(kind), 1)
    assert signed_store.publish_delta(NOON) == 1
    lines = signed_store.delta_lines("32")
    for secret in (*SECRETS, case_no, signed_store.record(case_no).id, signed_store.record(case_no).call_id):
        assert secret not in payloads(lines), secret
    assert set(open_line(KEY.public_key(), lines[0]).fields) <= FIELDS.keys()


def test_only_a_legal_entity_is_named(signed_store: Store) -> None:
    names = {"苏州力健体育有限公司": True, "老王修车铺": False, "13800001234公司": False, "王芳": False}
    for n, name in enumerate(names):
        lodge(signed_store, suzhou(n, respondent=name), n)
    signed_store.publish_delta(NOON)
    told = payloads(signed_store.delta_lines("32"))
    for name, named in names.items():
        assert (name in told) is named


def test_an_unclear_place_is_not_shared_until_a_person_decides(signed_store: Store) -> None:
    told = RecordDraft(kind=Kind.COMPLAINT, content="假货", fields=(field(Slot.PLATFORM, "闲鱼"),))
    case_no = lodge(signed_store, told, 1)
    assert signed_store.publish_delta(NOON) == 0
    signed_store.assign(case_no, "浙江", "张三", None, now=NOON)
    assert signed_store.publish_delta(NOON) == 1


def test_an_erased_record_is_not_shared(signed_store: Store) -> None:
    lodge(signed_store, suzhou(1), 1)
    signed_store.close_call("x1", Outcome.LODGED, "seat", NOON)
    signed_store.erase_call("x1", NOON)
    assert signed_store.publish_delta(NOON) == 0


def test_what_cannot_be_shared_holds_up_nothing(signed_store: Store) -> None:
    unclear = RecordDraft(kind=Kind.COMPLAINT, content="假货", fields=(field(Slot.PLATFORM, "闲鱼"),))
    for n in range(3):
        lodge(signed_store, unclear, n)
    lodge(signed_store, suzhou(1), 4)
    signed_store.close_call("x4", Outcome.LODGED, "seat", NOON)
    signed_store.erase_call("x4", NOON)
    lodge(signed_store, suzhou(2), 5)
    assert signed_store.publish_delta(NOON, limit=1) == 1


def test_taken_in_once_and_in_order(signed_store: Store, tmp_path: Path) -> None:
    for n in range(3):
        lodge(signed_store, suzhou(n), n)
    signed_store.publish_delta(NOON)
    lines, key = signed_store.delta_lines("32"), KEY.public_key()
    (tmp_path / "other").mkdir()
    with Store.open(f"sqlite:///{tmp_path / 'other' / 'seat.db'}", tmp_path / "other") as other:
        assert [other.take_delta(key, "32", lines[:1]), other.take_delta(key, "32", lines)] == [1, 2]
        assert other.take_delta(key, "32", lines) == other.take_delta(key, "32", lines[::-1]) == 0
        assert other.delta_cursor(key, "32").seq == 3 and len(other.taken_items()) == 3


@pytest.mark.parametrize(
    "how", ["changed", "left out", "turned round", "another key", "another province", "again"]
)
def test_tampering_is_refused_and_nothing_is_kept(signed_store: Store, how: str) -> None:
    for n in range(3):
        lodge(signed_store, suzhou(n), n)
    signed_store.publish_delta(NOON)
    lines, key, province = signed_store.delta_lines("32"), KEY.public_key(), "32"
    if how == "changed":
        forged = sign_line(Ed25519PrivateKey.generate(), open_line(key, lines[1]))
        lines[1] = json.dumps(json.loads(lines[1]) | {"payload": json.loads(forged)["payload"][:-4] + "AAAA"})
    elif how == "left out":
        del lines[1]
    elif how == "turned round":
        lines[0], lines[1] = lines[1], lines[0]
    elif how == "another key":
        key = Ed25519PrivateKey.generate().public_key()
    elif how == "another province":
        province = "33"
    else:
        lines.insert(1, sign_line(KEY, open_line(key, lines[0]).model_copy(update={"seq": 2})))
    with pytest.raises(FeedBroken):
        signed_store.take_delta(key, province, lines, NOON + timedelta(days=1))
    assert signed_store.taken_items() == []


def test_a_field_that_is_never_shared_is_not_taken_in() -> None:
    wrong = ITEM.model_copy(update={"fields": {"phone": "13800001234"}})
    with pytest.raises(FeedBroken) as refused:
        open_line(KEY.public_key(), sign_line(KEY, wrong))
    assert "1380000" not in str(refused.value)


@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1"))))
def test_any_other_line_is_broken(line: str) -> None:
    with pytest.raises(FeedBroken):
        open_line(KEY.public_key(), line)


def test_a_line_is_a_flattened_jws() -> None:
    line = json.loads(sign_line(KEY, ITEM))
    assert set(line) == {"payload", "protected", "signature"}
    assert all("=" not in part for part in line.values())
    assert open_line(KEY.public_key(), json.dumps(line)) == ITEM
