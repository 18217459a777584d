"""smartseat dialogs: check and test scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.problem_view import problem_rows
from app.settings import Settings
from dialogs.json_schema import FileKind, json_schema
from dialogs.loader import check as check_script
from dialogs.reference_page import reference_page

app = typer.Typer(help="话术：检查、演故事、画图、比两版", no_args_is_help=True)
console = Console(highlight=False)


@app.callback()
def group() -> None:
    """话术：检查、演故事、画图、比两版"""


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="话术所在的文件夹；不写就是设置里的")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """一次找出话术里的全部错误：在哪个文件第几行，错在哪，该怎么写。"""
    problems = check_script(folder or Settings().script)
    if as_json:
        rows = [problem.as_dict() for problem in problems]
        print(json.dumps({"problems": rows}, ensure_ascii=False))
    else:
        for row in problem_rows(problems):
            console.print(row, soft_wrap=True)
        console.print(f"[red]✗ {len(problems)} 处要改[/red]" if problems else "[green]✓ 没有发现错误[/green]")
    raise typer.Exit(1 if problems else 0)


@app.command()
def schema(
    kind: Annotated[
        FileKind | None, typer.Argument(help="flow、script、prompts 或 faq；不写就是一份管四种文件")
    ] = None,
) -> None:
    """给编辑器用的 JSON Schema：在 VS Code 里边写边提示、边标错。"""
    print(json.dumps(json_schema(kind), ensure_ascii=False, indent=2))


@app.command()
def reference() -> None:
    """话术写法参考：每个键写什么、例子（docs/dialogs-reference.zh.md 由它生成）。"""
    print(reference_page(), end="")
