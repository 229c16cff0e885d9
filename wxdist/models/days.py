"""The days that bills, settlements and limits go by: those of Beijing."""

from __future__ import annotations

import datetime as dt

#: Without summer time since 1991: no time-zone database is needed.
BEIJING = dt.timezone(dt.timedelta(hours=8), "Beijing")


def beijing_day(moment: dt.datetime) -> dt.date:
    """Return the Beijing day of *moment*, which names its zone."""
    return moment.astimezone(BEIJING).date()
