"""One call replayed level by level, so that every difference is blamed on the room that brought it in. Pure.

The understanding level decides again on what was understood then; the words level also understands again; the
audio level also hears again. A difference belongs to the lowest level at which it shows:
understanding → dialogs (another script) or agent (the same script, another engine); words → nlu;
audio → models (other words), or agent where turn-taking cut the turns otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import data.events as ev
from agent.kit import Understand
from data.fold_record import draft
from data.records import RecordDraft
from dialogs.script import Script
from qa.persona import Expect, Persona
from qa.replay.compare import OF_PATH, OF_RECORD, Different, Gaps, compare
from qa.replay.dialog import Replayed, replay_dialog
from qa.replay.exchanges import Exchange, exchanges
from qa.replay.pairing import HeardAgain
from qa.score import score

Level = Literal["understanding", "words", "audio"]
Room = Literal["dialogs", "agent", "nlu", "models"]
Verdict = Literal["same", "better", "worse", "different", "diverged", "not_scorable"]


@dataclass(frozen=True, slots=True)
class Golden:
    """What of the corrected record each run got wrong ("slot.amount", "consent.refer_to_platform", …).

    wrong_after is None where answers are missing: nothing is scored as wrong then.
    """

    wrong_before: tuple[str, ...]
    wrong_after: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """room: the room of the most telling difference. blamed: every difference with its room.

    before is empty for a recording without events: there is nothing to compare with.
    """

    verdict: Verdict
    room: Room | None
    before: tuple[ev.CallEvent, ...]
    after: Replayed
    blamed: tuple[tuple[Different, Room], ...] = ()
    golden: Golden | None = None
    heard: HeardAgain | None = None

    @property
    def identical(self) -> bool:
        """The same record by the same path."""
        return self.verdict == "same"


def judge(
    recorded: Sequence[ev.CallEvent],
    script: Script,
    *,
    understand: Understand | None = None,
    heard: HeardAgain | None = None,
    golden: Expect | None = None,
) -> Judgement:
    """Replay one call and compare it with the recording.

    understand: also replay the words level. heard: also replay the audio level, with the turns heard again
    (needs understand). Raises ValueError when `recorded` is no call's events.
    """
    then = exchanges(recorded)
    runs: list[tuple[Level, Replayed]] = [("understanding", replay_dialog(script, then))]
    if understand is not None:
        runs.append(("words", replay_dialog(script, then, understand)))
        if heard is not None:
            runs.append(("audio", replay_dialog(script, heard.recorded, understand)))
    after = runs[-1][1]
    found = {level: _differences(recorded, run) for level, run in runs}
    answered = recorded[0]
    assert isinstance(answered, ev.CallAnswered)
    dialog: Room = "agent" if answered.script == script.version else "dialogs"
    hearing: Room = "agent" if heard is not None and heard.cut_otherwise else "models"
    rooms: dict[Level, Room] = {"understanding": dialog, "words": "nlu", "audio": hearing}
    shown = {level: {each.key for each in found[level]} for level in found}
    records = draft(recorded), draft(after.events)

    def room_of(each: Different) -> Room:
        level = next(level for level, _ in runs if each.key in shown[level])
        turn = _turn_of(each, records) if level == "audio" else None
        if turn is None or heard is None:
            return rooms[level]
        return "agent" if heard.cut(turn) else "models"

    blamed = tuple((each, room_of(each)) for each in found[runs[-1][0]])
    marks = _golden(golden, recorded, after) if golden is not None else None
    verdict = _verdict(blamed, after, marks)
    room = blamed[0][1] if blamed and verdict != "same" else None
    if after.diverged and room is None:
        room = _left_by(runs, rooms)
    return Judgement(verdict, room, tuple(recorded), after, blamed, marks, heard)


def judge_alone(
    recorded: Sequence[Exchange], script: Script, understand: Understand, golden: Expect | None
) -> Judgement:
    """A recording without events: what this seat makes of it; right or wrong only by a golden record."""
    after = replay_dialog(script, recorded, understand)
    marks = _golden(golden, (), after) if golden is not None else None
    return Judgement("not_scorable", None, (), after, (), marks)


def _differences(recorded: Sequence[ev.CallEvent], run: Replayed) -> tuple[Different, ...]:
    made_up = frozenset(missing.turn for missing in run.missing if missing.turn is not None)
    unanswered = frozenset(missing.question for missing in run.missing if missing.assumed)
    known = run.known if run.diverged else None
    return compare(recorded, run.events, Gaps(unanswered, made_up, known))


def _turn_of(each: Different, records: tuple[RecordDraft, RecordDraft]) -> int | None:
    """The caller's turn a difference comes from, where it comes from one."""
    number = each.name.split(".")[0]
    if number.isdigit():
        return int(number)
    held = next((field for record in records if each.slot and (field := record.field(each.slot))), None)
    return held.turn if held is not None else None


def _left_by(runs: Sequence[tuple[Level, Replayed]], rooms: dict[Level, Room]) -> Room | None:
    return next((rooms[level] for level, run in runs if run.left_at is not None), None)


def _verdict(blamed: Sequence[tuple[Different, Room]], after: Replayed, golden: Golden | None) -> Verdict:
    if after.diverged:
        return "diverged"
    changed = {each.what for each, _ in blamed}
    if golden is not None and golden.wrong_after is not None:
        before_wrong, after_wrong = set(golden.wrong_before), set(golden.wrong_after)
        if after_wrong < before_wrong:
            return "better"
        if before_wrong < after_wrong:
            return "worse"
    return "different" if changed & (OF_RECORD | OF_PATH) else "same"


def _golden(expect: Expect, before: Sequence[ev.CallEvent], after: Replayed) -> Golden:
    return Golden(_wrong(expect, before), None if after.diverged else _wrong(expect, after.events))


def _wrong(expect: Expect, events: Sequence[ev.CallEvent]) -> tuple[str, ...]:
    """By the same scorer as a simulated call's; whether a value was ever said is not known here."""
    if not events:
        return ()
    person = Persona(persona="golden", opening="—", expect=expect)
    mistakes = score(person, draft(events), events).mistakes
    return tuple(mistake for mistake in mistakes if not mistake.startswith("invented."))
