"""Who turns the clock of the business."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wxdist.errors import InvalidInput

from .. import view
from ..options import speed_of, unix
from ..rules.calendar import LATEST
from .ordering import Ordering


class Time(Ordering):
    """The orders to the clock."""

    shared: bool  #: whether the clients go by this clock too; only then can it jump by itself

    def now(self) -> float:
        """Return the Unix time of the business."""
        return self._clock.now()

    def time(self) -> dict[str, Any]:
        """Return the time of the business, and how its clock goes; ready for JSON."""
        return view.time(self.now(), self._clock)

    async def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move the clock forward, to the year 9000 at most; what falls due happens in its order."""
        far = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        if not far <= LATEST - self.now():  # not a number, too
            raise InvalidInput("seconds", "leads too far into the future")
        await self._clock.advance(far)
        self._turned()

    async def set_clock(self, when: float | dt.datetime) -> None:
        """Move the clock to *when*, Unix seconds or an aware datetime; forwards only."""
        target = unix("when", when)
        far = target - self.now()
        if far < 0:
            raise InvalidInput("when", "is past: the clock goes forwards only")
        await self._clock.advance(far)
        self._turned()

    def set_speed(self, speed: float) -> None:
        """Let the clock run at *speed* times real time from now on; 0 stands still.

        A clock that jumped by itself does so no more: see `jump`.
        """
        self._clock.run(speed_of("speed", speed, least=0))
        self._turned()

    def run(self, speed: float = 1) -> None:
        """Let the clock run; as `set_speed`."""
        self.set_speed(speed)

    def stop(self) -> None:
        """Let the clock stand still."""
        self.set_speed(0)

    def jump(self) -> None:
        """Let the clock jump by itself whenever all that use it sleep, as ``clock="auto"`` does.

        Refused where the clients have clocks of their own: nobody sleeps on this one there.
        """
        if not self.shared:
            said = "cannot jump by itself here: it does not see when your programs wait; let it run"
            raise InvalidInput("clock", said)
        self._clock.jump()
        self._turned()

    def _turned(self) -> None:
        """Write down that somebody turned the clock."""
        with self._ordered():
            self.world.turns.turn(self._clock.runs)
