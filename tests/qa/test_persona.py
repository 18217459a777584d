from __future__ import annotations

from pathlib import Path

import pytest

from data.vocabulary import Kind, Slot
from qa.persona import BadPersona, load, load_folder

DESIGN = """\
persona: wang_down_jacket
voice: {engine: kokoro, name: zm_yunxi, speed: 1.0, noise_db: null, codec: pcmu}
line: "12315"
opening: 我在拼多多上买了一件羽绒服，收到货发现是假的，商家不给退款。
answers:                      # by slot asked; a list is used in turn when asked again
  order_no: 二三零五一八七六四
  amount: [三百九十九块, 三九九]
  phone: 一三八零零零零一二三四
consents: {refer_to_platform: 可以，你转吧}
unknown: 这个我不清楚            # said when asked for anything not listed
events: [{at: read_back, say: 不对，是四百九十九}]   # corrections, barge-ins, silences, hang-up, DTMF
expect: {kind: 投诉, intent: complaint_online, slots: {platform: 拼多多, amount: 499, order_no: "230518764"},
  consents: {refer_to_platform: given}}
"""


def write(folder: Path, text: str, name: str = "p.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_the_example_of_the_design_is_read(tmp_path: Path) -> None:
    persona = load(write(tmp_path, DESIGN))
    assert persona.answers[Slot.AMOUNT] == ("三百九十九块", "三九九")
    assert persona.answers[Slot.ORDER_NO] == ("二三零五一八七六四",)
    assert persona.expect.kind is Kind.COMPLAINT
    assert persona.expect.slots == {
        Slot.PLATFORM: "拼多多",
        Slot.AMOUNT: 499,
        Slot.ORDER_NO: "230518764",
    }
    assert persona.events[0].say == "不对，是四百九十九"


def test_values_take_the_form_of_their_slot(tmp_path: Path) -> None:
    text = DESIGN.split("expect:")[0] + (
        "expect:\n  slots: {amount: '499.00', order_no: 0123, phone: 13800001234, demand: 退款,"
        " date: 2026-11-05, anonymous: false}\n"
    )
    slots = load(write(tmp_path, text)).expect.slots
    assert slots == {
        Slot.AMOUNT: 499,
        Slot.ORDER_NO: "0123",
        Slot.PHONE: "13800001234",
        Slot.DEMAND: ("退款",),
        Slot.DATE: "2026-11-05",
        Slot.ANONYMOUS: False,
    }


def test_what_is_not_written_is_told_from_null(tmp_path: Path) -> None:
    short = "persona: p\nopening: 转人工\nexpect: {kind: null}\n"
    expect = load(write(tmp_path, short)).expect
    assert expect.scores("kind") and not expect.scores("intent")


def test_flags_may_be_a_list(tmp_path: Path) -> None:
    text = "persona: p\nopening: 喂\nexpect: {flags: [mass_incident]}\n"
    assert load(write(tmp_path, text)).expect.flags == {"mass_incident": True}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("persona: p\nopening: 喂\nanswer: {}\n", 3, "not known"),
        ("persona: p\nopening: 喂\nanswers:\n  phone: 一\n  colour: 红\n", 5, "colour"),
        ("persona: p\nopening: 喂\nevents:\n  - {at: amount, say: 好}\n  - {at: phone}\n", 5, "does nothing"),
        ("persona: p\nopening: 喂\nevents:\n  - {at: phone, dtmf: 12a}\n", 4, "dtmf"),
        ("persona: p\nopening: 喂\nexpect:\n  kind: 投诉\n  slots: {amount: 很多}\n", 5, "number"),
        ("persona: p\nopening: 喂\nexpect:\n  kind: 吐槽\n", 4, "kind"),
        ("persona: p\n", 1, "opening"),
        ("persona: p\nopening: [\n", 3, ""),
        ("persona: p\npersona: q\nopening: 喂\n", 2, ""),
        ("- 1\n", 1, "persona"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BadPersona) as caught:
        load(path)
    problem = caught.value.problems[0]
    assert problem.startswith(f"{path}:{line}: ") and says in problem


def test_all_mistakes_of_a_folder_are_reported_at_once(tmp_path: Path) -> None:
    write(tmp_path, "persona: p\nopening: 喂\nx: 1\ny: 2\n", "a.yaml")
    write(tmp_path, "persona: p\n", "b.yaml")
    with pytest.raises(BadPersona) as caught:
        load_folder(tmp_path)
    assert len(caught.value.problems) == 3


def test_two_of_one_name_and_unknown_names_are_refused(tmp_path: Path) -> None:
    write(tmp_path, DESIGN, "a.yaml")
    with pytest.raises(BadPersona, match="nobody"):
        load_folder(tmp_path, only=("nobody",))
    write(tmp_path, DESIGN, "b.yaml")
    with pytest.raises(BadPersona, match="second persona"):
        load_folder(tmp_path)


def test_an_empty_folder_and_an_absent_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPersona, match="no persona"):
        load_folder(tmp_path)
    with pytest.raises(BadPersona, match="can't be read"):
        load_folder(tmp_path / "absent.yaml")


def test_the_shipped_personas_are_as_promised() -> None:
    personas = load_folder(Path("qa/personas"))
    assert len(personas) == 12
    assert {persona.voice.name for persona in personas} == {
        *("zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zf_xiaoyi"),
        *("zm_yunjian", "zm_yunxi", "zm_yunxia", "zm_yunyang"),
    }
    pausing = [p for p in personas if any("…" in text.strip("…") for text in p.said_texts())]
    assert len(pausing) >= 4
    events = [event for persona in personas for event in persona.events]
    assert any(event.barge_in for event in events) and any(event.silence for event in events)
    assert any(event.dtmf for event in events) and any(event.hang_up for event in events)
    for persona in personas:
        phone = persona.expect.slots.get(Slot.PHONE) or persona.caller_no or "10000000000"
        assert str(phone)[3:7] == "0000"
