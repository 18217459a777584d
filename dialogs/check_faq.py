"""Whether every answer of faq.yaml may be spoken, can be, and is asked for in words of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from data.reference import laws, speech_rate
from dialogs.check_signed_off import laws_in, phone_numbers
from dialogs.draft import Draft
from dialogs.faq import FaqEntry, FaqLaw, references, spoken_answer, tables, without_references
from dialogs.placeholders import seconds
from dialogs.problems import did_you_mean
from dialogs.schema import Questions
from dialogs.source import Source, Where

FAQ_FILE = "faq.yaml"
#: Fewer ways of asking than this are no help to find the entry.
_FEWEST = 3
_ID = re.compile(r"[a-z][a-z0-9_]*")
_MARKS = re.compile(r"[^\w]+")
_WORDS = re.compile(r"[\u4e00-\u9fff]")
#: What the tables are, in a trainer's words.
_TABLES = {
    "line": "lines.yaml（热线）",
    "emergency": "emergency_numbers.yaml（紧急号码）",
    "law": "laws.yaml（法规）",
}


def check_faq(draft: Draft) -> None:
    """Report into faq.yaml; into the flows where a step wants answers and there is no such file."""
    source = draft.faq_source
    if source is None:
        _wanted(draft)
        return
    asked: dict[str, tuple[str, int]] = {}
    for name, entry in draft.faq.items():
        where: Where = ("faq", name)
        if not _ID.fullmatch(name):
            message = f"编号“{name}”只能用小写英文字母、数字和下划线"
            source.problem(where, "bad_id", message, "例如：return_shipping", at_key=True)
        _questions(source, where, entry, asked)
        _answer(source, where, entry)
        _basis(source, where, entry)


def _wanted(draft: Draft) -> None:
    for flow in draft.flows:
        for place in flow.placed():
            if isinstance(place.step, Questions):
                message, hint = (
                    f"这一步要用 {FAQ_FILE}，话术里没有这个文件",
                    f"请加一个 {FAQ_FILE}，或去掉这一步",
                )
                flow.source.problem((*place.where, "questions"), "no_faq", message, hint)


# --- how it is asked for ----------------------------------------------------------------------------


def _questions(source: Source, where: Where, entry: FaqEntry, asked: dict[str, tuple[str, int]]) -> None:
    """asked: each question so far, without its marks, with the entry and the line it stands in."""
    if len(entry.questions) < _FEWEST:
        message = f"只写了 {len(entry.questions)} 种问法，换个说法就认不出来"
        hint = f"请至少写 {_FEWEST} 种，最好四到八种"
        source.problem((*where, "questions"), "few_questions", message, hint, at_key=True)
    for number, question in enumerate(entry.questions):
        place = (*where, "questions", number)
        bare = _MARKS.sub("", question).lower()
        if not bare:
            source.problem(place, "empty", "这句问话是空的", "请写市民会怎么问")
        elif bare in asked:
            other, line = asked[bare]
            message = f"“{question}”在“{other}”里已经写过（第 {line} 行）"
            source.problem(place, "duplicate_question", message, "同一句话只能有一个答案，请删掉一处")
        else:
            asked[bare] = (str(where[-1]), source.mark(place)[0])
    for number, word in enumerate(entry.words):
        if len(_MARKS.sub("", word)) < 2:
            message, hint = f"“{word}”太短，会在别的问话里碰到", "请写两个字以上的词，或者不写"
            source.problem((*where, "words", number), "short_word", message, hint)


# --- what is answered -------------------------------------------------------------------------------


def _answer(source: Source, where: Where, entry: FaqEntry) -> None:
    place = (*where, "answer")
    typed = without_references(entry.answer)
    if not _WORDS.search(typed):
        source.problem(place, "empty", "答案里没有要念的中文", "请写一两句话")
        return
    for code, message, hint in (*_braces(entry.answer, typed), *_typed(typed)):
        source.problem(place, code, message, hint)
    with suppress(KeyError):  # a brace that names no row: told already
        length, longest = seconds(spoken_answer(entry.answer)), speech_rate().longest_answer_seconds
        if length > longest:
            message = f"这个答案要念 {length:.0f} 秒"
            source.problem(place, "too_long", message, f"请缩短到 {longest:.0f} 秒以内，只答问的这一点")


def _braces(answer: str, typed: str) -> Iterator[tuple[str, str, str]]:
    if "{" in typed or "}" in typed:
        yield "bad_placeholder", "花括号写得不对", "只能写 {line.编号}、{emergency.编号}、{law.编号}"
    for table, row_id, row in references(answer):
        written = f"{{{table}.{row_id}}}"
        if table not in tables():
            hint = did_you_mean(table, tables())
            yield "unknown_placeholder", f"{written}：没有“{table}”这张表", hint
        elif row is None:
            hint = did_you_mean(row_id, tables()[table])
            yield "unknown_reference", f"{_TABLES[table]}里没有“{row_id}”", hint
        elif not row.signed_off:
            code = "unsigned_law" if table == "law" else "unsigned_number"
            message = f"{written}（{row.name}）还没有核准，不能念"
            yield code, message, "请去掉，或改成“请工作人员告诉您”；核准以后把表里的 signed_off 改成 true"


def _typed(typed: str) -> Iterator[tuple[str, str, str]]:
    for number in phone_numbers(typed):
        hint = "请写成 {line.编号} 或 {emergency.编号}；不是电话号码的，数字后面写上单位"
        yield "typed_number", f"号码“{number}”不要直接写在话里", hint
    for name in laws_in(typed, laws()):
        yield "typed_law", f"法规“{name}”不要直接写在话里", "请写成 {law.编号}，或者只说规定了什么"


# --- what it rests on -------------------------------------------------------------------------------


def _basis(source: Source, where: Where, entry: FaqEntry) -> None:
    if not entry.topic.strip():
        source.problem((*where, "topic"), "empty", "“topic”是空的", "请写一个主题，例如：七天无理由退货")
    if not entry.source.strip():
        source.problem((*where, "source"), "empty", "“source”是空的", "请写依据是哪里来的")
    try:
        date.fromisoformat(entry.date)
    except ValueError:
        source.problem((*where, "date"), "bad_date", "日期写得不对", "请写成：date: 2026-11-24")
    for number, basis in enumerate(entry.laws):
        for code, message, hint in _law(basis, entry.verified):
            source.problem((*where, "laws", number), code, message, hint)


def _law(basis: FaqLaw, verified: bool) -> Iterator[tuple[str, str, str]]:
    known = {law.id: law for law in laws().laws}
    law = known.get(basis.law)
    if law is None:
        yield "unknown_reference", f"laws.yaml 里没有“{basis.law}”", did_you_mean(basis.law, known)
        return
    unread = [str(article) for article in basis.articles if str(article) not in law.read]
    if unread and verified:
        named = "、".join(unread)
        message = f"{law.name}的这几条没有看过原文：{named}"
        yield "unread_article", message, "请核对条文以后加到 laws.yaml 的 read 里，或写 verified: false"
