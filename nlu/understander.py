"""The door of the room: words in, Understanding out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from data.events import Reading
from data.understanding import Asked, Finding, Flags, Question, Scored, Understanding
from data.vocabulary import Act, ConsentReply, Intent, Listen, Slot
from models.protocols import TextEncoder
from nlu import acts as acting
from nlu import (
    consent,
    crowd,
    danger,
    demands,
    details,
    echoes,
    free_answers,
    human,
    identifiers,
    issues,
    language,
    outright,
    second_reading,
    stance,
)
from nlu import intents as business
from nlu.classifier import Classifier
from nlu.corrections import blanked, is_plain_value, likely_slot, named_slot, negated
from nlu.extractors import extract, for_slot
from nlu.faq import Faq, Wordings, asked_in, may_ask
from nlu.figures_by_sound import rewritten
from nlu.heard import Heard
from nlu.joint_reading import JointReading, Reader, beside, soft_values
from nlu.names import surname_of
from nlu.nbest import weigh
from nlu.respelling import respeller
from nlu.sentences import Sentence

_OPEN_SLOTS = (None, Slot.NARRATIVE, Slot.TOPIC)
#: A share that is more than a guess.
_PLAIN = 0.4
#: Fewer characters than this are no business of their own.
_LEAST_BUSINESS = 4
#: An answer to a slot's question this long may hold business of its own.
_STORY_LENGTH = 16
#: Intents whose records carry an issue category that the words must tell.
_CATEGORISED = business.COMPLAINTS | {Intent.REPORT_PRICE, Intent.REPORT_OTHER}
#: Whoever asks a question or for a person names demands as topics only.
_NOTHING_DEMANDED = frozenset({Intent.CONSULT, Intent.QUERY_PROGRESS, Intent.REQUEST_HUMAN, Intent.INVALID})
#: A card is no product, and a question buys nothing; an earlier case is named by its goods.
_NOTHING_BOUGHT = (_NOTHING_DEMANDED - {Intent.QUERY_PROGRESS}) | {
    Intent.COMPLAINT_PREPAID,
    Intent.EMOTIONAL,
    Intent.REPORT_SPECIAL_EQUIPMENT,
}
#: Said where the seat waits for a question, and none.
_NO_QUESTION = frozenset(
    {Act.AFFIRM, Act.DENY, Act.DECLINE, Act.DONT_KNOW, Act.GOODBYE, Act.REPEAT, Act.SLOWER, Act.WAIT}
)
#: A longer question tells a case.
_SHORT_QUESTION = 26
#: Who tells these has a case of his own.
_OWN_CASE = frozenset({Slot.AMOUNT, Slot.DATE, Slot.ORDER_NO, Slot.CASE_NO, Slot.PHONE, Slot.SHOP})
#: A question beside these is not what the call is for: who asks how his case stands has one.
_NO_QUESTION_FIRST = frozenset({Intent.CONSULT, Intent.REQUEST_HUMAN, Intent.QUERY_PROGRESS, Intent.URGE})
_NO_BUSINESS = frozenset({Intent.REQUEST_HUMAN, Intent.INVALID, Intent.EMOTIONAL})
_SAFETY_OF = {Intent.REPORT_FOOD: "食品", Intent.REPORT_SPECIAL_EQUIPMENT: "特种设备"}
_GREETING = re.compile(r"^(?:喂|你好|您好|在吗|哈喽|哎|听得到吗|听得见吗|嗯|呃|啊|好|好的|谢谢|不好意思)+$")
_DIGITS = (Slot.PHONE, Slot.PHONE_TAIL, Slot.ORDER_NO, Slot.CASE_NO)
#: A number read by its sound is always confirmed.
_BY_SOUND = 0.45
#: Slots a bare value after "不对" may be for, most telling form first.
_BY_FORM = (
    Slot.PLATFORM,
    Slot.DATE,
    Slot.DISTRICT,
    Slot.AMOUNT,
    Slot.ADDRESS,
    Slot.RESPONDENT_ADDRESS,
    Slot.PEOPLE_COUNT,
    Slot.NAME,
    Slot.PRODUCT,
    Slot.SHOP,
    Slot.RESPONDENT,
)


class Understander:
    """Reads one utterance at a time; holds no call's state, so that all calls share one.

    encoder: the text encoder for questions; joint: reads intents and soft values. Without them rules and characters
    are read alone. faq: the questions the script answers, by id. cache: a folder that keeps encoded sentences
    between starts. examples: by default all of nlu/examples.
    """

    def __init__(
        self,
        encoder: TextEncoder | None = None,
        *,
        joint: Reader | None = None,
        faq: Mapping[str, Wordings] | None = None,
        cache: Path | None = None,
        examples: Sequence[Sentence] | None = None,
    ) -> None:
        self._encoder, self._cache, self._joint = encoder, cache, joint
        self._classifier = Classifier(examples, joint)
        self.read_faq(faq or {})
        # The tables are read now, so that the first caller does not wait for them.
        self.understand(
            "我在商场买了一件衣服，要求退款，电话一三八零零零零一二三四",
            asked=Asked(),
            today=date(2026, 1, 1),
        )

    def read_faq(self, entries: Mapping[str, Wordings]) -> None:
        """Match questions to these entries from now on: those of the script calls begin with."""
        self._faq = Faq(entries, self._encoder, cache=self._cache and self._cache / "faq.npz")

    def warm(self) -> None:
        """Build what only words from a recogniser need (some seconds), so that no caller waits for it."""
        respeller()

    def understand(
        self,
        text: str,
        *,
        asked: Asked,
        today: date,
        alternatives: Sequence[Reading] = (),
        confidence: float = 1.0,
    ) -> Understanding:
        """What `text` meant as an answer to `asked`. Pure, and never raises on any text.

        alternatives: the recogniser's hypotheses, best first, `text` among them. confidence: of the recogniser
        in `text`; words that are not sure are read a second time by their sound.
        """
        if not second_reading.allowed(asked, confidence):
            return self._read(text, asked, today, alternatives, confidence)
        respelt = respeller().respell(text, second_reading.expected_words(asked))
        if not respelt.changes:
            return self._read(text, asked, today, alternatives, confidence)
        # The joint reader's time is spent on the words that were more likely said.
        first = self._read(text, asked, today, alternatives, confidence, deep=False)
        if not second_reading.helps(first, asked):
            return first
        second = self._read(respelt.text, asked, today, (), confidence)
        return second_reading.joined(first, second, respelt, asked)

    def _read(
        self,
        text: str,
        asked: Asked,
        today: date,
        alternatives: Sequence[Reading],
        confidence: float,
        *,
        deep: bool = True,
    ) -> Understanding:
        """What the words as they are written meant. deep: ask the joint reader too."""
        said = echoes.spoken(text, asked)
        if said != text:
            alternatives = [
                reading.model_copy(update={"text": echoes.spoken(reading.text, asked)})
                for reading in alternatives
            ]
        heard = Heard(said, asked, today)
        consented = _consented(text, asked, alternatives)
        if not heard.core:
            return Understanding(text=text, consent=consented, confidence=confidence)
        acts = acting.read(heard)
        wants_human = human.requested(heard)
        left = blanked(heard.text, negated(heard.text))
        kept = heard if left == said else Heard(left, asked, today)
        findings = self._values(kept, acts)
        findings = weigh(kept, findings, alternatives)
        if asked.read_back and not acts & {Act.DENY, Act.CORRECT}:
            # "对没错" is not the name of a shop, nor of a person.
            loose = {"whole_answer", "bare_name"} if Act.AFFIRM in acts else {"whole_answer"}
            findings = [finding for finding in findings if finding.method not in loose]
        if confidence < second_reading.SURE:
            findings = self._by_sound(kept, findings)
        flags = danger.flags(heard)
        reading = (
            self._joint.read(heard.raw[: len(heard.text)])
            if self._joint and deep and _is_open(heard)
            else None
        )
        intents = self._intents(heard, findings, wants_human, flags, reading)
        if Act.REFUSE_RECORDING in acts and not wants_human and _is_a_guess(intents):
            # A brief refusal of the recording is no wrong number, and no business either.
            intents = ()
        if reading is not None and intents:
            online = any(found.slot is Slot.PLATFORM for found in findings) or Slot.PLATFORM in asked.known
            seen = soft_values(kept, findings, reading.spans, intents[0].intent, online=online)
            findings = beside(findings, weigh(kept, seen, alternatives))
        if wants_human and len(heard.core) <= _STORY_LENGTH:
            # "不想跟电脑聊" buys no computer.
            findings = [finding for finding in findings if finding.slot not in (Slot.PRODUCT, Slot.GOODS)]
        flags = _of_its_line(flags, intents)
        findings = self._complete(kept, findings, intents, acts)
        findings = [self._in_the_text(finding, text) for finding in findings]
        acts = self._settled(heard, acts, findings)
        question = self._question(heard, acts, intents, consented)
        if question is not None and question.sure:
            acts.add(Act.ASK_QUESTION)
        if question is not None and question.sure and _puts_first(heard, findings, intents):
            intents = (
                Scored(intent=Intent.CONSULT, score=question.score),
                *_without(intents, Intent.CONSULT),
            )
        ranked = [scored.intent for scored in intents]
        return Understanding(
            text=text,
            intents=intents,
            acts=frozenset(acts),
            findings=tuple(findings),
            consent=consented,
            request_human=wants_human,
            language=language.wanted(heard),
            outright=outright.matters(heard, ranked, findings, flags.safety_flag),
            question=question,
            flags=flags,
            confidence=confidence,
        )

    def _values(self, heard: Heard, acts: set[Act]) -> list[Finding]:
        """The values said; at a read-back, for the slot the correction is about."""
        asked = heard.asked
        patched = self._patched(heard)
        if patched is not None:
            return [patched]
        denied = bool(acts & {Act.DENY, Act.CORRECT}) and bool(asked.read_back)
        correcting = denied or (Act.CORRECT in acts and bool(asked.known))
        if not correcting or acts & {Act.DONT_KNOW, Act.DECLINE, Act.REPEAT}:
            return extract(heard)
        named = named_slot(heard.text, asked)
        slot = named or likely_slot(heard.text, asked)
        found = extract(heard.asking(slot) if slot is not None else heard)
        if named is Slot.NAME:
            found = [self._new_surname(finding, asked) for finding in found]
        # One value was offered for a yes: a nameless "不对，是…" is about it and nothing else.
        concerned = asked.read_back if len(asked.read_back) == 1 else (*asked.read_back, *asked.known)
        told = slot is not None and any(finding.slot is slot for finding in found)
        told = told or any(finding.slot in concerned and finding.slot is not Slot.GOODS for finding in found)
        if told or not asked.read_back:
            return found
        if named is not None:
            # "金额不对": the slot is clear, its value is still to come.
            return [finding for finding in found if finding.slot in concerned]
        return found + self._nameless(heard, concerned)

    @staticmethod
    def _by_sound(heard: Heard, findings: list[Finding]) -> list[Finding]:
        """Where a number is asked for: its reading by sound, if that gives one or a longer one."""
        slot = heard.asked.slot or named_slot(heard.text, heard.asked)
        if slot not in (*_DIGITS, Slot.AMOUNT, Slot.PEOPLE_COUNT) or heard.asked.consent is not None:
            return findings
        held = next((finding for finding in findings if finding.slot is slot), None)
        changed = rewritten(heard.text, money=slot not in _DIGITS)
        if changed is None:
            return findings
        again = for_slot(Heard(changed, heard.asked, heard.today).asking(slot), slot)
        if again is None or (held is not None and not _reaches_further(again, held)):
            return findings
        repaired = again.model_copy(
            update={"confidence": _BY_SOUND, "method": "sound_alike", "reason": f"读音像“{again.heard}”"}
        )
        return [*(finding for finding in findings if finding is not held), repaired]

    @staticmethod
    def _patched(heard: Heard) -> Finding | None:
        """A number that was read back, with the figures the caller puts right: "最后两位是七八"."""
        asked = heard.asked
        if not acting.closed(asked):
            return None
        named = named_slot(heard.text, asked)
        offered = [slot for slot in _DIGITS if slot in asked.read_back and slot in asked.known]
        slots = [named] if named in _DIGITS and named in asked.known else offered
        for slot in slots:
            patched = identifiers.patch_known(heard.text, str(asked.known[slot]))
            if patched is not None:
                value, span = patched
                # With two numbers in play and none named, the seat has to ask.
                confidence = 0.7 if len(slots) == 1 else 0.4
                return heard.finding(
                    slot, value, span, method="patch", confidence=confidence, reason="更正其中几位"
                )
        return None

    @staticmethod
    def _new_surname(finding: Finding, asked: Asked) -> Finding:
        """ "我姓黄" after "王小明": the given name stays."""
        known = str(asked.known.get(Slot.NAME, ""))
        old = surname_of(known)
        if finding.method != "surname" or old is None or len(known) <= len(old):
            return finding
        return finding.model_copy(update={"value": f"{finding.value}{known[len(old) :]}", "reason": "只改姓"})

    def _nameless(self, heard: Heard, concerned: Sequence[Slot]) -> list[Finding]:
        """A value after "不对" that names no slot: tried as each slot in question, by its form."""
        plain = is_plain_value(heard.text)
        for slot in _BY_FORM:
            if slot not in concerned or (
                slot in (Slot.NAME, Slot.PRODUCT, Slot.SHOP, Slot.RESPONDENT) and not plain
            ):
                continue
            finding = for_slot(_after_denial(heard), slot)
            if finding is not None and finding.confidence >= 0.55:
                return [finding]
        return []

    def _intents(
        self,
        heard: Heard,
        findings: Sequence[Finding],
        wants_human: bool,
        flags: Flags,
        reading: JointReading | None,
    ) -> tuple[Scored, ...]:
        is_open = _is_open(heard)
        if _GREETING.match(heard.core):
            return ()
        if not is_open and len(heard.core) < _STORY_LENGTH:
            return (Scored(intent=Intent.REQUEST_HUMAN, score=1.0),) if wants_human else ()
        rules = business.by_rules(heard, findings, human=wants_human)
        if len(heard.core) < _LEAST_BUSINESS and not rules:
            return ()
        shares = self._classifier.shares(heard, on_platform=_on_platform(findings), reading=reading)
        ranked = business.rank(rules, shares, business.odds(heard, findings))
        if not is_open and ranked and not rules:
            return ()
        if wants_human and ranked and ranked[0].intent is not Intent.REQUEST_HUMAN:
            # What was asked for outright comes first; the business is kept beside it.
            rest = tuple(scored for scored in ranked if scored.intent is not Intent.REQUEST_HUMAN)
            if len(heard.core) <= _STORY_LENGTH:
                ranked = (Scored(intent=Intent.REQUEST_HUMAN, score=1.0), *rest)
        if flags.emotion and not any(scored.intent is Intent.EMOTIONAL for scored in ranked):
            # An overlay: the business stays first.
            ranked = (*ranked, Scored(intent=Intent.EMOTIONAL, score=0.1))
        return ranked

    def _complete(
        self, heard: Heard, findings: list[Finding], intents: tuple[Scored, ...], acts: set[Act]
    ) -> list[Finding]:
        """The findings that depend on what kind of business it is."""
        asked = heard.asked
        story = _is_open(heard)
        narrow = not story and len(heard.core) < _STORY_LENGTH
        names = tuple(scored.intent for scored in intents if scored.intent is not Intent.EMOTIONAL)
        first = names[0] if names else None
        report = first in business.REPORTS
        frozen = frozenset(acts)
        found = list(findings)
        if asked.slot is Slot.DEMAND or not (narrow or first in _NOTHING_DEMANDED):
            found += demands.find(heard, report=report)
        elif first in (None, Intent.INVALID) and not acting.closed(asked) and Act.ASK_QUESTION not in acts:
            found += demands.outright(heard)
        # A report on food, equipment or rights is its own category; a question has none.
        categorised = not names or names[0] in _CATEGORISED
        if asked.slot is Slot.ISSUE or (not narrow and categorised):
            found += issues.find(heard, names)
        if names and names[0] not in business.COMPLAINTS and asked.slot is not Slot.GOODS:
            found = [finding for finding in found if finding.slot is not Slot.GOODS]
        elif not narrow and not any(finding.slot is Slot.GOODS for finding in found):
            found += issues.service(heard)
        if not narrow and first in _NOTHING_BOUGHT and asked.slot is not Slot.PRODUCT:
            found = [finding for finding in found if finding.slot is not Slot.PRODUCT]
        found += details.find(heard, names, frozen)
        found += [
            finding
            for finding in stance.find(heard, frozen)
            if asked.slot is finding.slot or self._of_the_matter(finding.slot, first, story)
        ]
        found += crowd.find(heard)
        found += free_answers.find(heard, frozen)
        if story and asked.slot is not Slot.TOPIC:
            told = len(heard.core) >= 8 and bool(set(names) & (business.REPORTS | business.COMPLAINTS))
            if told or (asked.slot is Slot.NARRATIVE and len(heard.core) >= 8 and not acts - {Act.INFORM}):
                found.append(
                    heard.finding(
                        Slot.NARRATIVE, heard.raw, (0, len(heard.raw)), method="story", confidence=0.9
                    )
                )
        return found

    def _question(
        self, heard: Heard, acts: set[Act], intents: Sequence[Scored], consented: ConsentReply | None
    ) -> Question | None:
        """What is asked, held against the questions the seat can answer; None where nothing is asked."""
        asked = heard.asked
        consults = bool(intents) and intents[0].intent is Intent.CONSULT
        invited = asked.slot is Slot.TOPIC and asked.listen is Listen.STORY and not acts & _NO_QUESTION
        asks = Act.ASK_QUESTION in acts or consented is ConsentReply.QUESTION or consults or invited
        words = acting.question_in(heard)
        if not asked_in(words) or not (asks or (asked.consent is None and may_ask(words))):
            return None
        question = self._faq.match(words)
        return question if asks or question.sure else None

    @staticmethod
    def _of_the_matter(slot: Slot, first: Intent | None, story: bool) -> bool:
        """Whether a stance that was not asked for belongs to what is told."""
        if slot is Slot.CLOSED:
            return first is Intent.COMPLAINT_PREPAID
        if slot is Slot.PRIOR_CONTACT:
            return first in business.COMPLAINTS if first is not None else not story
        return True

    @staticmethod
    def _in_the_text(finding: Finding, text: str) -> Finding:
        """With `heard` as the caller said it, also where a denied word was blanked for the extractors."""
        said = text[finding.span[0] : finding.span[1]]
        update: dict[str, object] = {"heard": said}
        if finding.slot is Slot.NARRATIVE:
            update["value"] = said
        return (
            finding if finding.heard == said and "value" not in update else finding.model_copy(update=update)
        )

    @staticmethod
    def _settled(heard: Heard, acts: set[Act], findings: Sequence[Finding]) -> set[Act]:
        """Acts after the values are known: what informs, and what truly corrects."""
        acts = set(acts)
        asked = heard.asked
        if findings:
            acts.add(Act.INFORM)
        changed = any(
            finding.slot in asked.known and finding.value != asked.known[finding.slot] for finding in findings
        )
        if Act.CORRECT in acts and not findings and not asked.known and not asked.read_back:
            acts.discard(Act.CORRECT)
        if Act.DENY in acts and changed:
            acts.add(Act.CORRECT)
        if changed and asked.read_back and Act.AFFIRM not in acts:
            acts |= {Act.CORRECT, Act.DENY}
        return acts


def _puts_first(heard: Heard, findings: Sequence[Finding], intents: Sequence[Scored]) -> bool:
    """A question the seat can answer is what the call is for, unless a case of his own is told with it."""
    if heard.asked.slot not in _OPEN_SLOTS or heard.asked.listen is not Listen.STORY:
        return False
    if intents and intents[0].intent in _NO_QUESTION_FIRST:
        return False
    return len(heard.core) <= _SHORT_QUESTION and not any(finding.slot in _OWN_CASE for finding in findings)


def _without(intents: Sequence[Scored], intent: Intent) -> tuple[Scored, ...]:
    return tuple(scored for scored in intents if scored.intent is not intent)


def _of_its_line(flags: Flags, intents: Sequence[Scored]) -> Flags:
    """A report on food or special equipment concerns safety by itself; a question about them does not."""
    first = intents[0].intent if intents else None
    if first is Intent.CONSULT and not flags.emergency:
        return flags.model_copy(update={"safety_flag": None})
    if flags.safety_flag is None and first in _SAFETY_OF:
        return flags.model_copy(update={"safety_flag": _SAFETY_OF[first]})
    return flags


def _consented(text: str, asked: Asked, readings: Sequence[Reading]) -> ConsentReply | None:
    if asked.consent is None:
        return None
    return consent.judge(text, [reading.text for reading in readings], asked.recipient)


def _is_a_guess(intents: Sequence[Scored]) -> bool:
    return any(first.score < _PLAIN or first.intent in _NO_BUSINESS for first in intents[:1])


def _on_platform(findings: Sequence[Finding]) -> bool:
    return any(finding.slot is Slot.PLATFORM and finding.confidence >= 0.5 for finding in findings)


def _is_open(heard: Heard) -> bool:
    """Whether the caller may tell a story."""
    asked = heard.asked
    return asked.slot in _OPEN_SLOTS and asked.listen is Listen.STORY and not acting.closed(asked)


def _reaches_further(again: Finding, held: Finding) -> bool:
    """More figures of a number, or a sum that takes in the one heard."""
    if held.slot in _DIGITS:
        return len(str(again.value)) > len(str(held.value))
    inside = again.span[0] <= held.span[0] and held.span[1] <= again.span[1]
    return inside and again.span != held.span and again.value != held.value


def _after_denial(heard: Heard) -> Heard:
    """The words with the denial itself made blank: "不对，是四百九十九" → "四百九十九"."""
    marks = ("不对", "不是", "错了", "说错了", "应该是", "改成", "改为", "应该")
    spans = [
        (start, start + len(mark))
        for mark in marks
        for start in range(len(heard.text))
        if heard.text.startswith(mark, start)
    ]
    text = blanked(heard.text, spans)
    lead = len(text) - len(text.lstrip(" ,，。、"))
    if text[lead : lead + 1] == "是":
        text = text[:lead] + " " + text[lead + 1 :]
    return Heard(text, heard.asked, heard.today)
