"""A file appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def landing(target: Path) -> Iterator[Path]:
    """Give a file beside *target*, which takes its place when the block ends well.

    It is on the disk by then: no crash leaves half of it. However else the block ends, *target*
    stays as it was, and the other file is gone. A link is followed.

    Raises:
        FileExistsError: *target* is a folder, a device or the like, which no file can replace.
        OSError: the folder is not there, or nothing can be written to it.
    """
    target = Path(os.path.realpath(target))
    if target.exists() and not target.is_file():
        raise FileExistsError(errno.EEXIST, "is there, and is no file", str(target))
    with beside(target) as part:
        yield part
        sync(part)
        part.replace(target)


def sync(path: Path) -> None:
    """Return when the file at *path* is on the disk, and would survive a crash."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give an empty file beside *target*, which is gone afterwards unless it was renamed.

    Whoever may read *target* may read it; of a new one the umask decides. It is emptied in the end:
    a thread that still reads it, for a task that was cancelled, has nothing left to do.
    """
    part = target.with_name(f".{secrets.token_hex(8)}.part")  # a longer name might be too long
    part.touch(exist_ok=False)
    try:
        with contextlib.suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(target.stat().st_mode) | stat.S_IRUSR | stat.S_IWUSR)
        yield part
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.truncate(part, 0)
            part.unlink()
