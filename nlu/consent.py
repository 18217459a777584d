"""The answer to a consent question: six kinds, and only a clear yes is agreement.

The danger is a lost 不: any trace of a no in any hypothesis of the recogniser is enough not to agree. A yes is told
by what it consists of, not by a word it holds: a clause made only of words of assent, beside nothing doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from data.vocabulary import ConsentReply
from nlu.heard import GAP, LONGEST, plain
from nlu.soundalike import distance, syllable, syllables
from nlu.tables import Table, load


class _PlainYes(Table):
    opening: tuple[str, ...]
    who: tuple[str, ...]
    sure: tuple[str, ...]
    yes: tuple[str, ...]
    go: tuple[str, ...]
    rest: tuple[str, ...]


class _Patterns(Table):
    silence: str
    not_heard: tuple[str, ...]
    withdraw: tuple[str, ...]
    withdraw_denied: str
    double_no: str
    double_no_yes: str
    indifferent: tuple[str, ...]
    not_a_refusal: tuple[str, ...]
    harmless: str
    rhetorical: tuple[str, ...]
    decline: tuple[str, ...]
    decline_beside_yes: str
    question: tuple[str, ...]
    conditional: tuple[str, ...]
    then_yes: str
    no_term: str
    condition_end: str
    hedge: tuple[str, ...]
    no: str
    full_yes: str
    plain_yes: _PlainYes


@cache
def _words() -> _Patterns:
    return load("consent", _Patterns)


@cache
def _table() -> dict[str, re.Pattern[str]]:
    kinds = _words().model_dump(exclude={"plain_yes"})
    return {
        name: re.compile(kind if isinstance(kind, str) else "|".join(kind)) for name, kind in kinds.items()
    }


@cache
def _assent() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A clause of words of assent alone; the words of it that say yes."""
    words = _words().plain_yes
    every = (*words.opening, *words.who, *words.sure, *words.yes, *words.go, *words.rest)
    longest_first = sorted(every, key=len, reverse=True)
    # Possessive: each word is taken once, so that a long story costs no more than its length.
    return (
        re.compile(f"(?:{'|'.join(map(re.escape, longest_first))})++"),
        re.compile("|".join(map(re.escape, (*words.yes, *words.go)))),
    )


_GAPS = re.compile(f"[{re.escape(GAP)}\n]+")
_ASIDE = re.compile(r"[（(][^）)]{0,40}[）)]")
#: What the yes ends with: to whom it may go. The 给 itself is often misheard.
_TO_WHOM = re.compile(r"转(?P<by>[一-龥])(?P<whom>[一-龥]{2,6})(?=[。.!！，, ]*$)")
#: Mean syllable distance within which a name was meant.
_ALIKE = 0.25
#: The same below which two spellings are the same sounds; how 不 sounds, and what else may not be dropped after 转.
_SAME_SOUNDS = 0.15
_NO_SOUND = "bu"
_NO_SOUNDS = frozenset({_NO_SOUND, "bie", "mei", "wu", "fou"})
_ASKED = re.compile(r"[?？][\s。.!！…]*$")
#: A clear yes is short; a long answer that holds one is a story to be asked about.
_LONGEST_YES = 40
#: Whatever is said after this many characters does not change the kind, and costs time.
_LONGEST_REPLY = 160


@dataclass(frozen=True, slots=True)
class _Said:
    """One hypothesis: its words with “，” for every gap, and whether it ends as a question."""

    words: str
    asks: bool

    def has(self, kind: str) -> re.Match[str] | None:
        return _table()[kind].search(self.words)

    @property
    def clauses(self) -> list[str]:
        return self.words.split("，")


def read(text: str) -> ConsentReply:
    """The kind of one hypothesis."""
    shown = _ASIDE.sub("", plain(text[:LONGEST]))
    said = _Said(_GAPS.sub("，", shown).strip("，")[:_LONGEST_REPLY], bool(_ASKED.search(shown)))
    if not said.words or said.has("silence") or said.has("not_heard"):
        return ConsentReply.UNCLEAR
    questioned = said.asks or said.has("question") is not None
    if said.has("withdraw") and not said.has("withdraw_denied") and not (questioned or _has_term(said)):
        return ConsentReply.WITHDRAW
    if said.has("double_no"):
        return ConsentReply.AGREE if said.has("double_no_yes") else ConsentReply.UNCLEAR
    if said.has("rhetorical"):
        return ConsentReply.DECLINE
    no = _refusal(said)
    if no and not _has_yes(said):
        return _without_yes(said, questioned)
    if _has_term(said) and (not questioned or said.has("condition_end")):
        return ConsentReply.CONDITIONAL
    if no and _table()["decline_beside_yes"].search(_plainly(said.words)) and not (questioned and said.asks):
        return ConsentReply.DECLINE
    if questioned:
        return ConsentReply.UNCLEAR if said.has("indifferent") else ConsentReply.QUESTION
    return ConsentReply.AGREE if len(text) <= LONGEST and _agrees(said) else ConsentReply.UNCLEAR


def judge(text: str, hypotheses: Sequence[str], recipient: str | None = None) -> ConsentReply:
    """The kind of the utterance over all its hypotheses, best first.

    AGREE only where one hypothesis is a plain yes and every other is one too, or the same sounds spelt otherwise:
    one that says no, asks, sets a term or doubts makes it UNCLEAR. recipient: to whom, as the question named him; where
    one hypothesis has his name by its sound, that is what stands after 转给 in all of them.
    """
    named = recipient is not None and any(_names(hypothesis, recipient) for hypothesis in (text, *hypotheses))
    if named:
        text, *hypotheses = (_TO_WHOM.sub(_unnamed, hypothesis) for hypothesis in (text, *hypotheses))
    top = read(text)
    if top not in (ConsentReply.AGREE, ConsentReply.UNCLEAR):
        return top
    every = [hypothesis for hypothesis in (text, *hypotheses) if hypothesis.strip()]
    yes = next((one for one in every if read(one) is ConsentReply.AGREE), None)
    if yes is None or any(_contrary(one, yes) for one in every):
        return ConsentReply.UNCLEAR
    return ConsentReply.AGREE


def _contrary(hypothesis: str, yes: str) -> bool:
    """Whether a hypothesis beside the plain `yes` says anything else: only its sounds spelt otherwise do not."""
    kind = read(hypothesis)
    if kind is not ConsentReply.UNCLEAR:
        return kind is not ConsentReply.AGREE
    words, said = (_GAPS.sub("", plain(one[:LONGEST])) for one in (hypothesis, yes))
    if any(_table()[doubt].search(words) for doubt in ("hedge", "indifferent", "no")):
        return True
    # 部 and 步 are a 不 that was misspelt.
    return _NO_SOUND in syllables(words) or distance(syllables(words), syllables(said)) > _SAME_SOUNDS


def _unnamed(found: re.Match[str]) -> str:
    """转给 alone for 转给淘宝; a no stays where it is."""
    return found[0] if syllable(found["by"]) in _NO_SOUNDS else "转给"


def _names(hypothesis: str, recipient: str) -> bool:
    """Whether what ends `hypothesis` after 转给 sounds like `recipient`."""
    found = _TO_WHOM.search(plain(hypothesis[:LONGEST]))
    if found is None or syllable(found["by"]) in _NO_SOUNDS:
        return False
    return distance(syllables(found["whom"]), syllables(recipient)) <= _ALIKE


def _plainly(words: str) -> str:
    """`words` without the noes that refuse nothing: 不知道, 不好意思, 转不转都一样."""
    for kind in ("indifferent", "not_a_refusal", "harmless"):
        words = _table()[kind].sub("〇", words)
    return words


def _refusal(said: _Said) -> bool:
    return _table()["decline"].search(_plainly(said.words)) is not None


def _has_yes(said: _Said) -> bool:
    """Whether some yes stands outside the words of refusal."""
    left = _table()["decline"].sub("〇", _plainly(said.words))
    return any(
        _assent()[1].search(clause) or "转" in clause for clause in left.split("，") if "〇" not in clause
    ) or bool(said.has("then_yes"))


def _has_term(said: _Said) -> bool:
    if said.has("conditional") or said.has("condition_end"):
        return True
    then = said.has("then_yes")
    return then is not None and not _table()["no_term"].search(then["term"])


def _without_yes(said: _Said, questioned: bool) -> ConsentReply:
    """A no and nothing of a yes: a refusal, unless the no itself is asked or stands under an if."""
    if not questioned:
        return ConsentReply.DECLINE
    *earlier, last = said.clauses
    clauses = [*(_Said(clause, False) for clause in earlier), _Said(last, said.asks)]
    stated = [clause for clause in clauses if not (clause.asks or clause.has("question"))]
    if said.has("conditional") or not any(map(_refusal, stated)):
        return ConsentReply.QUESTION
    return ConsentReply.DECLINE


def _agrees(said: _Said) -> bool:
    """A plain yes: no doubt anywhere, and every clause of words of assent, or one that says it in full."""
    words = _table()["harmless"].sub("〇", said.words)
    if any(_table()[doubt].search(words) for doubt in ("hedge", "indifferent", "no")):
        return False
    if len(said.words) > _LONGEST_YES:
        return False
    made_of, yes = _assent()
    plain_ones = [clause for clause in said.clauses if clause and made_of.fullmatch(clause)]
    if not any(yes.search(clause) for clause in plain_ones):
        return False
    return len(plain_ones) == sum(map(bool, said.clauses)) or any(
        _table()["full_yes"].search(clause) for clause in plain_ones
    )
