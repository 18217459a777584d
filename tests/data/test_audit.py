"""Whatever one entry of the log is done to, the check names that entry. Ten thousand entries, any tampering."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.audit import FIRST, AuditEntry, AuditReport, Head, check, head_of, mac_of

KEYS = {"a": b"first" * 7, "b": b"second" * 6}
MANY = 10_000
SWITCH = 6_000
"""From here on the second master's key signs."""
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


def written(count: int, switch: int) -> list[AuditEntry]:
    log: list[AuditEntry] = []
    before = FIRST
    for seq in range(1, count + 1):
        key_id = "a" if seq < switch else "b"
        entry = AuditEntry(
            seq=seq,
            at=NOON + timedelta(seconds=seq),
            actor=("zhang", "li", "system")[seq % 3],
            roles="qa",
            act=("reveal", "listen", "export")[seq % 3],
            outcome="done",
            target=f"1310000002026112490{seq:06d}",
            words=bytes([seq % 256]) * 40,
            key_id=key_id,
        )
        before = mac_of(entry, before, KEYS[key_id])
        log.append(entry.model_copy(update={"mac": before}))
    return log


LOG = written(MANY, SWITCH)
HEAD = head_of(LOG[-1], KEYS["b"])
ANCHORS = {entry.seq: entry.mac for entry in LOG}


def checked(
    log: list[AuditEntry], head: Head | None = HEAD, anchors: dict[int, str] | None = None
) -> AuditReport:
    return check(log, head, ANCHORS if anchors is None else anchors, KEYS)


def test_a_log_left_alone_is_whole() -> None:
    assert checked(LOG) == AuditReport(entries=MANY, whole=True, anchored=MANY)
    assert check([], None, {}, KEYS).whole


CHANGES: dict[str, Callable[[AuditEntry], dict[str, object]]] = {
    "at": lambda entry: {"at": entry.at + timedelta(microseconds=1)},
    "actor": lambda entry: {"actor": entry.actor + "x"},
    "roles": lambda entry: {"roles": "admin"},
    "act": lambda entry: {"act": "backup"},
    "outcome": lambda entry: {"outcome": "refused"},
    "target": lambda entry: {"target": None},
    "call": lambda entry: {"call_id": "c1"},
    "details": lambda entry: {"details": '{"rows": 1}'},
    "words": lambda entry: {"words": None},
    "one byte of words": lambda entry: {
        "words": bytes([(entry.words or b"\0")[0] ^ 1]) + (entry.words or b"")[1:]
    },
    "key": lambda entry: {"key_id": "b" if entry.key_id == "a" else "a"},
    "mac": lambda entry: {"mac": "0" * 64},
}
places = st.integers(1, MANY)


@settings(max_examples=24, deadline=None)
@given(place=places, change=st.sampled_from(sorted(CHANGES)))
def test_a_changed_entry_is_named(place: int, change: str) -> None:
    log = list(LOG)
    log[place - 1] = log[place - 1].model_copy(update=CHANGES[change](log[place - 1]))
    report = checked(log)
    assert (report.whole, report.broken_at, report.entries) == (False, place, place - 1)


@settings(max_examples=10, deadline=None)
@given(place=places, renumber=st.booleans())
def test_a_deleted_entry_is_named(place: int, renumber: bool) -> None:
    log = LOG[: place - 1] + LOG[place:]
    if renumber:
        log = [entry.model_copy(update={"seq": seq}) for seq, entry in enumerate(log, 1)]
    report = checked(log)
    assert (report.whole, report.broken_at) == (False, place)


@settings(max_examples=10, deadline=None)
@given(two=st.lists(places, min_size=2, max_size=2, unique=True).map(sorted), renumber=st.booleans())
def test_two_entries_that_changed_places_are_named(two: list[int], renumber: bool) -> None:
    one, other = two
    log = list(LOG)
    log[one - 1], log[other - 1] = log[other - 1], log[one - 1]
    if renumber:
        log = [entry.model_copy(update={"seq": seq}) for seq, entry in enumerate(log, 1)]
    report = checked(log)
    assert (report.whole, report.broken_at) == (False, one)


@settings(max_examples=10, deadline=None)
@given(place=places)
def test_an_entry_put_in_is_named(place: int) -> None:
    log = [*LOG[:place], LOG[place - 1].model_copy(update={"act": "erase"}), *LOG[place:]]
    log = [entry.model_copy(update={"seq": seq}) for seq, entry in enumerate(log, 1)]
    report = checked(log)
    assert (report.whole, report.broken_at) == (False, place + 1)


@settings(max_examples=15, deadline=None)
@given(end=st.integers(0, MANY - 1), head=st.sampled_from(["left", "gone", "older", "made up"]))
def test_a_log_cut_off_is_noticed_and_where(end: int, head: str) -> None:
    log = LOG[:end]
    older = head_of(log[-1], KEYS[log[-1].key_id]) if log else None  # from an old copy of the database
    made_up = HEAD.model_copy(update={"seq": end, "mac": log[-1].mac if log else FIRST})
    heads = {"left": HEAD, "gone": None, "older": older, "made up": made_up}
    report = checked(log, heads[head])
    assert (report.whole, report.broken_at) == (False, end + 1)
    if head != "older":  # the signed head shows it without the newer anchors
        assert not checked(log, heads[head], {1: LOG[0].mac}).whole


def test_what_the_anchors_are_for() -> None:
    """An older copy of the whole database put back: only the anchors know better. Without them it must not pass."""
    old, head = LOG[:9000], head_of(LOG[8999], KEYS["b"])
    assert check(old, head, {}, KEYS).fault == "no anchors"
    assert checked(old, head).broken_at == 9001
    assert check(old, head, {entry.seq: entry.mac for entry in old}, KEYS).whole  # put back together: unseen


def test_a_former_master_cannot_write_on() -> None:
    """Who has a key that is no longer used forges the entry it once signed; the next one gives him away."""
    forged = LOG[SWITCH - 2].model_copy(update={"actor": "somebody"})
    forged = forged.model_copy(update={"mac": mac_of(forged, LOG[SWITCH - 3].mac, KEYS["a"])})
    log = [*LOG[: SWITCH - 2], forged, *LOG[SWITCH - 1 :]]
    assert check(log, HEAD, {MANY: LOG[-1].mac}, KEYS).broken_at == SWITCH
    added = LOG[-1].model_copy(update={"seq": MANY + 1, "key_id": "a"})
    added = added.model_copy(update={"mac": mac_of(added, LOG[-1].mac, KEYS["a"])})
    assert check([*LOG, added], head_of(added, KEYS["a"]), ANCHORS, KEYS).broken_at == MANY + 1


@pytest.mark.parametrize("missing", ["a", "b"])
def test_an_unknown_key_is_said(missing: str) -> None:
    keys = {name: key for name, key in KEYS.items() if name != missing}
    report = check(LOG, HEAD, ANCHORS, keys)
    assert report.fault == "key unknown" and report.broken_at == (1 if missing == "a" else SWITCH)
