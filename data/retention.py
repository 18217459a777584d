"""Removing what may not be kept longer, and what a citizen asks to be erased.

Everything is done in steps that can be repeated: killed at any moment, the same job again goes on with what is
left. A case that is not finished holds everything of its call, whatever its age (the rules are in
reference/retention.yaml). What stays after an erasure are the ciphertext the chains cover, and columns that name nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from data.backup_keys import sync_folders
from data.call_files import RECORDINGS, call_of, golden_of, recordings_of
from data.copies import Copy, CopyKind, copies, remove_copy
from data.engine import reading, vacuum, write
from data.errors import EraseRefused, RecordUnknown
from data.meta import ROTATED_AT, fact
from data.retention_rules import Kept, RetentionRules
from data.store import Store
from data.tables import (
    CallbackRow,
    CallRow,
    InquiryRow,
    RecordRow,
    ReferralRow,
    TrackEntryRow,
    TrackRow,
)
from data.tracking_rules import tracking_rules
from data.understanding import Frozen

COPIES: dict[Kept, tuple[CopyKind, ...]] = {
    Kept.EXPORT: ("export",),
    Kept.AUDIO_COPY: ("audio",),
    Kept.REPORT: ("report",),
    Kept.BACKUP: ("backup",),
}


class Line(Frozen):
    """One line of the job's table. due: what the rule reaches; held: of what is old enough, kept for a case or a
    call-back not finished; missing: files that were already gone; size: bytes of files."""

    what: Kept
    due: int = 0
    held: int = 0
    missing: int = 0
    size: int = 0


class RetentionReport(Frozen):
    """backups_missed: folders whose keys.db could not be brought up to date. rotate_due: by the rules the master
    key should be changed."""

    dry: bool
    lines: tuple[Line, ...]
    backups_missed: tuple[str, ...] = ()
    rotate_due: bool = False


class EraseReport(Frozen):
    """What was of the call: its cases, sound files, other files, files that left the store.

    copies_gone: of those, how many were no longer where they had been written.
    """

    call_id: str
    cases: tuple[str, ...]
    recordings: int
    files: int
    copies: int
    copies_gone: int
    backups_missed: tuple[str, ...]


@dataclass
class _Count:
    due: int = 0
    held: int = 0
    missing: int = 0
    size: int = 0

    def line(self, what: Kept) -> Line:
        return Line(what=what, due=self.due, held=self.held, missing=self.missing, size=self.size)


class Retention:
    """The job, over one store and its home."""

    def __init__(self, store: Store, rules: RetentionRules, now: datetime) -> None:
        self._store, self._home, self._rules, self._now = store, store.home, rules, now

    def run(self, dry: bool) -> RetentionReport:
        """dry: only counts. Raises StoreDown, OSError; what was done till then stays done."""
        steps = {
            Kept.AUDIO: self._audio,
            Kept.CASE_TEXT: self._case_text,
            Kept.CALL_TEXT: self._call_text,
            Kept.INQUIRIES: self._inquiries,
            Kept.EXPORT: self._export,
            Kept.AUDIO_COPY: self._audio_copy,
            Kept.REPORT: self._report,
            Kept.BACKUP: self._backup,
            Kept.CACHE: self._cache,
        }
        lines = tuple(step(dry).line(what) for what, step in steps.items())
        missed = () if dry else self._forgotten()
        return RetentionReport(dry=dry, lines=lines, backups_missed=missed, rotate_due=self._rotate_due())

    def erase(self, reference: str, *, unfinished: bool = False) -> EraseReport:
        """Everything of the call a case came from. unfinished: even if a case of it is not.

        Exports made since the call began go too (they can be made again), whatever else is in them. Again for
        the same case: finishes what was cut off. Raises RecordUnknown, EraseRefused, StoreDown, OSError.
        """
        with reading(self._store.engine) as session:
            row = session.scalar(
                select(RecordRow).where(
                    (col(RecordRow.id) == reference) | (col(RecordRow.case_no) == reference)
                )
            )
            if row is None:
                raise RecordUnknown("no such record")
            call = session.get(CallRow, row.call_id)
            assert call is not None  # a foreign key
            call_id, begun, goes_on = call.id, call.started_at, call.ended_at is None
            cases = _cases(session, call_id)
        if any(case.open for case in cases) and not unfinished:
            raise EraseRefused("案件还没有办结，按规定还要保存；确有依据要删的，用 --unfinished")
        if goes_on:
            raise EraseRefused("这通电话还没有结束")
        self._store.erase_call(call_id, self._now)
        sounds, others = self._remove_files(call_id)
        held = [
            copy
            for copy in copies(self._store.engine, ("export", "audio", "report"))
            if copy.call_id == call_id or (copy.call_id is None and copy.made_at >= begun)
        ]
        gone = sum(not remove_copy(self._store.engine, copy, self._now) for copy in held)
        return EraseReport(
            call_id=call_id,
            cases=tuple(case.number for case in cases),
            recordings=sounds,
            files=others,
            copies=len(held) - gone,
            copies_gone=gone,
            backups_missed=self._forgotten(),
        )

    def _forgotten(self) -> tuple[str, ...]:
        """What was destroyed is no longer in old pages, nor in the backups' keys; gives the folders out of reach."""
        vacuum(self._store.engine, "calls")
        return sync_folders(self._store.engine)

    # --- sound ------------------------------------------------------------------------------------

    def _audio(self, dry: bool) -> _Count:
        """By the files, not the rows: what a crash left behind is found too. A file of no call goes by its age."""
        count, cutoff = _Count(), self._cutoff(Kept.AUDIO)
        for path in sorted((self._home / RECORDINGS).glob("*/*")):
            call_id = call_of(path)
            if call_id is None:
                continue
            with reading(self._store.engine) as session:
                call = session.get(CallRow, call_id)
                ended = _written(path) if call is None else call.ended_at
                held = self._waits(session, call_id)
            if ended is None or ended >= cutoff:
                continue
            if held:
                count.held += 1
                continue
            count.due += 1
            count.size += path.stat().st_size
            if not dry:
                path.unlink(missing_ok=True)
                write(self._store.engine, partial(_no_recording, call_id))
        return count

    # --- what was said, and what became of it -----------------------------------------------------

    def _case_text(self, dry: bool) -> _Count:
        return self._text(dry, with_case=True)

    def _call_text(self, dry: bool) -> _Count:
        return self._text(dry, with_case=False)

    def _text(self, dry: bool, *, with_case: bool) -> _Count:
        count, cutoff = _Count(), self._cutoff(Kept.CASE_TEXT if with_case else Kept.CALL_TEXT)
        has_case = select(col(RecordRow.call_id)).where(col(RecordRow.case_no).is_not(None))
        mine = col(CallRow.id).in_(has_case) if with_case else col(CallRow.id).not_in(has_case)
        query = (
            select(col(CallRow.id))
            .where(col(CallRow.ended_at) < cutoff, col(CallRow.erased_at).is_(None), mine)
            .order_by(col(CallRow.ended_at), col(CallRow.id))
        )
        with reading(self._store.engine) as session:
            old = list(session.scalars(query))
        for call_id in old:
            with reading(self._store.engine) as session:
                waits = self._waits(session, call_id)
                since = [case.since for case in _cases(session, call_id) if case.since is not None]
            if waits:
                count.held += 1
            elif not since or max(since) < cutoff:
                count.due += 1
                if not dry:
                    self._store.erase_call(call_id, self._now)
                    self._remove_files(call_id)
        return count

    def _waits(self, session: Session, call_id: str) -> bool:
        """Somebody still has something to do with this call."""
        callback = select(CallbackRow).where(
            col(CallbackRow.call_id) == call_id, col(CallbackRow.done_at).is_(None)
        )
        referral = (
            select(ReferralRow)
            .join(RecordRow, col(RecordRow.id) == col(ReferralRow.record_id))
            .where(col(RecordRow.call_id) == call_id, col(ReferralRow.status).in_(("pending", "recall")))
        )
        return (
            any(case.open for case in _cases(session, call_id))
            or session.scalars(callback.limit(1)).first() is not None
            or session.scalars(referral.limit(1)).first() is not None
        )

    def _remove_files(self, call_id: str) -> tuple[int, int]:
        """The call's sound files, and its others; gives how many of each."""
        sounds = recordings_of(self._home, call_id)
        for path in sounds:
            path.unlink(missing_ok=True)
        write(self._store.engine, partial(_no_recording, call_id))
        golden = golden_of(self._home, call_id)
        there = golden.exists()
        golden.unlink(missing_ok=True)
        return len(sounds), int(there)

    # --- what was made of it ------------------------------------------------------------------------

    def _inquiries(self, dry: bool) -> _Count:
        old = col(InquiryRow.at) < self._cutoff(Kept.INQUIRIES)
        with reading(self._store.engine) as session:
            due = session.scalar(select(func.count()).select_from(InquiryRow).where(old)) or 0
        if due and not dry:
            write(self._store.engine, lambda session: session.execute(delete(InquiryRow).where(old)))
        return _Count(due=due)

    def _export(self, dry: bool) -> _Count:
        return self._copies(Kept.EXPORT, dry)

    def _audio_copy(self, dry: bool) -> _Count:
        return self._copies(Kept.AUDIO_COPY, dry)

    def _report(self, dry: bool) -> _Count:
        return self._copies(Kept.REPORT, dry)

    def _backup(self, dry: bool) -> _Count:
        return self._copies(Kept.BACKUP, dry)

    def _copies(self, what: Kept, dry: bool) -> _Count:
        count, cutoff = _Count(), self._cutoff(what)
        for copy in copies(self._store.engine, COPIES[what]):
            if copy.made_at < cutoff:
                count.due += 1
                count.size += _size(copy)
                count.missing += not copy.path.exists()
                if not dry:
                    remove_copy(self._store.engine, copy, self._now)
        return count

    def _cache(self, dry: bool) -> _Count:
        count, cutoff = _Count(), self._cutoff(Kept.CACHE)
        for path in self._cached():
            with suppress(FileNotFoundError):
                if _written(path) < cutoff:
                    count.due += 1
                    count.size += path.stat().st_size
                    if not dry:
                        path.unlink()
        return count

    def _cached(self) -> Iterator[Path]:
        for pattern in self._rules.caches:
            yield from (path for path in sorted(self._home.glob(pattern)) if path.is_file())

    def _cutoff(self, what: Kept) -> datetime:
        return self._rules.rules[what].cutoff(self._now)

    def _rotate_due(self) -> bool:
        with reading(self._store.engine) as session:
            since = fact(session, ROTATED_AT)
            first = None if since else session.scalar(select(func.min(col(CallRow.started_at))))
        at = datetime.fromisoformat(since) if since else first
        return at is not None and (self._now - at).days >= self._rules.rotate_days


@dataclass(frozen=True, slots=True)
class _Case:
    """since: when it was finished."""

    number: str
    open: bool
    since: datetime | None


def _cases(session: Session, call_id: str) -> list[_Case]:
    rows = session.execute(
        select(
            col(RecordRow.case_no),
            col(TrackRow.stage),
            select(func.max(col(TrackEntryRow.at)))
            .where(col(TrackEntryRow.record_id) == col(RecordRow.id))
            .scalar_subquery(),
        )
        .join(TrackRow, col(TrackRow.record_id) == col(RecordRow.id))
        .where(col(RecordRow.call_id) == call_id)
        .order_by(col(RecordRow.case_no))
    )
    stages = tracking_rules().stages
    return [_Case(str(number), not stages[stage].final, since) for number, stage, since in rows]


def _no_recording(call_id: str, session: Session) -> None:
    session.execute(update(CallRow).where(col(CallRow.id) == call_id).values(recording_path=None))


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime).astimezone()


def _size(copy: Copy) -> int:
    with suppress(FileNotFoundError):
        return copy.path.stat().st_size
    return 0
