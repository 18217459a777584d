"""What a replay found: a result a call, the sums over all, the JSON of `smartseat replay`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import data.events as ev
from data.masking import HIDDEN, mask
from data.understanding import SlotValue
from data.vocabulary import Slot
from qa.gaps import percentile
from qa.replay.align import errors
from qa.replay.compare import Different, What, turns
from qa.replay.dialog import Given
from qa.replay.judge import Judgement, Level, Room, Verdict
from qa.replay.names import label, question, sentence
from qa.report import Result

#: So many differences are told in a sentence; the rest is counted.
_MOST_SHOWN = 3


class DifferenceResult(Result):
    """what and name: see compare.Different. at_ms: where in the recording."""

    what: What
    name: str
    label: str
    before: SlotValue | None
    after: SlotValue | None
    room: Room
    at_ms: int | None = None


class MissingResult(Result):
    """A question the recording holds no answer to, and what the replay went on with."""

    question: str
    given: Given
    at_ms: int


class WordsResult(Result):
    """Characters heard otherwise, of all characters of the recording's turns."""

    errors: int
    characters: int


class CallResult(Result):
    """left_at_ms: where in the recording the dialog went another way. wrong_*: against the corrected record.

    turn_end_*: from the caller's last sound to the end of his turn, the median in ms; before holds the time of
    decoding, after does not. fault: why the call could not be replayed. score_*: the score card's sums, where
    asked for.
    """

    id: str
    verdict: Verdict
    room: Room | None = None
    reasons: tuple[str, ...] = ()
    differences: tuple[DifferenceResult, ...] = ()
    missing: tuple[MissingResult, ...] = ()
    left_at_ms: int | None = None
    script_before: str | None = None
    script_after: str | None = None
    words: WordsResult | None = None
    turns_before: int = 0
    turns_after: int = 0
    turn_end_ms_before: int | None = None
    turn_end_ms_after: int | None = None
    lost_turns: tuple[int, ...] = ()
    extra_turns: tuple[int, ...] = ()
    wrong_before: tuple[str, ...] | None = None
    wrong_after: tuple[str, ...] | None = None
    score_before: float | None = None
    score_after: float | None = None
    audio_s: float = 0.0
    seconds: float = 0.0
    fault: str | None = None


class ReplayReport(Result):
    """identical: share of the calls that could be compared whose record and path are the same.

    cer: characters heard otherwise; audio_per_second: seconds of recording replayed in one of ours.
    """

    identical: float
    same: int
    total: int
    level: Level
    script: str
    verdicts: dict[str, int]
    rooms: dict[str, int]
    missing_answers: int
    cer: float | None
    audio_s: float
    seconds: float
    calls: tuple[CallResult, ...]


def summarise(calls: Sequence[CallResult], level: Level, script: str, seconds: float) -> ReplayReport:
    compared = [call for call in calls if call.verdict != "not_scorable"]
    same = sum(call.verdict == "same" for call in compared)
    characters = sum(call.words.characters for call in calls if call.words is not None)
    wrong = sum(call.words.errors for call in calls if call.words is not None)
    return ReplayReport(
        identical=same / len(compared) if compared else 0.0,
        same=same,
        total=len(calls),
        level=level,
        script=script,
        verdicts=dict(Counter(call.verdict for call in calls)),
        rooms=dict(Counter(call.room for call in calls if call.room is not None)),
        missing_answers=sum(len(call.missing) for call in calls),
        cer=wrong / characters if level == "audio" and characters else None,
        audio_s=round(sum(call.audio_s for call in calls), 1),
        seconds=round(seconds, 1),
        calls=tuple(calls),
    )


def call_result(
    call_id: str,
    judgement: Judgement,
    labels: Mapping[Slot, str],
    *,
    reveal: bool,
    audio_s: float = 0.0,
    seconds: float = 0.0,
) -> CallResult:
    """One call's result. reveal: values and words in the clear; else as in a listing of records."""
    after = judgement.after
    heard, golden = judgement.heard, judgement.golden
    before, now = turns(judgement.before), turns(after.events)
    differences = tuple(
        DifferenceResult(
            what=each.what,
            name=each.name,
            label=label(each.name, labels),
            before=_shown(each, each.before, labels, reveal),
            after=_shown(each, each.after, labels, reveal),
            room=room,
            at_ms=each.at_ms,
        )
        for each, room in judgement.blamed
    )
    missing = tuple(
        MissingResult(question=question(each.question, labels), given=each.given, at_ms=each.at)
        for each in after.missing
    )
    return CallResult(
        id=call_id,
        verdict=judgement.verdict,
        room=judgement.room,
        reasons=_reasons(judgement, differences, missing),
        differences=differences,
        missing=missing,
        left_at_ms=after.left_at if judgement.before else None,
        script_before=_script(judgement.before),
        script_after=_script(after.events),
        words=_words(judgement) if heard is not None else None,
        turns_before=len(before),
        turns_after=len(now),
        turn_end_ms_before=percentile([t.at - t.end_ms for t in before.values()], 50) if heard else None,
        turn_end_ms_after=percentile(heard.ends_ms, 50) if heard is not None else None,
        lost_turns=heard.lost if heard is not None else (),
        extra_turns=heard.extra if heard is not None else (),
        wrong_before=golden.wrong_before if golden is not None and before else None,
        wrong_after=golden.wrong_after if golden is not None else None,
        audio_s=round(audio_s, 1),
        seconds=round(seconds, 2),
    )


def not_scorable(call_id: str, fault: str) -> CallResult:
    """A call that could not be replayed; fault says why, in Chinese."""
    return CallResult(id=call_id, verdict="not_scorable", reasons=(fault,), fault=fault)


def _reasons(
    judgement: Judgement, differences: Sequence[DifferenceResult], missing: Sequence[MissingResult]
) -> tuple[str, ...]:
    said: list[str] = []
    golden = judgement.golden
    wrong = golden.wrong_after if golden is not None else None
    assumed = list(dict.fromkeys(each.question for each in missing if each.given != "words"))
    match judgement.verdict:
        case "same":
            said.append("诉求单和走法都一样")
        case "better" | "worse" if golden is not None and wrong is not None:
            said.append(f"对照更正过的单，错 {len(golden.wrong_before)} 处变成 {len(wrong)} 处")
        case "diverged":
            left = judgement.after.left_at
            where = f"从 {left / 1000:.1f} 秒起走了另一条路，" if left is not None else ""
            said.append(f"{where}录音里没有回答：{'、'.join(assumed)}")
        case "not_scorable" if wrong is not None:
            said.append(f"没有当时的记录；对照更正过的单，错 {len(wrong)} 处")
        case "not_scorable":
            said.append("没有当时的记录，也没有更正过的单，没有可比的")
        case _ if golden is not None and wrong is not None:
            said.append(f"对照更正过的单，{f'还是错 {len(wrong)} 处' if wrong else '仍然全对'}")
        case _:
            pass
    if judgement.verdict != "same":
        said += [
            sentence(each.what, each.label, each.before, each.after) for each in differences[:_MOST_SHOWN]
        ]
        if len(differences) > _MOST_SHOWN:
            said.append(f"等 {len(differences)} 处")
    return tuple(said)


def _shown(
    each: Different, value: SlotValue | None, labels: Mapping[Slot, str], reveal: bool
) -> SlotValue | None:
    """Free text is hidden in a listing, names and numbers are masked; questions go by their names."""
    if isinstance(value, tuple) and (each.what == "path" or each.name.endswith(".fields")):
        return tuple(label(name, labels) for name in value)
    if reveal or value is None or each.slot is None:
        return value
    return HIDDEN if each.what in ("turn", "words", "wording") else mask(each.slot, value)


def _script(events: Sequence[ev.CallEvent]) -> str | None:
    return next((event.script for event in events if isinstance(event, ev.CallAnswered)), None)


def _words(judgement: Judgement) -> WordsResult:
    """Turns lost or extra count with all their characters."""
    assert judgement.heard is not None
    then = turns(judgement.before)
    now = turns(exchange.input for exchange in judgement.heard.recorded if not exchange.lost)
    wrong = characters = 0
    for number in {**then, **now}:
        before = then[number].text if number in then else ""
        after = now[number].text if number in now else ""
        mistakes, length = errors(before, after)
        wrong, characters = wrong + mistakes, characters + length
    return WordsResult(errors=wrong, characters=characters)
