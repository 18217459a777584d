from __future__ import annotations

from datetime import UTC, datetime

import pytest

from data.case_numbers import is_sandbox, next_case_no
from data.engine import write
from data.store import Store


def test_the_form_and_the_series(store: Store) -> None:
    late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai
    numbers = [write(store.engine, lambda session: next_case_no(session, late)) for _ in range(3)]
    assert numbers == [f"1310000002026112490000{n:03d}" for n in (1, 2, 3)]
    assert all(len(number) == 25 and is_sandbox(number) for number in numbers)
    other = write(store.engine, lambda session: next_case_no(session, late, "310105"))
    assert other == "1310105002026112490000001"
    assert not is_sandbox("1440106002023021117639604")


def test_a_rolled_back_number_is_given_again(store: Store) -> None:
    late = datetime(2026, 11, 24, tzinfo=UTC)
    with pytest.raises(RuntimeError):

        def fails(session: object) -> None:
            next_case_no(session, late)  # type: ignore[arg-type]
            raise RuntimeError

        write(store.engine, fails)
    assert write(store.engine, lambda session: next_case_no(session, late)).endswith("90000001")


def test_a_strange_region_is_refused(store: Store) -> None:
    with pytest.raises(ValueError):
        write(store.engine, lambda session: next_case_no(session, datetime.now(UTC), "31"))
