"""smartseat nlu: what an utterance is understood as."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from agent.china_time import CHINA
from agent.spoken import spoken
from app.assembly import open_understander
from app.commands.nlu_eval import evaluate
from app.commands.nlu_faq import faq
from app.settings import Settings
from data.understanding import Asked, Finding, SlotValue
from data.vocabulary import Listen, Slot
from dialogs.loader import load
from qa.persona import normal_value

app = typer.Typer(help="理解：看一句话被听成什么意思，用测试集打分", no_args_is_help=True)
app.command("eval")(evaluate)
app.command("faq")(faq)


@app.callback()
def group() -> None:
    """理解：看一句话被听成什么意思，用测试集打分"""


@app.command()
def parse(
    text: Annotated[str, typer.Argument(help="市民说的一句话")],
    slot: Annotated[Slot | None, typer.Option(help="当时正在问什么")] = None,
    consent: Annotated[str | None, typer.Option(help="当时正在征求哪项同意")] = None,
    recipient: Annotated[str | None, typer.Option(help="同意转给谁")] = None,
    read_back: Annotated[
        list[str] | None, typer.Option(help="刚念给他听的值，如 amount=399（可多次）")
    ] = None,
    today: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="来电的日子")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """把一句话的意图、信息项、动作、提示都列出来，每个值说明从哪几个字来、怎么认出来的、怎么念回去。"""
    from nlu.explain import table

    known = _known(read_back or [])
    closed = consent is not None or bool(known)
    asked = Asked(
        slot=slot,
        listen=Listen.YES_NO if closed else Listen.SHORT if slot else Listen.STORY,
        consent=consent,
        recipient=recipient,
        read_back=tuple(known),
        known=known,
    )
    day = (today or datetime.now(CHINA)).date()

    def said(finding: Finding) -> str:
        return spoken(finding.slot, finding.value, day, finding.precision)

    settings = Settings()
    understood = open_understander(settings, load(settings.script)).understand(text, asked=asked, today=day)
    if as_json:
        findings = [
            {**finding.model_dump(mode="json"), "spoken": said(finding)} for finding in understood.findings
        ]
        print(json.dumps({**understood.model_dump(mode="json"), "findings": findings}, ensure_ascii=False))
    else:
        Console().print(table(understood, said))


def _known(pairs: list[str]) -> dict[Slot, SlotValue]:
    """ "amount=399" as a value in its slot's form. Raises BadParameter."""
    found: dict[Slot, SlotValue] = {}
    for pair in pairs:
        name, _, said = pair.partition("=")
        if name not in set(Slot) or not said:
            raise typer.BadParameter(f"“{pair}”不是“信息项=值”，例如 amount=399", param_hint="--read-back")
        try:
            value = normal_value(name, said.split("、") if "、" in said else said)
        except ValueError as error:
            raise typer.BadParameter(f"“{pair}”：{error}", param_hint="--read-back") from error
        assert isinstance(value, bool | int | float | str | tuple)
        found[Slot(name)] = value
    return found


@app.command()
def train(
    seed: Annotated[int, typer.Option(help="同一个种子、同一台机器，训练出同样的权重")] = 1,
    epochs: Annotated[int, typer.Option(min=1, max=50, help="全部例句看几遍")] = 4,
    examples: Annotated[Path | None, typer.Option(help="例句目录，默认 nlu/examples")] = None,
    to: Annotated[Path | None, typer.Option(help="权重写到哪里，默认 nlu/weights/joint.safetensors")] = None,
    force: Annotated[bool, typer.Option("--force", help="不比现在的好也装上")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="从上次停下的地方接着训练")] = False,
) -> None:
    """用 nlu/examples 的例句训练联合模型；在留出的例句上先量一遍、后量一遍，不比原来好就不装。"""
    from app.training import NotBetter, train_joint
    from nlu.sentences import BrokenExamples

    try:
        train_joint(
            Settings(), seed=seed, epochs=epochs, examples=examples, to=to, force=force, resume=resume
        )
    except BrokenExamples as broken:
        for problem in broken.problems:
            Console(stderr=True).print(str(problem), markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except NotBetter as worse:
        Console(stderr=True).print(str(worse), markup=False)
        raise typer.Exit(1) from None
