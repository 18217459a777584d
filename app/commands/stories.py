"""smartseat dialogs test and story-from: play the stories beside a script, make one of a call."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agent.kit import Understand
from agent.stories import Played, play_all
from agent.story_making import story_of
from app.actors import actor_of, allow, reporter_too
from app.assembly import open_store, open_understander, understand_with
from app.commands.options import Reason
from app.problem_view import problem_rows
from app.settings import Settings
from app.story_view import failure, unreached, unreached_why
from data.roles import Right
from dialogs.loader import load_placed
from dialogs.problems import Problem, ScriptBroken
from dialogs.stories import StoriesBroken, WrittenStory, load_stories
from dialogs.story_writing import story_yaml
from dialogs.ways import Coverage, coverage
from models.protocols import ModelMissing

console = Console(highlight=False)


def test(
    folder: Annotated[Path | None, typer.Argument(help="话术所在的文件夹；不写就是设置里的")] = None,
    only: Annotated[str | None, typer.Option(help="只演名字里有这几个字的故事")] = None,
    show_coverage: Annotated[bool, typer.Option("--coverage", help="列出没有走到的行")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """把写好的故事（stories/*.yaml）一个个演一遍：不符的，照着对话指出第一处不同。"""
    settings = Settings()
    folder = folder or settings.script
    try:
        script, places = load_placed(folder)
        stories = load_stories(folder, script)
    except (ScriptBroken, StoriesBroken) as broken:
        _broken(broken.problems, as_json)
        raise typer.Exit(1) from None
    chosen = tuple(story for story in stories if only is None or only in story.name)
    by = understanding(settings)
    for story in chosen:
        by(story)  # loaded before the clock runs
    begun = time.perf_counter()
    played, left_out = play_all(chosen, script, by)
    seconds = time.perf_counter() - begun
    covered = coverage(script, places, (way for one in played for way in one.walked))
    failed = [one for one in played if not one.passed]
    if as_json:
        print(json.dumps(_report(played, left_out, covered, seconds), ensure_ascii=False))
    else:
        for one in failed:
            for row in failure(one):
                console.print(row, soft_wrap=True)
            console.print()
        if show_coverage:
            for row in unreached(folder, covered.unreached):
                console.print(row, soft_wrap=True)
        _summary(played, left_out, covered, seconds)
    raise typer.Exit(1 if failed or not played else 0)


def understanding(settings: Settings) -> Callable[[WrittenStory], Understand | None]:
    """By rules for most; with the encoder for the stories that ask for it, None where it is not installed."""

    @cache
    def by(encoder: bool) -> Understand | None:
        try:
            chosen = settings.model_copy(update={"encoder": encoder})
            return understand_with(open_understander(chosen))
        except ModelMissing:
            return None

    return lambda story: by(story.story.encoder)


def _broken(problems: tuple[Problem, ...], as_json: bool) -> None:
    if as_json:
        nothing = {"stories": 0, "failed": 0, "step_coverage": 0.0, "branch_coverage": 0.0}
        print(json.dumps({**nothing, "problems": [p.as_dict() for p in problems]}, ensure_ascii=False))
        return
    for row in problem_rows(problems):
        console.print(row, soft_wrap=True)
    console.print(f"[red]✗ {len(problems)} 处要改，故事没有演[/red]")


def _report(
    played: list[Played], left_out: list[WrittenStory], covered: Coverage, seconds: float
) -> dict[str, object]:
    return {
        "stories": len(played),
        "failed": sum(not one.passed for one in played),
        "skipped": len(left_out),
        "step_coverage": round(covered.steps, 4),
        "branch_coverage": round(covered.branches, 4),
        "seconds": round(seconds, 3),
        "stories_per_minute": round(60 * len(played) / seconds) if seconds else 0,
        "failures": [
            {
                "story": one.story.name,
                "file": one.story.file,
                "line": difference.line,
                "what": difference.what,
                "wanted": difference.wanted,
                "got": difference.got,
            }
            for one in played
            for difference in one.differences
        ],
        "unreached": [
            {
                "file": place.file,
                "line": place.line,
                "flow": way.flow,
                "step": way.step,
                "why": unreached_why(way),
            }
            for place, way in covered.unreached
        ],
    }


def _summary(played: list[Played], left_out: list[WrittenStory], covered: Coverage, seconds: float) -> None:
    failed = sum(not one.passed for one in played)
    if not played and not left_out:
        console.print("[red]没有可演的故事（写在话术文件夹的 stories/ 里；--only 要和名字对得上）[/red]")
        return
    verdict = f"[red]✗ {failed} 个故事不符[/red]" if failed else "[green]✓ 故事都相符[/green]"
    console.print(f"{verdict}（演了 {len(played)} 个，用了 {seconds:.1f} 秒）")
    console.print(f"步骤走到 {covered.steps:.1%}，分支走到 {covered.branches:.1%}")
    if left_out:
        console.print(f"[yellow]有 {len(left_out)} 个故事要语义模型，没有装，没演[/yellow]")


def story_from(
    call: Annotated[str, typer.Argument(help="存下的哪一通电话")],
    name: Annotated[str | None, typer.Option(help="故事的名字")] = None,
    out: Annotated[Path | None, typer.Option(help="加到哪个故事文件；不写就打印出来")] = None,
    reason: Reason = None,
) -> None:
    """把存下的一通电话变成故事。里面有来电人的原话，放进话术以前，请把姓名、电话、地址改成编的。"""
    settings = Settings()
    store = open_store(settings)
    try:
        rights = [Right.READ_STORY, *reporter_too(store, call)]
        allow(store, actor_of(settings), rights, reason, every=True, target=call, call_id=call)
        story, lines, expect = story_of(name or call, store.events(call))
    finally:
        store.close()
    text = story_yaml(story, lines, expect)
    notes = Console(highlight=False, stderr=True)
    if out is None:
        print("stories:\n" + text, end="")
    else:
        add_story(out, text)
        notes.print(f"[green]✓[/green] 已加到 {out}")
    notes.print("[yellow]故事里有来电人的原话：姓名、电话、地址请改成编的。[/yellow]")


def add_story(file: Path, text: str) -> None:
    """Add one story to the end of a file, which is made if it is not there."""
    written = file.read_text("utf-8").rstrip("\n") + "\n\n" if file.exists() else "stories:\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(written + text, "utf-8")
