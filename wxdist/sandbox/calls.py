"""The calls of which the service has a memory."""

from __future__ import annotations

import hashlib
from typing import Any, Self

import attrs

from .auth import Check
from .lines import Line, lines_of
from .misreadings import raw

#: Characters of a text to sign that are kept of each call: of a long one it is the beginning.
KEPT_TEXT = 4096


@attrs.frozen
class Call:
    """One call as the log keeps it; made by `of`."""

    number: int  #: in order of arrival, from 1
    method: str
    target: str
    status: int  #: 0 where nothing was answered at all
    check: Check  #: of its signature; long texts in it are cut
    fault: str  #: what struck it; empty: nothing
    length: int  #: bytes of the whole text that was expected to be signed
    sha256: str  #: of that text, in hex; empty where there is none
    early: tuple[Line, ...] | None = None  #: `lines`, told before the texts were cut

    @classmethod
    def of(
        cls, number: int, method: str, target: str, status: int, check: Check, *, fault: str = ""
    ) -> Self:
        """Return what is kept of a call whose *check* has its texts whole."""
        text, cut = raw(check.expected), _cut(check)
        return cls(
            number,
            method,
            target,
            status,
            cut,
            fault=fault,
            length=len(text),
            sha256=hashlib.sha256(text).hexdigest() if text else "",
            early=None if cut is check else tuple(lines_of(check)),
        )

    @property
    def lines(self) -> tuple[Line, ...]:
        """The five lines of the text, as they were expected and as they were signed."""
        return tuple(lines_of(self.check)) if self.early is None else self.early

    def as_json(self) -> dict[str, Any]:
        """Return it ready for JSON, without its lines."""
        return attrs.asdict(self, filter=lambda field, _: field.name != "early")


def _cut(check: Check) -> Check:
    if len(check.expected) <= KEPT_TEXT and len(check.signed or "") <= KEPT_TEXT:
        return check
    signed = None if check.signed is None else check.signed[:KEPT_TEXT]
    return attrs.evolve(check, expected=check.expected[:KEPT_TEXT], signed=signed)
