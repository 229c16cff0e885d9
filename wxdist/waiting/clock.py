"""Time as one small object: the real clock, one that runs faster, and one that jumps.

Everything here that reads the time, sleeps or sets a deadline does it on a `Clock` that it was
handed. Tests and the sandbox hand in another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager

#: Beijing, 2026-01-05 09:00: a Monday, in office hours.
FAKE_START = 1_767_574_800.0


class Clock:
    """The real clock; subclass it to hand in another one."""

    def now(self) -> float:
        """Return Unix time in seconds: for signatures and the calendar."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back: for deadlines and pauses."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep for *seconds*; not at all when that is zero or less."""
        await asyncio.sleep(max(0.0, seconds))

    def timeout_at(self, when: float) -> AbstractAsyncContextManager[asyncio.Timeout]:
        """Cancel the block when `monotonic` reaches *when*, and raise ``TimeoutError`` then.

        Gives the block an ``asyncio.Timeout``, whose ``expired()`` tells whether it was this one.
        """
        return asyncio.timeout(when - self.monotonic())

    def busy(self) -> AbstractContextManager[None]:
        """Mark the block as work in flight; a clock that jumps stands still meanwhile."""
        return contextlib.nullcontext()

    def stalled(self) -> AbstractContextManager[None]:
        """Mark the block as keeping one other side's work waiting, for nothing but time.

        A clock that jumps does not wait for that work any more, and may jump to its deadline.
        """
        return contextlib.nullcontext()


class ScaledClock(Clock):
    """A clock that runs *speed* times as fast as the real one, from *start* on.

    Args:
        speed: seconds of this clock per real second, above zero.
        start: Unix time at which it starts; ``None`` takes the real time.
    """

    def __init__(self, speed: float, *, start: float | None = None) -> None:
        self._speed = speed
        self._origin = time.monotonic()
        self._start = time.time() if start is None else start

    def now(self) -> float:
        """Return Unix time of this clock."""
        return self._start + self.monotonic()

    def monotonic(self) -> float:
        """Return this clock's seconds since it was made."""
        return (time.monotonic() - self._origin) * self._speed

    async def sleep(self, seconds: float) -> None:
        """Sleep for *seconds* of this clock."""
        await super().sleep(seconds / self._speed)

    def timeout_at(self, when: float) -> AbstractAsyncContextManager[asyncio.Timeout]:
        """Cancel the block when `monotonic` reaches *when* on this clock."""
        return asyncio.timeout((when - self.monotonic()) / self._speed)


class FakeClock(Clock):
    """A clock that moves only when told to, or when everybody waits for it.

    Args:
        start: Unix time at which it starts; 2026-01-05 09:00 in Beijing by default.
        auto: jump to the earliest sleeper by itself, as soon as somebody sleeps, no work is in
            flight (`busy`) and a few passes of the event loop changed nothing. With ``False``
            only `advance` moves it.

    Deadlines (`timeout_at`) that fall due on the way of a jump fire in their order, but never
    cause one, unless a call is `stalled`: then only its deadline can end it.
    """

    #: Passes of the event loop without a change before it jumps: enough for a woken task to go
    #: through a few awaits of its own before it comes back to the clock.
    passes = 10
    #: Passes that `advance` gives to work in flight, which may be hanging, before it moves on.
    patience = 1000

    def __init__(self, start: float = FAKE_START, *, auto: bool = False) -> None:
        self._start = start
        self._elapsed = 0.0
        self._auto = auto
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._deadlines: list[tuple[float, int, asyncio.Timeout]] = []
        self._in_flight = 0
        self._stalled = 0
        self._advancing = 0
        self._changes = 0
        self._watching = False

    def now(self) -> float:
        """Return Unix time of this clock."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        """Return the seconds that this clock has moved."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Sleep until the clock has moved by *seconds*."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), woken))
        self._changed()
        try:
            await woken
        finally:
            self._changes += 1

    @contextlib.asynccontextmanager
    async def timeout_at(self, when: float) -> AsyncIterator[asyncio.Timeout]:
        """Cancel the block when the clock reaches *when*."""
        async with asyncio.timeout(None) as scope:
            if when <= self._elapsed:
                scope.reschedule(0.0)
            else:
                heapq.heappush(self._deadlines, (when, next(self._order), scope))
            try:
                yield scope
            finally:
                self._deadlines = [entry for entry in self._deadlines if entry[2] is not scope]
                heapq.heapify(self._deadlines)

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Let no jump happen inside the block."""
        self._in_flight += 1
        self._changes += 1
        try:
            yield
        finally:
            self._in_flight -= 1
            self._changed()

    @contextlib.contextmanager
    def stalled(self) -> Iterator[None]:
        """Take one piece of work in flight for waiting: whoever stalls it is not `busy` itself."""
        self._stalled += 1
        self._changed()
        try:
            yield
        finally:
            self._stalled -= 1
            self._changed()

    async def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move the clock forward, waking in order what falls due, each at its own time.

        Before the move and after each wake, tasks get some passes of the event loop, and calls in
        flight some more: a woken task may make a call and sleep again within the same move.
        """
        target = self._elapsed + seconds + 60 * (minutes + 60 * (hours + 24 * days))
        self._advancing += 1
        try:
            await self._settle()
            while (due := self._earliest()) is not None and due <= target:
                self._move(due)
                await self._settle()
            self._elapsed = max(self._elapsed, target)
            await self._settle()
        finally:
            self._advancing -= 1
            self._changed()

    async def _settle(self) -> None:
        """Return after a few passes in quiet, or when patience ends."""
        quiet = 0
        for _ in range(self.patience):
            changes = self._changes
            await asyncio.sleep(0)
            quiet = 0 if self._in_flight > self._stalled or changes != self._changes else quiet + 1
            if quiet == self.passes:
                break

    def _earliest(self) -> float | None:
        self._drop_cancelled()
        return min((heap[0][0] for heap in (self._sleepers, self._deadlines) if heap), default=None)

    def _drop_cancelled(self) -> None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)

    def _move(self, target: float) -> None:
        """Go to *target* and wake all that is due by then, the earlier first."""
        self._elapsed = max(self._elapsed, target)
        while self._deadlines and self._deadlines[0][0] <= target:
            heapq.heappop(self._deadlines)[2].reschedule(0.0)
        while self._sleepers and self._sleepers[0][0] <= target:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)

    def _changed(self) -> None:
        """Note that something happened; look again in a while whether to jump."""
        self._changes += 1
        if self._auto and self._awaited() is not None and not self._watching:
            self._watching = True
            self._look(self._changes, self.passes)

    def _look(self, changes: int, left: int) -> None:
        """Jump when *left* passes of the loop went by in quiet, else start over or give up."""
        target = self._awaited()
        if target is None or self._in_flight > self._stalled or self._advancing:
            self._watching = False  # the next sleep, the end of the flight or move looks again
        elif changes != self._changes:
            self._again(self._changes, self.passes)
        elif left:
            self._again(changes, left - 1)
        else:
            self._watching = False
            self._move(target)
            self._changed()

    def _again(self, changes: int, left: int) -> None:
        asyncio.get_running_loop().call_soon(self._look, changes, left)

    def _awaited(self) -> float | None:
        """Return where a jump may go: to the earliest sleeper, or a deadline before it."""
        earliest = self._earliest()
        return earliest if self._sleepers or self._stalled else None
