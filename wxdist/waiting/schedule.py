"""When to look again: delays, the freeze window and deadlines, as plain figures."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

from wxdist.errors import ConfigurationError, InvalidInput
from wxdist.settings import Delays
from wxdist.waiting.clock import Clock


def series(delays: Delays) -> Iterator[float]:
    """Yield the pauses between looks; the last of a tuple or of a generator that ends repeats.

    A wait generator of ``backoff`` yields ``None`` first, or 0, to be primed; that is passed over.

    Raises:
        ConfigurationError: a pause that is no number above zero: looks would come in a storm.
    """
    pause: object = None
    given = iter(delays() if callable(delays) else delays)
    if callable(delays) and (pause := next(given, None)):
        yield _pause(pause)
    for pause in given:
        yield _pause(pause)
    while True:
        yield _pause(pause)


def _pause(given: object) -> float:
    if isinstance(given, int | float) and given > 0:
        return float(given)
    raise ConfigurationError("the delays between looks must be seconds above zero")


def until(deadline: float | dt.datetime | None, default: float, clock: Clock) -> float:
    """Return a deadline on the clock's ``monotonic()``.

    Args:
        deadline: seconds from now, or an aware datetime; ``None`` takes *default*.
        default: seconds from now.
        clock: whose time it is.

    Raises:
        InvalidInput: a naive datetime, not a number, not finite, or not above zero.
    """
    if isinstance(deadline, dt.datetime):
        return clock.monotonic() + unix(deadline, "deadline") - clock.now()
    seconds = default if deadline is None else deadline
    if type(seconds) not in {int, float} or not math.isfinite(seconds) or seconds <= 0:
        raise InvalidInput("deadline", "must be seconds above zero, or an aware datetime")
    return clock.monotonic() + seconds


def unix(moment: object, field: str) -> float:
    """Return an aware datetime as Unix time; raise `InvalidInput` for anything else."""
    if not isinstance(moment, dt.datetime) or moment.utcoffset() is None:
        raise InvalidInput(field, "must be a datetime with its time zone")
    return moment.timestamp()
