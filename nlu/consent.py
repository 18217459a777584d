"""The answer to a consent question: six kinds, and only a clear yes is agreement.

The danger is a lost 不: any trace of a no in any hypothesis of the recogniser is enough not to agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from data.vocabulary import ConsentReply
from nlu.heard import GAP, plain
from nlu.tables import Table, load


class _Patterns(Table):
    silence: str
    withdraw: str
    question: str
    conditional: str
    condition_end: str
    double_no: str
    decline: str
    hedge: str
    agree: str
    harmless: str
    no: str


@cache
def _table() -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(str(pattern)) for name, pattern in load("consent", _Patterns).model_dump().items()
    }


_GAPS = re.compile(f"[{re.escape(GAP)}]+")
_ASIDE = re.compile(r"[（(][^）)]*[）)]")
#: A clear yes is short; a long answer that holds one is a story to be asked about.
_LONGEST_YES = 40


def read(text: str) -> ConsentReply:
    """The kind of one hypothesis."""
    table = _table()
    said = _ASIDE.sub("", plain(text))
    asks = said.rstrip(" 。.!！").endswith(("?", "？"))
    core = _GAPS.sub("", said)
    if not core or table["silence"].search(core):
        return ConsentReply.UNCLEAR
    if table["withdraw"].search(core):
        return ConsentReply.WITHDRAW
    # "不是不可以", "你说怎么办就怎么办": neither a yes nor a no, whatever else is in it.
    if table["double_no"].search(core):
        return ConsentReply.UNCLEAR
    conditional = table["conditional"].search(core) or table["condition_end"].search(core)
    declined = table["decline"].search(core)
    questioned = asks or table["question"].search(core)
    if conditional and not (declined and declined.start() == 0 and not table["condition_end"].search(core)):
        return ConsentReply.CONDITIONAL
    if questioned and not (declined and declined.start() == 0):
        return ConsentReply.QUESTION
    if declined:
        return ConsentReply.DECLINE
    if table["hedge"].search(core) or len(core) > _LONGEST_YES:
        return ConsentReply.UNCLEAR
    if table["no"].search(table["harmless"].sub("", core)):
        return ConsentReply.UNCLEAR
    if table["agree"].search(core):
        return ConsentReply.AGREE
    return ConsentReply.UNCLEAR


def judge(text: str, hypotheses: Sequence[str]) -> ConsentReply:
    """The kind of the utterance over all its hypotheses, best first.

    AGREE only where every hypothesis agrees. A hypothesis that says no turns an agreement into UNCLEAR.
    """
    top = read(text)
    if top is not ConsentReply.AGREE:
        return top
    others = [read(hypothesis) for hypothesis in hypotheses if hypothesis.strip()]
    return ConsentReply.AGREE if all(kind is ConsentReply.AGREE for kind in others) else ConsentReply.UNCLEAR
