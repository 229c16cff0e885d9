"""What happened, in the order in which it happened: the same seed and calls give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from typing import Any

from .rules.calendar import beijing

#: Lines that are kept; of older ones only the digest knows.
KEPT_LINES = 10_000
#: What a digest begins with.
EMPTY = hashlib.sha256().hexdigest()

Fact = str | int | bool | None


class Log:
    """Business events, one line of canonical JSON each.

    A line has ``number`` (from 1), ``at`` (Beijing time in milliseconds), ``kind`` and facts: ids
    and fen. Names, keys, nonces, signatures, ports and request ids never enter it.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._count = 0
        self._digest = EMPTY

    def note(self, at: float, kind: str, **facts: Fact) -> None:
        """Add what happened at Unix time *at*; a fact that is ``None`` is left out."""
        self._count += 1
        event: dict[str, Fact] = {
            "number": self._count,
            "at": beijing(at).isoformat(timespec="milliseconds"),
            "kind": kind,
        }
        event |= {name: fact for name, fact in facts.items() if fact is not None}
        line = json.dumps(event, sort_keys=True, separators=(",", ":"))
        self._lines.append(line)
        self._digest = hashlib.sha256(f"{self._digest}\n{line}".encode()).hexdigest()

    @property
    def count(self) -> int:
        """How many events there were."""
        return self._count

    def digest(self) -> str:
        """Return a SHA-256 over every line, each chained to the digest before it."""
        return self._digest

    def lines(self) -> tuple[str, ...]:
        """Return the last lines, the oldest first."""
        return tuple(self._lines)

    def events(self) -> list[dict[str, Any]]:
        """Return the last events, the oldest first."""
        return [json.loads(line) for line in self._lines]

    def dump(self) -> tuple[int, str, list[str]]:
        """Return all that `load` needs to go on from here."""
        return self._count, self._digest, list(self._lines)

    def load(self, count: int, digest: str, lines: list[str]) -> None:
        """Go on from where `dump` was."""
        self._count, self._digest = count, digest
        self._lines = deque(lines, maxlen=KEPT_LINES)
