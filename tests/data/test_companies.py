"""The table of companies: every mistake named, no secret in it or in an error, hours that are kept."""

from __future__ import annotations

import base64
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.case_numbers import SHANGHAI_TIME
from data.companies import CompaniesWrong, Hours, load_companies
from data.working_days import ChinaCalendar

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
GOOD = """
source: an agreement
companies:
  - key: pdd
    name: 拼多多
    endpoint: https://odr.example/referrals
    secret: env:PDD
    hours: {days: working, opens: "09:00", closes: "18:00"}
"""


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "companies.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_with_its_secret(tmp_path: Path) -> None:
    companies = load_companies(table(tmp_path, GOOD), {"PDD": SECRET})
    company = companies.named("拼多多")
    assert company is not None and companies.keyed("pdd") == company
    assert companies.secret(company) == b"s" * 32
    assert companies.named("淘宝") is None and companies.keyed("taobao") is None


def test_a_secret_in_a_file_only_its_owner_may_read(tmp_path: Path) -> None:
    path = table(tmp_path, GOOD.replace("env:PDD", "file:pdd.key"))
    with pytest.raises(CompaniesWrong, match=r"pdd\.key"):
        load_companies(path, {})
    key = tmp_path / "pdd.key"
    key.write_text(SECRET + "\n")
    key.chmod(0o644)
    with pytest.raises(CompaniesWrong, match="chmod 600"):
        load_companies(path, {})
    key.chmod(0o600)
    assert load_companies(path, {}).all


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("https://odr.example", "http://odr.example", "https"),
        ("https://odr.example", "https://u:p@odr.example", "without a name"),
        ("https://odr.example/referrals", "odr", "https"),
        ("拼多多", "拼夕夕", "no platform"),
        ("key: pdd", "key: P D D", "key"),
        ("secret: env:PDD", "secret: whsec_c2VjcmV0", "secret"),
        ('closes: "18:00"', 'closes: "08:00"', "later"),
        ("days: working", "days: sometimes", "days"),
        ("source: an agreement", "source: [", "companies.yaml"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(CompaniesWrong, match=says) as wrong:
        load_companies(table(tmp_path, GOOD.replace(old, new)), {"PDD": SECRET})
    assert "c2VjcmV0" not in str(wrong.value) and SECRET not in str(wrong.value)


def test_two_of_one_name(tmp_path: Path) -> None:
    twice = GOOD + GOOD.split("companies:\n")[1].replace("key: pdd", "key: pdd2")
    with pytest.raises(CompaniesWrong, match="same name"):
        load_companies(table(tmp_path, twice), {"PDD": SECRET})


@pytest.mark.parametrize("env", [{}, {"PDD": "topsecret"}])
def test_a_secret_that_is_none(tmp_path: Path, env: dict[str, str]) -> None:
    with pytest.raises(CompaniesWrong, match="pdd") as wrong:
        load_companies(table(tmp_path, GOOD), env)
    assert "topsecret" not in str(wrong.value)


HOURS = Hours(days="working", opens=time(9), closes=time(18))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI_TIME)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-09-30 17:59", "2026-09-30 17:59"),
        ("2026-09-30 18:00", "2026-10-08 09:00"),  # 国庆
        ("2026-10-09 18:30", "2026-10-10 09:00"),  # a worked Saturday
        ("2026-10-10 08:59", "2026-10-10 09:00"),
        ("2026-10-10 09:00", "2026-10-10 09:00"),
        ("2026-10-10 19:00", "2026-10-12 09:00"),
        ("2026-12-31 18:00", "2027-01-01 09:00"),  # not published: only the span of the day holds
    ],
)
def test_hours(at: str, opens: str) -> None:
    assert HOURS.next_open(moment(at), ChinaCalendar()) == moment(opens)


def test_open_always() -> None:
    now = moment("2026-10-01 03:00")
    assert Hours().next_open(now, ChinaCalendar()) == now


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)), st.integers(0, 22), st.integers(1, 23))
def test_the_next_opening_is_open_and_not_before(at: datetime, opens: int, closes: int) -> None:
    if closes <= opens:
        return
    hours = Hours(days="working", opens=time(opens), closes=time(closes))
    now = at.replace(tzinfo=SHANGHAI_TIME)
    found = hours.next_open(now, ChinaCalendar())
    assert found >= now and found - now < timedelta(days=12)
    assert hours.next_open(found, ChinaCalendar()) == found
    assert time(opens) <= found.time() < time(closes)
