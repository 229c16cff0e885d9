"""Papers as the auditor reads them: rows, amounts, and which row belongs to what."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from .exchange import WHOLE

Row = Mapping[str, str]
#: Whether a row is the one of something that happened.
Fits = Callable[[Row], bool]


def lines_of(text: str) -> list[list[str]]:
    """Return all lines, headers too, as they are; what only looks like a line end ends none."""
    return list(csv.reader(io.StringIO(text, newline="")))


def rows_of(head: Sequence[str], lines: Iterable[Sequence[str]]) -> list[Row]:
    """Return *lines* by the names in *head*, without their backticks."""
    return [dict(zip(head, (each[1:] for each in line), strict=True)) for line in lines]


def printed(amount: int, currency: str = "CNY") -> str:
    """Return an amount as papers print it: in whole units, with the decimals there are."""
    if currency in WHOLE:
        return str(amount)
    return f"{'-' * (amount < 0)}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def fen(text: str) -> int:
    """Return the fen of a printed amount; -1 for another form."""
    whole, _, cents = text.partition(".")
    return 100 * int(whole) + int(cents) if len(cents) == 2 else -1


def holds(row: Row, facts: Mapping[str, str]) -> bool:
    """Tell whether *row* says all these *facts*."""
    return all(row[name] == value for name, value in facts.items())


def paired(rows: Iterable[Row], expected: Iterable[Fits]) -> Iterator[str]:
    """Yield what is missing, and what is there without a reason."""
    free, missing = list(rows), 0
    for fits in expected:
        match = next((row for row in free if fits(row)), None)
        if match is None:
            missing += 1
        else:
            free.remove(match)
    if missing:
        yield f"{missing} rows are missing, or wrong"
    if free:
        yield f"{len(free)} rows have nothing behind them"
