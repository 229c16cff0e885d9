"""How all three papers are written, and read back: CSV with a backtick before each value.

The backtick and amounts with decimals, not in minor units, are documented:
https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml. Ours are the form of
times, and quoting and line ends (as in RFC 4180).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import attrs

from ..rules.rates import UNDIVIDED


@attrs.frozen
class Section:
    """A header and what stands below it."""

    header: Sequence[str]
    rows: Iterable[Sequence[str]]


def sheet(*sections: Section) -> str:
    """Return *sections*, one below the other; each value has its backtick, headers have none."""
    file = io.StringIO()
    lines = csv.writer(file)
    for section in sections:
        lines.writerow(section.header)
        lines.writerows([f"`{value}" for value in row] for row in section.rows)
    return file.getvalue()


def lines_of(text: str) -> Iterator[list[str]]:
    """Yield the lines of a `sheet`, its headers among them, each value with its backtick."""
    return csv.reader(io.StringIO(text, newline=""))


def amount(minor: int, currency: str) -> str:
    """Return *minor* units of *currency*, with two decimals where it has them (ISO 4217)."""
    if currency in UNDIVIDED:
        return str(minor)
    units, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{units}.{cents:02}"


def yuan(fen: int) -> str:
    """Return *fen* in yuan."""
    return amount(fen, "CNY")


def percent(rate: Fraction) -> str:
    """Return a *rate* of at most nine decimals in per cent, with at least two decimals."""
    whole, rest = divmod(int(rate * 10**11), 10**9)
    return f"{whole}.{f'{rest:09}'.rstrip('0').ljust(2, '0')}%"
