"""Does what was said so far answer the question? Decides how long to wait for more. Pure."""

from __future__ import annotations

from data.understanding import Asked, Understanding
from data.vocabulary import Act, ConsentReply, Listen, Slot

#: What people say to show they listen. Not a turn while the seat speaks.
_BACKCHANNELS = frozenset(
    [
        "嗯",
        "嗯嗯",
        "哦",
        "噢",
        "喔",
        "啊",
        "呃",
        "好",
        "好的",
        "好好",
        "好好好",
        "对",
        "对对",
        "对对对",
        "是",
        "是的",
        "是是",
        "行",
        "知道",
        "知道了",
        "明白",
        "明白了",
        "喂",
        "唉",
        "哎",
    ]
)
_GAPS = str.maketrans("", "", " ，。！？、,.!?…")
_PHONE_DIGITS = 11
_OPEN_ENDS = ("的", "是", "在", "和", "跟", "还有", "然后", "那个", "就是", "呃", "嗯", "因为", "叫")


def backchannel(text: str) -> bool:
    """Only "嗯", "哦", "好的" …: said while listening."""
    return text.translate(_GAPS) in _BACKCHANNELS


def complete(asked: Asked, meant: Understanding) -> bool:
    """Whether a person would answer now, rather than wait for the rest."""
    acts = meant.acts
    if meant.request_human or meant.flags.emergency is not None:
        return True
    if asked.consent is not None:
        return meant.consent in (ConsentReply.AGREE, ConsentReply.DECLINE, ConsentReply.WITHDRAW)
    if asked.read_back:
        # "不对" alone is only the beginning of a correction.
        return bool(meant.findings) or (Act.AFFIRM in acts and Act.DENY not in acts)
    if asked.listen is Listen.STORY:
        return bool(meant.intents) and len(meant.text) >= 8
    if acts & {Act.DECLINE, Act.DONT_KNOW, Act.REPEAT, Act.SLOWER, Act.GOODBYE}:
        return True
    found = meant.find(asked.slot) if asked.slot is not None else None
    if found is None:
        return asked.slot in (Slot.ANONYMOUS, Slot.PRIOR_CONTACT, Slot.PROXY) and bool(
            acts & {Act.AFFIRM, Act.DENY}
        )
    if asked.slot is Slot.PHONE:
        return isinstance(found.value, str) and len(found.value) >= _PHONE_DIGITS
    if asked.listen is Listen.DIGITS:
        # An order number has no length of its own: only time tells.
        return False
    return not _trails_off(meant.text)


def _trails_off(text: str) -> bool:
    """Ends on a word nobody ends on."""
    bare = text.translate(_GAPS)
    return bare.endswith(
        ("的", "是", "在", "和", "跟", "还有", "然后", "那个", "就是", "呃", "嗯", "因为", "叫")
    )
