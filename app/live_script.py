"""Which script the next call follows: the version deployed last, or the working folder, looked at every second.

A running call keeps the script it began with. A version that cannot be used is refused, loudly, and the one before
goes on. One that can takes calls once the sound of its fixed sentences is made: no citizen waits for that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from data.errors import StoreError
from data.store import Store
from dialogs.loader import load_files, script_files, version_of
from dialogs.problems import Problem, ScriptBroken
from dialogs.script import Script

log = logging.getLogger(__name__)

#: How often is looked for another version. Seconds.
_EVERY_S = 1.0
#: The store, or the folder, could not be looked at: again after so long. Seconds.
_TROUBLE_S = 20.0
#: Who is named for a change of the folder: nobody knows who saved the file.
_NOBODY = "文件夹"

#: Makes the sound of a script's fixed sentences; gives how many clauses could not be made.
Warm = Callable[[Script], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to take calls. files: read only where it is not what takes them already."""

    version: str
    files: dict[str, bytes]
    problems: tuple[Problem, ...] = ()
    edited: bool = False


@dataclass(frozen=True, slots=True)
class _Coming:
    wanted: _Wanted
    script: Script
    warming: asyncio.Task[bool]


@dataclass(frozen=True, slots=True)
class Refused:
    """A version that may not take calls, and why, a line for each mistake."""

    version: str
    at: datetime
    problems: tuple[str, ...]


class LiveScript:
    """script: what the next call follows. refused: what should have replaced it and may not."""

    def __init__(
        self,
        store: Store,
        writer: ThreadPoolExecutor,
        folder: Path,
        *,
        in_place: bool,
        now: Callable[[], datetime],
    ) -> None:
        """in_place: follow the folder though something was deployed. Raises ScriptBroken, StoreError."""
        self._store = store
        self._writer = writer
        self._folder = folder
        self._in_place = in_place
        self._now = now
        self._coming: _Coming | None = None
        self._seen: object = None
        self._read: tuple[object, _Wanted] | None = None
        self.refused: Refused | None = None
        self.script = self._first()

    async def follow(self, warm: Warm) -> None:
        """Runs as long as the seat."""
        try:
            while True:
                wait = _EVERY_S
                try:
                    await self.look(warm)
                except (StoreError, OSError) as error:
                    log.error("no look at the script was possible: %s", type(error).__name__)
                    wait = _TROUBLE_S
                await asyncio.sleep(wait)
        finally:
            self._drop()

    async def look(self, warm: Warm) -> None:
        """See what is wanted, and take the next step towards it. Raises StoreError, OSError."""
        wanted = await asyncio.to_thread(self._wanted)
        if wanted is None:
            return
        if self._coming is not None and self._coming.wanted.version != wanted.version:
            self._drop()
        if wanted.version == self.script.version:
            self.refused = None
        elif self._coming is not None:
            if self._coming.warming.done():
                await self._take_over(self._coming)
        elif self.refused is None or self.refused.version != wanted.version:
            await self._prepare(wanted, warm)

    @property
    def coming(self) -> str | None:
        """The version whose sound is being made."""
        return self._coming.wanted.version if self._coming is not None else None

    # --- what is wanted -----------------------------------------------------------------------------

    def _wanted(self) -> _Wanted | None:
        """None: the folder is just being written to."""
        deployed = None if self._in_place else self._store.deployed()
        return self._of_folder() if deployed is None else self._of_store(deployed.version)

    def _of_store(self, version: str) -> _Wanted:
        known = version == self.script.version
        return _Wanted(version, {} if known else self._store.script_files(version))

    def _of_folder(self) -> _Wanted | None:
        """Only when nothing in it changed since the last look: an editor may be in the middle of saving."""
        seen = _look_of(self._folder)
        settled, self._seen = seen == self._seen, seen
        if self._read is not None and self._read[0] == seen:
            return self._read[1]
        if not settled:
            return None
        self._read = seen, _read(self._folder)
        return self._read[1]

    def _first(self) -> Script:
        """What calls begin with at start: of the deployed versions the latest that can be used; else the folder."""
        tried: set[str] = set()
        for entry in [] if self._in_place else self._store.deployments():
            if entry.refused or entry.how == "edit" or entry.version in tried:
                continue
            tried.add(entry.version)
            try:
                return load_files(self._store.script_files(entry.version))
            except ScriptBroken as broken:
                refused = self._refusal(entry.version, broken)
                self.refused = self.refused or refused
        wanted = _read(self._folder)
        script = load_files(wanted.files, wanted.problems)
        self._store.keep_script(wanted.version, wanted.files, self._now())
        return script

    # --- taking it up -------------------------------------------------------------------------------

    async def _prepare(self, wanted: _Wanted, warm: Warm) -> None:
        try:
            script = await asyncio.to_thread(load_files, wanted.files, wanted.problems)
        except ScriptBroken as broken:
            self.refused = self._refusal(wanted.version, broken)
            if wanted.edited:
                await self._write(partial(self._keep_refusal, self.refused))
            return
        log.info(
            "script %s: its sentences are made; %s goes on meanwhile", script.version, self.script.version
        )
        self._coming = _Coming(wanted, script, asyncio.create_task(_made(script, warm)))

    async def _take_over(self, coming: _Coming) -> None:
        if coming.wanted.edited:
            await self._write(partial(self._keep_edit, coming.wanted))
        if not coming.warming.result():
            log.warning("script %s: not every sentence could be made ahead", coming.script.version)
        log.warning(
            "script %s takes the calls from now on, in place of %s",
            coming.script.version,
            self.script.version,
        )
        self.script, self.refused, self._coming = coming.script, None, None

    async def _write(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._writer, work)

    def _keep_edit(self, wanted: _Wanted) -> None:
        previous, at = self.script.version, self._now()
        self._store.deploy(wanted.version, wanted.files, how="edit", who=_NOBODY, previous=previous, at=at)

    def _keep_refusal(self, refused: Refused) -> None:
        self._store.refuse(refused.version, refused.problems, how="edit", who=_NOBODY, at=refused.at)

    def _refusal(self, version: str, broken: ScriptBroken) -> Refused:
        """Said loudly: whoever changed the script is not here."""
        log.error("script %s is refused, the one before goes on:\n%s", version, broken)
        return Refused(version, self._now(), tuple(map(str, broken.problems)))

    def _drop(self) -> None:
        """What is coming is not wanted any more."""
        if self._coming is not None:
            self._coming.warming.cancel()
            self._coming = None


async def _made(script: Script, warm: Warm) -> bool:
    """Whether the sound of every fixed sentence is there now."""
    try:
        return not await warm(script)
    except Exception as error:
        log.error("script %s: its sentences were not made: %s", script.version, type(error).__name__)
        return False


def _read(folder: Path) -> _Wanted:
    files, problems = script_files(folder)
    return _Wanted(version_of(files), files, tuple(problems), edited=True)


def _look_of(folder: Path) -> object:
    """Another one, when a file of the folder was written."""
    if not folder.is_dir():
        return None
    files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    return tuple((path.name, (stat := path.stat()).st_mtime_ns, stat.st_size) for path in files)
