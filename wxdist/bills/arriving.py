"""What comes of a bill: written as it comes, digested and counted, then unpacked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import attrs

from wxdist.bills.reading import GZIP, blocks
from wxdist.errors import BillRefused
from wxdist.wire.message import Response

#: Told how many bytes have come, and of how many, as sent; ``None``: nobody knows.
Progress = Callable[[int, int | None], None]


def sha1() -> Any:
    """Return a SHA-1 to feed: the service's choice, against accidents only."""
    return hashlib.sha1(usedforsecurity=False)


@attrs.define
class Arriving:
    """A bill on its way into a file; what came of an earlier attempt is dropped.

    Args:
        file: open for writing, and empty.
        progress: is told of each piece; what it raises ends the download. ``None``: nobody.
    """

    file: BinaryIO
    progress: Progress | None = None
    digest: Any = attrs.field(init=False, factory=sha1)  #: of what came so far, as sent
    done: int = attrs.field(init=False, default=0)
    total: int | None = attrs.field(init=False, default=None)

    def begin(self, head: Response) -> Callable[[bytes], None]:
        """Start anew for the answer with this *head*; return what takes its body."""
        self.file.seek(0)
        self.file.truncate()
        self.digest, self.done = sha1(), 0
        length = head.headers.get("content-length")
        self.total = None if length is None else int(length)
        return self.take

    def take(self, piece: bytes) -> None:
        """Keep the next *piece*, and tell of it."""
        self.file.write(piece)
        self.digest.update(piece)
        self.done += len(piece)
        if self.progress is not None:
            self.progress(self.done, self.total)


def settle(part: Path, spare: Path, *, most_bytes: int) -> bytes | None:
    """Make *part* plain text; return the SHA-1 of what was unpacked.

    Its first bytes tell whether it is gzip: nothing else begins so, whatever the headers said.

    Args:
        part: what came; unpacked, it is replaced.
        spare: an empty file in the same folder, which is used up when *part* is gzip.
        most_bytes: that may come out: a small file can unpack to any length.

    Returns:
        ``None`` when it was plain already.

    Raises:
        BillRefused: cut or damaged gzip, longer than *most_bytes*, or packed twice.
        OSError: of the disk.
    """
    with part.open("rb") as file:
        if not _is_gzip(file):
            return None
        digest = _unpack(file, spare, most_bytes)
    spare.replace(part)
    return digest


def _unpack(file: BinaryIO, spare: Path, most_bytes: int) -> bytes:
    digest = sha1()
    with spare.open("r+b") as plain:
        for block in blocks(file, most_bytes):
            plain.write(block)
            digest.update(block)
        plain.seek(0)
        if _is_gzip(plain):
            raise BillRefused("the bill is packed twice: not one of the service")
    return bytes(digest.digest())


def _is_gzip(file: BinaryIO) -> bool:
    """Tell whether *file* begins as gzip does; stand at its beginning again."""
    found = file.read(len(GZIP)) == GZIP
    file.seek(0)
    return found
