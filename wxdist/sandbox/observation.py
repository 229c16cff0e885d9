"""What a watcher sees: the calls, and what is ordered from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from .asking import Request


@attrs.frozen(kw_only=True)
class Observation:
    """One call that reached the service, and what the business answered."""

    now: float  #: Unix time of the business
    clock: float  #: Unix time by which signatures and bill addresses go
    request: Request
    genuine: bool  #: whether its signature held
    status: int
    body: bytes  #: as the business gave it, before any fault on its way out


@attrs.frozen
class Ordered:
    """Something that was ordered from outside, or by a fault, and that was done."""

    now: float  #: Unix time of the business
    kind: str  #: such as ``pay``, ``refund``, ``approve``, ``refuse``, ``close``
    facts: Mapping[str, Any]


Observer = Callable[[Observation | Ordered], None]
