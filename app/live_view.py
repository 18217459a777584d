"""A call as it goes, in the terminal: who says what on the left, the record filling on the right."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

import data.events as ev
from agent.state import CallState, evolve
from dialogs.schema import ScriptFile


class LiveView:
    """Fold the events in; draw."""

    def __init__(self, labels: ScriptFile, lines: int = 26) -> None:
        self._labels = labels.labels
        self._lines = lines
        self._state = CallState()
        self.spoken: list[tuple[str, str]] = []

    def take(self, event: ev.CallEvent) -> None:
        self._state = evolve(self._state, event)
        match event:
            case ev.PromptSaid():
                self.spoken.append(("坐席", event.text))
            case ev.WordsHeard():
                self.spoken.append(("市民", event.text))
            case ev.KeysPressed():
                self.spoken.append(("市民", f"［按键 {event.digits}］"))
            case ev.SilenceHeard():
                self.spoken.append(("市民", "［没有声音］"))
            case ev.SlotCorrected():
                label = self._labels.get(event.slot, event.slot)
                self.spoken.append(("　　", f"✎ {label}改为 {event.value}"))
            case ev.RecordLodged():
                self.spoken.append(("　　", f"✓ 已登记 {event.case_no}"))
            case _:
                pass

    def __rich__(self) -> RenderableType:
        layout = Layout()
        layout.split_row(
            Layout(Panel(self._transcript(), title="通话"), ratio=3),
            Layout(Panel(self._record(), title="诉求单"), ratio=2),
        )
        return layout

    def _transcript(self) -> RenderableType:
        return Group(*(line(who, text) for who, text in self.spoken[-self._lines :]))

    def _record(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        state = self._state
        table.add_row("类型", state.kind.value if state.kind else "—")
        for slot, held in state.slots.items():
            label = self._labels.get(slot, slot.value)
            mark = "✓" if held.confirmed else " "
            value = f"（{held.declined}）" if held.value is None else str(held.value)
            table.add_row(label, f"{mark} {value[:40]}")
        for purpose, consent in state.consents.items():
            table.add_row("同意", f"{purpose} → {consent.recipient}：{consent.status.value}")
        if state.case_no:
            table.add_row("编号", state.case_no)
        return table


def line(who: str, text: str) -> Text:
    """One line of the transcript."""
    style = {"坐席": "cyan", "市民": "yellow"}.get(who, "green")
    return Text.assemble((f"{who} ", f"bold {style}"), text)
