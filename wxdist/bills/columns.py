"""The first section of a bill as columns of texts, a piece of the file at a time.

Nearly all pieces hold nothing but lines whose values have their backticks: pyarrow's own parser
reads these, told that a comma with a backtick parts the values. What it may read otherwise than
`records` does, `records` reads.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from wxdist.errors import BillRefused
from wxdist.extras import imported
from wxdist.wire.csv import MOST_LINE, Record, records

from .reading import lines

PIECE = 1 << 19  #: bytes; a larger one saves 5 % of the time, and takes its size several times
FEW = 4096  #: rows that are held as Python's texts
_BETWEEN = b"\x1f"  #: stands for comma and backtick

#: One `pyarrow.StringArray` each.
Columns: TypeAlias = Sequence[Any]


def columns(blocks: Iterable[bytes], width: int, *, piece: int = PIECE) -> Iterator[Columns]:
    """Yield the columns of a bill's rows, some rows at a time.

    Args:
        blocks: the bill, unpacked.
        width: how many columns its first header has.
        piece: bytes that are read together.

    Raises:
        BillRefused: as for every read, but the line is not the file's.
    """
    found = _pieces(blocks, piece)
    first = next(found, b"")
    head = first[: first.find(b"\n") + 1]
    if b'"' in head:  # it may go on in the next line
        yield from _rest(itertools.chain([first], found))
        return
    for each in filter(None, itertools.chain([first[len(head) :]], found)):
        part = _parsed(each, width) or _plain(head, each)
        if part is None:
            yield from _rest(itertools.chain([head, each], found))
            return
        yield part


def _pieces(blocks: Iterable[bytes], least: int) -> Iterator[bytes]:
    """Yield the same bytes in pieces of *least* or more, which end with a line if they can."""
    begun: list[bytes] = []
    for block in blocks:
        begun.append(block)
        size = sum(map(len, begun))
        if size >= least:
            data = b"".join(begun)
            end = data.rfind(b"\n") + 1
            begun = [data]
            if end or size > MOST_LINE:
                yield data[: end or None]
                begun = [data[end:]] if end else []
    if data := b"".join(begun):
        yield data


def _parsed(piece: bytes, width: int) -> Columns | None:
    """Return the columns of *piece*; ``None`` if it holds anything but lines with backticks."""
    if len(piece) > MOST_LINE or b'"' in piece or _BETWEEN in piece:
        return None
    pa, csv, compute = (imported(f"pyarrow{name}", "arrow") for name in ("", ".csv", ".compute"))
    names = [str(number) for number in range(width)]
    try:
        table = csv.read_csv(
            pa.py_buffer(piece.replace(b",`", _BETWEEN)),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=len(piece) + 1),
            csv.ParseOptions(delimiter=_BETWEEN, quote_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    (batch,) = table.to_batches()
    # It takes a lone carriage return for a line's end, too.
    whole = batch.num_rows == _count(piece)
    if not (whole and compute.all(compute.starts_with(batch.column(0), "`")).as_py()):
        return None
    return [compute.utf8_slice_codeunits(batch.column(0), 1), *batch.columns[1:]]


def _plain(head: bytes, piece: bytes) -> Columns | None:
    """Return the columns of *piece* below *head*; ``None`` if not every line of it is a row."""
    try:
        found = [values for _, _, values in _records([head, piece])][1:]
    except BillRefused:
        return None
    last = piece[piece.rfind(b"\n", 0, -1) + 1 :]
    # A quote that is open at the end may go on in the next piece.
    if len(found) != _count(piece) or None in found or last.count(b'"') % 2:
        return None
    return _turned(found)


def _rest(found: Iterable[bytes]) -> Iterator[Columns]:
    """Yield the columns of the rows of all that is left."""
    rows = (
        values for _, header, values in _records(found) if values is not None and not header.number
    )
    while few := list(itertools.islice(rows, FEW)):
        yield _turned(few)


def _records(found: Iterable[bytes]) -> Iterator[Record]:
    return records(itertools.chain.from_iterable(lines(iter(found))))


def _count(piece: bytes) -> int:
    """Return how many lines *piece* has."""
    return piece.count(b"\n") + (not piece.endswith(b"\n"))


def _turned(rows: Iterable[Sequence[str] | None]) -> Columns:
    return [text_array(column) for column in zip(*rows, strict=True)]


def text_array(texts: Sequence[str]) -> Any:
    """Return *texts* as `pyarrow.StringArray`.

    `pyarrow.array` would import pandas for it, where it is installed: 0.4 s and 40 MB.
    """
    pa = imported("pyarrow", "arrow")
    coded = [text.encode() for text in texts]
    ends = array("i", itertools.accumulate(map(len, coded), initial=0))
    buffers = pa.py_buffer(ends), pa.py_buffer(b"".join(coded))
    return pa.StringArray.from_buffers(len(coded), *buffers)
