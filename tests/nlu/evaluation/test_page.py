from __future__ import annotations

from html.parser import HTMLParser

import pytest

from data.understanding import Finding, Scored, Understanding
from data.vocabulary import ConsentReply, Intent, Slot
from nlu.evaluation.findings import Findings
from nlu.evaluation.page import html, markdown
from nlu.evaluation.rows import Reply, Utterance
from nlu.evaluation.scores import Meant, score_replies, score_utterances
from nlu.evaluation.tables import tables

SAID = '<b>两|行</b> & "引号"'


@pytest.fixture
def findings() -> Findings:
    finding = Finding(slot=Slot.AMOUNT, value=2, heard="", span=(0, 0), method="test")
    meant = Understanding(
        text=SAID,
        intents=(Scored(intent=Intent.URGE, score=0.5),),
        findings=(finding,),
        consent=ConsentReply.AGREE,
    )
    row = Utterance.model_validate({"line": 7, "text": SAID, "intent": "consult", "slots": {"amount": 1}})
    text = score_utterances([row], [Meant(meant, 3.0)])
    consent = score_replies([Reply(line=9, text=SAID, gold=ConsentReply.DECLINE)], [Meant(meant, 3.0)])
    return Findings({"文字": text, "语音": text}, {"文字": consent}, ["一句说明"])


class Structure(HTMLParser):
    """Collects the text, and that every table, row and cell is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.outside += [value for name, value in attrs if name in ("src", "href") and value]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_is_whole_and_needs_nothing_else(findings: Findings) -> None:
    page = Structure()
    page.feed(html(findings))
    assert page.open == [] and page.outside == []
    assert SAID in page.texts
    assert {"consult", "urge", "误当同意", "slot:amount"} <= set(page.texts)


def test_markdown_holds_both_columns_and_each_error(findings: Findings) -> None:
    text = markdown(findings)
    assert "|  | 文字 | 语音 |" in text
    assert "0/0/0.0 (1)" in text
    assert '| 7 | slot:amount | 1 | 2 | <b>两\\|行</b> & "引号" |' in text
    assert "| 误当同意 | 1 |" in text


def test_the_terminal_lists_as_many_errors_as_asked(findings: Findings) -> None:
    titles = [str(table.title) for table in tables(findings, 1)]
    assert sum("错" in title for title in titles) == 3
    assert not any("错" in str(table.title) for table in tables(findings, 0))
