"""What comes of a bill: written, digested and counted as it comes, then unpacked within bounds."""

import gzip
import hashlib

import pytest

from wxdist import BillRefused
from wxdist.bills.arriving import Arriving, settle
from wxdist.wire.message import Response

TEXT = "a,b\n`1,`分\n".encode() * 1000
PACKED = gzip.compress(TEXT)


def head(length=None):
    headers = {} if length is None else {"content-length": str(length)}
    return Response(status=200, headers=headers, body=b"")


@pytest.fixture
def laid(tmp_path):
    """Put bytes where a download does; return its two files."""

    def put(data):
        part, spare = tmp_path / "part", tmp_path / "spare"
        part.write_bytes(data)
        spare.touch()
        return part, spare

    return put


def test_pieces_are_kept(tmp_path):
    """Pieces go to the file in turn; their digest, number and progress go along."""
    told = []
    with (tmp_path / "part").open("wb") as file:
        arriving = Arriving(file, lambda *figures: told.append(figures))
        take = arriving.begin(head(5))
        take(b"ab")
        take(b"cde")

    assert b"abcde" == (tmp_path / "part").read_bytes()
    assert hashlib.sha1(b"abcde").digest() == arriving.digest.digest()
    assert [(2, 5), (5, 5)] == told


def test_it_begins_anew(tmp_path):
    """Each beginning drops what came before; a length that is not told is ``None``."""
    told = []
    with (tmp_path / "part").open("wb") as file:
        arriving = Arriving(file, lambda *figures: told.append(figures))
        arriving.begin(head(100))(b"an earlier, longer attempt")
        arriving.begin(head())(b"x")

    assert b"x" == (tmp_path / "part").read_bytes()
    assert hashlib.sha1(b"x").digest() == arriving.digest.digest()
    assert [(26, 100), (1, None)] == told


def test_nobody_is_told(tmp_path):
    """Without a listener pieces are kept all the same."""
    with (tmp_path / "part").open("wb") as file:
        Arriving(file).begin(head())(b"x")

    assert b"x" == (tmp_path / "part").read_bytes()


@pytest.mark.parametrize("data", [b"", b"\x1f", TEXT])
def test_plain_stays(laid, data):
    """What is not gzip stays as it came."""
    part, spare = laid(data)

    assert settle(part, spare, most_bytes=1) is None
    assert (data, b"") == (part.read_bytes(), spare.read_bytes())


@pytest.mark.parametrize(
    "packed",
    [PACKED, gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])],
    ids=["one member", "two members"],
)
def test_gzip_is_unpacked(laid, packed):
    """Gzip, of one or more members, becomes its text in place, and its digest is told."""
    part, spare = laid(packed)

    digest = settle(part, spare, most_bytes=len(TEXT))

    assert hashlib.sha1(TEXT).digest() == digest
    assert (TEXT, False) == (part.read_bytes(), spare.exists())


@pytest.mark.parametrize("cut", range(2, len(PACKED), 5))
def test_cut_gzip(laid, cut):
    """Gzip that ends anywhere before its end is refused."""
    with pytest.raises(BillRefused):
        settle(*laid(PACKED[:cut]), most_bytes=1 << 30)


def test_damaged_gzip(laid):
    """A bit that changed is refused by gzip's own sum."""
    damaged = bytearray(PACKED)
    damaged[-8] ^= 1

    with pytest.raises(BillRefused, match="damaged gzip"):
        settle(*laid(bytes(damaged)), most_bytes=1 << 30)


def test_gzip_in_gzip(laid):
    """What is packed twice is refused: the file would not be plain text."""
    with pytest.raises(BillRefused, match="packed twice"):
        settle(*laid(gzip.compress(PACKED)), most_bytes=1 << 30)


@pytest.mark.parametrize("most", [0, 1000, 1_000_000])
def test_a_bomb_ends_at_the_limit(laid, most):
    """A small file that unpacks to 100 MB is refused after the bytes that are allowed."""
    bomb = b"".join(gzip.compress(bytes(1_000_000)) for _ in range(100))
    part, spare = laid(bomb)

    with pytest.raises(BillRefused, match=f"longer than {most} bytes"):
        settle(part, spare, most_bytes=most)

    assert len(bomb) < 200_000
    assert spare.stat().st_size <= most
    assert bomb == part.read_bytes()
