"""smartseat bench: what is measured, beside a peer."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app import logs
from app.commands.bench_store import store
from app.seat_process import seat_process
from app.settings import Settings

app = typer.Typer(help="测量", no_args_is_help=True)
console = Console(highlight=False)
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


app.command()(store)


@app.callback()
def group() -> None:
    """测量"""


@app.command()
def latency(
    folder: Annotated[Path, typer.Argument(help="来电人（YAML）所在的文件夹")] = Path("qa/personas"),
    manifest: Annotated[
        Path | None, typer.Option(help="识别对比用的录音清单（JSON 行）；不写就用来电人的声音")
    ] = None,
    calls: Annotated[int, typer.Option(help="打几通真实来电")] = 3,
    limit: Annotated[int, typer.Option(help="识别对比用多少条")] = 40,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """应答间隔、说完到出字的时间，和 faster-whisper 自带的 transcribe 在同一次运行里对比。"""
    from bench.latency import run

    settings = Settings()
    logs.set_up("WARNING")
    with seat_process(settings, console) as url:
        report = run(url, settings.models_home, folder, manifest=manifest, calls=calls, limit=limit)
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
        return
    console.print_json(json.dumps(report, ensure_ascii=False))


@app.command()
def dialog(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """对话引擎走一步要多久、演一个故事要多久：在设置里的话术的全部故事上量，不用模型。"""
    from app.assembly import open_understander, settle, understand_with
    from bench.dialog import dialog_cost
    from dialogs.loader import load
    from dialogs.stories import load_stories

    settings = Settings()
    script = load(settings.script)
    stories = [one for one in load_stories(settings.script, script) if not one.story.encoder]
    if not stories:
        console.print("[red]✗[/red] 没有故事可量：故事写在话术文件夹的 stories/ 里")
        raise typer.Exit(2)
    by_rules = understand_with(open_understander(settings.model_copy(update={"encoder": False}), script))
    settle()
    cost = dialog_cost(script, stories, by_rules)
    if as_json:
        print(json.dumps(cost.as_dict()))
        return
    console.print(
        f"一步：中位 {cost.step_p50_ms:.3f} 毫秒，p99 {cost.step_p99_ms:.3f} 毫秒，"
        f"最慢 {cost.step_most_ms:.3f} 毫秒（{cost.steps} 步）"
    )
    console.print(f"一个故事：{cost.story_ms:.1f} 毫秒，一个核一分钟 {cost.stories_per_minute} 个")
    console.print(
        f"一个故事是一整通电话，和真的来电走同一个引擎，每句话都按规则当场听懂，最后核对结果（没有声音、编码器和数据库）："
        f"平均来电人开口或按键 {cost.story_turns:.1f} 次，坐席说 {cost.story_prompts:.1f} 段，"
        f"引擎走 {cost.story_steps:.1f} 步（话开播、播完也各算一步）"
    )


@app.command()
def kills(
    times: Annotated[int, typer.Option(min=1, help="杀多少次")] = 1000,
    database_url: Annotated[
        str | None, typer.Option(help="用哪个数据库（SQLAlchemy 地址，要空的）；不写就用临时的 SQLite")
    ] = None,
    personas: Annotated[Path, typer.Option(help="来电人（YAML）所在的文件夹")] = Path("qa/personas"),
    seed: Annotated[int, typer.Option(help="杀的时刻由它决定")] = 12315,
    spoken: Annotated[
        bool, typer.Option("--spoken", help="杀有声的整个坐席（慢：每次半分钟到两分钟）")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """来电处理到一半突然断电（SIGKILL）会不会丢：打字来电、转企业、升级数据库时反复杀进程，再逐条核对。"""
    if spoken:
        _kill_spoken(times, personas, seed, as_json)
        return
    from app.assembly import open_understander, understand_with
    from app.kill_trial import KillTrial, kill_migrations
    from bench.kills import MIGRATION
    from dialogs.loader import load
    from qa.persona import load_folder

    settings = Settings()
    logs.set_up("CRITICAL")
    script = load(settings.script)
    by_rules = understand_with(open_understander(settings.model_copy(update={"encoder": False}), script))
    migrations = max(1, times // 10)
    with tempfile.TemporaryDirectory(prefix="smartseat-kills-") as scratch:
        home = Path(scratch)
        url = database_url or f"sqlite:///{home / 'seat.db'}"
        trial = KillTrial(url, home, load_folder(personas), script, by_rules)
        with Progress(*_COLUMNS, console=console, auto_refresh=False, disable=as_json) as progress:
            task = progress.add_task("杀来电", total=times)

            def shown(done: int) -> None:
                progress.update(task, completed=done)
                progress.refresh()

            found = trial.run(times, seed, shown)
            task = progress.add_task("杀升级", total=migrations)
            migrated = kill_migrations(url, home, migrations, seed, shown)
    told = {**asdict(found), "migrations": asdict(migrated)}
    print(json.dumps(told, ensure_ascii=False, indent=None if as_json else 2))
    if not as_json:
        console.print(_histogram({**found.hits, MIGRATION: migrated.kills}))
    raise typer.Exit(0 if found.well and not migrated.lost else 1)


def _histogram(hits: dict[str, int]) -> Table:
    words = {
        "opening": "打开库、收拾上一个留下的",
        "collecting": "收集",
        "consent": "征求同意",
        "lodging": "登记",
        "lodged": "登记以后",
        "referral": "排队转企业",
        "delivery": "送往企业",
        "between": "两通来电之间",
        "migration": "升级、降级数据库",
    }
    table = Table("杀在哪里", "次数", "", title="杀的时刻")
    for phase, n in hits.items():
        table.add_row(words[phase], str(n), "█" * round(40 * n / max(1, *hits.values())))
    return table


@app.command()
def referrals(
    each: Annotated[int, typer.Option(min=1, help="每种行为转几件")] = 3,
    database_url: Annotated[
        str | None, typer.Option(help="用哪个数据库（SQLAlchemy 地址，要空的）；不写就用临时的 SQLite")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """企业接单、退单、拖延、说谎、重复、断线时，每件转出的诉求单最后到哪里：接单、转回，还是送不到（写明原因）。"""
    from app.referral_trial import NOWHERE, ReferralTrial, ending

    logs.set_up("CRITICAL")
    with tempfile.TemporaryDirectory(prefix="smartseat-referrals-") as scratch:
        home = Path(scratch)
        trial = ReferralTrial(database_url or f"sqlite:///{home / 'seat.db'}", home, each)
        with Progress(*_COLUMNS, console=console, auto_refresh=False, disable=as_json) as progress:
            task = progress.add_task("转给企业", total=None)

            def shown(ended: int, of: int) -> None:
                progress.update(task, completed=ended, total=of)
                progress.refresh()

            found = trial.run(shown)
    if as_json:
        print(json.dumps({**asdict(found), "ends": found.ends, "well": found.well}, ensure_ascii=False))
        raise typer.Exit(0 if found.well else 1)
    table = Table("企业的行为", "转出", "结局", "接单后逾期", "收到", "重复收到", "生效", "答复")
    for way in found.ways:
        ends = "、".join(f"{ending(end)} {n}" for end, n in way.ends.items())
        answers = "、".join(f"HTTP {status} {n} 次" for status, n in way.answers.items())
        numbers = (way.late, way.received, way.repeated, way.effects)
        table.add_row(way.way, str(way.sent), ends, *map(str, numbers), answers)
    console.print(table)
    console.print("合计：" + "、".join(f"{ending(end)} {n}" for end, n in sorted(found.ends.items())))
    for what, wrong in (
        ("没有着落", [NOWHERE] * found.ends.get(NOWHERE, 0)),
        ("生效两次", found.twice),
        ("没有同意就送出", found.without_consent),
        ("送出的内容超出同意", found.beyond_consent),
    ):
        console.print(f"{'[red]✗[/red]' if wrong else '✓'} {what}：{len(wrong)} 件")
    raise typer.Exit(0 if found.well else 1)


def _kill_spoken(times: int, personas: Path, seed: int, as_json: bool) -> None:
    from app.kill_spoken import kill_spoken
    from qa.persona import load_folder

    settings = Settings()
    logs.set_up("CRITICAL")
    with tempfile.TemporaryDirectory(prefix="smartseat-kills-") as scratch:
        # A home of its own; models and prompt audio are shared.
        home = Path(scratch)
        for shared in ("models", "cache"):
            (home / shared).symlink_to((settings.home / shared).resolve(), target_is_directory=True)
        own = settings.model_copy(update={"home": home, "database_url": None})
        with Progress(*_COLUMNS, console=console, disable=as_json) as progress:
            task = progress.add_task("来电人的声音", total=None)

            def prepared(what: str, done: int, total: int) -> None:
                progress.update(task, completed=done, total=total)

            kills_task = progress.add_task("杀坐席", total=times)
            found = kill_spoken(
                own,
                load_folder(personas),
                times,
                seed,
                console,
                lambda done: progress.update(kills_task, completed=done),
                prepared,
            )
    print(json.dumps(asdict(found), ensure_ascii=False, indent=None if as_json else 2))
    raise typer.Exit(1 if found.lost else 0)


@app.command()
def repeats(
    half: Annotated[
        str | None, typer.Option(help="只量一半：odd（规则可以照着改）或 even（只用来量）")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """催办、补充、重复、多头、新事项分得对不对：手写的成对诉求单，各类的查准和查全。"""
    from bench.repeats import load_pairs, score

    pairs = list(enumerate(load_pairs(), 1))
    found = score(pairs[{"odd": 0, "even": 1}[half] :: 2] if half else pairs)
    if as_json:
        print(found.model_dump_json())
        return
    table = Table("关系", "查准", "查全", "对数", title=f"{found.n} 对，判对 {found.right} 对")
    for name, (precision, recall, n) in found.by_relation.items():
        table.add_row(name, _share(precision), _share(recall), str(n))
    table.add_row("是同一件事", *map(_share, found.linked), "")
    console.print(table)
    for number, written, told in found.wrong:
        console.print(f"第 {number} 对：写的是{written}，判成{told}")


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


@app.command()
def nlu(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """听懂一句话要多久：一句一句地量、几通电话同时说地量，还有占多少内存；用测试集的句子。"""
    from app.assembly import open_understander
    from bench.nlu import nlu_cost
    from dialogs.loader import load
    from nlu.evaluation.rows import read
    from nlu.evaluation.run import OWN_SETS

    settings = Settings()
    cost = nlu_cost(open_understander(settings, load(settings.script)), read(OWN_SETS[0]))
    if as_json:
        print(json.dumps(cost.as_dict()))
        return
    console.print(
        f"一句：中位 {cost.latency_ms.p50:.1f} 毫秒，p95 {cost.latency_ms.p95:.1f} 毫秒（{cost.utterances} 句）"
    )
    for crowd in cost.crowds:
        console.print(
            f"{crowd.calls} 通同时说：一秒 {crowd.per_second:.1f} 句，每句中位 {crowd.latency_ms.p50:.1f} 毫秒，"
            f"p95 {crowd.latency_ms.p95:.1f} 毫秒"
        )
    if cost.memory_mb is not None:
        console.print(f"进程内存 {cost.memory_mb:.0f} MB（含词表和模型）")
