from __future__ import annotations

import pytest

from data.understanding import SlotValue
from data.values import same
from data.vocabulary import Slot


@pytest.mark.parametrize(
    ("slot", "expected", "got", "equal"),
    [
        (Slot.AMOUNT, 499, 499.0, True),
        (Slot.AMOUNT, 499, 399, False),
        (Slot.AMOUNT, 0, 0, True),
        (Slot.AMOUNT, 0, None, False),
        (Slot.ORDER_NO, "230518764", "2305 18764", True),
        (Slot.ORDER_NO, "230518764", "23051876", False),
        (Slot.PLATFORM, "拼多多", "PDD", True),
        (Slot.PLATFORM, "抖音电商", "抖音", True),
        (Slot.PLATFORM, "拼多多", "多多买菜", False),
        (Slot.NAME, "王芳", "汪方", True),
        (Slot.NAME, "王芳", "王方圆", False),
        (Slot.ADDRESS, "长宁区仙霞路139弄8号602室", "长宁仙霞路一百三十九弄八号六零二室", True),
        (Slot.ADDRESS, "仙霞路139弄8号", "长宁区仙霞路139弄8号", True),
        (Slot.ADDRESS, "长宁区仙霞路139弄8号", "静安区仙霞路139弄8号", False),
        (Slot.ADDRESS, "长宁区仙霞路139弄8号", "长宁区仙霞路139弄9号", False),
        (Slot.DISTRICT, "浦东新区", "浦东", True),
        (Slot.DISTRICT, "浦东新区", "黄浦区", False),
        (Slot.DEMAND, ("退款",), ("退还货款和服务费用",), True),
        (Slot.DEMAND, ("退货", "赔偿损失"), ("赔偿损失", "退货"), True),
        (Slot.DEMAND, ("退货",), ("退货", "赔偿损失"), False),
        (Slot.ANONYMOUS, False, False, True),
        (Slot.ANONYMOUS, True, False, False),
        (Slot.SHOP, "A店（旗舰）", "a店旗舰", True),
        (Slot.PRODUCT, "羽绒服", "羽绒被", False),
        (Slot.NARRATIVE, "甲", "乙", True),
    ],
)
def test_sameness(slot: Slot, expected: SlotValue, got: SlotValue | None, equal: bool) -> None:
    assert same(slot, expected, got) is equal
