"""Figures in words, tables in Markdown, and the facts of the machine."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import NamedTuple

LIBRARIES = (
    *("aiohttp", "attrs", "backoff", "cattrs", "cryptography", "wechatpayv3", "httpx"),
    *("pyarrow", "polars", "pandas"),
)


class Table(NamedTuple):
    """One question's answer."""

    title: str
    text: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        align = ["---", *("---:" if _is_figure(cell) else "---" for cell in self.rows[0][1:])]
        lines = [_line(self.head), _line(align), *(_line(row) for row in self.rows)]
        return "\n".join([f"## {self.title}", "", self.text, "", *lines])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _is_figure(cell: str) -> bool:
    return cell[:1].isdigit()


def micro(seconds: float) -> str:
    return f"{seconds * 1e6:.0f}"


def milli(seconds: float) -> str:
    return f"{seconds * 1e3:.1f}"


def mega(count: float) -> str:
    return f"{count / 1e6:.0f}"


def ratio(value: float) -> str:
    return f"{value:.2f}"


def percent(share: float) -> str:
    return f"{share:.0%}"


def facts() -> str:
    """Return what the figures depend on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} processors, {platform.python_implementation()} "
        f"{platform.python_version()}, {libraries}."
    )


def report(tables: Sequence[Table]) -> str:
    """Return the whole page."""
    intro = (
        "Written by `nox -s bench`. Read the ratios: both sides of each were measured in the same "
        "run, in turns; the other figures are those of one machine on one day."
    )
    return "\n\n".join(["# What wxdist costs", intro, facts(), *map(str, tables)]) + "\n"
