"""Does what was said so far answer the question? Decides how long to wait for more. Pure."""

from __future__ import annotations

import re

from data.understanding import Asked, Finding, Understanding
from data.vocabulary import FLAG_SLOTS, Act, ConsentReply, Listen, Slot

#: What people say to show they listen, alone or in a row. Not a turn while the seat speaks.
_BACKCHANNEL = re.compile(
    "(?:嗯|哦|噢|喔|啊|呃|呀|好的|好|对的|对|是的|是|行|知道了|知道|明白了|明白|晓得了|晓得|喂|唉|哎)+"
)
_GAPS = str.maketrans("", "", " ，。！？、,.!?…")
_PHONE_DIGITS = 11
#: Numbers without a length of their own.
_NO_LENGTH = (Slot.ORDER_NO, Slot.CASE_NO)
#: Words a sentence goes on after.
#: A value heard less surely may be only the beginning of one.
_SURE_ENOUGH = 0.5
_UNITS = ("块", "元", "钱", "毛", "角", "分", "万", "千")
_OPEN_ENDS = ("是", "在", "和", "跟", "还有", "然后", "那个", "就是", "呃", "嗯", "因为", "叫")


def backchannel(text: str) -> bool:
    """Only "嗯", "哦", "好的" …: said while listening."""
    return _BACKCHANNEL.fullmatch(text.translate(_GAPS)) is not None


def complete(asked: Asked, meant: Understanding) -> bool:
    """Whether a person would answer now, rather than wait for the rest."""
    acts = meant.acts
    if meant.request_human or meant.flags.emergency is not None:
        return True
    if asked.consent is not None:
        return meant.consent in (ConsentReply.AGREE, ConsentReply.DECLINE, ConsentReply.WITHDRAW)
    if asked.read_back:
        # "不对" alone is only the beginning of a correction, and so are the first digits of a number.
        if meant.findings:
            return all(_whole(finding, asked) for finding in meant.findings)
        return Act.AFFIRM in acts and not acts & {Act.DENY, Act.CORRECT}
    if asked.listen is Listen.STORY:
        return bool(meant.intents) and len(meant.text) >= 8
    if acts & {Act.DECLINE, Act.DONT_KNOW, Act.REPEAT, Act.SLOWER, Act.GOODBYE}:
        return True
    found = meant.find(asked.slot) if asked.slot is not None else None
    if found is None:
        return asked.slot in FLAG_SLOTS and bool(acts & {Act.AFFIRM, Act.DENY})
    return _whole(found, asked) and not _trails_off(meant.text)


def more_figures(meant: Understanding) -> bool:
    """It ends in the figures of a number that has no length, or not yet its length: people pause inside."""
    numbers = [found for found in meant.findings if found.slot in (*_NO_LENGTH, Slot.PHONE)]
    bare = meant.text.translate(_GAPS)
    return bare[-1:].isdigit() and any(
        found.slot is not Slot.PHONE or len(str(found.value)) < _PHONE_DIGITS for found in numbers
    )


def _whole(found: Finding, asked: Asked) -> bool:
    """Nothing more of this value is to be expected."""
    if found.confidence < _SURE_ENOUGH:
        return False
    if found.slot is asked.slot is Slot.AMOUNT and not found.heard.endswith(_UNITS):
        # "七十……九块": people pause inside a sum, and end it with its unit.
        return False
    if found.slot is Slot.PHONE:
        return isinstance(found.value, str) and len(found.value) >= _PHONE_DIGITS
    # An order number has no length of its own: only time tells.
    return found.slot not in _NO_LENGTH and asked.listen is not Listen.DIGITS


def _trails_off(text: str) -> bool:
    """Ends on a word nobody ends on."""
    return text.translate(_GAPS).endswith(_OPEN_ENDS)
