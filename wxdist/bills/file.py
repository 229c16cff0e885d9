"""A bill on disk."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs
from attrs.converters import optional

from wxdist.models import BillKind, BillRow
from wxdist.wire import bills
from wxdist.wire.csv import records

from . import arrow, checking, exporting, reading

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

RowT = TypeVar("RowT", bound=BillRow)


@attrs.define(frozen=True, slots=False)  # its summary and its total are kept, once they are asked
class BillFile(Generic[RowT]):
    """A bill on disk, plain or gzip. Reads the file anew each time; holds none of its rows.

    Only `form`, `summary` and `total` are kept once they were asked for: of a file that was written
    anew make another one.

    Every read raises `BillRefused` where the file is no bill, or not one of ``kind``, or too long,
    and `OSError` where it cannot be read. Two are equal when they are the same question to the same
    path.
    """

    path: Path = attrs.field(converter=Path)
    kind: BillKind | None = attrs.field(default=None, converter=optional(BillKind))
    """Which bill it has to be; ``None`` takes any, by its header: see `form`."""
    day: dt.date | None = attrs.field(default=None, kw_only=True)
    """The Beijing day that it was asked for; ``None``: not known."""
    sub_mchid: str | None = attrs.field(default=None, kw_only=True)
    """Whose; ``None``: the caller's own, of all, or not known."""
    most_bytes: int = attrs.field(default=reading.MOST_BYTES, kw_only=True)
    """How long it may be, plain and unpacked."""

    @functools.cached_property
    def form(self) -> BillKind:
        """Which of the three bills it is."""
        with self._lines() as lines:
            _, header, _ = next(records(lines))
        if self.kind is None:
            return bills.recognise(header.names)
        bills.hold_columns(self.kind, header.names)
        return self.kind

    def rows(self) -> Iterator[RowT]:
        """Iterate over the rows, in the order of the file, which is open meanwhile."""
        with self._lines() as lines:
            for row in bills.rows(self.form, lines):
                yield cast("RowT", row)

    @functools.cached_property
    def summary(self) -> Mapping[str, str]:
        """The second section as printed, by its own header; its columns are not documented.

        Empty where there is none, as in a statement. Of several lines, the first.
        """
        with self._lines() as lines:
            return checking.summary(self.form, lines)

    @functools.cached_property
    def total(self) -> int:
        """The sum of all rows' amounts, in fen; of a refund bill, of what was asked to go back.

        Raises:
            InvalidInput: a statement, whose amounts are of several kinds and currencies, or refunds
                in another currency than CNY.
        """
        return checking.total(self.form, self.rows())

    def check(self, *, strict: bool = True) -> None:
        """Read the whole file; raise `BillRefused` when it is no whole bill.

        A bill of two sections needs both, and what its summary tells of counts and amounts in
        words that are understood must be what the rows add up to (``facts`` tell the ``column``,
        and what is ``printed`` and ``counted``).

        Args:
            strict: ``False`` warns of such a total (`UserWarning`) and does not raise: the columns
                of the summary are not documented, so a name may mean what we do not know.
        """
        with self._lines() as lines:
            found = checking.check(self.form, lines)
        for error in found:
            if strict:
                raise error
            warnings.warn(str(error), UserWarning, stacklevel=2)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows as a CSV file for spreadsheets; it appears whole or not at all.

        UTF-8 with a byte order mark, lines end in CR LF, quotes as in RFC 4180. The first line has
        the names of the rows' fields, then the bill's further columns. Amounts are numbers without
        quotes, in whole units of their currency with its decimals (``12.34``: 1234 fen), empty for
        ``None``. All else is text in quotes, and safe: see `wxdist.bills.safe_cell`.

        Ids are exact in the file, but longer than the 15 digits that spreadsheets keep of a number:
        import these columns as text (Excel: Data > From Text/CSV; LibreOffice: tick "Format quoted
        field as text"), do not open the file by a click. Programs take `to_arrow` or `rows`, whose
        texts stand as printed.

        Args:
            path: where to; an existing file is replaced.

        Raises:
            InvalidInput: *path* is the bill itself.
            BillRefused: as for every read.
            OSError: as for every read, or the file cannot be written.
        """
        exporting.hold_other(self.path, target := Path(path))
        with self._lines() as lines:
            exporting.export(self.form, lines, target)

    def batches(self, size: int = arrow.ROWS) -> Iterator[pa.RecordBatch]:
        """Iterate over the rows as `pyarrow.RecordBatch`, in bounded memory.

        The columns are the fields of the rows, then the bill's further columns by their headers; a
        name that is taken gets a number (``amount (2)``). Texts are strings, amounts int64 in whole
        minor units, null where a row has ``None``.

        Args:
            size: rows of each batch; only the last may have fewer.

        Raises:
            MissingExtra: pyarrow is missing: ``pip install 'wxdist[arrow]'``.
            InvalidInput: *size* is less than 1.
            BillRefused: as for every read; also an amount that does not fit 64 bits.
            OSError: as for every read.
        """
        return arrow.batches(self, size)

    def to_arrow(self) -> pa.Table:
        """Return all rows as one `pyarrow.Table`; columns and errors as of `batches`."""
        return arrow.table(self)

    def to_polars(self) -> pl.DataFrame:
        """Return all rows as one `polars.DataFrame`; columns and errors as of `batches`.

        It needs polars: ``pip install 'wxdist[polars]'``.
        """
        return arrow.polars(self)

    def to_pandas(self) -> pd.DataFrame:
        """Return all rows as one `pandas.DataFrame`; columns and errors as of `batches`.

        Its types are Arrow's, so amounts stay integers where some are null. It needs pandas:
        ``pip install 'wxdist[pandas]'``.
        """
        return arrow.pandas(self)

    def to_parquet(self, path: str | os.PathLike[str], **options: Any) -> None:
        """Write all rows as a Parquet file, in bounded memory; it appears whole or not at all.

        Columns and errors as of `batches`.

        Args:
            path: where to; an existing file is replaced.
            options: of `pyarrow.parquet.ParquetWriter`, such as ``compression="zstd"``.

        Raises:
            InvalidInput: *path* is the bill itself.
            OSError: the file cannot be written.
        """
        exporting.hold_other(self.path, target := Path(path))
        arrow.parquet(self, target, **options)

    def _lines(self) -> contextlib.AbstractContextManager[Iterator[str]]:
        return reading.opened(self.path, self.most_bytes)
