"""The sandbox's clock: it jumps, stands, runs at any multiple of real time, and can be turned."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from wxdist.waiting.clock import FAKE_START, FakeClock

from .rules.calendar import LATEST


class SandboxClock(FakeClock):
    """Stands still but for `advance`, jumps by itself (*auto*), or runs at a multiple of real time.

    It shows `LATEST` for ever once it gets there; who sleeps still wakes.

    Args:
        start: Unix time at which it starts; 2026-01-05 09:00 in Beijing by default.
        auto: jump to the earliest sleeper by itself while it does not run.
        speed: seconds of this clock per real second; 0 does not run.
    """

    def __init__(
        self, start: float = FAKE_START, *, auto: bool = False, speed: float = 0.0
    ) -> None:
        super().__init__(start, auto=auto and not speed)
        self._speed = speed
        self._read = time.monotonic()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def runs(self) -> str | float:
        """How it moves: ``auto``, ``manual``, or the multiple of real time."""
        return self._speed or ("auto" if self._auto else "manual")

    def run(self, speed: float) -> None:
        """Run at *speed* times real time from now on; 0 stands still. Ends jumping by itself."""
        self._catch_up()
        self._auto, self._speed = False, speed
        self._set_alarm()

    def jump(self) -> None:
        """Stop, and jump to the earliest sleeper by itself from now on."""
        self.run(0.0)
        self._auto = True
        self._changed()

    def turn_to(self, when: float) -> None:
        """Show Unix time *when*, even an earlier one; sleepers and deadlines keep their pauses."""
        self._catch_up()
        self._start = when - self._elapsed

    def now(self) -> float:
        """Return Unix time of this clock."""
        self._catch_up()
        return min(super().now(), float(LATEST))

    def monotonic(self) -> float:
        """Return the seconds that this clock has moved."""
        self._catch_up()
        return super().monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep until the clock has moved by *seconds*, by itself or by `advance`."""
        self._catch_up()
        await super().sleep(seconds)

    @contextlib.asynccontextmanager
    async def timeout_at(self, when: float) -> AsyncIterator[asyncio.Timeout]:
        """Cancel the block when the clock reaches *when*."""
        self._catch_up()
        async with super().timeout_at(when) as scope:
            self._set_alarm()
            yield scope

    async def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move the clock forward, waking in order what falls due."""
        self._catch_up()
        await super().advance(seconds, minutes=minutes, hours=hours, days=days)
        self._set_alarm()

    def _catch_up(self) -> None:
        """Add what went by since the clock was last read."""
        read, self._read = self._read, time.monotonic()
        self._elapsed += (self._read - read) * self._speed

    def _changed(self) -> None:
        super()._changed()
        self._set_alarm()

    def _set_alarm(self) -> None:
        """While it runs: wake by the real clock whoever comes first."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._speed and (due := self._earliest()) is not None:
            pause = max(0.0, due - self._elapsed) / self._speed
            self._alarm = asyncio.get_running_loop().call_later(pause, self._ring)

    def _ring(self) -> None:
        self._catch_up()
        self._move(self._elapsed)
        self._set_alarm()
