"""What a trainer means by a word that YAML 1.1 would have taken for something else.

YAML 1.2 (and this project) reads `no`, `010`, `12:30` and `1_000` as text; where a flag or a number is wanted, the
linter says what to write instead.
"""

from __future__ import annotations

import re

_TRUE = frozenset({"y", "yes", "on", "true", "是"})
_FALSE = frozenset({"n", "no", "off", "false", "否"})
_DIGITS = re.compile(r"[-+]?\d[\d_,]*")


def as_flag(written: object) -> bool | None:
    """What `written` would be as yes or no; None when it is neither."""
    word = written.strip().lower() if isinstance(written, str) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def as_number(written: object) -> int | None:
    """What `written` would be as a whole number: "010" is ten, "1_000" a thousand; None when it is none."""
    if not isinstance(written, str) or not _DIGITS.fullmatch(written.strip()):
        return None
    return int(re.sub(r"[_,]", "", written.strip()))
