"""Versions are kept as they are, and the log says what took calls when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from data.errors import VersionUnknown
from data.script_book import before, latest
from data.store import Store

from .conftest import NOON

FILES = {"script.yaml": "标题: 一".encode(), "prompts.yaml": b"a: b\n"}


def test_a_version_comes_back_as_it_was(any_store: Store) -> None:
    any_store.keep_script("abc123", FILES)
    any_store.keep_script("abc123", {"script.yaml": b"other"})
    assert any_store.script_files("abc123") == FILES
    with pytest.raises(VersionUnknown):
        any_store.script_files("abc")


def test_a_version_is_named_by_its_beginning(store: Store) -> None:
    for version in ("abcd1", "abcd2", "ef%56"):
        store.keep_script(version, FILES)
    assert store.script_version("abcd1") == "abcd1"
    assert store.script_version("ef%5") == "ef%56"
    for named in ("abcd", "ef%", "____", "nothing", ""):
        with pytest.raises(VersionUnknown):
            store.script_version(named)


def test_the_log(any_store: Store) -> None:
    store = any_store
    assert (store.deployed(), store.deployments()) == (None, [])
    store.deploy("a", FILES, how="edit", who="文件夹")
    assert store.deployed() is None, "a folder edited in place was not deployed"
    first = store.deploy("b", FILES, how="deploy", who="王", note="第一版")
    refused = store.refuse("c", ["p.yaml:1:1: 错", "q.yaml:2:1: 错"], how="deploy", who="李")
    assert (first.previous, first.at, refused.previous) == ("a", NOON, "b")
    assert refused.refused and refused.problems == ("p.yaml:1:1: 错", "q.yaml:2:1: 错")
    assert store.deployed() == first
    last = store.deploy("a", FILES, how="rollback", who="王", at=NOON + timedelta(hours=1))
    assert store.deployed() == last
    log = store.deployments()
    assert [entry.version for entry in log] == ["a", "c", "b", "a"]
    assert (latest(log), latest(log[1:]), latest(log[3:], edits=False)) == (last, first, None)


def test_back_and_back_again_goes_two_versions_back(store: Store) -> None:
    for version in ("a", "b", "c"):
        store.deploy(version, FILES, how="deploy", who="王")
    assert before(store.deployments(), "c") == "b"
    store.deploy("b", FILES, how="rollback", who="王")
    assert before(store.deployments(), "b") == "a"
    store.deploy("a", FILES, how="rollback", who="王")
    assert before(store.deployments(), "a") is None


@pytest.mark.parametrize("table", ["scripts", "deployments"])
def test_nothing_is_changed_afterwards(any_store: Store, table: str) -> None:
    any_store.deploy("a", FILES, how="deploy", who="王")
    for change in (f"UPDATE {table} SET version = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError), any_store.engine.begin() as connection:
            connection.execute(text(change))
