"""Files of exported records: CSV, Excel, JSON lines, Parquet.

CSV and Excel are for people: Chinese headings, a list's members joined, and no cell that a spreadsheet would take
for a formula (OWASP, "CSV injection"). JSON lines and Parquet are for programs: the dictionary's keys, typed values.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from data.dictionary import Column
from data.exporting import Cell

Rows = Iterable[dict[str, Cell]]
Writer = Callable[[Path, Sequence[Column], Rows], int]

XLSX_ROWS = 1_048_575
"""What a sheet holds below its heading."""
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class ExportRefused(ValueError):
    """The file cannot be written so; the text says what to do, in Chinese."""


def writer_of(path: Path) -> Writer:
    """By the name's ending. Raises ExportRefused: no such kind, or its library is not installed."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ExportRefused(f"不认识 {path.name} 的格式，请用这些结尾：{'、'.join(WRITERS)}")
    return writer


def guarded(text: str) -> str:
    """A text that a spreadsheet shows as it is; what would begin a formula gets an apostrophe before it."""
    text = _CONTROL.sub(" ", text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def write_csv(path: Path, columns: Sequence[Column], rows: Rows) -> int:
    """UTF-8 with a byte order mark: Excel reads it so. All writers give the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        for row in rows:
            writer.writerow([_flat(row[column.key]) for column in columns])
            count += 1
    return count


def write_jsonl(path: Path, columns: Sequence[Column], rows: Rows) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            plain = {column.key: _json(row[column.key]) for column in columns}
            file.write(json.dumps(plain, ensure_ascii=False) + "\n")
            count += 1
    return count


def write_xlsx(path: Path, columns: Sequence[Column], rows: Rows) -> int:
    """Two sheets: the records, and the dictionary."""
    try:
        from openpyxl import Workbook
    except ModuleNotFoundError:
        raise ExportRefused("写 xlsx 要装：pip install 'smartseat[export]'；或者导出 csv") from None
    book = Workbook(write_only=True)
    sheet = book.create_sheet("诉求单")
    sheet.freeze_panes = "A2"
    sheet.append([column.name for column in columns])
    count = 0
    for count, row in enumerate(rows, 1):
        if count > XLSX_ROWS:
            raise ExportRefused(f"一张表最多 {XLSX_ROWS} 行，请用 --since 分批，或者导出 csv")
        sheet.append([_flat(row[column.key]) for column in columns])
    about = book.create_sheet("数据字典")
    for line in dictionary_rows(columns):
        about.append([guarded(cell) for cell in line])
    book.save(path)
    return count


def write_parquet(path: Path, columns: Sequence[Column], rows: Rows) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise ExportRefused("写 parquet 要装：pip install 'smartseat[export]'；或者导出 jsonl") from None
    types = {
        "number": pa.float64(),
        "truth": pa.bool_(),
        "list": pa.list_(pa.string()),
        "time": pa.timestamp("us", tz="Asia/Shanghai"),
    }
    fields = [
        pa.field(column.key, types.get(column.type, pa.string()), metadata={"name": column.name})
        for column in columns
    ]
    count = 0
    with pq.ParquetWriter(path, pa.schema(fields)) as writer:
        left = iter(rows)
        while some := list(islice(left, 1000)):
            writer.write_batch(pa.RecordBatch.from_pylist(some, schema=pa.schema(fields)))
            count += len(some)
    return count


def dictionary_rows(columns: Sequence[Column]) -> Iterator[list[str]]:
    """The dictionary as a table, heading first."""
    yield ["字段", "名称", "国家平台字段", "类型", "必填"]
    for column in columns:
        yield [column.key, column.name, column.national or "", TYPES[column.type], NEEDS[column.need]]


TYPES = {
    "text": "文字",
    "digits": "数字串",
    "number": "数",
    "truth": "是/否",
    "list": "多项",
    "date": "日期（可能只到年或月）",
    "time": "时间",
}
NEEDS = {"M": "必填", "C": "有条件必填", "O": "可选", "S": "系统生成"}
WRITERS: dict[str, Writer] = {
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".jsonl": write_jsonl,
    ".parquet": write_parquet,
}


def _flat(cell: Cell) -> str | float | bool | None:
    """A cell for a spreadsheet: numbers stay numbers, everything else is a harmless text."""
    match cell:
        case None:
            return None
        case bool():
            return "是" if cell else "否"
        case int() | float():
            return cell
        case datetime():
            return cell.isoformat(timespec="seconds")
        case list():
            return guarded("、".join(cell))
        case _:
            return guarded(cell)


def _json(cell: Cell) -> str | float | bool | list[str] | None:
    return cell.isoformat() if isinstance(cell, datetime) else cell
