"""smartseat nlu train, as it is seen: the measure before, a bar, the measure after, what is kept."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.settings import Settings
from models.encoder import E5Encoder, open_encoder
from nlu.joint import WEIGHTS, JointMismatch, JointReader, load_joint
from nlu.joint_report import HEADINGS, Measured, card, cells, drawn, measured_on
from nlu.joint_training import Plan, Report, held_out, save, train
from nlu.sentences import EXAMPLES, Sentence, digest_of, read_sentences
from nlu.understander import Understander


class NotBetter(RuntimeError):
    """The new weights did no better on the held-out examples; says both figures and what to do."""


def train_joint(
    settings: Settings,
    *,
    seed: int,
    epochs: int,
    examples: Path | None,
    to: Path | None,
    force: bool,
    resume: bool,
) -> None:
    """Raises BrokenExamples, ModelMissing, NotBetter."""
    screen = Console()
    begun = time.monotonic()
    sentences = read_sentences(examples or EXAMPLES)
    learned, held = held_out(sentences)
    # One thread: sums in another order would give other weights.
    torch.set_num_threads(1)
    encoder = open_encoder(settings.models_home, threads=1)
    file = to or WEIGHTS
    work = settings.models_home / "training"

    def score(joint: JointReader | None) -> Measured:
        return measured_on(Understander(joint=joint, examples=learned), held)

    before = [("规则与单字", score(None))]
    installed = _installed(encoder, file)
    if installed is not None:
        before.append(("现在装着的模型", score(installed)))
    _show(screen, "训练前", before)

    plan = Plan(seed=seed, epochs=epochs)
    checkpoint = work / "joint.pt"
    if not resume:
        checkpoint.unlink(missing_ok=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=screen,
    ) as bar:
        trained = train(encoder, learned, plan, _on(bar), checkpoint)
    draft = checkpoint.with_suffix(".safetensors")
    digest = save(trained, encoder, plan, sentences, draft)
    rows = [*before, ("新的模型", score(load_joint(encoder, draft)))]
    seconds = time.monotonic() - begun
    _show(screen, "训练后", rows)
    screen.print(f"权重 sha256 {digest}，用了 {seconds / 60:.1f} 分钟", markup=False)

    new = rows[-1][1].held_out
    name, best = max(((name, row.held_out) for name, row in before), key=lambda pair: pair[1].overall)
    if new.overall <= best.overall and not force:
        raise NotBetter(
            f"新模型在留出的例句上总分 {new.overall:.3f}，不高于“{name}”的 {best.overall:.3f}，没有装上；"
            f"新权重留在 {draft}，一定要装请加 --force"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(draft, file)
    file.with_suffix(".svg").write_text(drawn(trained.losses), "utf-8")
    file.with_suffix(".md").write_text(card(rows, _facts(plan, sentences, learned, digest)), "utf-8")
    checkpoint.unlink(missing_ok=True)
    screen.print(f"已装上：{file}（说明和损失曲线在旁边的 .md 和 .svg）", markup=False)


def _installed(encoder: E5Encoder, file: Path) -> JointReader | None:
    try:
        return load_joint(encoder, file)
    except (FileNotFoundError, JointMismatch):
        return None


def _on(bar: Progress) -> Report:
    task = bar.add_task("训练", total=None)

    def report(done: int, total: int, loss: float) -> None:
        bar.update(task, completed=done, total=total, description=f"训练 损失 {loss:.3f}")

    return report


def _show(screen: Console, title: str, rows: Sequence[tuple[str, Measured]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in HEADINGS:
        table.add_column(column)
    for name, row in rows:
        table.add_row(name, *cells(row))
    screen.print(table)


def _facts(
    plan: Plan, sentences: Sequence[Sentence], learned: Sequence[Sentence], digest: str
) -> list[tuple[str, str]]:
    return [
        ("command", f"`smartseat nlu train --seed {plan.seed} --epochs {plan.epochs}`"),
        (
            "data",
            f"nlu/examples, {len(learned)} sentences trained on and {len(sentences) - len(learned)} held out by "
            f"their checksum; sha256 {digest_of(sentences)}",
        ),
        (
            "grown",
            "anew in every epoch (nlu/growth.py): other goods and firms, hesitation, self-correction, homophones, "
            "dropped and doubled characters, no punctuation",
        ),
        ("adapters", f"rank {plan.rank} on the last {plan.layers} layers of multilingual-e5-small"),
        ("sha256 of the tensors", f"{digest} (the same on the same kind of CPU, one thread)"),
        (
            "not for",
            "figures, codes, dates, places, consent and danger: these stay with the exact extractors",
        ),
    ]
