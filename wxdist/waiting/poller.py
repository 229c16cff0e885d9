"""The loops: one wait, and many in one scheduler. They fetch, judge, sleep, and know no HTTP."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Generic, Self, TypeVar

import attrs

from wxdist.errors import ServiceError, StillRunning, VerificationFailed, WxdistError
from wxdist.waiting.clock import Clock
from wxdist.waiting.schedule import series
from wxdist.waiting.verdict import Excuse, Judge, Verdict

T = TypeVar("T")
K = TypeVar("K")

Fetch = Callable[[], Awaitable[T]]


@attrs.define
class Wait(Generic[T]):
    """One wait as a value: what was seen, and when to look again. It does no I/O.

    Args:
        fetch: asks once.
        judge: says what the answer means.
        excuse: says whether an error may be passed over.
        delays: seconds between looks.
        until: the deadline, on the clock's ``monotonic()``.
        started: likewise, when the wait began.
        what: what is waited for, for the error of the deadline.
    """

    fetch: Fetch[T]
    judge: Judge[T]
    excuse: Excuse
    until: float
    started: float
    what: str
    delays: Iterator[float] = attrs.field(converter=series)
    last: T | None = None
    trouble: WxdistError | None = None  #: why the last look gave nothing

    async def look(self, clock: Clock) -> Verdict:
        """Fetch once and judge; raise what ends the wait badly, the deadline too."""
        if clock.monotonic() >= self.until:
            raise self.overdue()
        try:
            seen = await self.fetch()
        except WxdistError as error:
            # One answer that cannot be trusted is trouble on the way, once others could be.
            untrusted = isinstance(error, VerificationFailed) and self.last is not None
            if not untrusted and not self.excuse(error, clock.monotonic() - self.started):
                raise
            self.trouble = error
            return Verdict.AGAIN
        self.trouble, self.last = None, seen
        return self.judge(seen)

    @property
    def seen(self) -> T:
        """The last answer, of a wait that has seen one."""
        assert self.last is not None  # noqa: S101 - a verdict needs an answer
        return self.last

    def pause(self) -> float:
        """Return the seconds until the next look; no less than the service asked for."""
        asked = self.trouble.retry_after if isinstance(self.trouble, ServiceError) else None
        return max(next(self.delays), asked or 0.0)

    def overdue(self) -> StillRunning:
        """Return the error of the deadline."""
        error = StillRunning(
            f"{self.what}: the deadline came first; wait again, nothing is lost",
            last=self.last if self.last is not None else self.trouble,
        )
        error.__cause__ = self.trouble
        return error


async def poll(wait: Wait[T], clock: Clock, *, first: float = 0.0) -> T:
    """Look until *wait* is done, and return what was seen then.

    Args:
        wait: what to look at, and how.
        clock: on whose time.
        first: seconds before the first look.

    Raises:
        StillRunning: the deadline came first.
        WxdistError: what the wait's judge raised, or an error that was not excused.
    """
    async for _ in Changes(wait, clock, first=first):
        pass
    return wait.seen


class Changes(Generic[T]):
    """What a wait sees, one item a change, until it is done; closes by leaving the block.

    Equal answers in a row are one item. The last item is the one that ended the wait.
    """

    def __init__(self, wait: Wait[T], clock: Clock, *, first: float = 0.0) -> None:
        self._wait = wait
        self._clock = clock
        self._pause = first
        self._ended = False
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        if self._ended:
            raise StopAsyncIteration
        self._ended = True  # an error ends it
        try:
            async with self._clock.timeout_at(self._wait.until):
                verdict = await self._next()
        except asyncio.CancelledError:
            self._ended = self._closed  # of this item alone: `wait_for` may ask again
            raise
        except TimeoutError:
            raise self._wait.overdue() from self._wait.trouble
        self._ended = self._closed or verdict is Verdict.DONE
        return self._wait.seen

    async def _next(self) -> Verdict:
        """Look until something changed."""
        wait, before = self._wait, self._wait.last
        while True:
            if self._pause > 0:
                await self._clock.sleep(self._pause)
            verdict = await wait.look(self._clock)
            if verdict is Verdict.DONE:
                return verdict
            self._pause = wait.pause()
            if wait.last != before:
                return verdict

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the iteration."""
        self._ended = self._closed = True


class Many(Generic[K, T]):
    """Many waits in one scheduler: a heap of times, and a bounded number of looks in flight.

    Iterate it: each item is a key with what its wait ended with, a result or an error, in the
    order in which they end. Use it as a context manager to leave no look behind when leaving
    early; a cancelled iteration closes by itself.
    """

    def __init__(
        self, waits: Iterable[tuple[K, Wait[T], float]], clock: Clock, *, concurrency: int
    ) -> None:
        self._clock = clock
        self._concurrency = concurrency
        self._order = itertools.count()
        self._due: list[tuple[float, int, K, Wait[T]]] = []
        self._looks: set[asyncio.Task[tuple[K, T | WxdistError] | None]] = set()
        self._ended: deque[asyncio.Task[tuple[K, T | WxdistError] | None]] = deque()
        now = clock.monotonic()
        for key, wait, first in waits:
            self._due.append((min(now + first, wait.until), next(self._order), key, wait))
        heapq.heapify(self._due)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[K, T | WxdistError]:
        try:
            while self._due or self._looks:
                self._start_due()
                if not self._ended:
                    await self._something()
                if self._ended and (look := self._ended.popleft()) in self._looks:
                    self._looks.discard(look)
                    if (ended := look.result()) is not None:
                        return ended
        except BaseException:
            await self.aclose()
            raise
        raise StopAsyncIteration

    def _start_due(self) -> None:
        now = self._clock.monotonic()
        while self._due and self._due[0][0] <= now and len(self._looks) < self._concurrency:
            _, _, key, wait = heapq.heappop(self._due)
            look = asyncio.create_task(self._look(key, wait))
            look.add_done_callback(self._ended.append)
            self._looks.add(look)

    async def _something(self) -> None:
        """Return when a look has ended, or the next one falls due."""
        tasks: set[asyncio.Task[Any]] = set(self._looks)
        alarm: asyncio.Task[None] | None = None
        if self._due and len(self._looks) < self._concurrency:
            pause = self._due[0][0] - self._clock.monotonic()
            alarm = asyncio.create_task(self._clock.sleep(pause))
            tasks.add(alarm)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if alarm is not None:
                alarm.cancel()
                await asyncio.gather(alarm, return_exceptions=True)

    async def _look(self, key: K, wait: Wait[T]) -> tuple[K, T | WxdistError] | None:
        """Look once; return how the wait ended, or put it back."""
        try:
            async with self._clock.timeout_at(wait.until):
                if await wait.look(self._clock) is Verdict.DONE:
                    return key, wait.seen
        except TimeoutError:
            return key, wait.overdue()
        except WxdistError as error:
            return key, error
        again = min(self._clock.monotonic() + wait.pause(), wait.until)
        heapq.heappush(self._due, (again, next(self._order), key, wait))
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancel the looks in flight and forget the rest."""
        self._due.clear()
        looks, self._looks = self._looks, set()
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
