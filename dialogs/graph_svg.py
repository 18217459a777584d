"""The flows as one SVG picture: no network, no other program. Each flow is a column; forks open side by side.

A flow is a list of steps in lists of steps, so the picture is laid out as boxes in boxes; no line crosses another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from dialogs.outline import Arm, Box, FlowOutline
from dialogs.ways import ENTERED, Way

#: All in pixels at 100 %.
_BOX_WIDTH = 230
_ARM_GAP = 26
_STEP_GAP = 26
_FLOW_GAP = 60
_MARGIN = 40
_PADDING = 10
_TITLE, _TEXT, _NOTE = 14, 12, 11
_LEADING = 1.4
#: No line begins with one of these.
_CLOSING = "，。、？！；：）”］"
#: So many lines of what is said are shown.
_MOST_LINES = 4
#: Flows stand in rows of about this width.
_ROW_WIDTH = 2400

_FILL = {
    "ask": "#e3effc",
    "say": "#f6f6f6",
    "fork": "#ffffff",
    "consent": "#fff1cf",
    "act": "#e2f4e4",
    "desk": "#fde4e1",
    "end": "#4a4a4a",
}
_STROKE = {
    "ask": "#3c78b4",
    "say": "#a0a0a0",
    "fork": "#555555",
    "consent": "#c58a00",
    "act": "#3d8b4a",
    "desk": "#b8443a",
    "end": "#222222",
}
_TONE = {"given": "#3d8b4a", "refused": "#b8443a"}
_MISSED = "#d40000"
_STYLE = (
    "text{font-family:'Noto Sans CJK SC','Noto Sans SC','PingFang SC','Microsoft YaHei',"
    "'WenQuanYi Micro Hei',sans-serif;fill:#222}"
    ".end text{fill:#fff}.n{fill:#666}.h{font-weight:bold}.way{fill:none;stroke:#555;stroke-width:1.4}"
)


def svg(title: str, flows: Sequence[FlowOutline], missed: Collection[Way] = ()) -> str:
    """The whole picture. missed: ways no story walked; they are marked."""
    blocks = [_Flow(flow, frozenset(missed)) for flow in flows]
    placed, width, height = _shelves(blocks)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<style>{_STYLE}</style>",
        '<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#555"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        _text(_MARGIN, _MARGIN + 4, title, 22, "h"),
        *_legend(_MARGIN, _MARGIN + 30),
    ]
    for block, x, y in placed:
        parts += block.draw(x, y)
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _shelves(blocks: list[_Flow]) -> tuple[list[tuple[_Flow, float, float]], float, float]:
    """Each flow's corner, in rows, and the size of it all."""
    placed: list[tuple[_Flow, float, float]] = []
    x, y, row, widest = float(_MARGIN), _MARGIN + 70.0, 0.0, 0.0
    for block in blocks:
        if x > _MARGIN and x + block.width > _ROW_WIDTH:
            x, y, row = float(_MARGIN), y + row + _FLOW_GAP, 0.0
        placed.append((block, x, y))
        x += block.width + _FLOW_GAP
        row, widest = max(row, block.height), max(widest, x)
    return placed, widest - _FLOW_GAP + _MARGIN, y + row + _MARGIN


def _legend(x: float, y: float) -> Iterator[str]:
    names = {
        "ask": "提问",
        "say": "说",
        "consent": "征得同意",
        "act": "登记、转出",
        "desk": "转人工",
        "end": "结束",
    }
    for look, name in names.items():
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="16" height="14" rx="3" '
            f'fill="{_FILL[look]}" stroke="{_STROKE[look]}"/>'
        )
        yield _text(x + 22, y + 12, name, _TEXT)
        x += 40 + _wide(name, _TEXT)
    yield _text(x + 10, y + 12, "虚线框：条件成立才做，不成立就跳过", _TEXT, "n")


# --- one flow ---------------------------------------------------------------------------------------


class _Flow:
    def __init__(self, flow: FlowOutline, missed: frozenset[Way]) -> None:
        self._flow = flow
        self._column = _Column(flow.name, flow.boxes, missed)
        self.width = max(self._column.width, _wide(flow.head, _TITLE + 2)) + 2 * _PADDING
        self.height = self._column.height + 56

    def draw(self, x: float, y: float) -> Iterator[str]:
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{self.width:.1f}" height="{self.height:.1f}" rx="8" '
            'fill="#fcfcfc" stroke="#d0d0d0"/>'
        )
        yield _text(x + _PADDING, y + 24, self._flow.head, _TITLE + 2, "h")
        yield from self._column.draw(x + self.width / 2, y + 42)


class _Column:
    """Boxes one under another. Coordinates given to `draw` are those of its middle, at the top."""

    def __init__(self, flow: str, boxes: Sequence[Box], missed: frozenset[Way]) -> None:
        self._steps = [_Step(flow, box, missed) for box in boxes]
        self.width: float = max((step.width for step in self._steps), default=float(_BOX_WIDTH) / 2)
        self.height: float = sum(step.height for step in self._steps) + _STEP_GAP * max(
            0, len(self._steps) - 1
        )
        self.goes_on: bool = not boxes or self._steps[-1].goes_on

    def draw(self, middle: float, y: float) -> Iterator[str]:
        for index, step in enumerate(self._steps):
            yield from step.draw(middle, y)
            y += step.height
            if index + 1 < len(self._steps):
                if step.goes_on:
                    yield _line(middle, y, middle, y + _STEP_GAP)
                y += _STEP_GAP


@dataclass(frozen=True, slots=True)
class _Written:
    """A line of text in a box."""

    text: str
    size: int
    style: str = ""


class _Step:
    """A box, and under it the arms of its fork side by side."""

    def __init__(self, flow: str, box: Box, missed: frozenset[Way]) -> None:
        self._flow, self._box, self._missed = flow, box, missed
        self._lines = list(_lines(box))
        self._own = sum(line.size * _LEADING for line in self._lines) + 2 * _PADDING - 4
        self._arms = [(arm, _Column(flow, arm.boxes, missed)) for arm in box.arms]
        labels = [self._label_width(arm) for arm in box.arms]
        self._widths = [max(c.width, label) for (_, c), label in zip(self._arms, labels, strict=True)]
        forked = sum(self._widths) + _ARM_GAP * max(0, len(self._arms) - 1)
        self.width: float = max(float(_BOX_WIDTH), forked)
        self._depth: float = max((column.height for _, column in self._arms), default=0.0)
        self.height: float = self._own + (self._depth + 2 * _STEP_GAP + 24 if self._arms else 0)
        ends = box.look in ("end", "desk")
        self.goes_on: bool = any(c.goes_on for _, c in self._arms) if self._arms else not ends

    @staticmethod
    def _label_width(arm: Arm) -> float:
        return min(_wide(arm.label, _NOTE), _BOX_WIDTH) + 12

    def draw(self, middle: float, y: float) -> Iterator[str]:
        yield from self._draw_box(middle, y)
        if self._arms:
            yield from self._draw_arms(middle, y + self._own)

    def _draw_box(self, middle: float, y: float) -> Iterator[str]:
        box, look = self._box, self._box.look
        left = middle - _BOX_WIDTH / 2
        missed = Way(self._flow, box.step, ENTERED) in self._missed
        stroke = _MISSED if missed else _STROKE[look]
        dashes = ' stroke-dasharray="6 4"' if box.when else ""
        heavy = 3 if look == "consent" or missed else 1.4
        round_ = 16 if look == "end" else 5
        yield f'<g class="{look}">'
        yield (
            f'<rect x="{left:.1f}" y="{y:.1f}" width="{_BOX_WIDTH}" height="{self._own:.1f}" rx="{round_}" '
            f'fill="{_FILL[look]}" stroke="{stroke}" stroke-width="{heavy}"{dashes}/>'
        )
        at = y + _PADDING - 2
        for line in self._lines:
            at += line.size * _LEADING
            yield _text(left + _PADDING, at - line.size * 0.3, line.text, line.size, line.style)
        yield "</g>"

    def _draw_arms(self, middle: float, y: float) -> Iterator[str]:
        total = sum(self._widths) + _ARM_GAP * (len(self._arms) - 1)
        x = middle - total / 2
        bottom = y + self._depth + 2 * _STEP_GAP + 24
        joins: list[float] = []
        for (arm, column), width in zip(self._arms, self._widths, strict=True):
            at = x + width / 2
            top = y + _STEP_GAP + 22
            colour = _TONE.get(arm.way, "#555")
            if Way(self._flow, self._box.step, arm.way) in self._missed:
                colour = _MISSED
            yield f'<path class="way" d="M{middle:.1f},{y:.1f} V{y + 10:.1f} H{at:.1f} V{y + _STEP_GAP:.1f}"/>'
            yield _middle_text(at, y + _STEP_GAP + 12, _short(arm.label, _NOTE, width), _NOTE, colour)
            yield _line(at, top - 4, at, top + 4)
            yield from column.draw(at, top + 4)
            if (column.goes_on and self._box.look != "fork") or (column.goes_on and arm.way):
                joins.append(at)
                yield f'<path class="way" d="M{at:.1f},{top + 4 + column.height:.1f} V{bottom - 8:.1f}"/>'
            x += width + _ARM_GAP
        if joins:
            low, high = min([*joins, middle]), max([*joins, middle])
            yield f'<path class="way" d="M{low:.1f},{bottom - 8:.1f} H{high:.1f} M{middle:.1f},{bottom - 8:.1f} V{bottom:.1f}"/>'


def _lines(box: Box) -> Iterator[_Written]:
    room = _BOX_WIDTH - 2 * _PADDING - _TEXT  # a full stop may hang over
    if box.when:
        for line in _wrapped(f"仅当 {box.when}", _NOTE, room):
            yield _Written(line, _NOTE, "n")
    for line in _wrapped(box.title, _TITLE, room):
        yield _Written(line, _TITLE, "h")
    said = list(_wrapped(box.text, _TEXT, room))
    for index, line in enumerate(said[:_MOST_LINES]):
        cut = index == _MOST_LINES - 1 and len(said) > _MOST_LINES
        yield _Written(line[:-1] + "…" if cut else line, _TEXT)
    for line in _wrapped(box.notes, _NOTE, room):
        yield _Written(line, _NOTE, "n")


# --- text -------------------------------------------------------------------------------------------


def _wide(text: str, size: float) -> float:
    """About how wide a text is: a Chinese character is as wide as it is high."""
    return sum(size if ord(char) > 0x2E80 else size * 0.56 for char in text)


def _wrapped(text: str, size: float, room: float) -> Iterator[str]:
    line = ""
    for char in text:
        if line and _wide(line + char, size) > room and char not in _CLOSING:
            yield line
            line = ""
        line += char
    if line:
        yield line


def _short(text: str, size: float, room: float) -> str:
    first = next(_wrapped(text, size, room), "")
    return first if first == text else first[:-1] + "…"


def _text(x: float, y: float, text: str, size: float, style: str = "") -> str:
    styled = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}"{styled}>{escape(text)}</text>'


def _middle_text(x: float, y: float, text: str, size: float, colour: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="middle" '
        f'style="fill:{colour}">{escape(text)}</text>'
    )


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<path class="way" d="M{x:.1f},{y:.1f} L{to_x:.1f},{to_y:.1f}" marker-end="url(#to)"/>'
