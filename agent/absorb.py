"""Taking what was said into the record: what fills, what corrects, what is left alone. Pure."""

from __future__ import annotations

import data.events as ev
from agent.acts import RaiseAlert
from agent.deciding import Deciding
from data.understanding import Finding
from data.vocabulary import FLAG_SLOTS, MASS_INCIDENT, Act, Slot

#: Worked out from other words, never asked: a later reading may sharpen them.
DERIVED_SLOTS = frozenset({Slot.GOODS, Slot.ISSUE, Slot.RESPONDENT_TYPE})
#: Slots whose digits can be keyed; said differently after a yes, they contradict it.
DIGIT_SLOTS = frozenset(
    {Slot.PHONE, Slot.ORDER_NO, Slot.CASE_NO, Slot.PHONE_TAIL, Slot.AMOUNT, Slot.PEOPLE_COUNT}
)

#: The method of a finding that takes all that was said for the value: no surer than the recogniser was.
_WHOLE_ANSWER = "whole_answer"
#: A value taken instead of one that was denied must be confirmed outright.
_GUESSED = 0.4
#: Methods that take any words for the value, when nothing speaks against it.
_LOOSE = frozenset({_WHOLE_ANSWER, "bare_name"})
#: What a caller does instead of answering: words that do so are no value.
_INSTEAD = frozenset(
    {
        Act.DONT_KNOW,
        Act.DECLINE,
        Act.REPEAT,
        Act.SLOWER,
        Act.WAIT,
        Act.WITHDRAW,
        Act.GOODBYE,
        Act.REFUSE_RECORDING,
        Act.ASK_QUESTION,
    }
)


def absorb(d: Deciding, words: ev.WordsHeard) -> list[Slot]:
    """Fill what is empty; change what is held only when asked now, or corrected. Gives what changed.

    Of several findings for a slot the first counts.
    """
    changed: list[Slot] = []
    for slot in dict.fromkeys(finding.slot for finding in words.understanding.findings):
        finding = told(words, slot)
        if finding is not None and _may_change(d, words, slot) and take(d, words, finding):
            changed.append(slot)
    return changed


def told(words: ev.WordsHeard, slot: Slot) -> Finding | None:
    """What was said of `slot`. "哪个店我不晓得", "说慢一点" are no shops, whole answers though they may be."""
    finding = words.understanding.find(slot)
    instead = bool(words.understanding.acts & _INSTEAD)
    return None if finding is not None and instead and finding.method in _LOOSE else finding


def tells(words: ev.WordsHeard) -> bool:
    """Whether any value was said."""
    return any(told(words, finding.slot) is not None for finding in words.understanding.findings)


def _may_change(d: Deciding, words: ev.WordsHeard, slot: Slot) -> bool:
    acts = words.understanding.acts
    standing = d.state.standing
    if d.state.value(slot) is None or (standing is not None and standing.slot == slot):
        return True
    if slot in DERIVED_SLOTS:
        return False
    if Act.CORRECT in acts:
        return True
    if standing is None or standing.phase != "read_back":
        # Elsewhere a no answers the question; it does not take back a value.
        return False
    if slot not in standing.slots:
        return Act.DENY in acts
    return slot in DIGIT_SLOTS or Act.DENY in acts or not acts & {Act.AFFIRM, Act.ASK_QUESTION}


def put_right(d: Deciding, besides: Slot | None = None) -> list[Slot]:
    """The slots whose value was replaced in this decision, `besides` left out."""
    slots = [event.slot for event in d.events if isinstance(event, ev.SlotCorrected)]
    return [slot for slot in dict.fromkeys(slots) if slot is not besides and slot is not Slot.NARRATIVE]


def take(d: Deciding, words: ev.WordsHeard, finding: Finding) -> bool:
    """Put one finding into the record, with where it was heard."""
    unsure = finding.method == _WHOLE_ANSWER
    finding = _never_twice(d, words, finding)
    return d.fill(
        finding.slot,
        finding.value,
        turn=words.turn,
        heard=finding.heard,
        span=finding.span,
        confidence=min(finding.confidence, words.confidence) if unsure else finding.confidence,
        method=finding.method,
        precision=finding.precision,
    )


def _never_twice(d: Deciding, words: ev.WordsHeard, finding: Finding) -> Finding:
    """What he already put right was heard wrongly again: what else it may have been comes first."""
    held, standing = d.state.slots.get(finding.slot), d.state.standing
    if held is None or standing is None or finding.slot not in DIGIT_SLOTS | {Slot.NAME}:
        return finding
    # Asked anew though a value is there, a bare no took it back; and what he denies is not what he says now.
    anew = (standing.slot, standing.phase) == (finding.slot, "value")
    denies = standing.phase in ("confirm", "read_back") and Act.DENY in words.understanding.acts
    denied = (*held.denied, held.value) if anew or denies else held.denied
    others = [value for value in finding.alternatives if value not in (*denied, held.value)]
    if finding.value not in denied or not others:
        return finding
    return finding.model_copy(update={"value": others[0], "confidence": min(finding.confidence, _GUESSED)})


def keep_narrative(d: Deciding, words: ev.WordsHeard) -> list[Slot]:
    """Take the whole utterance as the story, and every value it holds."""
    changed = absorb(d, words)
    if d.state.value(Slot.NARRATIVE) is None and words.text:
        fill_narrative(d, words)
        changed.append(Slot.NARRATIVE)
    return changed


def note_flags(d: Deciding, words: ev.WordsHeard, *, comfort: bool) -> None:
    """What the words tell of danger to many, of safety and of mood; comfort: the mood is spoken to."""
    flags = words.understanding.flags
    found = {
        MASS_INCIDENT: "true" if flags.mass_incident else None,
        "safety_flag": flags.safety_flag,
        "emotion": flags.emotion,
    }
    for flag, value in found.items():
        if value is not None and d.state.flags.get(flag) != value:
            d.emit(ev.FlagRaised(flag=flag, value=value, turn=words.turn))
            if flag == MASS_INCIDENT:
                d.act(RaiseAlert(cause=MASS_INCIDENT, key=f"{d.state.call_id}:alert:{MASS_INCIDENT}"))
    if comfort and flags.emotion is not None:
        _comfort(d)


def _comfort(d: Deciding) -> None:
    """The first time a sentence, the second the offer of a person; after that, business."""
    says = d.script.file.says
    said = {each.prompt for each in d.state.said.values()}
    for use in ("emotion", "emotion_again"):
        if says[use] not in said:
            d.say_use(use)
            return


def answer_yes_no(d: Deciding, words: ev.WordsHeard, slot: Slot) -> bool:
    """A plain yes or no to a yes/no slot; says whether it was one."""
    acts = words.understanding.acts
    if slot not in FLAG_SLOTS or bool(acts & {Act.AFFIRM}) == bool(acts & {Act.DENY}):
        return False
    d.fill(
        slot,
        Act.AFFIRM in acts,
        turn=words.turn,
        heard=words.text,
        span=(0, len(words.text)),
        method="answer",
    )
    return True


def fill_narrative(d: Deciding, words: ev.WordsHeard) -> None:
    """The whole utterance is the story, whatever was one before."""
    d.fill(
        Slot.NARRATIVE,
        words.text,
        turn=words.turn,
        heard=words.text,
        span=(0, len(words.text)),
        confidence=words.confidence,
        method="story",
    )
