"""The companies a record can be referred to by machine: where, how often, when; a table of the office's own.

The table holds no secret: it says where each lies. Nothing ships with the project: an endpoint is agreed with a
company and belongs to an installation.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from data.case_numbers import SHANGHAI_TIME
from data.deadlines import DAY
from data.reference import platform_named
from data.signing import BadSecret, secret_bytes
from data.understanding import Frozen
from data.working_days import HolidaysUnknown, WorkCalendar

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def safe_address(value: str) -> str:
    """An address of another office's machine: https, or this machine itself. Raises ValueError."""
    parts = urlsplit(value)
    if not parts.hostname or parts.username or parts.fragment:
        raise ValueError("write https://host/path, without a name or a fragment in it")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("records go by https only (http to this machine itself)")
    return value


class CompaniesWrong(ValueError):
    """The table of companies, or a secret it points to, cannot be used; says where and what to write."""


class Hours(Frozen):
    """When the company takes referrals, Shanghai time: the half-open span `opens`..`closes` of its days.

    On a day of a year whose holidays are not known, only the span holds: a referral may come on a day off.
    """

    days: Literal["every", "working"] = "every"
    opens: time = time(0)
    closes: time | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.closes is not None and self.closes <= self.opens:
            raise ValueError("closes must be later than opens")
        return self

    def next_open(self, at: datetime, calendar: WorkCalendar) -> datetime:
        """`at` itself when it lies within the hours, else the next opening."""
        local = at.astimezone(SHANGHAI_TIME)
        day = local.date()
        if self._takes(day, calendar) and self.opens <= local.time():
            if self.closes is None or local.time() < self.closes:
                return at
            day += DAY
        elif self.opens <= local.time():
            day += DAY
        while not self._takes(day, calendar):
            day += DAY
        return datetime.combine(day, self.opens, SHANGHAI_TIME)

    def _takes(self, day: date, calendar: WorkCalendar) -> bool:
        if self.days == "every":
            return True
        try:
            return calendar.works(day)
        except HolidaysUnknown:
            return True


class Retry(Frozen):
    """Pauses between tries: first_s, each `factor` times longer, most_s at most; after `tries` it is over."""

    first_s: float = Field(default=30, gt=0)
    factor: float = Field(default=2, ge=1, le=10)
    most_s: float = Field(default=3600, gt=0)
    tries: int = Field(default=10, ge=1, le=100)


class Company(Frozen):
    """One connected company. name: as in the table of platforms; key: its part of the call-back's address.

    secret: "env:NAME" or "file:PATH", which hold a whsec_… secret. ca: a PEM file to trust instead of the
    system's authorities. in_flight: referrals on the wire at once; per_minute: tries begun in any minute.
    """

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")
    name: str
    endpoint: str
    secret: str = Field(pattern=r"^(env|file):.+")
    ca: Path | None = None
    timeout_s: float = Field(default=10, gt=0, le=120)
    in_flight: int = Field(default=2, ge=1, le=50)
    per_minute: int = Field(default=60, ge=1, le=6000)
    hours: Hours = Hours()
    retry: Retry = Retry()

    @field_validator("endpoint")
    @classmethod
    def _safe(cls, value: str) -> str:
        return safe_address(value)

    @field_validator("name")
    @classmethod
    def _known(cls, value: str) -> str:
        platform = platform_named(value)
        if platform is None or platform.name != value:
            raise ValueError("no platform of this name in reference/platforms.yaml")
        return value


class CompanyTable(Frozen):
    """The file, for example:

    source: the agreement with 拼多多 of 2026-11-20
    companies:
      - key: pdd
        name: 拼多多
        endpoint: https://odr.example/referrals
        secret: file:pdd.secret          # beside this table, mode 600; or env:NAME
        hours: {days: working, opens: "09:00", closes: "18:00"}
        per_minute: 60
    """

    source: str
    companies: tuple[Company, ...]

    @model_validator(mode="after")
    def _once(self) -> Self:
        for what in ("key", "name"):
            values = [getattr(company, what) for company in self.companies]
            if len(set(values)) < len(values):
                raise ValueError(f"two companies have the same {what}")
        return self


class Companies:
    """The table with its secrets, read once."""

    def __init__(self, companies: tuple[Company, ...], secrets: Mapping[str, bytes]) -> None:
        self.all = companies
        self._secrets = dict(secrets)

    @cached_property
    def _by_name(self) -> dict[str, Company]:
        return {company.name: company for company in self.all}

    def named(self, name: str) -> Company | None:
        """The company a consent names as its recipient."""
        return self._by_name.get(name)

    def keyed(self, key: str) -> Company | None:
        return next((company for company in self.all if company.key == key), None)

    def secret(self, company: Company) -> bytes:
        return self._secrets[company.key]


def load_companies(path: Path, env: Mapping[str, str] | None = None) -> Companies:
    """Reads the table and every secret. Raises CompaniesWrong, FileNotFoundError."""
    yaml = YAML(typ="safe", pure=True)
    try:
        table = CompanyTable.model_validate(yaml.load(path.read_text(encoding="utf-8")))
    except YAMLError as error:
        raise CompaniesWrong(f"{path.name}: {str(error).splitlines()[0]}") from None
    except ValueError as error:
        raise CompaniesWrong(f"{path.name}: {_mistakes(error)}") from None
    found = os.environ if env is None else env
    secrets = {company.key: _secret(company, path.parent, found) for company in table.companies}
    return Companies(table.companies, secrets)


def _mistakes(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    return str(error)


def _secret(company: Company, folder: Path, env: Mapping[str, str]) -> bytes:
    where, _, name = company.secret.partition(":")
    if where == "env":
        text = env.get(name)
        if text is None:
            raise CompaniesWrong(f"{company.key}: the environment has no {name}")
    else:
        path = folder / name
        try:
            if path.stat().st_mode & 0o077:
                raise CompaniesWrong(f"{company.key}: {path.name} may be read by others; chmod 600 it")
            text = path.read_text("ascii")
        except OSError as error:
            raise CompaniesWrong(f"{company.key}: {path.name}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise CompaniesWrong(f"{company.key}: {path.name} holds no secret") from None
    try:
        return secret_bytes(text)
    except BadSecret as error:
        raise CompaniesWrong(f"{company.key}: {error}") from None
