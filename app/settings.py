"""Settings: environment variables SMARTSEAT_*, or smartseat.toml in the working folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from data.dispatch_rules import delta_codes


class UnsafeSetting(ValueError):
    """`serve` will not start with this; the message says which setting and what to write."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="SMARTSEAT_", toml_file="smartseat.toml", extra="forbid", hide_input_in_errors=True
    )

    home: Path = Path("var")
    """Where everything of a running seat lies: models, recordings, database, keys, caches."""
    database_url: str | None = None
    """Any SQLAlchemy URL; default: SQLite at HOME/seat.db."""
    script: Path = Path(__file__).resolve().parent.parent / "dialogs" / "scripts" / "12315"
    """The folder of the script the calls follow."""
    script_from: Literal["deployed", "folder"] = "deployed"
    """What calls follow: the version deployed last (the folder, until one is), or the folder as it is edited."""
    host: str = "127.0.0.1"
    port: int = Field(default=8015, ge=0, le=65535)
    token: SecretStr | None = None
    """What a gateway must show to bring calls; needed when host is not loopback."""
    max_calls: int = Field(default=8, ge=1, le=256)
    voice: str = "zf_xiaoxiao"
    synthesiser: Literal["kokoro", "espeak"] = "kokoro"
    recogniser_model: Path | None = None
    """Any CTranslate2 Whisper folder in place of the fetched one."""
    models_from: Path | None = None
    """A folder of weights to fetch from before any network source."""
    model_workers: int | None = Field(default=None, ge=1, le=64)
    encoder: bool = True
    """False: understand by rules and extractors alone (less memory, worse intents)."""
    alert_webhook: str | None = None
    """Where emergencies are posted; `serve` warns while there is none."""
    companies: Path | None = None
    """The table of companies that records can be referred to by machine; without it none is sent."""
    feed_tokens: dict[str, SecretStr] = Field(default_factory=dict)
    """Who may read what is shared with the Yangtze delta: a token per province, e.g. {"32": "…", "33": "…"}."""
    event_feed: bool = False
    """Show each call's events on /feed, to loopback only: simulated callers and benches need it."""
    seal_recordings: bool = True
    """Recordings are sealed with their call's key (`smartseat records audio` opens them); False: plain FLAC."""
    warm: bool = True
    """Make the audio of all fixed prompts before the first call."""
    actor: str | None = None
    """Which user of the table acts; by default the one named like the machine's account."""
    users: Path | None = None
    """The table of users and their roles (data/roles.py shows one); default: HOME/users.yaml, if there is one."""
    key_command: str | None = None
    """A key service's program that wraps and unwraps the master key (data/keys.py says how it is run)."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def models_home(self) -> Path:
        return self.home

    @property
    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.home / 'seat.db'}"

    def refuse_unsafe(self) -> None:
        """Raises UnsafeSetting for what would let strangers in or calls be lost."""
        loopback = self.host in ("127.0.0.1", "::1", "localhost")
        if not loopback and self.token is None:
            raise UnsafeSetting(
                f"host 是 {self.host}，不是本机地址，却没有设 token：任何人都能打进来。"
                "请设置 SMARTSEAT_TOKEN，或把 SMARTSEAT_HOST 改回 127.0.0.1。"
            )
        if not loopback and self.event_feed:
            raise UnsafeSetting("event_feed 会把通话内容显示出来，只能在 host 为 127.0.0.1 时打开。")
        for province, token in self.feed_tokens.items():
            if province not in delta_codes() or len(token.get_secret_value()) < 16:
                raise UnsafeSetting(
                    f"feed_tokens 的 {province}：省写 {'、'.join(delta_codes())}，口令请至少用 16 个字符。"
                )
        if self.token is not None and len(self.token.get_secret_value()) < 16:
            raise UnsafeSetting("token 太短，请至少用 16 个字符。")
