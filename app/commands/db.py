"""smartseat db: the database's schema."""

from __future__ import annotations

import typer
from rich.console import Console

from app.settings import Settings
from data import migrate

app = typer.Typer(help="数据库", no_args_is_help=True)


@app.callback()
def group() -> None:
    """数据库"""


@app.command()
def upgrade() -> None:
    """把数据库升到最新的结构（serve 启动时也会做）。"""
    settings = Settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    Console().print(f"数据库结构：{migrate.upgrade(settings.url)}")
