"""Why a signature failed, line by line, in plain English: values to values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from .calls import Call
from .lines import DIFFERENT, Line, visible


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
        length=call.length,
        lines=call.lines,
    )


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
