"""smartseat dialogs graph: the script as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agent.stories import play_all
from app.commands.stories import understanding
from app.settings import Settings
from dialogs.graph_mermaid import mermaid
from dialogs.graph_svg import svg
from dialogs.loader import load_placed
from dialogs.outline import outline
from dialogs.problems import did_you_mean
from dialogs.stories import load_stories
from dialogs.ways import Way, coverage

console = Console(highlight=False, stderr=True)


def graph(
    folder: Annotated[Path | None, typer.Argument(help="话术所在的文件夹；不写就是设置里的")] = None,
    out: Annotated[Path | None, typer.Option(help="写到哪个文件：.svg 是图，.mmd 是 Mermaid")] = None,
    flow: Annotated[list[str] | None, typer.Option(help="只画这个流程，可以写几次")] = None,
    show_coverage: Annotated[
        bool, typer.Option("--coverage", help="没有故事走到的地方画成红色（只用于 .svg）")
    ] = False,
) -> None:
    """把流程、分支、同意画成图。不写 --out，就把 Mermaid 打印出来。"""
    settings = Settings()
    folder = folder or settings.script
    script, places = load_placed(folder)
    for name in flow or ():
        if name not in script.flows:
            console.print(f"[red]✗[/red] 没有流程“{name}”。{did_you_mean(name, script.flows)}")
            raise typer.Exit(2)
    drawn = [one for one in outline(script) if not flow or one.name in flow]
    if out is None:
        print(mermaid(drawn), end="")
        return
    match out.suffix:
        case ".mmd":
            out.write_text(mermaid(drawn), "utf-8")
        case ".svg":
            missed: list[Way] = []
            if show_coverage:
                played, _ = play_all(load_stories(folder, script), script, understanding(settings))
                walked = (way for one in played for way in one.walked)
                missed = [way for _, way in coverage(script, places, walked).unreached]
            out.write_text(svg(script.file.title, drawn, missed), "utf-8")
        case _:
            console.print(f"[red]✗[/red] 不认识“{out.suffix}”，请写 .svg 或 .mmd")
            raise typer.Exit(2)
    console.print(f"[green]✓[/green] 已画在 {out}")
