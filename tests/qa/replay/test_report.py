"""The result of a replay: its JSON, its sentences, its page; what is masked and what is not."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from rich.console import Console

import data.events as ev
from agent.kit import Understand
from dialogs.script import Script
from models.protocols import LINE_RATE
from qa.replay.hearing import Listener
from qa.replay.names import label
from qa.replay.page import AudioIn, write_page
from qa.replay.recorded import RecordedCall, from_path
from qa.replay.report import summarise
from qa.replay.run import Bench, Replay, replay_all, replay_call
from qa.replay.terminal import table
from tests.qa.replay.conftest import by_text, caller_track, paced
from tests.qa.replay.test_dialog import Edited, drop_consent, swap_amount_and_date
from tests.qa.replay.test_judge import reading

Events = Sequence[ev.CallEvent]


@pytest.fixture
def misread(script: Script, understand: Understand) -> Bench:
    return Bench(script, "words", reading(understand, "三百六十九块"))


def test_the_json_has_its_promised_keys(complaint: Events, misread: Bench) -> None:
    done = replay_all([RecordedCall("c1", tuple(complaint))], misread)
    report = json.loads(summarise([each.result for each in done], "words", "v", 1.0).model_dump_json())
    assert {"identical", "calls"} <= report.keys() and report["identical"] == 0.0
    [call] = report["calls"]
    assert {"id", "verdict", "room", "differences"} <= call.keys()
    assert (call["id"], call["verdict"], call["room"]) == ("c1", "different", "nlu")
    [field] = [each for each in call["differences"] if each["what"] == "field"]
    assert (field["name"], field["label"], field["before"], field["after"]) == ("amount", "金额", 399, 369)


def test_the_share_is_of_those_that_could_be_compared(complaint: Events, script: Script) -> None:
    bench = Bench(script, "understanding")
    done = replay_all([RecordedCall("c1", tuple(complaint)), RecordedCall("c2")], bench)
    report = summarise([each.result for each in done], "understanding", "v", 1.0)
    assert (report.identical, report.same, report.total) == (1.0, 1, 2)
    assert report.verdicts == {"same": 1, "not_scorable": 1}
    assert report.calls[1].fault is not None


def test_names_and_numbers_are_masked_unless_asked_for(
    complaint: Events, script: Script, understand: Understand
) -> None:
    def other(text, asked, today, readings, confidence):  # type: ignore[no-untyped-def]
        text = {"我叫王小明": "我叫王小红"}.get(text, text)
        return understand(text, asked, today, (), confidence)

    bench = Bench(script, "words", other)
    call = RecordedCall("c1", tuple(complaint))
    hidden, shown = (replay_call(call, bench, reveal=reveal).result for reveal in (False, True))
    assert "王小" not in hidden.model_dump_json() and "王**" in hidden.model_dump_json()
    assert "王小红" in shown.model_dump_json()


def test_a_call_that_cannot_be_replayed_says_why(
    complaint: Events, script: Script, understand: Understand, listener: Listener, tmp_path: Path
) -> None:
    audio = Bench(script, "audio", understand, listener)
    words = Bench(script, "words", understand)
    broken = tmp_path / "a.flac"
    broken.write_bytes(b"no sound")
    faults = [
        replay_call(RecordedCall("c1", tuple(complaint)), audio).result.fault,
        replay_call(RecordedCall("c1", tuple(complaint[3:])), words).result.fault,
        replay_call(from_file(broken), audio).result.fault,
        replay_call(from_file(sound_file(tmp_path, complaint)), words).result.fault,
    ]
    assert [bool(fault) for fault in faults] == [True] * 4 and len(set(faults)) == 4


def test_score_cards_of_both_runs_without_the_clock(complaint: Events, script: Script) -> None:
    done = replay_call(RecordedCall("c1", tuple(complaint)), Bench(script, "understanding", score=True))
    assert done.result.score_before == done.result.score_after is not None
    assert done.card is not None and not {"length", "usual_wait"} & {line.rule for line in done.card.lines}


def test_the_terminal_names_the_room(complaint: Events, misread: Bench) -> None:
    done = replay_all([RecordedCall("c1", tuple(complaint))], misread)
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(table(summarise([each.result for each in done], "words", "v", 1.0)))
    text = console.export_text()
    assert "有变化" in text and "理解" in text and "金额：399 → 369" in text


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("amount", "金额"),
        ("phone?", "核对电话"),
        ("3.amount", "第3句·金额"),
        ("12", "第12句"),
        ("declined.shop", "没有提供·店铺"),
        ("consent:refer_to_platform", "征得同意·refer_to_platform"),
        ("closing.term", "closing.term"),
        ("declined", "declined"),
        ("refer_to_platform.fields", "同意·refer_to_platform·转哪些"),
    ],
)
def test_differences_have_names_people_know(script: Script, name: str, called: str) -> None:
    assert label(name, script.file.labels) == called


def test_a_moved_question_is_named(complaint: Events, edited: Edited) -> None:
    moved = Bench(edited(swap_amount_and_date), "understanding")
    result = replay_call(RecordedCall("c1", tuple(complaint)), moved).result
    assert result.reasons == ("提问的先后变了：“日期”提到“金额”前面",)


def test_a_consent_that_is_gone_is_named(complaint: Events, edited: Edited) -> None:
    result = replay_call(
        RecordedCall("c1", tuple(complaint)), Bench(edited(drop_consent), "understanding")
    ).result
    assert result.reasons[0] == "refer_to_platform：同意、拼多多 → 无"


@pytest.mark.parametrize("audio", ["embed", "link", "none"])
def test_the_page_works_alone(
    complaint: Events,
    script: Script,
    understand: Understand,
    listener: Listener,
    tmp_path: Path,
    audio: AudioIn,
) -> None:
    events = paced(complaint)
    call = replace(from_file(sound_file(tmp_path, events)), events=events)
    done = replay_call(call, Bench(script, "audio", understand, listener), keep_sound=True)
    page = written(tmp_path, [done], script, audio)
    text = page.read_text("utf-8")
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text), "nothing from elsewhere"
    [shown] = data_of(text)["calls"]
    assert shown["audio"] == {"link": "c1.flac", "none": None}.get(audio, shown["audio"])
    assert audio != "embed" or shown["audio"].startswith("data:audio/ogg;base64,")
    assert len(shown["peaks"]["caller"]) > 100 and shown["seat"][0]["text"].startswith("您好")
    assert any(each["text"] == "三百九十九块" for each in shown["before"])
    assert {"label": "金额", "before": 399, "after": 399, "right": None} in shown["fields"]


def test_only_its_owner_may_read_the_page(complaint: Events, misread: Bench, tmp_path: Path) -> None:
    (tmp_path / "report.html").touch(0o644)
    page = written(
        tmp_path, replay_all([RecordedCall("c1", tuple(complaint))], misread), misread.script, "none"
    )
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_no_words_of_a_caller_end_the_data_early(script: Script, tmp_path: Path) -> None:
    events = by_text({"shop": "店铺叫</script><b>，没注意"})
    done = replay_all([RecordedCall("c1", events)], Bench(script, "understanding"))
    text = written(tmp_path, done, script, "none").read_text("utf-8")
    assert text.count("</script>") == 2 and "店铺叫" in json.dumps(data_of(text), ensure_ascii=False)


def from_file(path: Path) -> RecordedCall:
    [call] = from_path(path)
    return call


def written(folder: Path, done: Sequence[Replay], script: Script, audio: AudioIn) -> Path:
    report = summarise([each.result for each in done], "audio", script.version, 1.0)
    write_page(folder / "report.html", report, done, script.file.labels, audio)
    return folder / "report.html"


def data_of(page: str) -> dict[str, list[dict[str, object]]]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))  # type: ignore[no-any-return]


def sound_file(folder: Path, events: Events) -> Path:
    caller = caller_track(events)
    path = folder / "c1.flac"
    soundfile.write(path, np.stack((caller, np.zeros_like(caller)), axis=1), LINE_RATE)
    return path
