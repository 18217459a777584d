"""Exports of both databases: the dictionary's columns, masked by default, harmless to spreadsheets."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.dictionary import dictionary, key_of
from data.export_files import ExportRefused, dictionary_rows, guarded, writer_of
from data.exporting import Cell
from data.fold_record import draft
from data.record_book import RecordFilter
from data.records import FieldDraft, RecordDraft
from data.revealing import EVERYTHING, MASKED
from data.store import Store
from data.vocabulary import Kind, Outcome, Slot

from .conftest import NOON, STORY, jacket_call

TOLD = draft(jacket_call())
FORMULA = '=HYPERLINK("http://x","看")'


@pytest.fixture
def filled(any_store: Store) -> Store:
    any_store.lodge("c1", TOLD, "lodge", now=NOON)
    any_store.begin_call("c2", "12345", None, NOON, "v1", "boot-a", 30)
    name = FieldDraft(slot=Slot.NAME, value="李四", heard="李四", confidence=1, method="test")
    shop = FieldDraft(slot=Slot.SHOP, value=FORMULA, heard="", confidence=1, method="test")
    told = RecordDraft(kind=Kind.REPORT, intent="report_food", fields=(name, shop))
    any_store.lodge("c2", told, "lodge-2", now=NOON + timedelta(minutes=1))
    return any_store


def rows(store: Store, reveal: bool = False, where: RecordFilter | None = None) -> list[dict[str, Cell]]:
    return list(store.export_rows(where, EVERYTHING if reveal else MASKED))


def test_the_dictionary_is_of_the_models() -> None:
    columns = {column.key: column for column in dictionary()}
    assert {key_of(slot) for slot in Slot} <= columns.keys()
    assert (columns["amount"].type, columns["phone"].type, columns["demand"].type) == (
        "number",
        "digits",
        "list",
    )
    assert (columns["anonymous"].type, columns["received_at"].type) == ("truth", "time")
    assert (columns["respondent"].national, columns["narrative"].national) == (
        "subjectname",
        "reportdeviation",
    )
    assert all(len(line) == 5 for line in dictionary_rows(dictionary()))


def test_masked_by_default(filled: Store) -> None:
    complaint, report = rows(filled)
    assert (complaint["name"], complaint["phone"], complaint["narrative"]) == ("王**", "138****1234", "***")
    assert (complaint["amount"], complaint["platform"]) == (499.0, "拼多多")
    assert complaint["consents"] == ["refer_to_platform/拼多多=given"] and complaint["stage"] == "登记"
    assert (report["name"], report["line"], report["phone"]) == ("***", "12345", None)
    assert rows(filled, reveal=True)[0]["narrative"] == STORY
    assert len(rows(filled, where=RecordFilter(kind=Kind.REPORT))) == 1


def test_an_erased_record_keeps_its_plain_columns(filled: Store) -> None:
    filled.close_call("c1", Outcome.LODGED, "seat", NOON)
    filled.erase_call("c1")
    row = rows(filled, reveal=True)[0]
    assert (row["name"], row["narrative"], row["platform"], row["amount"]) == (None, None, "拼多多", 499.0)


def written(store: Store, path: Path) -> int:
    return writer_of(path)(path, dictionary(), store.export_rows())


def test_csv_for_excel(filled: Store, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert written(filled, path) == 2
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert lines[0]["联系电话"] == "138****1234" and lines[0]["涉及金额（元）"] == "499.0"
    assert lines[1]["店铺"] == "'" + FORMULA and lines[0]["群体事件"] == "否"


def test_jsonl_for_programs(filled: Store, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert written(filled, path) == 2
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert list(lines[0]) == [column.key for column in dictionary()]
    assert lines[0]["received_at"] == "2026-11-24T12:00:00+08:00" and lines[1]["shop"] == FORMULA


def test_a_sheet_without_formulas(filled: Store, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    path = tmp_path / "out.xlsx"
    assert written(filled, path) == 2
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert "f" not in {cell.data_type for cell in cells}
    assert book.sheetnames == ["诉求单", "数据字典"] and book["诉求单"].max_row == 3


def test_parquet_with_types(filled: Store, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "out.parquet"
    assert written(filled, path) == 2
    table = parquet.read_table(path)
    assert table.column("amount").to_pylist() == [499.0, None]
    assert str(table.schema.field("received_at").type) == "timestamp[us, tz=Asia/Shanghai]"
    assert table.column("consents").to_pylist()[0] == ["refer_to_platform/拼多多=given"]


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportRefused, match=r"\.csv"):
        writer_of(tmp_path / "out.doc")


@given(
    st.text(max_size=20),
    st.sampled_from(["", " ", "\t", "\r", "\n", "\x00"]),
    st.sampled_from("=+-@＝＋－＠x"),
)
def test_no_text_begins_a_formula(rest: str, before: str, mark: str) -> None:
    text = guarded(before + mark + rest)
    assert not text.lstrip().startswith(tuple("=+-@＝＋－＠"))
    assert guarded("138****1234") == "138****1234"
