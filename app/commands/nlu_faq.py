"""smartseat nlu faq: how well questions find their answers in the script's faq.yaml."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from agent.china_time import CHINA
from app import logs
from app.assembly import open_understander
from app.settings import Settings
from dialogs.loader import load
from nlu.evaluation.questions import AS_CALL, AS_DIGRESSION, OWN_SET, Miss, read_questions, score

console = Console(highlight=False)


def faq(
    data: Annotated[Path, typer.Option(help="另外写的问法（YAML）")] = OWN_SET,
    rules_only: Annotated[bool, typer.Option(help="不装载语义模型，只用字词")] = False,
    errors: Annotated[int, typer.Option(min=0, help="屏幕上列出多少处错")] = 20,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """问题能不能找到自己的答案：整通电话就问这个，和办事中间忽然问到，各算一遍。"""
    logs.set_up("WARNING")
    settings = Settings()
    if rules_only:
        settings = settings.model_copy(update={"encoder": False})
    understander = open_understander(settings, load(settings.script))
    questions, today = read_questions(data), datetime.now(CHINA).date()
    reports = {
        name: score(questions, understander, asked, today)
        for name, asked in (("as_call", AS_CALL), ("as_digression", AS_DIGRESSION))
    }
    if as_json:
        print(json.dumps({name: report.as_dict() for name, report in reports.items()}))
        return
    table = Table("", "问题", "答对", "答错", "记下来", "没有答案的", "其中答了", "当作咨询")
    for name, report in reports.items():
        noted = 1 - report.right - report.wrong
        shares = [f"{share:.1%}" for share in (report.right, report.wrong, noted)]
        outside = f"{report.answered_outside:.1%}"
        called = {"as_call": "整通电话", "as_digression": "办事中间"}[name]
        consult = f"{report.consult:.1%}" if name == "as_call" else "—"
        table.add_row(called, str(report.n), *shares, str(report.outside), outside, consult)
    console.print(table)
    for miss in reports["as_digression"].misses[:errors]:
        console.print(f"{miss.text} → {_got(miss)}（应为 {miss.wanted or '不答'}）")


def _got(miss: Miss) -> str:
    if miss.got is None:
        return "没有当作问题"
    second = f"其次 {miss.got.second} {miss.got.second_score:.2f}"
    return f"{miss.got.entry or '不答'}（最像 {miss.got.nearest} {miss.got.score:.2f}，{second}）"
