"""The flows as a Mermaid flowchart, for pages that draw it themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dialogs.outline import Box, FlowOutline

_CLASSES = {
    "ask": "fill:#e3effc,stroke:#3c78b4",
    "say": "fill:#f5f5f5,stroke:#999999",
    "fork": "fill:#ffffff,stroke:#555555",
    "consent": "fill:#fff1cf,stroke:#c58a00,stroke-width:3px",
    "act": "fill:#e2f4e4,stroke:#3d8b4a",
    "desk": "fill:#fde4e1,stroke:#b8443a",
    "end": "fill:#444444,color:#ffffff,stroke:#222222",
}
_SHAPES = {"fork": ("{{", "}}"), "consent": ("[[", "]]"), "end": ("([", "])")}
#: So many characters of what is said are shown.
_SHOWN = 34


def mermaid(flows: Sequence[FlowOutline]) -> str:
    """One flowchart, a subgraph a flow."""
    rows = ["flowchart TD"]
    for number, flow in enumerate(flows):
        rows += [f'  subgraph f{number}["{_safe(flow.head)}"]', "    direction TB"]
        drawing = _Drawing(f"f{number}")
        rows += [f"    {row}" for row in drawing.run(flow.boxes, [])]
        rows.append("  end")
    rows += [f"  classDef {look} {style}" for look, style in _CLASSES.items()]
    return "\n".join(rows) + "\n"


class _Drawing:
    """Numbers the boxes of one flow and joins them."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0
        self.ends: list[tuple[str, str]] = []
        """What is still open after the latest run: (box, what is written on its way on)."""

    def run(self, boxes: Sequence[Box], open_ends: list[tuple[str, str]]) -> Iterator[str]:
        for box in boxes:
            self._count += 1
            name = f"{self._prefix}_{self._count}"
            left, right = _SHAPES.get(box.look, ("[", "]"))
            yield f'{name}{left}"{_text(box)}"{right}:::{box.look}'
            for end, label in open_ends:
                yield f"{end} -->{_on(label)} {name}"
            skipping = [(end, _both(label, "跳过")) for end, label in open_ends] if box.when else []
            open_ends = []
            for arm in box.arms:
                yield from self.run(arm.boxes, [(name, arm.label)])
                open_ends += self.ends
            if not box.arms and box.look not in ("end", "desk"):
                open_ends = [(name, "")]
            open_ends += skipping
        self.ends = open_ends


def _both(label: str, more: str) -> str:
    return more if not label or label == more else f"{label}，{more}"


def _on(label: str) -> str:
    return f'|"{_safe(label)}"|' if label else ""


def _text(box: Box) -> str:
    said = box.text if len(box.text) <= _SHOWN else box.text[:_SHOWN] + "…"
    parts = [f"<b>{_safe(box.title)}</b>", _safe(said), _safe(box.notes)]
    if box.when:
        parts.insert(0, f"<i>仅当 {_safe(box.when)}</i>")
    return "<br/>".join(filter(None, parts))


def _safe(text: str) -> str:
    for char, entity in (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(char, entity)
    return text
