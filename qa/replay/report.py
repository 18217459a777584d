"""What a replay found: a result a call, the sums over all, the JSON of `smartseat replay` and its table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

import data.events as ev
from data.masking import HIDDEN, mask
from data.understanding import SlotValue
from data.vocabulary import Slot
from qa.gaps import percentile
from qa.replay.align import errors
from qa.replay.compare import Different, turns
from qa.replay.dialog import Missing
from qa.replay.judge import Judgement, Level, Room, Verdict
from qa.report import Result

#: How verdicts, rooms and kinds of differences are called on the terminal and in the page.
VERDICTS: dict[Verdict, str] = {
    "same": "一致",
    "better": "变好",
    "worse": "变差",
    "different": "有变化",
    "diverged": "录音不够",
    "not_scorable": "无法比较",
}
ROOMS: dict[Room, str] = {"dialogs": "话术", "agent": "引擎", "nlu": "理解", "models": "听写"}
WHATS = {
    "consent": "同意",
    "field": "信息项",
    "record": "诉求单",
    "outcome": "结果",
    "path": "提问",
    "prompt": "话语",
    "text": "话语文字",
    "turn": "来电人的话",
    "understanding": "理解",
    "words": "听写",
    "wording": "叙述文字",
}
_COLOURS: dict[Verdict, str] = {
    "same": "green",
    "better": "green",
    "worse": "red",
    "different": "yellow",
    "diverged": "magenta",
    "not_scorable": "dim",
}
_MOST_SHOWN = 3


class DifferenceResult(Result):
    """what and name: see compare.Different. at_ms: where in the recording."""

    what: str
    name: str
    label: str
    before: SlotValue | None
    after: SlotValue | None
    room: Room
    at_ms: int | None = None


class MissingResult(Result):
    """A question the recording holds no answer to, and what the replay went on with."""

    question: str
    given: str
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
            before=_shown(each, each.before, reveal),
            after=_shown(each, each.after, reveal),
            room=room,
            at_ms=each.at_ms,
        )
        for each, room in judgement.blamed
    )
    missing = tuple(
        MissingResult(question=_question(each, labels), given=each.given, at_ms=each.at)
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
        wrong_before=golden.wrong_before if golden is not None else None,
        wrong_after=golden.wrong_after if golden is not None else None,
        audio_s=round(audio_s, 1),
        seconds=round(seconds, 2),
    )


def not_scorable(call_id: str, fault: str) -> CallResult:
    """A call that could not be replayed; fault says why, in Chinese."""
    return CallResult(id=call_id, verdict="not_scorable", reasons=(fault,), fault=fault)


# --- sentences --------------------------------------------------------------------------------------

_NAMES = {
    "read_back": "念一遍核对",
    "route": "问是哪一类",
    "(desk)": "转人工",
    "order": "先后",
    "kind": "类型",
    "intent": "意图",
    "outcome": "怎样结束",
    "mass_incident": "群体事件",
    "safety_flag": "安全类别",
    "emergency": "紧急情况",
    "emotion": "情绪",
    "recording_refused": "拒绝录音",
    "request_human": "要人工",
    "acts": "作用",
    "consent": "同意",
}
#: Values that are words of ours.
_VALUES = {
    "given_up": "没问出来",
    "dont_know": "不清楚",
    "declined": "不愿说",
    "lodged": "已登记",
    "incomplete": "未完成",
    "to_desk": "转到人工",
    "no_desk": "人工没接通",
    "answered": "已答复",
}
_GIVEN = {
    "words": "用了别处说过的话",
    "yes": "按录音里的单当作同意",
    "dont_know": "当作不清楚",
    "silence": "当作没出声",
}


def label(name: str, labels: Mapping[Slot, str]) -> str:
    """A difference's name as people call it: "amount" 金额, "phone?" 核对电话, "3.amount" 第3句·金额."""
    head, dot, rest = name.partition(".")
    if head.isdigit():
        return f"第{head}句" + (f"·{label(rest, labels)}" if dot else "")
    if head == "declined" and dot:
        return f"没有提供·{label(rest, labels)}"
    if name.startswith("consent:"):
        return f"征得同意·{name.removeprefix('consent:')}"
    if name.endswith("?"):
        return f"核对{label(name[:-1], labels)}"
    if name in set(Slot):
        return labels.get(Slot(name), name)
    return _NAMES.get(name, name)


def _question(missing: Missing, labels: Mapping[Slot, str]) -> str:
    question = missing.question
    if question.phase in ("confirm", "offer"):
        return f"核对{label(question.about, labels)}"
    return label(question.about or question.phase, labels)


def given(how: str) -> str:
    """What was put in an answer's place, as people call it."""
    return _GIVEN[how]


def _reasons(
    judgement: Judgement, differences: Sequence[DifferenceResult], missing: Sequence[MissingResult]
) -> tuple[str, ...]:
    said: list[str] = []
    golden = judgement.golden
    assumed = list(dict.fromkeys(each.question for each in missing if each.given != "words"))
    match judgement.verdict:
        case "same":
            said.append("诉求单和走法都一样")
        case "better" | "worse" if golden is not None:
            said.append(f"对照更正过的单，错 {len(golden.wrong_before)} 处变成 {len(golden.wrong_after)} 处")
        case "diverged":
            left = judgement.after.left_at
            where = f"从 {left / 1000:.1f} 秒起走了另一条路，" if left is not None else ""
            said.append(f"{where}录音里没有回答：{'、'.join(assumed)}")
        case "not_scorable" if golden is not None:
            said.append(f"没有当时的记录；对照更正过的单，错 {len(golden.wrong_after)} 处")
        case "not_scorable":
            said.append("没有当时的记录，也没有更正过的单，没有可比的")
        case _:
            pass
    if judgement.verdict != "same":
        said += [sentence(each) for each in differences[:_MOST_SHOWN]]
        if len(differences) > _MOST_SHOWN:
            said.append(f"等 {len(differences)} 处")
    return tuple(said)


def sentence(each: DifferenceResult) -> str:
    """金额：70 → 79; 问“核对电话”：2 次 → 1 次."""
    before, after = _plain(each.before), _plain(each.after)
    if each.what in ("path", "prompt") and isinstance(each.before, int) and isinstance(each.after, int):
        doing = "问" if each.what == "path" else "说"
        return f"{doing}“{each.label}”：{before} 次 → {after} 次"
    if each.what == "text":
        return f"“{each.label}”的文字改了"
    return f"{each.label}：{before} → {after}"


def _plain(value: SlotValue | None) -> str:
    if value is None:
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    words = value if isinstance(value, tuple) else (str(value),)
    return "、".join(_VALUES.get(word, word) for word in words)


def _shown(each: Different, value: SlotValue | None, reveal: bool) -> SlotValue | None:
    """Free text is hidden in a listing, names and numbers are masked."""
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


# --- the terminal -----------------------------------------------------------------------------------


def table(report: ReplayReport) -> Table:
    """A line a call, the sums below."""
    view = Table(title="回放", caption=caption(report))
    for heading in ("来电", "结论", "出在"):
        view.add_column(heading, no_wrap=True)
    view.add_column("听写差", justify="right")
    if any(call.score_after is not None for call in report.calls):
        view.add_column("评分", justify="right")
    view.add_column("为什么", overflow="fold")
    for call in report.calls:
        words = call.words
        row: list[str | Text] = [
            call.id[:14],
            Text(VERDICTS[call.verdict], _COLOURS[call.verdict]),
            ROOMS[call.room] if call.room is not None else "",
            "—" if words is None else f"{words.errors}/{words.characters}",
        ]
        if len(view.columns) == 6:
            row.append(_scores(call))
        view.add_row(*row, "；".join(call.reasons))
    return view


def _scores(call: CallResult) -> str:
    if call.score_after is None:
        return "—"
    before = "" if call.score_before is None else f"{call.score_before:.0f} → "
    return f"{before}{call.score_after:.0f}"


def caption(report: ReplayReport) -> str:
    """The sums in a line."""
    compared = report.total - report.verdicts.get("not_scorable", 0)
    parts = [f"{report.same}/{compared} 通诉求单和走法一致（{report.identical:.1%}）"]
    parts += [f"{ROOMS[room]} {count}" for room, count in report.rooms.items() if room in ROOMS]
    if report.missing_answers:
        parts.append(f"录音里没有的回答 {report.missing_answers}")
    if report.cer is not None:
        parts.append(f"听写差 {report.cer:.1%}")
    if report.audio_s and report.seconds:
        parts.append(f"{report.audio_s / report.seconds:.1f} 倍于实时")
    return " · ".join(parts)
