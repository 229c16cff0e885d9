"""All that the page shows, read off a sandbox at one moment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ..control import Control
from ..explain import Explanation, explain
from ..mischief import Rule
from ..service import Call

#: Payments, calls and events that stand on one page.
SHOWN_PAYMENTS = 20
SHOWN_CALLS = 20
SHOWN_EVENTS = 12


@attrs.frozen(kw_only=True)
class Look:
    """What there is to see."""

    version: str  #: changes when anything else here does, but for the time of a running clock
    state: Mapping[str, Any]  #: as `Control.state` tells it
    calls: Sequence[tuple[Call, Explanation]]  #: the newest first
    events: Sequence[Mapping[str, Any]]  #: the newest first
    audit: Mapping[str, Any]  #: as `Control.audit` tells it
    rules: Mapping[int, Rule]  #: the faults in force
    counts: Mapping[str, int]  #: how often each kind struck
    first: int = 0  #: newer payments that are left out
    shared: bool = True  #: whether the clients go by this clock, so that it may jump by itself

    @property
    def now(self) -> float:
        """Unix time of the business."""
        return float(self.state["clock"]["unix"])

    def due(self, kind: str, subject: str) -> float | None:
        """Return when *kind* will happen to *subject*; ``None`` if it will not."""
        for event in self.state["due"]:
            if event["kind"] == kind and event["of"] == [subject]:
                return float(event["unix"])
        return None

    def payments(self) -> Sequence[Mapping[str, Any]]:
        """Return the payments of this page, the newest first."""
        newest: Sequence[Mapping[str, Any]] = self.state["payments"][::-1]
        return newest[self.first : self.first + SHOWN_PAYMENTS]


def version(control: Control, salt: str) -> str:
    """Return a short text that is another one whenever there is something new to see.

    Of another *salt*, another one too.
    """
    log, clock = control.world.state.log, control.time()
    seen = [
        salt,
        log.digest(),
        [call.number for call in control.last_calls(1)],
        sorted(control.faults.rules),
        sorted(control.faults.counts.items()),
        clock["runs"],
        clock["now"] if isinstance(clock["runs"], str) else "",
        control.audit()["state"],
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def look(control: Control, *, first: int, salt: str) -> Look:
    """Look at a sandbox."""
    lines = control.world.state.log.lines()
    return Look(
        version=version(control, salt),
        state=control.state(),
        calls=[(call, explain(call)) for call in reversed(control.last_calls(SHOWN_CALLS))],
        events=[json.loads(line) for line in lines[: -SHOWN_EVENTS - 1 : -1]],
        audit=control.audit(),
        rules=control.faults.rules,
        counts=control.faults.counts,
        first=first,
        shared=control.shared,
    )
