"""Everything a running seat is made of, put together once. Used by serve, chat and demo."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from agent.kit import Kit, Understand, Watch
from agent.recovering import recover_calls
from agent.wording import fixed_clauses
from app.live_script import LiveScript
from app.settings import Settings
from data.keys import KeySource, key_source
from data.reference import districts, platforms
from data.store import Store
from dialogs.faq import PREFIX
from dialogs.script import Script
from models.open_recogniser import open_recogniser
from models.open_voice import open_voice
from models.pool import ModelPool
from models.protocols import TextEncoder
from models.vad import SileroVad
from models.voice import Voice
from nlu.joint_reading import Reader
from nlu.understander import Understander

_BETWEEN_CALLS_S = 2.0
#: New objects between two looks for garbage. Python's 700 cost a tenth of a call's time: a call makes thousands, and
#: hardly any hold each other in a ring.
_LOOK_AFTER = 10_000


def open_store(settings: Settings) -> Store:
    """The store of this home, migrated. Raises StoreError."""
    settings.home.mkdir(parents=True, exist_ok=True)
    return Store.open(settings.url, settings.home, keys=master_keys(settings))


def master_keys(settings: Settings) -> KeySource:
    """Where this home's master key is."""
    return key_source(settings.home, command=settings.key_command)


def find_store(settings: Settings) -> Store | None:
    """The store of this home, None where there is none yet. Raises StoreError."""
    if settings.database_url is None and not (settings.home / "seat.db").exists():
        return None
    return open_store(settings)


def open_understander(settings: Settings, script: Script) -> Understander:
    """For the questions `script` answers; with the encoder, if it is wanted. Raises ModelMissing."""
    if not settings.encoder:
        return Understander(None, faq=script.faq)
    cache = settings.models_home / "cache"
    encoder, joint = _encoder(settings.models_home)
    understander = Understander(encoder, joint=joint, faq=script.faq, cache=cache)
    understander.warm()
    return understander


@cache
def _encoder(home: Path) -> tuple[TextEncoder, Reader | None]:
    # torch is slow to import: only when it is used.
    from models.encoder import open_encoder
    from nlu.joint import open_joint

    encoder = open_encoder(home, threads=1)
    return encoder, open_joint(encoder)


def understand_with(understander: Understander) -> Understand:
    """The understander behind the ear's door."""
    return lambda text, asked, today, readings, confidence: understander.understand(
        text, asked=asked, today=today, alternatives=readings, confidence=confidence
    )


def settle() -> None:
    """What is loaded by now stays: no look for garbage goes through it again while calls are taken."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_LOOK_AFTER)


def expand_words(words: Sequence[str]) -> tuple[str, ...]:
    """Expected words of a step; `@platforms` and `@districts` stand for the tables' names."""
    tables = {
        "@platforms": tuple(p.name for p in platforms().platforms),
        "@districts": tuple(d.name for d in districts().districts),
    }
    return tuple(dict.fromkeys(name for word in words for name in tables.get(word, (word,))))


class Seat:
    """A loaded seat. Close it."""

    def __init__(self, settings: Settings, watch: Watch | None = None) -> None:
        """Loads everything; raises ModelMissing, StoreError, ScriptBroken, SpeechFailed."""
        self.settings = settings
        self.store = open_store(settings)
        self.writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self.live = LiveScript(
            self.store,
            self.writer,
            settings.script,
            in_place=settings.script_from == "folder",
            now=lambda: datetime.now(UTC),
        )
        self.pool = ModelPool(settings.model_workers)
        self.voice: Voice = open_voice(
            settings.models_home, self.pool, prefer=settings.synthesiser, voice=settings.voice
        )
        self.understander = open_understander(settings, self.live.script)
        self.owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.kit = Kit(
            script=lambda: self.live.script,
            store=self.store,
            writer=self.writer,
            recogniser=open_recogniser(settings.models_home, self.pool, folder=settings.recogniser_model),
            synthesiser=self.voice,
            new_vad=SileroVad,
            understand=understand_with(self.understander),
            now=lambda: datetime.now(UTC),
            home=settings.home,
            owner=self.owner,
            expand=expand_words,
            seal_recordings=settings.seal_recordings,
            watch=watch,
        )

    def recover(self) -> int:
        """Close the calls a dead process left; gives how many."""
        return len(recover_calls(self.store, datetime.now(UTC), self.owner))

    async def follow_script(self) -> None:
        """Take up other versions as they come, as long as the seat runs."""
        await self.live.follow(self._take_up)

    async def _take_up(self, script: Script) -> int:
        """Ready for another version: its questions are known, its prompts are made."""
        await asyncio.to_thread(self.understander.read_faq, script.faq)
        return await self.warm(script) if self.settings.warm else 0

    async def warm(self, script: Script, on_progress: Callable[[int, int], None] | None = None) -> int:
        """Make the audio of every fixed prompt, answers aside; gives how many clauses could not be made."""
        prompts = script.prompts.items()
        texts = [text for name, p in prompts if not name.startswith(PREFIX) for text in fixed_clauses(p)]
        return await self.voice.warm(texts, on_progress)

    async def warm_answers(self) -> None:
        """Make the audio of the answers to questions, as long as nobody is on the line. There are many."""
        for name, prompt in self.live.script.prompts.items():
            if name.startswith(PREFIX):
                while self.kit.going_on:
                    await asyncio.sleep(_BETWEEN_CALLS_S)
                await self.voice.warm(fixed_clauses(prompt))

    def close(self) -> None:
        self.writer.shutdown(wait=True)
        self.store.close()
        self.pool.close()
