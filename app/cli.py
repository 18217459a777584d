"""`smartseat`: the command line. Each group of commands has its own file.

What is typed is looked up before anything is imported: `dialogs check` loads no model and no store.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import typer
from rich.console import Console

HELP = "上海12315 AI 智能话务坐席。命令的说明：smartseat 命令 --help"

#: Group → the file that holds its `app`, in the order of the help page.
_GROUPS = (
    "models",
    "dialogs",
    "nlu",
    "asr",
    "records",
    "referrals",
    "handover",
    "alerts",
    "feed",
    "db",
    "audit",
    "retention",
    "bench",
)
#: Group → command → the file and function of commands that have files of their own.
_PARTS = {
    "dialogs": {
        "test": ("stories", "test"),
        "graph": ("graph", "graph"),
        "diff": ("diff", "diff"),
        "deploy": ("deploy", "deploy"),
        "rollback": ("deploy", "rollback"),
        "history": ("deploy", "history"),
        "story-from": ("stories", "story_from"),
    },
    "records": {
        "dispatch": ("handling", "dispatch"),
        "route": ("handling", "route"),
        "join": ("handling", "join"),
        "export": ("exports", "export"),
        "dictionary": ("exports", "dictionary_command"),
    },
}
#: Commands without a group, the same.
_ALONE = {
    "serve": ("serve", "serve"),
    "call": ("calls", "call"),
    "chat": ("chat", "chat"),
    "simulate": ("simulate", "simulate"),
    "analyse": ("analyse", "analyse"),
    "replay": ("replay", "replay"),
    "score": ("score", "score"),
}


def assembled(typed: Sequence[str] = ()) -> typer.Typer:
    """The commands that `typed`, the words of a command line, may mean; all of them where it names none."""
    whole = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    # A callback, so that a single command keeps its name.
    whole.callback(help=HELP)(_nothing)
    first, second = [*typed[:2], "", ""][:2]
    for group in _GROUPS:
        if first in (group, "") or first not in (*_GROUPS, *_ALONE):
            whole.add_typer(_group(group, second if first == group else ""), name=group)
    for name, (file, function) in _ALONE.items():
        if first in (name, "") or first not in (*_GROUPS, *_ALONE):
            whole.command(name)(_from(file, function))
    return whole


def _group(name: str, typed: str) -> typer.Typer:
    """A group with its own commands, and those of its parts that may be meant."""
    group: typer.Typer = import_module(f"app.commands.{name}").app
    own = {each.name or getattr(each.callback, "__name__", "") for each in group.registered_commands}
    parts = _PARTS.get(name, {})
    if typed in own - set(parts):
        return group
    for command, (file, function) in parts.items():
        if command not in own and (typed == command or typed not in parts):
            group.command(command)(_from(file, function))
    return group


def _from(file: str, name: str) -> Callable[..., None]:
    command: Callable[..., None] = getattr(import_module(f"app.commands.{file}"), name)
    return command


def _nothing() -> None:
    """Nothing comes before the commands."""


def __getattr__(name: str) -> typer.Typer:
    """`app`: every command, made when it is first asked for."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = assembled()
    app: typer.Typer = globals()["app"]
    return app


def main() -> None:
    """Known mistakes end with one sentence and exit code 1; a bug shows its traceback."""
    try:
        assembled(sys.argv[1:])()
    except Exception as error:
        from app.mistakes import explained

        sentence = explained(error)
        if sentence is None:
            raise
        Console(stderr=True, highlight=False).print(f"[red]✗[/red] {sentence}")
        sys.exit(1)


if __name__ == "__main__":
    main()
