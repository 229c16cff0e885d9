"""A bill as a CSV file for spreadsheets and other programs."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import TypeAlias

from wxdist.errors import InvalidInput
from wxdist.models import BillKind, BillRow
from wxdist.wire import bills
from wxdist.wire.csv import major_units, records

from .cells import safe_cell
from .landing import landing

#: Writes one value of a row.
Cell: TypeAlias = Callable[[BillRow], str]
_MARK = "\ufeff"  # without it, spreadsheets read Chinese as another encoding


def export(form: BillKind, lines: Iterable[str], path: Path) -> None:
    """Write the rows of a bill of *form* to *path*; it appears whole or not at all.

    Raises:
        BillRefused: as for every read.
        OSError: the file cannot be written.
    """
    with landing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        file.write(_MARK)
        file.writelines(_lines(form, lines))


def hold_other(bill: Path, path: Path) -> None:
    """Refuse to write a bill's export over the *bill*.

    Raises:
        InvalidInput: *path* is the bill itself.
    """
    if path.exists() and path.samefile(bill):
        raise InvalidInput("path", "is the bill itself: name another file")


def quoted(text: str) -> str:
    """Return *text* as a safe cell, in quotes: so a program can tell it from a number."""
    doubled = safe_cell(text).replace('"', '""')
    return f'"{doubled}"'


def _lines(form: BillKind, lines: Iterable[str]) -> Iterator[str]:
    columns = bills.COLUMNS[form]
    found = records(lines)
    _, first, _ = next(found)
    names = (*(column.name for column in columns), *first.names[len(columns) :])
    yield _line(map(quoted, bills.distinct(names)))
    build = bills.builder(form, first.names)
    cells = _cells(columns)
    for line, header, values in found:
        if values is not None and not header.number:
            row = build(values, line)
            yield _line([*(cell(row) for cell in cells), *map(quoted, row.extra.values())])


def _line(cells: Iterable[str]) -> str:
    return ",".join(cells) + "\r\n"


def _cells(columns: Sequence[bills.Column]) -> list[Cell]:
    """Return what writes each column: texts in quotes, amounts as the numbers they are."""
    names = {column.name for column in columns}
    return [
        _text(attrgetter(column.name))
        if column.currency is None
        else _amount(attrgetter(column.name), _currency(column, names))
        for column in columns
    ]


def _text(get: Callable[[BillRow], str]) -> Cell:
    return lambda row: quoted(get(row))


def _currency(column: bills.Column, names: Container[str]) -> Cell:
    """Return what tells the currency of the amounts of *column*, among columns of *names*."""
    fields = [attrgetter(name) for name in column.told_by if name in names]
    if not fields:
        return lambda _: str(column.currency)

    def told(row: BillRow) -> str:
        return next((text for get in fields if (text := get(row)).strip()), "")

    return told


def _amount(get: Callable[[BillRow], int | None], currency: Cell) -> Cell:
    """Return what writes an amount, whose currency the other tells."""

    def cell(row: BillRow) -> str:
        units = get(row)
        return "" if units is None else major_units(units, currency(row))

    return cell
