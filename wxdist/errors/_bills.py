"""Bills that are not there, or not what they should be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ._base import WxdistError


class BillRefused(WxdistError):
    """A bill that fails its checks (digest, totals, format, size), is not yet made, or too old."""

    def __init__(self, problem: str, *, facts: Mapping[str, Any] = MappingProxyType({})) -> None:
        self.problem = problem  #: what is wrong and what to do
        self.facts = dict(facts)  #: figures of it, such as ``line`` or ``bytes``

    def __str__(self) -> str:
        return self.problem


class BillNotReady(BillRefused):
    """The bill is not made yet: ask again from ``ready_at`` on."""

    def __init__(self, problem: str, *, day: dt.date, ready_at: dt.datetime) -> None:
        super().__init__(problem, facts={"day": day, "ready_at": ready_at})
        self.day = day  #: the Beijing day that was asked for
        self.ready_at = ready_at  #: when to ask again, in Beijing time


class BillTooOld(BillRefused):
    """The bill is no longer kept; nothing will bring it back."""

    def __init__(self, problem: str, *, day: dt.date, oldest: dt.date) -> None:
        super().__init__(problem, facts={"day": day, "oldest": oldest})
        self.day = day  #: the Beijing day that was asked for
        self.oldest = oldest  #: the earliest day whose bill is still kept


class NoBill(BillRefused):
    """The service has no bill of that day, as when nothing happened on it.

    What it says then is documented for statements alone. Of the other bills a 404 is taken for it,
    which may also mean another thing: its ``__cause__`` is what the service said.
    """

    def __init__(self, problem: str, *, day: dt.date) -> None:
        super().__init__(problem, facts={"day": day})
        self.day = day  #: the Beijing day that was asked for
