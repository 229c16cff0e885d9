"""Bills as programs may write them: marks, line ends, quotes, compression."""

import csv
import gzip
import io

import attrs
from hypothesis import strategies as st

from wxdist import BillKind
from wxdist.wire.bills import COLUMNS, ROWS
from wxdist.wire.csv import major_units

SUMMARY = ("total_count", "total_amount")
QUOTING = {"where needed": csv.QUOTE_MINIMAL, "everywhere": csv.QUOTE_ALL, "nowhere": None}


@attrs.frozen
class Dialect:
    """How a bill is written; line breaks inside texts need quotes."""

    mark: bool = False
    end: str = "\r\n"
    last_end: bool = True  #: whether the last line ends so too
    quoting: str = "where needed"
    packed: bool = False

    def write(self, *sections):
        """Return sections as bytes: each a header and lists of values."""
        lines = []
        for header, *values in sections:
            lines.append(self._line(header))
            lines += [self._line([f"`{value}" for value in each]) for each in values]
        text = "".join(lines)
        if not self.last_end:
            text = text.removesuffix(self.end)
        data = text.encode("utf-8-sig" if self.mark else "utf-8")
        return gzip.compress(data, 1) if self.packed else data

    def _line(self, values):
        if QUOTING[self.quoting] is None:
            return ",".join(values) + self.end
        file = io.StringIO()
        # \r\n, so that values with either of them are quoted
        csv.writer(file, quoting=QUOTING[self.quoting], lineterminator="\r\n").writerow(values)
        return file.getvalue().removesuffix("\r\n") + self.end


dialects = st.builds(
    Dialect,
    mark=st.booleans(),
    end=st.sampled_from(["\r\n", "\n"]),
    last_end=st.booleans(),
    quoting=st.sampled_from([*QUOTING]),
    packed=st.booleans(),
)


def rows(kind, texts, most=8):
    """Return a strategy for rows of a bill of *kind*, whose texts come from *texts*."""
    fields = {
        column.name: _values(column, texts if column.name not in CURRENCIES else codes)
        for column in COLUMNS[kind]
    }
    return st.lists(st.builds(ROWS[kind], **fields), max_size=most)


def plain(kind, **changes):
    """Return a row of *kind*: what has to be an amount is 1.00, all else is empty."""
    values = {
        column.name: (100 if column.required else None) if column.is_amount else ""
        for column in COLUMNS[kind]
    }
    return ROWS[kind](**values | changes)


def printed(kind, row):
    """Return a row as a bill prints it."""
    return [_text(column, row) for column in COLUMNS[kind]]


def header(kind):
    """Return the names of the columns as a bill has them."""
    return [column.name for column in COLUMNS[kind]]


CURRENCIES = {column.currency for kind in BillKind for column in COLUMNS[kind]}
codes = st.sampled_from(["CNY", "HKD", "JPY", "KWD", ""])
_numbers = st.integers(-(10**14), 10**14)


def _values(column, texts):
    if not column.is_amount:
        return texts
    return _numbers if column.required else st.none() | _numbers


def _text(column, row):
    value = getattr(row, column.name)
    if not column.is_amount:
        return value
    told = (getattr(row, name, name) for name in column.told_by)
    return "" if value is None else major_units(value, next(filter(None, told), ""))
