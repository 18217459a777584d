from __future__ import annotations

import pytest

from data.masking import mask, mask_address, mask_name, mask_phone
from data.vocabulary import Slot


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800001234", "138****1234"),
        ("02153395288", "021****5288"),
        ("53395288", "****5288"),
        ("110", "***"),
        ("", "***"),
    ],
)
def test_phones(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(("name", "masked"), [("王芳", "王*"), ("王小明", "王**"), ("王", "王*")])
def test_names(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_addresses_keep_the_district() -> None:
    assert mask_address("上海市长宁区仙霞路139弄8号602") == "上海市长宁区***"
    assert mask_address("仙霞路139弄8号602") == "***"
    assert mask_address("仙霞路一百三十九弄八号六零二小区") == "***"


def test_slots() -> None:
    assert mask(Slot.PHONE, "13800001234") == "138****1234"
    assert mask(Slot.ORDER_NO, "230518764") == "***8764"
    assert mask(Slot.NARRATIVE, "我叫王小明") == "***"
    assert mask(Slot.AMOUNT, 0) == 0
    assert mask(Slot.PLATFORM, "拼多多") == "拼多多"
