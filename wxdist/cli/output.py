"""Lines, tables and JSON: text for a person, data for a program."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any, TextIO

#: No line is longer than this, in columns of a terminal.
WIDTH = 80

_STYLES = {"bold": "1", "red": "31", "green": "32", "yellow": "33"}
_STYLING = re.compile(r"\x1b\[\d+m")


class Screen:
    """Where a person reads along.

    A progress line is drawn on a terminal alone; elsewhere no control character is written.
    ``NO_COLOR`` (https://no-color.org) and ``TERM=dumb`` are honoured.

    Args:
        stream: where the text goes.
        quiet: say nothing at all: a program reads the data instead.
        environ: the environment.
    """

    def __init__(
        self, stream: TextIO, *, quiet: bool = False, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._stream = stream
        self._quiet = quiet
        self.live = not quiet and stream.isatty() and environ.get("TERM") != "dumb"
        self._colour = self.live and not environ.get("NO_COLOR")
        self._drawn = 0

    def say(self, *lines: str) -> None:
        """Print *lines*."""
        if not self._quiet:
            self.clear()
            print(*lines, sep="\n", file=self._stream, flush=True)

    def heading(self, text: str) -> None:
        """Print the title of what comes next, after an empty line."""
        self.say("", self.paint(text, "bold"))

    def paint(self, text: str, style: str) -> str:
        """Return *text* in a style, where there are colours."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self._colour else text

    def progress(self, text: str) -> None:
        """Draw *text* over the last progress line; not at all where nobody watches."""
        if self.live:
            self.clear()
            self._drawn = columns(text)
            print(text, end="", file=self._stream, flush=True)

    def clear(self) -> None:
        """Wipe the progress line away, if there is one."""
        if self._drawn:
            print("\r" + " " * self._drawn + "\r", end="", file=self._stream, flush=True)
            self._drawn = 0


def columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes.

    A CJK character takes two; an accent, or a style that was switched on or off, takes none.
    """
    return sum(map(_columns, _STYLING.sub("", text)))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return *text* filled up to *width* columns, at its left if it belongs to the *right*."""
    gap = " " * (width - columns(text))
    return gap + text if right else text + gap


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Return *rows* as lines whose columns stand below each other.

    Args:
        rows: cells, as many in each row; a row of none becomes a rule.
        right: which columns stand flush right, such as those of amounts.
    """
    widths = [max(map(columns, cells)) for cells in zip(*filter(None, rows), strict=True)]
    return [_line(row or ["-" * width for width in widths], widths, right) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    cells = zip(row, widths, strict=True)
    return "  ".join(pad(text, w, right=i in right) for i, (text, w) in enumerate(cells)).rstrip()


def cut(text: str, most: int) -> str:
    """Return *text* in one line of at most *most* columns, with an ellipsis where it was cut."""
    whole = one_line(text)
    if columns(whole) <= most:
        return whole
    kept = whole[:most]
    while columns(kept) > most - 1:
        kept = kept[:-1]
    return kept + "…"


def wrap(text: str, *, first: str = "", rest: str = "") -> list[str]:
    """Return *text* in lines of at most `WIDTH` columns, broken at spaces, else anywhere.

    Args:
        text: of one line or more.
        first: what stands before the first line.
        rest: what stands before the others.
    """
    lines = [first]
    room = WIDTH - columns(first)
    for piece in _pieces(text, WIDTH - columns(rest)):
        if columns(piece.rstrip()) > room:
            lines.append(rest)
            room = WIDTH - columns(rest)
        lines[-1] += piece
        room -= columns(piece)
    return [line.rstrip() for line in lines]


def _pieces(text: str, most: int) -> Iterator[str]:
    """Yield the words of *text*, each with a space; cut those of more than *most* columns."""
    for word in one_line(text).split():
        piece = ""
        for character in word:
            if columns(piece + character) > most:
                yield piece
                piece = ""
            piece += character
        yield piece + " "


def yuan(fen: int) -> str:
    """Return an amount in fen as yuan, exactly."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' * (fen < 0)}{whole:,}.{rest:02}"


def one_line(text: str) -> str:
    """Return *text* in one line, without what could control a terminal: it may be anybody's."""
    spaced = " ".join(text.split())
    return "".join(character if character.isprintable() else "?" for character in spaced)


def as_json(value: Any) -> str:
    """Return *value* as JSON for a program; names are readable for a person too.

    Days, times and paths become text.
    """
    return json.dumps(value, ensure_ascii=False, indent=2, default=_text)


def _text(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON")
