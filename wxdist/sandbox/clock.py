"""A clock that runs with the real one and can also be moved on."""

from __future__ import annotations

import asyncio

from wxdist.waiting.clock import ScaledClock


class RunningClock(ScaledClock):
    """Runs at a multiple of real time; `advance` adds to it and wakes whoever's time has come.

    Deadlines (`timeout_at`) that were set before an `advance` keep their length.
    """

    def __init__(self, speed: float, *, start: float | None = None) -> None:
        super().__init__(speed, start=start)
        self._added = 0.0
        self._moved: asyncio.Future[None] | None = None

    def monotonic(self) -> float:
        """Return this clock's seconds since it was made, those that were added included."""
        return super().monotonic() + self._added

    async def sleep(self, seconds: float) -> None:
        """Sleep until the clock has moved by *seconds*, by itself or by `advance`."""
        until = self.monotonic() + seconds
        await asyncio.sleep(0)
        while (left := until - self.monotonic()) > 0:
            if self._moved is None:
                self._moved = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._moved], timeout=left / self._speed)

    async def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move the clock forward at once."""
        self._added += seconds + 60 * (minutes + 60 * (hours + 24 * days))
        moved, self._moved = self._moved, None
        if moved is not None:
            moved.set_result(None)
        await asyncio.sleep(0)
