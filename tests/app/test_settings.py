"""Which settings a seat starts with, and which it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.settings import Settings, UnsafeSetting

LONG = "sixteen-characters"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SMARTSEAT_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, None),
        ({"host": "localhost"}, None),
        ({"host": "::1"}, None),
        ({"event_feed": True}, None),
        ({"token": LONG}, None),
        ({"host": "0.0.0.0", "token": LONG}, None),
        ({"host": "0.0.0.0"}, "SMARTSEAT_TOKEN"),
        ({"host": "192.168.1.2"}, "SMARTSEAT_TOKEN"),
        ({"host": "::"}, "SMARTSEAT_TOKEN"),
        ({"host": "0.0.0.0", "token": LONG, "event_feed": True}, "event_feed"),
        ({"token": "short"}, "16"),
        ({"host": "0.0.0.0", "token": ""}, "16"),
    ],
)
def test_unsafe_ones_are_refused_with_the_cure(given: dict[str, Any], told: str | None) -> None:
    settings = Settings(**given)
    if told is None:
        settings.refuse_unsafe()
        return
    with pytest.raises(UnsafeSetting, match=told) as refused:
        settings.refuse_unsafe()
    assert LONG not in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        {"port": 70000},
        {"max_calls": 0},
        {"model_workers": 0},
        {"synthesiser": "festival"},
        {"log_level": "LOUD"},
        {"no_such_setting": 1},
    ],
)
def test_impossible_ones_are_named(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(given))):
        Settings(**given)


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "smartseat.toml").write_text('port = 9001\nmax_calls = 3\nhome = "here"\n', encoding="utf-8")
    monkeypatch.setenv("SMARTSEAT_PORT", "9002")
    settings = Settings()
    assert (settings.port, settings.max_calls, settings.home) == (9002, 3, Path("here"))
    assert settings.url == "sqlite:///here/seat.db"


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTSEAT_TOKEN", LONG)
    monkeypatch.setenv("SMARTSEAT_PORT", "no port")
    with pytest.raises(ValidationError) as wrong:
        Settings()
    assert "no port" not in str(wrong.value) and LONG not in str(wrong.value)
    monkeypatch.delenv("SMARTSEAT_PORT")
    assert LONG not in repr(Settings())
