"""Bills for pyarrow, polars and pandas, with the values of `BillFile.rows`.

Texts are strings, amounts int64 in whole minor units, null where the column is empty. No amount is
a float on its way.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Protocol

from wxdist.errors import BillRefused, InvalidInput
from wxdist.extras import imported
from wxdist.models import BillKind, BillRow
from wxdist.wire import bills
from wxdist.wire.csv import decimals, minor_units, records

from . import reading
from .columns import columns, text_array
from .landing import landing

ROWS = 1 << 14  #: of a batch: four times as many take 60 MB more
MANY = 1 << 16  #: of a batch, where memory is not what counts
_DIGITS = 18  #: of a number that certainly fits int64


class Source(Protocol):
    """What is needed of a `BillFile`."""

    @property
    def path(self) -> Path:
        """Where it is."""

    @property
    def most_bytes(self) -> int:
        """How long it may be."""

    @property
    def form(self) -> BillKind:
        """Which bill it is."""

    def rows(self) -> Iterator[BillRow]:
        """Iterate over its rows."""


def batches(bill: Source, size: int = ROWS) -> Generator[Any, None, None]:
    """Return an iterator over the rows of *bill* as `pyarrow.RecordBatch` of *size* rows each.

    Raises:
        InvalidInput: *size* is less than 1.
        MissingExtra: pyarrow is missing.
        BillRefused: as for every read; also an amount that does not fit 64 bits.
    """
    if size < 1:
        raise InvalidInput("size", "must be 1 or more rows")
    return _sized(_read(bill, schema(bill)), size)


def table(bill: Source) -> Any:
    """Return all rows of *bill* as one `pyarrow.Table`; as for `batches`."""
    found = batches(bill, MANY)
    return imported("pyarrow", "arrow").Table.from_batches(found, schema(bill))


def polars(bill: Source) -> Any:
    """Return all rows of *bill* as one `polars.DataFrame`; as for `batches`."""
    return imported("polars", "polars").from_arrow(table(bill))


def pandas(bill: Source) -> Any:
    """Return all rows of *bill* as one `pandas.DataFrame`; as for `batches`.

    Its columns are Arrow's own, since pandas would make floats of integers with nulls.
    """
    pd = imported("pandas", "pandas")
    return table(bill).to_pandas(types_mapper=pd.ArrowDtype)


def parquet(bill: Source, path: Path, **options: Any) -> None:
    """Write all rows of *bill* to *path*, batch by batch; the file appears whole or not at all.

    Args:
        bill: to be written.
        path: an existing file is replaced.
        options: of `pyarrow.parquet.ParquetWriter`, such as ``compression="zstd"``.
    """
    writing = imported("pyarrow.parquet", "arrow")
    with (
        landing(path) as part,
        writing.ParquetWriter(part, schema(bill), **options) as writer,
        contextlib.closing(batches(bill, MANY)) as found,
    ):
        for batch in found:
            writer.write_batch(batch)


def schema(bill: Source) -> Any:
    """Return the `pyarrow.Schema` of the rows of *bill*: its fields, then further columns.

    A further column whose header is taken gets a number: ``amount (2)``.
    """
    pa = imported("pyarrow", "arrow")
    known = bills.COLUMNS[bill.form]
    names = bills.distinct([*(each.name for each in known), *_header(bill)[len(known) :]])
    amounts = {each.name for each in known if each.is_amount}
    return pa.schema([(name, pa.int64() if name in amounts else pa.string()) for name in names])


def _header(bill: Source) -> tuple[str, ...]:
    with reading.opened(bill.path, bill.most_bytes) as lines:
        _, header, _ = next(records(lines))
    return header.names


def _sized(found: Generator[Any, None, None], size: int) -> Generator[Any, None, None]:
    """Yield the rows of the batches *found* in batches of *size*; only the last may have fewer."""
    pa = imported("pyarrow", "arrow")
    with contextlib.closing(found):
        pending: list[Any] = []
        count = 0
        for batch in found:
            pending.append(batch)
            count += batch.num_rows
            if count >= size:
                held = pa.Table.from_batches(pending)
                whole = count - count % size
                made = held.slice(0, whole).combine_chunks().to_batches(size)
                pending, count = held.slice(whole).to_batches(), count % size
                del held, batch  # their rows stand in memory twice
                while made:
                    yield made.pop(0)
        if count:
            yield from pa.Table.from_batches(pending).combine_chunks().to_batches()


def _read(bill: Source, form: Any) -> Generator[Any, None, None]:
    """Yield the rows of *bill* as small batches of the schema *form*."""
    pa = imported("pyarrow", "arrow")
    known = bills.COLUMNS[bill.form]
    places = {column.name: place for place, column in enumerate(known)}
    try:
        with bill.path.open("rb") as file:
            for texts in columns(reading.blocks(file, bill.most_bytes), len(form)):
                values = list(texts)
                for place, column in enumerate(known):
                    if column.is_amount:
                        told = [texts[places[name]] for name in column.told_by if name in places]
                        values[place] = _units(texts[place], column, _currencies(*told))
                yield pa.record_batch(values, schema=form)
    except BillRefused:
        for _ in bill.rows():  # says which line of the file
            pass
        raise


def _currencies(first: Any = None, other: Any = None) -> Any | None:
    """Return the texts of *first*, and those of *other* where they are blank."""
    if other is None:
        return first
    compute = imported("pyarrow.compute", "arrow")
    blank = [text for text in compute.unique(first).to_pylist() if not text.strip()]
    return compute.if_else(compute.is_in(first, text_array(blank)), other, first)


def _units(texts: Any, column: bills.Column, currencies: Any | None) -> Any:
    """Return amounts as whole minor units, exactly; null where one may be empty and is.

    Args:
        texts: as printed.
        column: whose they are.
        currencies: one each; ``None``: all are CNY.
    """
    pa, compute = imported("pyarrow", "arrow"), imported("pyarrow.compute", "arrow")
    filled = compute.cast(compute.binary_length(texts), pa.bool_())
    money = compute.unique(currencies.filter(filled)).to_pylist() if currencies else ["CNY"]
    places = {decimals(each) for each in money}
    form = _usual(places.pop() if len(places) == 1 else 0, required=column.required)
    if places or not compute.all(compute.match_substring_regex(texts, form)).as_py():
        texts = _whole(texts, column, currencies)
    filled = compute.cast(compute.binary_length(texts), pa.bool_())  # blanks are gone, too
    texts = compute.if_else(filled, texts, pa.nulls(len(texts), pa.string()))
    try:
        return compute.cast(compute.replace_substring(texts, ".", ""), pa.int64())
    except pa.ArrowInvalid as error:
        raise BillRefused(f"{column.name} has an amount that does not fit 64 bits") from error


def _usual(places: int, *, required: bool) -> str:
    """Return the form of nearly all amounts with *places* decimals, as RE2 has it.

    Without their point they are whole minor units that fit 64 bits.
    """
    part = rf"\.[0-9]{{{places}}}" if places else ""
    return rf"\A(?:-?[0-9]{{1,{min(15, _DIGITS - places)}}}{part}){'' if required else '?'}\z"


def _whole(texts: Any, column: bills.Column, currencies: Any | None) -> Any:
    """Return amounts of any form as texts of whole minor units."""
    money = currencies.to_pylist() if currencies else itertools.repeat("CNY")
    try:
        return text_array(
            [
                str(minor_units(text, each)) if text.strip() or column.required else ""
                for text, each in zip(texts.to_pylist(), money, strict=False)
            ]
        )
    except ValueError as error:
        raise BillRefused(f"{column.name} {error}") from error
