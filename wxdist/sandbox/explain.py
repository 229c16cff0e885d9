"""Why a signature failed, line by line, in plain English: values to values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import attrs

from .misreadings import raw
from .service import Call

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


@attrs.frozen(kw_only=True)
class Explanation:
    """What came of one call's signature, and what to do."""

    call: int
    method: str
    target: str
    status: int
    ok: bool  #: whether the signature held
    field: str  #: what of the Authorization header is wrong; empty: nothing
    issue: str
    summary: str  #: one sentence
    advice: str  #: what to do; empty where there is nothing
    length: int  #: bytes of the text that was expected to be signed
    lines: tuple[Line, ...]  #: none where the header tells no time and nonce

    def as_json(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return attrs.asdict(self)

    def as_text(self) -> str:
        """Return it as lines to read."""
        return "\n".join([*_head(self), *(text for line in self.lines for text in _shown(line))])


def explain(call: Call) -> Explanation:
    """Return what came of the signature of *call*, line by line."""
    check = call.check
    return Explanation(
        call=call.number,
        method=call.method,
        target=visible(call.target),
        status=call.status,
        ok=check.ok,
        field=check.field,
        issue=check.issue,
        summary=_summary(call),
        advice=check.advice,
        length=len(raw(check.expected)),
        lines=tuple(_lines(call)),
    )


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


def _summary(call: Call) -> str:
    check = call.check
    if check.ok:
        return "The signature holds."
    if not check.field:
        return f"No signature was checked: {check.issue}."
    if check.field == "signature":
        return f"The signature does not match: {check.hint}."
    if check.field == "Authorization":
        return f"The header Authorization {check.issue}."
    return f"The header Authorization is refused: {check.field} {check.issue}."


def _lines(call: Call) -> Iterator[Line]:
    check = call.check
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


def _head(found: Explanation) -> Iterator[str]:
    yield f"Call {found.call}: {found.method} {found.target} -> {found.status}"
    yield found.summary
    if found.advice:
        yield f"What to do: {found.advice}"
    if found.lines:
        yield ""
        yield f"The text to sign has {found.length} bytes in five lines:"


def _shown(line: Line) -> Iterator[str]:
    yield f"{line.number}. {line.name} ({line.meaning}): {line.verdict}"
    yield f"   expected {line.length:>5} bytes: {line.expected}"
    if line.verdict == DIFFERENT:
        yield f"   signed   {line.signed_length:>5} bytes: {line.signed}"
        yield f"   they part at byte {line.differs_at}"
