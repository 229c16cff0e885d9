"""Which notices were handled, so that none is handled twice and none is lost."""

from __future__ import annotations

import enum
from collections import OrderedDict
from typing import Protocol

import attrs

from wxdist.errors import InvalidInput
from wxdist.waiting.clock import Clock


class NoticeClaim(enum.Enum):
    """What came of claiming a notice."""

    NEW = "new"  #: it is the caller's to handle
    RUNNING = "running"  #: somebody is at it, who may still fail
    DONE = "done"  #: it was handled


class NoticeStore(Protocol):
    """Remembers notices by a key; the same for all processes that take notices of a merchant.

    With Redis, for instance: `claim` is ``SET key by NX EX seconds``, and where that sets nothing a
    ``GET``: ``done`` means DONE. `finish` is ``SET key done EX seconds``. `release` deletes the key
    while it holds *by*, in a script, or whatever it holds where *by* is ``None``.
    """

    async def claim(self, key: str, by: str, seconds: int) -> NoticeClaim:
        """Give *key* to *by* for *seconds*, unless it is somebody's or done: in one atomic step.

        A claim that was neither finished nor released in time is void: its process died.
        """
        ...

    async def finish(self, key: str, seconds: int) -> None:
        """Remember for *seconds* that *key* is done, whoever holds it."""
        ...

    async def release(self, key: str, by: str | None) -> None:
        """Forget *key* while *by* holds it unfinished; ``None``: whoever holds it, done or not."""
        ...


@attrs.frozen
class _Held:
    by: str | None  #: ``None``: done
    until: float  #: on the clock's ``monotonic()``


class SeenNotices:
    """A `NoticeStore` in the memory of this process, which forgets all when it ends.

    Args:
        clock: whose time it goes by; give the session's.
        most: notices that are remembered at once; the oldest are forgotten first. 100 000 of them
            take about 30 MB.

    Raises:
        InvalidInput: *most* is not a whole number above zero.
    """

    def __init__(self, clock: Clock, *, most: int = 100_000) -> None:
        if type(most) is not int or most < 1:
            raise InvalidInput("most", "must be a whole number of at least 1")
        self._clock = clock
        self._most = most
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    async def claim(self, key: str, by: str, seconds: int) -> NoticeClaim:
        """Give *key* to *by* for *seconds*, unless it is somebody's or done."""
        held = self._held.get(key)
        if held is not None and held.until > self._clock.monotonic():
            return NoticeClaim.DONE if held.by is None else NoticeClaim.RUNNING
        self._keep(key, by, seconds)
        return NoticeClaim.NEW

    async def finish(self, key: str, seconds: int) -> None:
        """Remember for *seconds* that *key* is done."""
        self._keep(key, None, seconds)

    async def release(self, key: str, by: str | None) -> None:
        """Forget *key* while *by* holds it unfinished; ``None``: whoever holds it."""
        held = self._held.get(key)
        if held is not None and by in {None, held.by}:
            del self._held[key]

    def _keep(self, key: str, by: str | None, seconds: int) -> None:
        now, held = self._clock.monotonic(), self._held
        held.pop(key, None)
        while held and (len(held) >= self._most or next(iter(held.values())).until <= now):
            held.popitem(last=False)
        held[key] = _Held(by, now + seconds)
