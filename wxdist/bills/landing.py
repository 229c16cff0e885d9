"""A file appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def landing(target: Path) -> Iterator[Path]:
    """Give a file beside *target*, which takes its place when the block ends well.

    However else the block ends, *target* stays as it was, and the other file is gone.

    Raises:
        OSError: the folder is not there, or nothing can be written to it.
    """
    with beside(target) as part:
        yield part
        part.replace(target)


@contextlib.contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Give an empty file beside *target*, which is gone afterwards unless it was renamed."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
