"""The analysis on the terminal: small tables side by side, each count with its change."""

from __future__ import annotations

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from data.analysis import Analysis, Count
from data.case_numbers import SHANGHAI_TIME

_BARS = " ▁▂▃▄▅▆▇█"


def analysis_view(found: Analysis) -> RenderableType:
    since, until = (at.astimezone(SHANGHAI_TIME) for at in (found.since, found.until))
    head = Text(
        f"{since:%Y-%m-%d %H:%M} 到 {until:%Y-%m-%d %H:%M}　共 {found.records.n} 张单 {_change(found.records)}"
    )
    if not found.records.n:
        return Group(head, Text("这段时间没有诉求单。换一段试试：--days 90，或者 --until 2026-11-01"))
    panels = [
        _panel("类型", found.kinds),
        _panel("行业", found.trades),
        _panel("客体", found.goods),
        _panel("问题", found.issues),
        _panel("热词", found.words),
        _panel("区", found.districts),
        _panel("条线", found.lines),
        _panel("平台", found.platforms),
        _panel("专项", [one for one in found.campaigns if one.n or one.before]),
        _panel("重复", found.repeats, compared=False),
        _panel("预警", found.incidents, compared=False),
    ]
    foot = (
        f"一天里：{_bars(found.hours)}（0–23 点）\n"
        f"按天：{_bars([day.n for day in found.days])}（{found.days[0].name} 到 {found.days[-1].name}，有单的日子）\n"
        f"紧急情况 {found.emergencies} 次；还没有人处理的预警 {found.open_alerts} 条（smartseat alerts list）；"
        f"有内部提示的 {found.notes} 张" + (f"；还没有分办的 {found.unsorted} 张" if found.unsorted else "")
    )
    return Group(head, Columns([panel for panel in panels if panel is not None], padding=(0, 2)), Text(foot))


def _panel(title: str, counts: Sequence[Count], *, compared: bool = True) -> RenderableType | None:
    if not counts:
        return None
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    table.add_column(justify="right", style="dim")
    for count in counts:
        table.add_row(count.name, str(count.n), _change(count) if compared else "")
    return table


def _change(count: Count) -> str:
    if count.change is None:
        return "新" if count.n else ""
    return f"{count.change:+.0%}"


def _bars(numbers: Sequence[int]) -> str:
    most = max(numbers, default=0) or 1
    return "".join(_BARS[round(number / most * (len(_BARS) - 1))] for number in numbers)
