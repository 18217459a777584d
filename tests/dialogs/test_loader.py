"""Broken scripts: every mistake is told, at its line, with its cure."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from dialogs.loader import check, load
from dialogs.problems import Problem, ScriptBroken

REAL = Path(__file__).parents[2] / "dialogs" / "scripts" / "12315"
ONLINE = "complaint_online.yaml"
FOOD = "report_food.yaml"
PROMPTS = "prompts.yaml"
SCRIPT = "script.yaml"


@dataclass(frozen=True)
class Mistake:
    """Put `new` for the first `old` in `file`; the problem is told at the line that holds `at` (default: the
    first line of `new`), in `told_in` (default: the same file)."""

    name: str
    file: str
    old: str
    new: str
    code: str
    at: str = ""
    told_in: str = ""
    hint: str = ""


MISTAKES = [
    # --- YAML itself
    Mistake("tab", ONLINE, "    ask: amount.ask", "\task: amount.ask", "yaml", hint="空格"),
    Mistake("full-width colon", ONLINE, "ask: amount.ask", "ask：amount.ask", "yaml", hint="英文冒号"),
    Mistake("open quote", PROMPTS, '"好的，我记下了，{amount}。"', '"好的，我记下了，{amount}。', "yaml", "ack.amount", hint="引号"),
    Mistake("brace unquoted", PROMPTS, '"好的，我记下了，{amount}。"', "{amount}元，好的。", "yaml", "ack.amount", hint="引号"),
    Mistake("colon in text", PROMPTS, "好的，没关系。", "好的: 没关系: 行", "yaml", "declined:", hint="引号"),
    Mistake("duplicate key", ONLINE, "    ask: amount.ask", "    ask: amount.ask\n    ask: date.ask", "duplicate_key",
            "    ask: date.ask", hint="只保留一个"),
    Mistake("duplicate prompt", PROMPTS, "slower:", "wait: 等等。\nslower:", "duplicate_key", "wait: 等等"),
    Mistake("anchor", ONLINE, "kind: 投诉", "kind: &k 投诉", "anchor", hint="直接写"),
    # --- keys and types
    Mistake("misspelt key", ONLINE, "reprompt: [amount.again]", "repromt: [amount.again]", "unknown_key",
            hint="reprompt"),
    Mistake("misspelt prompt key", PROMPTS, "must_finish: true", "must_finsh: true", "unknown_key",
            hint="must_finish"),
    Mistake("misspelt profile key", SCRIPT, "complete_ms: 700", "complet_ms: 700", "unknown_key",
            hint="complete_ms"),
    Mistake("misspelt step", ONLINE, "- collect: amount", "- colect: amount", "unknown_step", hint="collect"),
    Mistake("missing ask", ONLINE, "    ask: order_no.ask\n", "", "missing_key", "- collect: order_no", hint="ask"),
    Mistake("unknown slot", ONLINE, "- collect: amount", "- collect: amout", "unknown_slot", hint="amount"),
    Mistake("unknown slot in fields", ONLINE, "fields: [narrative, shop", "fields: [narrative, shopp",
            "unknown_slot", hint="shop"),
    Mistake("unknown label", SCRIPT, "  shop: 店铺", "  shoop: 店铺", "unknown_slot", hint="shop"),
    Mistake("unknown intent", ONLINE, "intent: complaint_online", "intent: complain_online", "unknown_intent",
            hint="complaint_online"),
    Mistake("unknown listen", ONLINE, "listen: digits", "listen: digit", "unknown_value", hint="digits"),
    Mistake("unknown kind", ONLINE, "kind: 投诉", "kind: 投拆", "unknown_value", hint="投诉"),
    Mistake("unknown confirm", ONLINE, "confirm: implicit", "confirm: implict", "unknown_value", hint="implicit"),
    Mistake("no is text", ONLINE, "optional: true", "optional: no", "wrong_type", hint="true 或 false"),
    Mistake("number as text", ONLINE, "limit: 2", "limit: 两次", "wrong_type", hint="数字"),
    Mistake("010 is text", SCRIPT, "max_turns_lost: 3", "max_turns_lost: 03", "wrong_type", hint="数字"),
    Mistake("out of range", ONLINE, "limit: 2", "limit: 9", "out_of_range", hint="5"),
    Mistake("reprompt not a list", ONLINE, "[amount.again]", "amount.again", "wrong_type",
            "reprompt: amount.again", hint="列表"),
    Mistake("nothing after colon", ONLINE, "ask: amount.ask", "ask:", "wrong_type", "    ask:\n", hint="内容"),
    Mistake("a number to say", PROMPTS, "slower: 好的，我说慢一点。", "slower: 12315", "wrong_type", hint="键: 值"),
    Mistake("steps empty", "human.yaml", "\n  - to_desk: requested", " []", "empty", "steps: []"),
    # --- prompts
    Mistake("prompt missing", ONLINE, "ask: amount.ask", "ask: amount.aks", "unknown_prompt", hint="amount.ask"),
    Mistake("prompt unused", PROMPTS, "slower:", "slow: 慢。\nslower:", "unused_prompt", hint="删掉"),
    Mistake("ack missing", PROMPTS, 'ack.amount: "好的，我记下了，{amount}。"\n', "", "unknown_prompt", told_in=ONLINE,
            at="    confirm: implicit\n    reprompt: [amount.again]", hint="ack.amount"),
    Mistake("confirm missing", PROMPTS, "confirm.phone:", "confirm.fone:", "unknown_prompt", told_in=ONLINE,
            at="- collect: phone", hint="confirm.phone"),
    Mistake("placeholder misspelt", PROMPTS, "好的，我记下了，{amount}。", "好的，{amout}。", "unknown_placeholder",
            hint="amount"),
    Mistake("brace open", PROMPTS, "好的，我记下了，{amount}。", "好的，{amount。", "bad_placeholder"),
    Mistake("placeholder with a form", PROMPTS, "好的，我记下了，{amount}。", "好的，{amount:d}。", "bad_placeholder"),
    Mistake("may hold nothing", PROMPTS, "closing.term: 七个工作日内，会告知您是否受理。",
            'closing.term: "好的，{shop}的事会告知您。"', "maybe_empty", hint="列表"),
    Mistake("never filled", PROMPTS, "将转给{platform}", "将转给{recipient}", "never_filled",
            "closing.referred:", hint="platform"),
    Mistake("empty text", PROMPTS, "slower: 好的，我说慢一点。", 'slower: " "', "empty"),
    Mistake("too long to force", PROMPTS, "请先保证自己安全，", "请先保证自己安全，" * 12, "too_long",
            "请先保证自己安全", hint="20 秒"),
    Mistake("greeting can be skipped", PROMPTS, "  must_finish: true\n", "", "notice", "greeting:", hint="must_finish"),
    Mistake("greeting hides the machine", PROMPTS, "我是人工智能助手，", "我是小浦，", "notice", "greeting:",
            hint="人工智能"),
    Mistake("consent names nobody", PROMPTS, "，转给{recipient}，", "，转出去，", "consent_vague",
            "consent.platform.explain:", hint="recipient"),
    # --- the script as a whole
    Mistake("engine prompt missing", SCRIPT, "  slower: slower\n", "", "missing_says", "says:",
            hint="slower"),
    Mistake("engine prompt misspelt", SCRIPT, "  slower: slower\n", "  slower: slower\n  slowly: slower\n",
            "unknown_key", "slowly", hint="slower"),
    Mistake("danger without words", SCRIPT, "  fire: safety.fire\n", "", "missing_key", "emergencies:"),
    Mistake("profile missing", SCRIPT, "  digits: {complete_ms: 900, incomplete_ms: 1500, noinput_ms: 8000}\n", "",
            "missing_key", "profiles:", hint="digits"),
    Mistake("label missing", SCRIPT, "  shop: 店铺\n", "", "missing_label", "labels:", hint="shop"),
    Mistake("opening flow misspelt", SCRIPT, "opening: opening", "opening: opennig", "unknown_flow", hint="opening"),
    # --- flows
    Mistake("bad condition", ONLINE, "when: not respondent", "when: not respondent and", "bad_condition"),
    Mistake("code in a condition", ONLINE, "when: not respondent", "when: __import__('os').system('ls')",
            "bad_condition"),
    Mistake("unknown name", ONLINE, "when: not respondent", "when: not respondant", "unknown_name",
            hint="respondent"),
    Mistake("declined what", "progress.yaml", "declined('case_no')", "declined('caseno')", "unknown_name",
            hint="case_no"),
    Mistake("intent in a condition", "complaint_other.yaml", "intent != 'complaint_prepaid'",
            "intent != 'complaint_prepay'", "unknown_intent", hint="complaint_prepaid"),
    Mistake("repeated id", ONLINE, "  - collect: date", "  - collect: date\n    id: when_was_it", "duplicate_step",
            "id: when_was_it # again", hint="不同"),
    Mistake("no end", ONLINE, "  - end: lodged\n    say: goodbye\n", "", "no_end", "  - say: closing.term"),
    Mistake("end may be skipped", "human.yaml", "to_desk: requested", "to_desk: requested\n    when: online", "no_end",
            "to_desk: requested", hint="end"),
    Mistake("unreachable", "human.yaml", "to_desk: requested", "to_desk: requested\n  - say: wait", "unreachable_step",
            "- say: wait"),
    Mistake("else first", "report_other.yaml", "      - when: intent == 'report_ip'\n        steps:",
            "      - steps:", "else_not_last", "      - steps:\n          - collect: ip_type"),
    Mistake("unknown flow", "human.yaml", "to_desk: requested", "call: opning", "unknown_flow", hint="opening"),
    Mistake("call loop", "human.yaml", "to_desk: requested", "call: human", "call_loop", "call: human"),
    Mistake("flow nobody enters", "human.yaml", "start_when: {intent: request_human}\n", "", "flow_unused",
            "flow: human", hint="start_when"),
    Mistake("flow named twice", "human.yaml", "flow: human", "flow: consult", "duplicate_flow", "flow: consult"),
    Mistake("intent taken twice", "human.yaml", "request_human", "consult", "intent_twice",
            "start_when: {intent: consult}"),
    Mistake("consent without refused", ONLINE, "            refused:\n              - lodge: record\n"
            "              - say: closing.not_referred\n", "", "missing_key", "- consent: refer_to_platform",
            hint="两边"),
    Mistake("consent with refused empty", ONLINE, "            refused:\n              - lodge: record\n"
            "              - say: closing.not_referred\n", "            refused: []\n", "consent_branch",
            "refused: []", hint="lodge"),
    Mistake("referral after a refusal", ONLINE, "              - say: closing.not_referred",
            "              - refer: refer_to_platform # bad", "refer_unguarded", "refer_to_platform # bad",
            hint="given"),
    Mistake("referral without consent", ONLINE, "          - say: closing.lodged",
            "          - refer: refer_to_platform # bad", "refer_unguarded", "refer_to_platform # bad"),
    Mistake("referral of another consent", ONLINE, "refer: refer_to_platform", "refer: refer_to_shop",
            "refer_unguarded", hint="refer_to_shop"),
    Mistake("referral before lodging", ONLINE, "              - lodge: record\n              - refer: refer_to_platform",
            "              - refer: refer_to_platform\n              - lodge: record", "refer_before_lodge",
            "- refer: refer_to_platform"),
    Mistake("a report that refers", FOOD, "  - lodge: record", "  - lodge: record\n  - refer: refer_to_platform",
            "refer_forbidden", "- refer: refer_to_platform", hint="投诉"),
    Mistake("a complaint turned report", ONLINE, "kind: 投诉", "kind: 举报", "refer_forbidden",
            "- consent: refer_to_platform"),
    Mistake("lodging nothing", FOOD, "kind: 举报\n", "", "lodge_without_kind", "- lodge: record", hint="kind"),
    Mistake("lodged without lodging", FOOD, "  - lodge: record\n", "", "lodged_without_lodge", "- end: lodged"),
]  # fmt: skip


def copy_of_real(tmp_path: Path) -> Path:
    folder = tmp_path / "script"
    shutil.copytree(REAL, folder)
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> str:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} has no {old!r}"
    text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return text


def line_of(text: str, needle: str) -> int:
    assert needle in text, needle
    return text[: text.index(needle)].count("\n") + 1


def assert_told(mistake: Mistake, folder: Path, problems: list[Problem]) -> None:
    file = mistake.told_in or mistake.file
    text = (folder / file).read_text("utf-8")
    line = line_of(text, mistake.at or mistake.new.split("\n")[0])
    told = [(p.file, p.line, p.code) for p in problems]
    assert (file, line, mistake.code) in told, told
    problem = next(p for p in problems if (p.file, p.line, p.code) == (file, line, mistake.code))
    assert mistake.hint in f"{problem.message}{problem.hint}"
    assert any("\u4e00" <= char <= "\u9fff" for char in problem.message)
    assert problem.column >= 1


@pytest.mark.parametrize("mistake", MISTAKES, ids=[m.name for m in MISTAKES])
def test_each_mistake_is_told_at_its_line(mistake: Mistake, tmp_path: Path) -> None:
    folder = copy_of_real(tmp_path)
    edit(folder, mistake.file, mistake.old, mistake.new)
    if mistake.code == "duplicate_step":
        old = "  - collect: order_no"
        edit(folder, mistake.file, old, f"{old}\n    id: when_was_it # again")
    with pytest.raises(ScriptBroken) as broken:
        load(folder)
    assert_told(mistake, folder, list(broken.value.problems))


#: Mistakes that lie apart, so that all of them can be made at once.
TOGETHER = [
    "misspelt key",
    "unknown slot",
    "unknown intent",
    "referral without consent",
    "placeholder misspelt",
    "engine prompt missing",
    "declined what",
    "intent in a condition",
    "a report that refers",
    "misspelt profile key",
    "consent names nobody",
    "duplicate prompt",
]


def test_all_mistakes_are_told_in_one_run(tmp_path: Path) -> None:
    folder = copy_of_real(tmp_path)
    mistakes = [m for m in MISTAKES if m.name in TOGETHER]
    assert len(mistakes) == len(TOGETHER)
    for mistake in mistakes:
        edit(folder, mistake.file, mistake.old, mistake.new)
    problems = check(folder)
    for mistake in mistakes:
        assert_told(mistake, folder, problems)
    with pytest.raises(ScriptBroken) as broken:
        load(folder)
    assert list(broken.value.problems) == problems


def test_one_mistake_gives_one_problem(tmp_path: Path) -> None:
    """No follow-up noise: a broken step or prompt is not also called unused, unreachable or missing."""
    alone = ["misspelt key", "unknown slot", "misspelt step", "wrong kind", "number as text", "bad condition",
             "brace open", "misspelt prompt key", "tab", "out of range", "no is text"]  # fmt: skip
    for mistake in (m for m in MISTAKES if m.name in alone):
        folder = copy_of_real(tmp_path / mistake.name)
        edit(folder, mistake.file, mistake.old, mistake.new)
        assert len(check(folder)) == 1, (mistake.name, [str(p) for p in check(folder)])


def test_a_missing_folder_and_missing_files(tmp_path: Path) -> None:
    (nowhere,) = check(tmp_path / "nowhere")
    assert nowhere.code == "no_folder"
    (tmp_path / "empty").mkdir()
    assert [p.code for p in check(tmp_path / "empty")] == ["no_file", "no_file"]
    with pytest.raises(ScriptBroken, match=r"script\.yaml"):
        load(tmp_path / "empty")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a\n- b\n",
        b"text",
        b"\xff\xfe\x00",
        b"a: &a [*a]\n",
        b"{[a]: 1}",
        b"\x00",
        b"? : :",
        b"a: 1\n---\nb: 2",
    ],
)
def test_any_bytes_are_told_never_raised(content: bytes, tmp_path: Path) -> None:
    for name in (SCRIPT, PROMPTS, ONLINE):
        folder = copy_of_real(tmp_path / name)
        (folder / name).write_bytes(content)
        assert any(p.file == name for p in check(folder)), name


def test_yml_is_not_silently_left_out(tmp_path: Path) -> None:
    folder = copy_of_real(tmp_path)
    (folder / "human.yaml").rename(folder / "human.yml")
    assert ("human.yml", "file_name") in {(p.file, p.code) for p in check(folder)}


def test_a_report_may_not_call_a_flow_that_refers(tmp_path: Path) -> None:
    folder = copy_of_real(tmp_path)
    edit(folder, FOOD, "  - lodge: record", "  - call: complaint_online\n  - lodge: record")
    assert (FOOD, "refer_forbidden") in {(p.file, p.code) for p in check(folder)}


def test_the_version_is_the_content(tmp_path: Path) -> None:
    first = load(REAL)
    folder = copy_of_real(tmp_path)
    assert load(folder).version == first.version
    edit(folder, PROMPTS, "我说慢一点", "我慢慢说")
    second = load(folder)
    assert second.version != first.version
    changed = {p for p, v in second.prompt_versions.items() if first.prompt_versions[p] != v}
    assert changed == {"slower"}
    (folder / "invalid.yaml").rename(folder / "other.yaml")
    assert load(folder).version not in (first.version, second.version)


def test_manner_is_part_of_a_prompts_version(tmp_path: Path) -> None:
    first = load(REAL)
    folder = copy_of_real(tmp_path)
    edit(folder, PROMPTS, "slower: 好的，我说慢一点。", "slower: {text: 好的，我说慢一点。, bargein: false}")
    second = load(folder)
    assert second.prompt_versions["slower"] != first.prompt_versions["slower"]


def test_problems_print_with_their_place() -> None:
    problem = Problem("a.yaml", 3, 5, "x", "写错了", "请改")
    assert str(problem) == "a.yaml:3:5: 写错了（请改）"
    assert problem.as_dict()["line"] == 3
    assert "a.yaml:3:5" in str(ScriptBroken([problem]))
