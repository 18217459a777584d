"""What an utterance does in the dialog, given what was asked.

A bare 嗯 confirms a read-back and answers a yes-or-no question; after an open question it is only breath.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from data.understanding import Asked
from data.vocabulary import Act, Listen, Slot
from nlu.heard import Heard, clauses
from nlu.tables import Table, load


class _Phrases(Table):
    fillers: str
    affirm_bare: str
    affirm_start: str
    deny_bare: str
    deny_start: str
    deny_inside: str
    correct: str
    dont_know: str
    lacking: str
    unknowable: str
    decline: str
    repeat: str
    repeat_bare: str
    slower: str
    wait: str
    question: str
    asking: str
    asking_all_the_same: str
    withdraw: str
    goodbye: str
    refuse_recording: str


@dataclass(frozen=True, slots=True)
class _Patterns:
    edges: re.Pattern[str]
    affirm: re.Pattern[str]
    affirm_start: re.Pattern[str]
    deny: re.Pattern[str]
    deny_start: re.Pattern[str]
    deny_inside: re.Pattern[str]
    correct: re.Pattern[str]
    dont_know: re.Pattern[str]
    lacking: re.Pattern[str]
    unknowable: re.Pattern[str]
    decline: re.Pattern[str]
    repeat: re.Pattern[str]
    repeat_bare: re.Pattern[str]
    slower: re.Pattern[str]
    wait: re.Pattern[str]
    question: re.Pattern[str]
    asking: re.Pattern[str]
    asking_all_the_same: re.Pattern[str]
    withdraw: re.Pattern[str]
    goodbye: re.Pattern[str]
    refuse_recording: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    table = load("phrases", _Phrases)
    fillers = f"(?:{table.fillers})*"
    return _Patterns(
        edges=re.compile(f"^{fillers}|{fillers}$"),
        affirm=re.compile(f"^{fillers}(?:(?:{table.affirm_bare}){fillers})+(?:谢谢.{{0,2}})?$"),
        affirm_start=re.compile(table.affirm_start),
        deny=re.compile(f"^{fillers}(?:(?:{table.deny_bare}){fillers})+(?:谢谢.{{0,2}})?$"),
        deny_start=re.compile(table.deny_start),
        deny_inside=re.compile(table.deny_inside),
        correct=re.compile(table.correct),
        dont_know=re.compile(table.dont_know),
        lacking=re.compile(table.lacking),
        unknowable=re.compile(table.unknowable),
        decline=re.compile(table.decline),
        repeat=re.compile(table.repeat),
        repeat_bare=re.compile(f"^(?:{table.repeat_bare})$"),
        slower=re.compile(table.slower),
        wait=re.compile(table.wait),
        question=re.compile(table.question),
        asking=re.compile(table.asking),
        asking_all_the_same=re.compile(table.asking_all_the_same),
        withdraw=re.compile(table.withdraw),
        goodbye=re.compile(table.goodbye),
        refuse_recording=re.compile(table.refuse_recording),
    )


#: Numbers there may be none of.
_NUMBERS = (Slot.ORDER_NO, Slot.CASE_NO, Slot.PHONE, Slot.PHONE_TAIL, Slot.LOT_NO)
#: Not asked for a value of their own: all that is said may be told.
_OPEN_SLOTS = (None, Slot.NARRATIVE, Slot.TOPIC)
#: An utterance longer than this tells a story: phrases in its midst are part of the story.
_BRIEF = 16
_BREATH = re.compile(r"^[嗯呃额啊哦噢喔欸诶哎好的行了]{1,3}$")


def closed(asked: Asked) -> bool:
    """Whether yes or no is an answer to what was asked."""
    return bool(asked.read_back) or asked.listen is Listen.YES_NO or asked.consent is not None


def read(heard: Heard) -> set[Act]:
    """Acts told by words alone; INFORM and the correction of a value are added by what was found."""
    patterns = _patterns()
    core = heard.core.lower()
    if not core:
        return set()
    acts = _plain(core, patterns, heard.asked)
    brief = len(core) <= _BRIEF
    if brief or heard.asked.slot not in (None, Slot.NARRATIVE):
        opening = core if brief else core[:_BRIEF]
        for act, pattern in (
            (Act.DONT_KNOW, patterns.dont_know),
            (Act.DECLINE, patterns.decline),
            (Act.WAIT, patterns.wait),
            (Act.REPEAT, patterns.repeat),
            (Act.SLOWER, patterns.slower),
            (Act.GOODBYE, patterns.goodbye),
        ):
            if pattern.search(opening):
                acts.add(act)
    if any(_lacks(heard, part, patterns) for part in _parts(heard)):
        acts.add(Act.DONT_KNOW)
    if brief and patterns.repeat_bare.match(core) and ("？" in heard.raw or "?" in heard.raw or core != "嗯"):
        acts.add(Act.REPEAT)
    if len(core) <= 40:
        if patterns.slower.search(core):
            acts.add(Act.SLOWER)
        if patterns.withdraw.search(core):
            acts.add(Act.WITHDRAW)
    if patterns.refuse_recording.search(core) and "为什么" not in core:
        acts.add(Act.REFUSE_RECORDING)
    if _asks(heard, core, patterns) and not acts & {Act.REPEAT, Act.WAIT}:
        acts.add(Act.ASK_QUESTION)
    return _reconciled(acts, core)


def question_in(heard: Heard) -> str:
    """What of the words may ask something, "" for nothing.

    Where a value is asked for, a question must be put as one, and a clause that has no value answers the step.
    """
    if not _for_a_value(heard.asked):
        return heard.text
    patterns = _patterns()
    left = [part for part in _parts(heard) if not _answers_nothing(heard, part, patterns)]
    asked = heard.raw.rstrip().endswith(("?", "？")) or any(map(patterns.asking.search, left))
    return "，".join(left) if asked else ""


def _answers_nothing(heard: Heard, part: str, patterns: _Patterns) -> bool:
    """The clause says that he has not, knows not or tells not what is asked for, and asks nothing."""
    if patterns.asking_all_the_same.search(part):
        return False
    refusals = (patterns.dont_know, patterns.decline, patterns.deny)
    return _lacks(heard, part, patterns) or any(refusal.search(part) for refusal in refusals)


def _for_a_value(asked: Asked) -> bool:
    """One value is asked for, and not for a yes or no."""
    return asked.slot not in _OPEN_SLOTS and not closed(asked)


def _parts(heard: Heard) -> list[str]:
    return [heard.text[start:end] for start, end in clauses(heard.text)]


def _lacks(heard: Heard, part: str, patterns: _Patterns) -> bool:
    """The clause says that there is no such number, or that nobody could know it."""
    if not _for_a_value(heard.asked):
        return False
    if patterns.unknowable.search(part):
        return True
    numberless = not any(character.isdigit() for character in part)
    return heard.asked.slot in _NUMBERS and numberless and patterns.lacking.search(part) is not None


def _plain(core: str, patterns: _Patterns, asked: Asked) -> set[Act]:
    """Yes, no and "that is wrong"."""
    acts: set[Act] = set()
    is_closed = closed(asked)
    if patterns.affirm.match(core):
        # 嗯 and 好 after an open question promise an answer that has not come yet.
        if is_closed or not _BREATH.match(core):
            acts.add(Act.AFFIRM)
    elif patterns.deny.match(core):
        acts.add(Act.DENY)
    else:
        if patterns.affirm_start.search(core) and not re.match(r"^对不对|^是不是|^是的话", core):
            acts.add(Act.AFFIRM)
        if (
            patterns.deny_start.search(core)
            and (is_closed or len(core) <= 24)
            and not re.match(r"^不是(?:说|吗|我不)|^不行不行我", core)
        ):
            acts.add(Act.DENY)
    if is_closed and patterns.deny_inside.search(core) and "没错" not in core and "对不对" not in core:
        acts.add(Act.DENY)
        if not re.match(r"^(?:对|是的|嗯对)", core):
            acts.discard(Act.AFFIRM)
    if patterns.correct.search(core) and (is_closed or len(core) <= 30 or asked.known):
        acts.add(Act.CORRECT)
    return acts


def _asks(heard: Heard, core: str, patterns: _Patterns) -> bool:
    if _for_a_value(heard.asked) and not question_in(heard):
        return False
    if patterns.question.search(core) and (len(core) <= 30 or heard.asked.slot in (None, Slot.NARRATIVE)):
        return _for_a_value(heard.asked) or not patterns.dont_know.search(core)
    return heard.raw.rstrip().endswith(("?", "？")) and len(core) > 3


def _reconciled(acts: set[Act], core: str) -> set[Act]:
    """Without the acts that others explain away."""
    if Act.DONT_KNOW in acts or Act.DECLINE in acts:
        # "没有订单号", "不方便": the no belongs to the answer, it does not contradict a read-back.
        acts.discard(Act.CORRECT)
        if not re.match(r"^(?:不对|不是)", core):
            acts.discard(Act.DENY)
    if Act.REPEAT in acts:
        acts -= {Act.DENY, Act.DECLINE, Act.DONT_KNOW, Act.AFFIRM}
    if Act.CORRECT in acts and core in ("不对", "错了", "不是"):
        acts.discard(Act.CORRECT)
    if Act.REFUSE_RECORDING in acts:
        acts -= {Act.DENY, Act.DECLINE, Act.CORRECT}
    return acts
