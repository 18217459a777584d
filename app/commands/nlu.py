"""smartseat nlu: look at what an utterance is understood as."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from agent.china_time import CHINA
from app.assembly import open_understander
from app.settings import Settings
from data.understanding import Asked
from data.vocabulary import Listen, Slot

app = typer.Typer(help="理解：看一句话被听成什么意思", no_args_is_help=True)


@app.callback()
def group() -> None:
    """理解：看一句话被听成什么意思"""


@app.command()
def parse(
    text: Annotated[str, typer.Argument(help="市民说的一句话")],
    slot: Annotated[Slot | None, typer.Option(help="当时正在问什么")] = None,
    consent: Annotated[str | None, typer.Option(help="当时正在征求哪项同意")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """把一句话的意图、信息项、动作、提示都列出来，每个值说明从哪几个字来、怎么认出来的。"""
    from nlu.explain import table

    listen = Listen.YES_NO if consent else Listen.SHORT if slot else Listen.STORY
    asked = Asked(slot=slot, listen=listen, consent=consent)
    understood = open_understander(Settings()).understand(text, asked=asked, today=datetime.now(CHINA).date())
    if as_json:
        print(understood.model_dump_json())
    else:
        Console().print(table(understood))
