"""The parts of an upload, taken from its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import attrs


@attrs.frozen
class Part:
    """One part of a form."""

    filename: str | None
    content: bytes


def parts(content_type: str, body: bytes) -> Mapping[str, Part]:
    """Return the named parts of a ``multipart/form-data`` body; none when it is not one."""
    boundary = re.search(r'(?i)^multipart/form-data;.*\bboundary="?([^";]+)"?', content_type)
    if boundary is None:
        return {}
    edge = b"\r\n--" + boundary[1].encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(edge)
    return dict(_named(pieces[1:-1]))


def _named(pieces: list[bytes]) -> Iterator[tuple[str, Part]]:
    for piece in pieces:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace")
        if name := re.search(r'(?im)^content-disposition:[^\r\n]*[; ]name="([^"]*)"', text):
            filename = re.search(r'(?im)^content-disposition:[^\r\n]*[; ]filename="([^"]*)"', text)
            yield name[1], Part(filename[1] if filename else None, content)
