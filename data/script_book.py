"""Versions of the script: their files, kept as long as the calls they took, and what was to take calls when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from sqlmodel import col

from data.engine import reading
from data.errors import ConstraintBroken, VersionUnknown
from data.ledger import Ledger
from data.tables import DeploymentRow, ScriptRow

How = Literal["deploy", "rollback", "edit"]

LEAST = 4
"""Characters by which a version may be named, if they are one version's only."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A version that was to take calls from `at` on. previous: what took them until then.

    how: deployed, rolled back to, or the working folder edited in place. problems: why it was refused.
    """

    version: str
    previous: str | None
    at: datetime
    how: How
    who: str
    note: str | None = None
    problems: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        return bool(self.problems)


class ScriptBook(Ledger):
    """Versions and deployments. Both are only added to."""

    def keep_script(self, version: str, files: Mapping[str, bytes], at: datetime | None = None) -> None:
        """Keeps the files of a version, once. Raises StoreDown."""
        with suppress(ConstraintBroken):  # another process has just kept it
            self._write(lambda session: _keep(session, version, files, self._now(at)))

    def script_files(self, version: str) -> dict[str, bytes]:
        """The files of a version, by name. Raises VersionUnknown, StoreDown."""
        with reading(self.engine) as session:
            row = session.get(ScriptRow, version)
            if row is None:
                raise VersionUnknown(version)
            return {name: text.encode() for name, text in json.loads(row.files).items()}

    def script_version(self, named: str) -> str:
        """The kept version that begins with `named`. Raises VersionUnknown (none, or several)."""
        with reading(self.engine) as session:
            query = select(col(ScriptRow.version)).where(
                col(ScriptRow.version).startswith(named, autoescape=True)
            )
            found = session.scalars(query.limit(2)).all() if len(named) >= LEAST else []
        if len(found) != 1:
            raise VersionUnknown(named)
        return found[0]

    def deploy(
        self,
        version: str,
        files: Mapping[str, bytes],
        *,
        how: How,
        who: str,
        note: str | None = None,
        previous: str | None = None,
        at: datetime | None = None,
    ) -> Deployment:
        """Keeps the version and, from now on, lets it take calls: one transaction. Raises StoreDown.

        previous: what took them until now; by default what was let take them last.
        """

        def work(session: Session) -> Deployment:
            _keep(session, version, files, self._now(at))
            return _log(session, version, self._now(at), how, who, note, previous=previous)

        return self._write(work)

    def refuse(
        self,
        version: str,
        problems: Sequence[str],
        *,
        how: How,
        who: str,
        note: str | None = None,
        at: datetime | None = None,
    ) -> Deployment:
        """Notes that a version was to take calls and may not. Raises StoreDown."""
        return self._write(lambda session: _log(session, version, self._now(at), how, who, note, problems))

    def deployed(self) -> Deployment | None:
        """What was deployed, or rolled back to, last; None where nothing ever was. Raises StoreDown."""
        with reading(self.engine) as session:
            return next(_entries(session, col(DeploymentRow.how) != "edit", refused=False), None)

    def deployments(self) -> list[Deployment]:
        """Everything that was to take calls, the latest first. Raises StoreDown."""
        with reading(self.engine) as session:
            return list(_entries(session))


def latest(log: Sequence[Deployment], *, edits: bool = True) -> Deployment | None:
    """What was let take calls last; edits: by a change of the folder too. log: the latest first."""
    return next((entry for entry in log if not entry.refused and (edits or entry.how != "edit")), None)


def before(log: Sequence[Deployment], version: str) -> str | None:
    """What took calls before `version` was first deployed; None: nothing. log: the latest first.

    By the latest deployment of it, not by the latest return to it: rolling back twice goes two versions back.
    """
    for entry in log:
        if entry.version == version and entry.how == "deploy" and not entry.refused:
            return entry.previous
    return None


def _keep(session: Session, version: str, files: Mapping[str, bytes], at: datetime) -> None:
    if session.get(ScriptRow, version) is None:
        texts = {name: content.decode() for name, content in sorted(files.items())}
        session.add(ScriptRow(version=version, kept_at=at, files=json.dumps(texts, ensure_ascii=False)))


def _log(
    session: Session,
    version: str,
    at: datetime,
    how: How,
    who: str,
    note: str | None,
    problems: Sequence[str] = (),
    previous: str | None = None,
) -> Deployment:
    if previous is None and (live := next(_entries(session, refused=False), None)) is not None:
        previous = live.version
    row = DeploymentRow(
        at=at,
        version=version,
        previous=previous,
        how=how,
        who=who,
        note=note,
        problems="\n".join(problems) or None,
    )
    session.add(row)
    session.flush()
    return _entry(row)


def _entries(
    session: Session, *where: ColumnElement[bool], refused: bool | None = None
) -> Iterator[Deployment]:
    """The latest first. refused: only those that were, or were not."""
    query = select(DeploymentRow).where(*where).order_by(col(DeploymentRow.n).desc())
    if refused is not None:
        told = col(DeploymentRow.problems)
        query = query.where(told.is_not(None) if refused else told.is_(None))
    return map(_entry, session.scalars(query))


def _entry(row: DeploymentRow) -> Deployment:
    how: How = "deploy" if row.how == "deploy" else "rollback" if row.how == "rollback" else "edit"
    problems = tuple(row.problems.splitlines()) if row.problems else ()
    return Deployment(row.version, row.previous, row.at, how, row.who, row.note, problems)
