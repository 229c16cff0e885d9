"""The bytes of a bill file as lines, within bounds."""

from __future__ import annotations

import contextlib
import itertools
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from wxdist.errors import BillRefused
from wxdist.wire.csv import MOST_LINE

BLOCK = 1 << 16  #: bytes; larger ones are slower, since their lines leave the processor's cache
MOST_BYTES = 1 << 31  #: of a bill, unpacked
MOST_MEMBERS = 1 << 16  #: of a gzip file
GZIP = b"\x1f\x8b"  #: how its files begin


@contextlib.contextmanager
def opened(path: Path, most_bytes: int = MOST_BYTES) -> Iterator[Iterator[str]]:
    """Give the lines of the file at *path*, without their line feeds, while it is open.

    Raises:
        BillRefused: longer than *most_bytes*, plain or packed; a line longer than `MOST_LINE`
            bytes; cut or damaged gzip; not UTF-8.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > most_bytes:
            raise _too_long(most_bytes)
        yield itertools.chain.from_iterable(lines(blocks(file, most_bytes)))


def blocks(file: BinaryIO, most_bytes: int = MOST_BYTES) -> Iterator[bytes]:
    """Yield what *file* holds, unpacked where it is gzip, at most `BLOCK` bytes at a time.

    Raises:
        BillRefused: longer than *most_bytes*, or cut or damaged gzip.
    """
    start = file.read(BLOCK)
    found = _unpacked(start, file) if start.startswith(GZIP) else _rest(start, file)
    total = 0
    for block in found:
        total += len(block)
        if total > most_bytes:
            raise _too_long(most_bytes)
        yield block


def _too_long(most_bytes: int) -> BillRefused:
    return BillRefused(
        f"the bill is longer than {most_bytes} bytes: raise most_bytes if it should be",
        facts={"bytes": most_bytes},
    )


def _rest(start: bytes, file: BinaryIO) -> Iterator[bytes]:
    while start:
        yield start
        start = file.read(BLOCK)


def _unpacked(packed: bytes, file: BinaryIO) -> Iterator[bytes]:
    """Yield the content of each member of a gzip file that begins with *packed*."""
    for _ in range(MOST_MEMBERS):
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            if not packed and not (packed := file.read(BLOCK)):
                raise BillRefused("the gzip file ends too early: cut")
            try:
                block = member.decompress(packed, BLOCK)
            except zlib.error as error:
                raise BillRefused(f"damaged gzip ({error})") from error
            packed = member.unused_data if member.eof else member.unconsumed_tail
            if block:
                yield block
        if not packed and not (packed := file.read(BLOCK)):
            return
    raise BillRefused(f"a gzip file of more than {MOST_MEMBERS} members: not a bill")


def lines(found: Iterator[bytes]) -> Iterator[list[str]]:
    """Yield the lines of each block, without their line feeds.

    Raises:
        BillRefused: a line longer than `MOST_LINE` bytes, or not UTF-8.
    """
    begun = b""
    for block in found:
        data = begun + block
        end = data.find(b"\n")
        if (len(data) if end < 0 else end) > MOST_LINE:
            raise BillRefused(f"a line is longer than {MOST_LINE} bytes: not a bill")
        whole = data.rfind(b"\n") + 1
        begun = data[whole:]
        if whole:
            yield _text(data[: whole - 1]).split("\n")
    if begun:
        yield [_text(begun)]


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BillRefused("not UTF-8 text in lines of values") from error
