"""Stories on the terminal: the talk as it went, and where it left the story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.text import Text

from agent.stories import Difference, Played
from app.live_view import line as transcript_line
from dialogs import ways
from dialogs.ways import Place, Way

#: What an unreached way is called to a trainer.
_UNREACHED = {
    ways.ENTERED: "这一步没有走过",
    ways.WHEN: "条件没有成立过",
    ways.UNLESS: "条件没有不成立过",
    ways.GIVEN: "没有同意过",
    ways.REFUSED: "没有不同意过",
    ways.FOUND: "没有查到过",
    ways.MISSING: "没有查不到过",
    ways.NO_ARM: "没有哪一支都不走过",
}
_WHO = {"seat": "坐席", "caller": "市民"}
#: What an expectation is called.
_WHAT = {
    "kind": "单子的类型",
    "intent": "来电意图",
    "outcome": "怎样结束",
    "referred": "转给了谁",
    "callback": "排的回电",
    "standing": "停在哪一步",
    "slots": "信息项",
    "declined": "记为没有提供",
    "confirmed": "核对过",
    "consents": "同意",
    "flags": "标记",
    "events": "事件次数",
}


def failure(played: Played) -> Iterator[Text]:
    """The talk up to where it left the story, and what was wanted there."""
    story = played.story
    yield Text.assemble(("✗ ", "bold red"), (story.name, "bold"), f"  {story.file}:{story.number}")
    in_talk = next((d.line for d in played.differences if d.line in {s.line for s in played.talk}), None)
    for spoken in played.talk:
        wrong = in_talk is not None and spoken.line == in_talk and spoken.who == "seat"
        mark = Text("✗ " if wrong else "  ", "bold red")
        prompt = Text(f"  {spoken.prompt}", "dim") if spoken.prompt else Text()
        yield Text.assemble("  ", mark, transcript_line(_WHO[spoken.who], spoken.text), prompt)
    for difference in played.differences:
        yield from _difference(story.file, difference)


def _difference(file: str, difference: Difference) -> Iterator[Text]:
    what, _, which = difference.what.partition(".")
    name = _WHAT.get(what, what) + (f" {which}" if which else "")
    yield Text.assemble("    ", (f"{file}:{difference.line}", "bold"), f"  {name}")
    for label, said, style in (("应该", difference.wanted, "green"), ("实际", difference.got, "red")):
        first, *rest = said.splitlines() or [""]
        yield Text.assemble(f"      {label}  ", (first, style))
        for more in rest:
            yield Text.assemble("            ", (more, style))


def unreached(folder: Path, missed: Sequence[tuple[Place, Way]]) -> Iterator[Text]:
    """The lines of the script's files that no story came to, each with what never happened there."""
    sources: dict[str, list[str]] = {}
    file = None
    for place, way in missed:
        if place.file != file:
            file = place.file
            yield Text(file, "bold")
        lines = sources.setdefault(place.file, (folder / place.file).read_text("utf-8").splitlines())
        written = lines[place.line - 1].rstrip() if place.line <= len(lines) else ""
        yield Text.assemble(
            ("✗ ", "red"), f"{place.line:>4} │ {written}", ("  ← " + unreached_why(way), "red")
        )


def unreached_why(way: Way) -> str:
    """What never happened."""
    return _UNREACHED.get(way.way, "这一支没有走过")
