"""The five lines that a signature covers, as they were expected and as they were signed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs

from .auth import Check
from .misreadings import raw

#: Characters of a line that are shown; of a longer one the part around the first difference.
SHOWN = 400
SAME, DIFFERENT, UNKNOWN = "same", "different", "unknown"

#: The five lines: what they are, and how to get them right.
LINES = (
    ("method", "the method in capitals"),
    ("url", "path and query as they stand on the request line, without scheme and host"),
    ("timestamp", "the time stamp of the header: Unix time in whole seconds"),
    ("nonce", "the nonce of the header"),
    ("body", "the body byte for byte as sent; empty without one; of an upload the part meta"),
)


@attrs.frozen(kw_only=True)
class Line:
    """One of the five lines, as the service expected it and as it was signed.

    Texts have what cannot be seen made visible, see `visible`; lengths are in bytes and count the
    line's end.
    """

    number: int
    name: str
    meaning: str
    verdict: str  #: ``same``, ``different`` or ``unknown``
    expected: str
    length: int
    signed: str | None = None  #: ``None``: unknown
    signed_length: int | None = None
    differs_at: int | None = None  #: byte of the line, from 1, at which they part


def lines_of(check: Check) -> Iterator[Line]:
    """Yield the five lines of a check; none where it knows of no text."""
    if not check.expected:
        return
    signed = check.expected if check.ok else check.signed
    pieces = None if signed is None else _five(signed)
    for place, expected in enumerate(_five(check.expected)):
        name, meaning = LINES[place]
        found = None if pieces is None else pieces[place]
        yield _line(expected, found, number=place + 1, name=name, meaning=meaning)


def _five(text: str) -> list[str]:
    """Return five lines, ends and all; the last has what is left, and missing ones are empty."""
    pieces = text.split("\n", 4)
    lines = [f"{piece}\n" for piece in pieces[:-1]] + [pieces[-1]]
    return lines + [""] * (5 - len(lines))


def _line(expected: str, signed: str | None, **facts: Any) -> Line:
    length = len(raw(expected))
    if signed is None:
        return Line(**facts, verdict=UNKNOWN, expected=_window(expected, 0), length=length)
    at = None if expected == signed else _parting(expected, signed)
    return Line(
        **facts,
        verdict=SAME if at is None else DIFFERENT,
        expected=_window(expected, at or 0),
        length=length,
        signed=_window(signed, at or 0),
        signed_length=len(raw(signed)),
        differs_at=None if at is None else len(raw(expected[:at])) + 1,
    )


def _parting(one: str, other: str) -> int:
    """Return the place from which two texts differ."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _window(text: str, at: int) -> str:
    """Return what is shown of a line; ``…`` stands for what is not."""
    begin = 0 if at < SHOWN else at - SHOWN // 2
    cut = visible(text[begin : begin + SHOWN])
    return "…" * (begin > 0) + cut + "…" * (begin + SHOWN < len(text))


def visible(text: str) -> str:
    r"""Return *text* so that everything in it can be seen.

    A space becomes ``␣``; what is not printable ASCII is named in brackets: ``⟨\n⟩``, ``⟨\t⟩``,
    ``⟨U+4F60 你⟩``, and ``⟨byte FF⟩`` for what is no UTF-8. So a backslash is a backslash.
    """
    return re.sub(r"[^!-~]", lambda found: _seen(found[0]), text)


def _seen(character: str) -> str:
    if (plain := _NAMED.get(character)) is not None:
        return plain
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"⟨byte {code - 0xDC00:02X}⟩"
    name = f"U+{code:04X}"
    return f"⟨{name} {character}⟩" if character.isprintable() else f"⟨{name}⟩"


_NAMED = {" ": "␣", "\n": r"⟨\n⟩", "\r": r"⟨\r⟩", "\t": r"⟨\t⟩"}
