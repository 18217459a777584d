"""Corrections: what is taken back ("不是淘宝是拼多多"), and which slot a new value is for ("不对，是四百九十九")."""

from __future__ import annotations

import re

from data.understanding import Asked
from data.vocabulary import Slot
from nlu.digits import runs
from nlu.heard import GAP
from nlu.tables import pattern

_NEGATED = pattern("corrections", "negated")
_TAIL_NEGATED = re.compile(r"不是(?P<value>[^,，。;；!！?？、 是]{1,16})$")
_TAKEN_BACK = pattern("corrections", "taken_back")
_SLOT_WORDS: tuple[tuple[Slot, re.Pattern[str]], ...] = (
    (Slot.PHONE, re.compile(r"电话|手机号|手机|联系方式|号码")),
    (Slot.ORDER_NO, re.compile(r"订单号|订单编号|单号|订单")),
    (Slot.CASE_NO, re.compile(r"登记编号|受理编号|编号|工单号")),
    (Slot.AMOUNT, re.compile(r"金额|价格|价钱|钱数|多少钱|钱(?:不|错|是|应该)|总价|费用|数目")),
    (Slot.DATE, re.compile(r"日期|时间|日子|哪天|那天|几号")),
    (Slot.SHOP, re.compile(r"店名|店铺|店家|网店")),
    (Slot.PLATFORM, re.compile(r"平台")),
    (Slot.PRODUCT, re.compile(r"商品|产品|东西(?:不|是)|买的(?:不?是)|货(?:不|是)|物品")),
    (Slot.RESPONDENT_ADDRESS, re.compile(r"(?:店|商家|他们|公司)(?:的)?地址")),
    (Slot.ADDRESS, re.compile(r"我(?:的|家)?地址|通讯地址|家庭住址|住址|我家|地址")),
    (Slot.DISTRICT, re.compile(r"区(?:不对|错|是)|哪个区")),
    (Slot.RESPONDENT, re.compile(r"商家(?:名|的名)|公司(?:名|的名|不|是)|商家|饭店名|企业")),
    (Slot.NAME, re.compile(r"名字|姓名|我姓|我叫|姓(?:不|错|是)|姓")),
    (Slot.DEMAND, re.compile(r"诉求|要求")),
    (Slot.PEOPLE_COUNT, re.compile(r"人数|多少人")),
    (Slot.LOT_NO, re.compile(r"批号|批准文号|文号")),
    (Slot.EVENT_PLACE, re.compile(r"看到的地方|哪里看到")),
    (Slot.INJURY, re.compile(r"身体情况|症状")),
    (Slot.CARD_TYPE, re.compile(r"卡的种类|什么卡")),
    (Slot.DEVICE, re.compile(r"设备")),
)


_SHOP_AT = Slot.RESPONDENT_ADDRESS


def negated(text: str) -> list[tuple[int, int]]:
    """Spans of values that were denied or taken back. A question ("是不是淘宝") denies nothing."""
    spans: list[tuple[int, int]] = []
    for denial in (_NEGATED, _TAIL_NEGATED):
        for match in denial.finditer(text):
            rest = text[match.end() :]
            if re.match(r"^[?？吗]", rest) or match["value"].endswith(("吗", "么", "的话")):
                continue
            # "不是骗人是什么" denies nothing of value; a value has to follow or precede.
            spans.append(match.span("value"))
    return spans


def blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """`text` with what was denied made blank, every other character in its place."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = " " * (end - start)
    return "".join(characters)


def named_slot(text: str, asked: Asked) -> Slot | None:
    """The slot a correction names ("电话不对"); the earliest word that names one."""
    found: list[tuple[int, int, Slot]] = []
    for rank, (slot, word) in enumerate(_SLOT_WORDS):
        if match := word.search(text):
            found.append((match.start(), rank, slot))
    if not found:
        return None
    slots = [slot for _, _, slot in sorted(found)]
    if Slot.ADDRESS in slots and Slot.ADDRESS not in asked.read_back and _SHOP_AT in asked.read_back:
        # Where only one address was read back, "地址不对" is about that.
        slots[slots.index(Slot.ADDRESS)] = _SHOP_AT
    # Among those named, one that was just read back comes first.
    return next((slot for slot in slots if slot in asked.read_back or slot in asked.known), slots[0])


_CORE = re.compile(f"[{re.escape(GAP)}]")
_MARKS = re.compile(r"不对|不是|是|错了|应该|改成|改为|说|您|你|我|这个|那个|嗯|啊|哦|呀|的|了")


def likely_slot(text: str, asked: Asked) -> Slot | None:
    """Which slot a nameless correction is for, by the form of the new value and what is known.

    A long run of figures is the number nearest in length; the rest is left to the extractors' own judgement.
    """
    candidates = [
        slot for slot in (*asked.read_back, *asked.known) if slot in (Slot.PHONE, Slot.ORDER_NO, Slot.CASE_NO)
    ]
    digits = max((run.digits for run in runs(text, expected=True, shortest=2)), key=len, default="")
    if candidates and len(digits) >= 5:
        known = {slot: str(asked.known.get(slot, "")) for slot in dict.fromkeys(candidates)}
        return min(known, key=lambda slot: abs(len(known[slot]) - len(digits)) if known[slot] else 99)
    if len(asked.read_back) == 1:
        return asked.read_back[0]
    return None


def is_plain_value(text: str) -> bool:
    """Whether hardly anything stands beside a value: then it may be a bare name or product."""
    return len(_MARKS.sub("", _CORE.sub("", text))) <= 10
