"""The bytes of a bill: packed or not, cut, damaged, endless."""

import gzip
import io
import itertools
import zlib

import pytest

from wxdist import BillFile, BillKind, BillRefused
from wxdist.bills import reading
from wxdist.wire.bills import rows
from wxdist.wire.csv import MOST_LINE

from .dialects import SUMMARY, Dialect, header, plain, printed

KIND = BillKind.DISTRIBUTION
ROW = printed(KIND, plain(KIND))
BILL = Dialect().write([header(KIND), *[ROW] * 2000], [SUMMARY, ("2000", "2000.00")])
HEADER = Dialect().write([header(KIND)])
LINE = Dialect().write([header(KIND), ROW]).removeprefix(HEADER)


class Endless(io.RawIOBase):
    """A file that begins somehow and never ends; counts what is taken from it."""

    def __init__(self, start, unit):
        self.left, self.unit, self.taken = start, unit * (reading.BLOCK // len(unit) + 1), 0

    def readable(self):
        return True

    def read(self, size=-1):
        while len(self.left) < size:
            self.left += self.unit
        block, self.left = self.left[:size], self.left[size:]
        self.taken += len(block)
        return block


@pytest.fixture
def bill(tmp_path):
    """Put bytes into a file."""

    def make(data, **facts):
        path = tmp_path / "bill.csv"
        path.write_bytes(data)
        return BillFile(path, **facts)

    return make


def read(file, through=iter):
    """Read all rows of a file that may never end, of at most 4 MiB."""
    blocks = through(reading.blocks(file, 1 << 22))
    for _ in rows(KIND, itertools.chain.from_iterable(reading.lines(blocks))):
        pass


def refused(act, *args):
    with pytest.raises(BillRefused) as error:
        act(*args)
    return error.value


@pytest.mark.parametrize("cut", [1, 10, 300, 70_000])
def test_members(bill, cut):
    """A gzip file may have several members: its content is theirs together."""
    packed = gzip.compress(BILL[:cut]) + gzip.compress(b"") + gzip.compress(BILL[cut:])

    bill(packed).check()

    assert list(bill(BILL).rows()) == list(bill(packed).rows())


@pytest.mark.parametrize("length", [2, 9, 10, 11, 200, -9, -8, -4, -1])
def test_a_cut_gzip_file(bill, length):
    """A gzip file that ends too early was cut, wherever: its check value is missing, or more."""
    error = refused(bill(gzip.compress(BILL)[:length]).check)

    assert "cut" in error.problem


def test_a_gzip_file_cut_between_its_members(bill):
    """A gzip file that lost its last member has no summary."""
    half = gzip.compress(HEADER + LINE)

    assert "no summary" in refused(bill(half).check).problem


@pytest.mark.parametrize("place", [3, 30, -6, -2])
def test_a_damaged_gzip_file(bill, place):
    """A gzip file whose content does not fit its check values is refused."""
    packed = bytearray(gzip.compress(BILL))
    packed[place] ^= 0xFF

    assert "gzip" in refused(bill(bytes(packed)).check).problem


@pytest.mark.parametrize("tail", [b"\0", b"\0" * 600, b"more", b"\x1f\x8b", LINE])
def test_what_follows_a_gzip_file(bill, tail):
    """What follows the members of a gzip file and is none is refused, zeros too."""
    assert "gzip" in refused(bill(gzip.compress(BILL) + tail).check).problem


def test_a_bill_packed_twice(bill):
    """A bill that is packed twice is unpacked once."""
    assert "not UTF-8" in refused(bill(gzip.compress(gzip.compress(BILL))).check).problem


def test_too_many_members():
    """A file of nothing but empty members ends within a bound of its own."""
    file = Endless(b"", gzip.compress(b""))

    error = refused(read, file)

    assert "members" in error.problem
    assert file.taken <= reading.MOST_MEMBERS * len(gzip.compress(b"")) + 2 * reading.BLOCK


@pytest.mark.parametrize("packed", [True, False])
def test_the_longest_bill(bill, packed):
    """A bill may be as long as it is allowed to be, unpacked, and no byte longer."""
    data = gzip.compress(BILL) if packed else BILL

    assert 2000 == len(list(bill(data, most_bytes=len(BILL)).rows()))
    error = refused(bill(data, most_bytes=len(BILL) - 1).check)

    assert f"longer than {len(BILL) - 1} bytes" in error.problem
    assert {"bytes": len(BILL) - 1} == error.facts


def test_a_packed_bill_is_not_longer_than_its_content(bill):
    """A packed file that is longer than the bill may be is not even opened as one."""
    error = refused(bill(gzip.compress(b"") * 10, most_bytes=100).check)

    assert "longer than 100 bytes" in error.problem


#: What never ends, unpacked, and the bytes after which it is refused at the latest.
ENDLESS = {
    "zeros": (b"", b"\0", MOST_LINE),
    "a line": (HEADER, b"`x", MOST_LINE),
    "quotes": (HEADER, b'"', MOST_LINE),
    "quotes in a value": (HEADER + b"`", b'"', MOST_LINE),
    "commas": (HEADER, b",", MOST_LINE),
    "columns": (b"", b"a,", MOST_LINE),
    "a last line": (HEADER + LINE, b"`,", MOST_LINE),
    "a quoted value": (HEADER + b'"`', b"x\n", MOST_LINE),
    "lines of quotes": (HEADER, b'"\n', 0),
    "empty lines": (HEADER, b"\n", 0),
    "headers": (b"", HEADER, len(HEADER) * 1001),
    "summaries": (HEADER + LINE, b"a\n`1\nb\n", 0),
    "rows": (HEADER, LINE, 1 << 22),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends(name):
    """A file without end is refused within its bounds: of a line, of lines, of the whole."""
    start, unit, most = ENDLESS[name]
    file = Endless(start, unit)

    refused(read, file)

    assert file.taken <= len(start) + most + 2 * reading.BLOCK


class Bomb(Endless):
    """The same, packed."""

    def __init__(self, start, unit):
        super().__init__(start, unit)
        self.packer = zlib.compressobj(1, wbits=31)
        self.packed = b""

    def read(self, size=-1):
        while len(self.packed) < size:
            self.packed += self.packer.compress(super().read(1 << 20))
        block, self.packed = self.packed[:size], self.packed[size:]
        return block


@pytest.mark.parametrize("name", ENDLESS)
def test_bombs(name):
    """A packed file without end is unpacked no further than an unpacked one is read."""
    start, unit, most = ENDLESS[name]
    unpacked = 0

    def counted(blocks):
        nonlocal unpacked
        for block in blocks:
            unpacked += len(block)
            assert len(block) <= reading.BLOCK
            yield block

    refused(read, Bomb(start, unit), counted)

    assert unpacked <= len(start) + most + 2 * reading.BLOCK
