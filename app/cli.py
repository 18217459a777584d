"""`smartseat`: the command line. Each group of commands has its own file."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from app.commands import (
    alerts,
    analyse,
    asr,
    audit,
    bench,
    calls,
    chat,
    db,
    deploy,
    dialogs,
    diff,
    exports,
    feed,
    graph,
    handling,
    handover,
    models,
    nlu,
    records,
    referrals,
    replay,
    retention,
    score,
    serve,
    simulate,
    stories,
)

app = typer.Typer(
    help="上海12315 AI 智能话务坐席。命令的说明：smartseat 命令 --help",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models.app, name="models")
app.add_typer(dialogs.app, name="dialogs")
dialogs.app.command("test")(stories.test)
dialogs.app.command("graph")(graph.graph)
dialogs.app.command("diff")(diff.diff)
dialogs.app.command("deploy")(deploy.deploy)
dialogs.app.command("rollback")(deploy.rollback)
dialogs.app.command("history")(deploy.history)
dialogs.app.command("story-from")(stories.story_from)
app.add_typer(nlu.app, name="nlu")
app.add_typer(asr.app, name="asr")
app.add_typer(records.app, name="records")
records.app.command("dispatch")(handling.dispatch)
records.app.command("route")(handling.route)
records.app.command("join")(handling.join)
app.add_typer(referrals.app, name="referrals")
app.add_typer(handover.app, name="handover")
app.add_typer(alerts.app, name="alerts")
app.add_typer(feed.app, name="feed")
records.app.command("export")(exports.export)
records.app.command("dictionary")(exports.dictionary_command)
app.add_typer(db.app, name="db")
app.add_typer(audit.app, name="audit")
app.add_typer(retention.app, name="retention")
app.add_typer(bench.app, name="bench")
app.command("serve")(serve.serve)
app.command("call")(calls.call)
app.command("chat")(chat.chat)
app.command("simulate")(simulate.simulate)
app.command("analyse")(analyse.analyse)
app.command("replay")(replay.replay)
app.command("score")(score.score)


def main() -> None:
    """Known mistakes end with one sentence and exit code 1; a bug shows its traceback."""
    from app.mistakes import explained

    try:
        app()
    except Exception as error:
        sentence = explained(error)
        if sentence is None:
            raise
        Console(stderr=True, highlight=False).print(f"[red]✗[/red] {sentence}")
        sys.exit(1)


if __name__ == "__main__":
    main()
