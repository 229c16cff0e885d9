"""Amounts, moments and pauses as people read them."""

from __future__ import annotations

import datetime as dt
import math

from ..rules.calendar import beijing
from .markup import Html, tag

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def money(amount: int, currency: str = "CNY") -> str:
    """Return fen as yuan; of another currency the minor units, which may not be hundredths."""
    if currency != "CNY":
        return f"{amount:,} minor units of {currency}"
    sign, fen = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}¥{fen // 100:,}.{fen % 100:02}"


def percent(part: int, whole: int) -> str:
    """Return *part* of *whole* as SVG takes it, with three decimals."""
    return f"{100 * part / whole:.3f}%"


def moment(when: float) -> str:
    """Return Unix time *when* in Beijing time, whole seconds."""
    return f"{beijing(when):%Y-%m-%d %H:%M:%S}"


def time_of(stamp: str) -> Html:
    """Return a moment in ISO 8601 as an element that shows it shorter."""
    return tag("time", f"{dt.datetime.fromisoformat(stamp):%Y-%m-%d %H:%M:%S}", datetime=stamp)


def span(seconds: float) -> str:
    """Return a pause in its two largest units, rounded up to a second: ``3 min 20 s``."""
    left = max(0, math.ceil(seconds))
    parts = []
    for unit, size in _UNITS:
        parts.append((left // size, unit))
        left %= size
    first = next((place for place, (number, _) in enumerate(parts) if number), len(parts) - 1)
    told = [f"{number} {unit}" for number, unit in parts[first : first + 2] if number]
    return " ".join(told) or "0 s"


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
