"""The report as one HTML file that works offline: player, waveform, words under it, slots and the diff."""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile

import data.events as ev
from data.fold_record import draft
from data.records import RecordDraft
from data.understanding import SlotValue
from data.vocabulary import Slot
from models.protocols import LINE_RATE, Pcm
from qa.replay.align import aligned
from qa.replay.compare import turns
from qa.replay.names import ROOMS, VERDICTS, WHATS, given
from qa.replay.report import DifferenceResult, ReplayReport, call_result
from qa.replay.run import Replay
from qa.replay.terminal import caption
from qa.score_card.card import ScoreCard
from qa.score_card.report import value

#: How the sound comes with the page: inside it (Opus), or as a link to the recording, which a sealed one cannot
#: have.
AudioIn = Literal["embed", "link", "none"]
#: One bar of the waveform. Milliseconds.
_BAR_MS = 50
_DECIDED = {"given": "同意", "refused": "不同意", "not_asked": "没有问", "withdrawn": "收回"}
Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def write_page(
    path: Path, report: ReplayReport, replays: Sequence[Replay], labels: Mapping[Slot, str], audio: AudioIn
) -> None:
    """Write the page, readable by its owner only: it holds what callers said. Raises OSError.

    The replays must have kept their sound.
    """
    data: Json = {
        "sums": caption(report),
        "verdicts": {str(verdict): name for verdict, name in VERDICTS.items()},
        "rooms": {str(room): name for room, name in ROOMS.items()},
        "whats": {str(what): name for what, name in WHATS.items()},
        "calls": [_call(each, labels, audio, path.parent) for each in replays],
    }
    text = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
    page = (files("qa.replay") / "page.html").read_text("utf-8").replace("__DATA__", text)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)  # also where a file of that name was there before
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(page)


def _call(replay: Replay, labels: Mapping[Slot, str], audio: AudioIn, folder: Path) -> Json:
    judgement = replay.judgement
    result = replay.result
    if judgement is not None:
        result = call_result(replay.call.id, judgement, labels, reveal=True)
    before = judgement.before if judgement is not None else ()
    after = judgement.after.events if judgement is not None else ()
    seat_events = before or after
    sound = replay.sound
    return {
        "id": result.id,
        "verdict": result.verdict,
        "room": result.room,
        "reasons": result.reasons,
        "left": result.left_at_ms,
        "seconds": len(sound[0]) / LINE_RATE if sound is not None else 0.0,
        "audio": _audio(replay, audio, folder),
        "peaks": {
            "caller": _peaks(sound[0] if sound is not None else None),
            "seat": _peaks(sound[1] if sound is not None else None),
        },
        "seat": _prompts(seat_events),
        "before": _said(before),
        "after": _said(after),
        "differences": [_difference(each) for each in result.differences],
        "missing": [{"question": each.question, "given": given(each.given)} for each in result.missing],
        "scores": _scores(replay.card),
        "fields": _fields(replay, draft(before), draft(after), labels),
    }


def _scores(card: ScoreCard | None) -> Json:
    if card is None:
        return None
    rows = [[line.name, f"{line.points:g} / {line.of:g}", value(line)] for line in card.lines]
    return {"total": card.total, "rows": rows}


def _difference(each: DifferenceResult) -> Json:
    pieces: Json = None
    if each.what in ("words", "wording") and isinstance(each.before, str) and isinstance(each.after, str):
        pieces = [[piece.how, piece.before, piece.after] for piece in aligned(each.before, each.after)]
    return {**each.model_dump(mode="json"), "pieces": pieces}


def _fields(
    replay: Replay, before: RecordDraft, after: RecordDraft, labels: Mapping[Slot, str]
) -> list[Json]:
    """Kind, intent, every slot of either run, and the consents."""
    right = replay.call.golden
    rows: list[Json] = [
        _row("类型", before.kind, after.kind, right.kind if right is not None else None),
        _row("意图", before.intent, after.intent, right.intent if right is not None else None),
    ]
    expected = dict(right.slots) if right is not None else {}
    for slot in dict.fromkeys([*(f.slot for f in before.fields), *(f.slot for f in after.fields), *expected]):
        name = labels.get(slot, slot.value)
        rows.append(_row(name, before.value(slot), after.value(slot), expected.get(slot)))
    decided = [{each.purpose: each.decision.value for each in run.consents} for run in (before, after)]
    agreed = dict(right.consents) if right is not None else {}
    for purpose in dict.fromkeys([*decided[0], *decided[1], *agreed]):
        before_it, after_it = (_DECIDED.get(each.get(purpose, "")) for each in decided)
        rows.append(_row(f"同意 {purpose}", before_it, after_it, _DECIDED.get(agreed.get(purpose, ""))))
    return rows


def _row(label: str, before: SlotValue | None, after: SlotValue | None, right: SlotValue | None) -> Json:
    return {"label": label, "before": before, "after": after, "right": right}


def _said(events: Sequence[ev.CallEvent]) -> list[Json]:
    return [
        {"turn": each.turn, "start": each.start_ms, "end": each.end_ms, "text": each.text}
        for each in turns(events).values()
    ]


def _prompts(events: Sequence[ev.CallEvent]) -> list[Json]:
    """What the seat said, where it sounded."""
    texts = {each.utterance: each.text for each in events if isinstance(each, ev.PromptSaid)}
    started = {each.utterance: each.at for each in events if isinstance(each, ev.PromptStarted)}
    return [
        {
            "start": started[end.utterance],
            "end": started[end.utterance] + end.heard_ms,
            "text": texts.get(end.utterance, ""),
            "complete": end.complete,
        }
        for end in events
        if isinstance(end, ev.PromptEnded) and end.utterance in started
    ]


def _peaks(sound: Pcm | None) -> list[Json]:
    """The loudest sample of each bar, 0..100 by the square root, so that quiet voices are seen."""
    if sound is None:
        return []
    size = LINE_RATE * _BAR_MS // 1000
    bars = np.abs(sound[: len(sound) // size * size].astype(np.int32)).reshape(-1, size).max(axis=1)
    return [int(peak) for peak in np.sqrt(bars / 32768) * 100]


def _audio(replay: Replay, audio: AudioIn, folder: Path) -> str | None:
    path = replay.call.file
    if audio == "none" or (audio == "link" and path is None):
        return None
    if audio == "link" and path is not None:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    if replay.sound is None:
        return None
    caller, seat = replay.sound
    file = io.BytesIO()
    stereo = np.stack((caller, seat), axis=1) if seat is not None else caller
    soundfile.write(file, stereo, LINE_RATE, format="OGG", subtype="OPUS")
    return f"data:audio/ogg;base64,{base64.b64encode(file.getvalue()).decode()}"
