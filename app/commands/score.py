"""smartseat score: the score card of recorded calls."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app import logs
from app.assembly import open_store
from app.settings import Settings
from app.versions import kept_script
from data.errors import StoreError
from data.events import VariantDrawn
from dialogs.loader import load
from qa.score_card.card import BadRules, default_rules, load_rules, score_call
from qa.score_card.report import (
    ScoredCall,
    card_table,
    list_table,
    score_report,
    trend_table,
    trial_tables,
)

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def score(
    calls: Annotated[list[str] | None, typer.Argument(help="来电号；不写就用 --last")] = None,
    last: Annotated[int, typer.Option(help="最近的这么多通")] = 0,
    rules: Annotated[Path | None, typer.Option(help="换这份评分规则（YAML）")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """按评分卡给电话打分；多通时按话术版本看走势。有不合格的以 1 退出。"""
    settings = Settings()
    logs.set_up("ERROR")
    if not calls and not last:
        errors.print("请写来电号，或用 --last 50 看最近的 50 通。")
        raise typer.Exit(2)
    now = load(settings.script)
    store = open_store(settings)
    try:
        chosen = load_rules(rules) if rules is not None else default_rules()
        ids = calls or [call.id for call in store.calls(last) if not call.erased]
        scored = []
        then = cache(lambda version: kept_script(store, version) or now)
        for call_id in ids:
            summary = store.call(call_id)
            events = store.events(call_id)
            scored.append(
                ScoredCall(
                    id=call_id,
                    script=summary.script,
                    outcome=summary.outcome,
                    card=score_call(events, then(summary.script), chosen),
                    trials={e.trial: e.variant for e in events if isinstance(e, VariantDrawn)},
                )
            )
    except (BadRules, StoreError) as error:
        errors.print(f"[red]✗[/red] {error}")
        raise typer.Exit(2) from error
    finally:
        store.close()
    report = score_report(scored)
    if as_json:
        print(report.model_dump_json())
    elif len(scored) == 1:
        console.print(card_table(scored[0]))
    else:
        console.print(list_table(report))
        if len(report.by_script) > 1:
            console.print(trend_table(report))
        for table in trial_tables(report):
            console.print(table)
    raise typer.Exit(0 if all(each.card.passed for each in scored) else 1)
