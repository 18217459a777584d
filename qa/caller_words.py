"""What a simulated caller says beside his written answers: a yes, and the right value for a wrong one."""

from __future__ import annotations

from data.vocabulary import DIGIT_SLOTS, NUMBER_SLOTS, Slot
from qa.persona import Persona
from qa.spoken import LABELS, digits_said, numbers_said, say_value

#: How a caller says yes.
YES = ("对的。", "对，没错。")
#: To "is there anything else?"; another matter is a planned event `at: more`.
NOTHING_MORE = "没有了，谢谢。"
#: To "shall we go on with the call that broke off?": whoever rang before, this is a call of its own.
FRESH_CALL = "不用了。"
#: An answer that begins so is a sentence: it is not put after "…是".
_SENTENCES = ("我", "是", "在", "就", "叫")


def correction(slot: Slot, words: str, *, alone: bool) -> str:
    """alone: only this value was said back, so its name need not be given."""
    if words.startswith(_SENTENCES):
        return f"不对，{words}。"
    return f"不对，是{words}。" if alone else f"不对，{LABELS[slot]}是{words}。"


def right_words(persona: Persona, slot: Slot) -> str | None:
    """How the caller gives the right value of `slot`: in his own words where they hold it."""
    expected = persona.expect.slots.get(slot)
    if slot not in LABELS or (expected is None and slot not in DIGIT_SLOTS | NUMBER_SLOTS):
        return None
    answers = [_bare(slot, text) for text in persona.answers.get(slot, ())]
    if expected is None:
        fitting = [text for text in answers if digits_said(text) or numbers_said(text)]
        return fitting[-1] if fitting else None
    if slot in DIGIT_SLOTS:
        fitting = [text for text in answers if expected in digits_said(text)]
    elif isinstance(expected, int | float):
        fitting = [text for text in answers if float(expected) in map(float, numbers_said(text))]
    else:
        fitting = [text for text in answers if isinstance(expected, tuple) or str(expected) in text]
    return fitting[-1] if fitting else say_value(slot, expected)


def every_text(persona: Persona) -> tuple[str, ...]:
    """All a caller of this persona may ever say, so that its sound can be made before the call."""
    texts = [*persona.said_texts(), *YES, NOTHING_MORE, FRESH_CALL]
    for slot in dict.fromkeys([*persona.expect.slots, *persona.answers]):
        words = right_words(persona, slot)
        if words is not None:
            texts.append(correction(slot, words, alone=False))
            if slot in persona.answers:
                texts.append(correction(slot, words, alone=True))
        value = persona.expect.slots.get(slot)
        spoken = say_value(slot, value) if value is not None else None
        if spoken is not None and slot not in persona.answers:
            texts.append(f"是{spoken}。")
    return tuple(dict.fromkeys(texts))


def _bare(slot: Slot, text: str) -> str:
    """An answer without its full stop and without naming the slot ("订单号是…")."""
    return text.rstrip("。，！").removeprefix(f"{LABELS[slot]}是")
