"""Another version while the seat runs: taken up when its sound is made, refused when it is bad, kept when it ran."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.memory_keeper import MemoryKeeper
from agent.text_call import TextCall
from app.live_script import LiveScript
from data.store import Store
from data.understanding import Understanding
from dialogs.loader import load_files, script_files, version_of
from dialogs.problems import ScriptBroken
from dialogs.script import Script
from tests.agent.talk import SMALL

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


class Bench:
    """A folder, a store, and a warming that ends when the test says so."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = Path(shutil.copytree(SMALL, tmp_path / "script"))
        self.store = Store.open(f"sqlite:///{tmp_path / 'seat.db'}", tmp_path)
        self.writer = ThreadPoolExecutor(1)
        self.warmed: list[str] = []
        self.made = asyncio.Event()
        self.made.set()

    def live(self, *, in_place: bool = False) -> LiveScript:
        return LiveScript(self.store, self.writer, self.folder, in_place=in_place, now=lambda: NOW)

    async def warm(self, script: Script) -> int:
        self.warmed.append(script.version)
        await self.made.wait()
        return 0

    async def look(self, live: LiveScript, times: int = 4) -> None:
        """Settled, prepared, warmed, taken over."""
        for _ in range(times):
            await live.look(self.warm)
            await asyncio.sleep(0)

    def write(self, file: str, written: str, instead: str) -> None:
        path = self.folder / file
        text = path.read_text("utf-8")
        assert written in text
        path.write_text(text.replace(written, instead, 1), "utf-8")

    def files(self) -> dict[str, bytes]:
        return script_files(self.folder)[0]

    def deploy(self) -> str:
        version = version_of(self.files())
        self.store.deploy(version, self.files(), how="deploy", who="王")
        return version


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.writer.shutdown()
    bench.store.close()


async def test_until_something_is_deployed_the_folder_is_followed(bench: Bench) -> None:
    live = bench.live()
    first = live.script.version
    bench.write("prompts.yaml", "请讲。", "您请讲。")
    await live.look(bench.warm)
    assert (live.script.version, live.coming) == (first, None), "an editor may still be saving"
    await bench.look(live)
    assert live.script.prompts["narrative.ask"].text == "您请讲。"
    assert [(entry.how, entry.previous) for entry in bench.store.deployments()] == [("edit", first)]
    assert load_files(bench.store.script_files(first)).version == first, "an old call finds its version"


async def test_the_deployed_version_is_followed_and_the_folder_is_not(bench: Bench) -> None:
    live = bench.live()
    bench.write("prompts.yaml", "请讲。", "您请讲。")
    wanted = bench.deploy()
    bench.write("prompts.yaml", "您请讲。", "写了一半")
    await bench.look(live)
    assert live.script.version == wanted
    assert bench.live().script.version == wanted, "after a start too"


async def test_a_setting_follows_the_folder_all_the_same(bench: Bench) -> None:
    bench.deploy()
    live = bench.live(in_place=True)
    bench.write("prompts.yaml", "请讲。", "您请讲。")
    await bench.look(live)
    assert live.script.prompts["narrative.ask"].text == "您请讲。"


async def test_new_sentences_are_made_before_they_are_needed(bench: Bench) -> None:
    live = bench.live()
    first = live.script.version
    bench.made.clear()
    bench.write("prompts.yaml", "请讲。", "您请讲。")
    wanted = bench.deploy()
    await bench.look(live)
    assert (live.script.version, live.coming, bench.warmed) == (first, wanted, [wanted])
    bench.made.set()
    await bench.look(live)
    assert (live.script.version, live.coming) == (wanted, None)


async def test_what_is_rolled_back_while_its_sound_is_made_never_takes_a_call(bench: Bench) -> None:
    first = bench.deploy()
    live = bench.live()
    bench.made.clear()
    bench.write("prompts.yaml", "请讲。", "您请讲。")
    bench.deploy()
    await bench.look(live)
    bench.store.deploy(first, bench.store.script_files(first), how="rollback", who="王")
    await live.look(bench.warm)
    bench.made.set()
    await bench.look(live)
    assert (live.script.version, live.coming) == (first, None)


async def test_a_voice_that_fails_does_not_keep_a_version_back(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(_script: Script) -> int:
        raise RuntimeError

    live = bench.live()
    bench.write("prompts.yaml", "请讲。", "您请讲。")
    wanted = bench.deploy()
    for _ in range(4):
        await live.look(fails)
        await asyncio.sleep(0)
    assert live.script.version == wanted
    assert "were not made: RuntimeError" in caplog.text


async def test_a_bad_version_is_refused_loudly_and_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    live = bench.live()
    good = live.script.version
    bench.write("complaint.yaml", "collect: amount", "colect: amount")
    await bench.look(live, 6)
    assert (live.script.version, bench.warmed) == (good, [])
    assert live.refused is not None and "complaint.yaml:11:" in live.refused.problems[0]
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1 and "complaint.yaml:11:" in errors[0].getMessage()
    log = bench.store.deployments()
    assert [(entry.how, entry.refused) for entry in log] == [("edit", True)]
    bench.write("complaint.yaml", "colect: amount", "collect: amount")
    await bench.look(live)
    assert (live.script.version, live.refused) == (good, None)


async def test_a_running_call_keeps_the_version_it_began_with(bench: Bench) -> None:
    live = bench.live()
    call = TextCall(
        live.script,
        MemoryKeeper(),
        lambda text, *_: Understanding(text=text),
        call_id="c1",
        started_at=NOW,
    )
    await call.start()
    bench.write("prompts.yaml", "投诉还是举报？", "投诉呢还是举报呢？")
    await bench.look(live)
    said = await call.say("我有一件很长的事情要说")
    assert [say.text for say in said] == ["投诉还是举报？"]
    assert live.script.prompts["route.ask"].text == "投诉呢还是举报呢？"


def test_a_start_with_a_version_that_cannot_be_used_any_more_takes_the_one_before(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    good = bench.deploy()
    bench.store.deploy("0000", {"script.yaml": b"script: 1\n"}, how="deploy", who="王")
    live = bench.live()
    assert live.script.version == good
    assert live.refused is not None and live.refused.version == "0000"
    assert "0000 is refused" in caplog.text


def test_a_start_with_nothing_usable_says_what_is_wrong(bench: Bench) -> None:
    bench.write("complaint.yaml", "collect: amount", "colect: amount")
    with pytest.raises(ScriptBroken, match=r"complaint\.yaml:11:"):
        bench.live()


async def test_a_folder_that_is_gone_for_a_moment_changes_nothing(bench: Bench, tmp_path: Path) -> None:
    live = bench.live()
    version = live.script.version
    bench.folder.rename(tmp_path / "away")
    await bench.look(live)
    assert live.script.version == version
    (tmp_path / "away").rename(bench.folder)
    await bench.look(live)
    assert (live.script.version, live.refused) == (version, None)
