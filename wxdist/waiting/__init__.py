"""When to look again: clocks, schedules, verdicts and the loops that use them."""

from wxdist.waiting.clock import Clock, FakeClock, ScaledClock

__all__ = ["Clock", "FakeClock", "ScaledClock"]
