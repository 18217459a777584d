"""Sealed is sealed: bound to its place, detected when changed, gone when the key is."""

from __future__ import annotations

import pytest

from data.errors import SealBroken
from data.sealing import CallSealer, MasterKey, plain_phone

MASTER = MasterKey(bytes(range(32)))


def sealer() -> CallSealer:
    return MASTER.new_call("c1")[0]


def test_opens_where_it_was_sealed() -> None:
    one = sealer()
    sealed = one.seal("王小明".encode(), "event/1/x")
    assert one.open(sealed, "event/1/x").decode() == "王小明"
    assert "王小明".encode() not in sealed


@pytest.mark.parametrize("at", [0, 11, 12, -1])
def test_a_changed_byte_is_detected(at: int) -> None:
    one = sealer()
    sealed = bytearray(one.seal(b"said", "p"))
    sealed[at] ^= 1
    with pytest.raises(SealBroken):
        one.open(bytes(sealed), "p")


def test_another_place_call_or_nothing_does_not_open() -> None:
    one = sealer()
    sealed = one.seal(b"said", "event/1/x")
    for other, place in ((one, "event/2/x"), (CallSealer("c2", one.key), "event/1/x")):
        with pytest.raises(SealBroken):
            other.open(sealed, place)
    with pytest.raises(SealBroken):
        one.open(b"", "event/1/x")


def test_a_wrapped_key_belongs_to_its_call_and_master() -> None:
    one, wrapped = MASTER.new_call("c1")
    assert MASTER.unwrap("c1", wrapped).key == one.key
    with pytest.raises(SealBroken):
        MASTER.unwrap("c2", wrapped)
    with pytest.raises(SealBroken):
        MasterKey(bytes(32)).unwrap("c1", wrapped)


def test_nothing_shows_a_key() -> None:
    one = sealer()
    assert one.key.hex() not in repr(one) and "key" not in repr(one)


@pytest.mark.parametrize("written", ["13800001234", "138 0000 1234", "+86 138-0000-1234", "008613800001234"])
def test_phones_compare_however_written(written: str) -> None:
    assert MASTER.phone_hash(written) == MASTER.phone_hash("13800001234")
    assert MASTER.phone_hash(written) != MasterKey(bytes(32)).phone_hash(written)


def test_a_landline_that_begins_with_86_stays() -> None:
    assert plain_phone("86543210") == "86543210"
