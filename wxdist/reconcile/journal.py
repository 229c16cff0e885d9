"""What we know, kept in a file: one object a line, only ever added to."""

from __future__ import annotations

import datetime as dt
import enum
import json
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from wxdist.errors import InvalidInput, NoAnswer
from wxdist.models import Distribution, Refund, Remaining
from wxdist.wire import codec

from .models import Known, KnownPayment

_LOG = logging.getLogger("wxdist.reconcile")
KINDS: Mapping[str, type[Known]] = {
    "payment": KnownPayment,
    "distribution": Distribution,
    "refund": Refund,
    "remaining": Remaining,
}
_NAMES = {kind: name for name, kind in KINDS.items()}
#: The kind stands first, so that the rest can be read by the rules for answers.
_LINE = re.compile(rb'\s*\{\s*"kind"\s*:\s*"([a-z]+)"\s*(,)?')


class Journal:
    """A file of JSON lines, each a kind and the fields of one known thing.

    Iterating yields all of them as they were added; `wxdist.reconcile` takes the last one about
    the same thing. A line that a crash has cut is no JSON: it is left out, told in `skipped` and
    logged; what is added afterwards begins a line of its own.

    Args:
        path: of the file; made when something is added.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.skipped: tuple[int, ...] = ()  #: lines that the last reading left out, from 1

    def add(self, *things: Known) -> None:
        """Append what is known now.

        What an answer carried as ``extra`` is kept, its ``meta`` is not.

        Raises:
            InvalidInput: something that is none of the four kinds.
        """
        lines = [_line(each) for each in things]
        with self.path.open("ab+") as file:
            if file.seek(0, 2):
                file.seek(-1, 2)
                if file.read(1) != b"\n":
                    lines.insert(0, b"\n")
            file.write(b"".join(lines))

    def __iter__(self) -> Iterator[Known]:
        """Yield what was added, the earliest first.

        Raises:
            InvalidInput: a whole line that is not what it says.
        """
        self.skipped = ()
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield from self._read(number, line)

    def _read(self, number: int, line: bytes) -> Iterator[Known]:
        try:
            json.loads(line)
        except ValueError:
            self.skipped += (number,)
            _LOG.warning("line %d of %s is cut: left out", number, self.path.name)
            return
        found = _LINE.match(line)
        kind = KINDS.get(found[1].decode()) if found else None
        if found is None or kind is None:
            raise InvalidInput("journal", f"line {number} is of no kind that is known")
        try:
            yield codec.load(kind, b"{" + line[found.end() :])
        except NoAnswer as error:
            raise InvalidInput("journal", f"line {number}: {error}") from None


def _line(thing: Known) -> bytes:
    name = _NAMES.get(type(thing))
    if name is None:
        raise InvalidInput("thing", f"must not be a {type(thing).__name__}")
    return codec.to_bytes({"kind": name, **_plain(thing)}) + b"\n"


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        fields = {each.name: getattr(value, each.name) for each in attrs.fields(type(value))}
        fields.pop("meta", None)
        extra = fields.pop("extra", {})
        told = {name: _plain(each) for name, each in fields.items() if each is not None}
        return {name: each for name, each in extra.items() if name not in _OURS} | told
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, dt.date) else value


_OURS = {"kind"}
