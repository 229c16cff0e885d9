"""When a bill is there.

A bill of a Beijing day is made on the next, before 10:00, and kept for 90 days; a statement for
180. An FAQ says 9:00; the later hour is safe. Sources:
https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml,
https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_34.shtml
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from wxdist.errors import BillNotReady, BillTooOld
from wxdist.models import BEIJING, BillKind

MADE_AT = dt.time(10, tzinfo=BEIJING)  #: on the next day
ONE_DAY = dt.timedelta(days=1)

MOST_DAYS: Mapping[BillKind, int] = {
    BillKind.DISTRIBUTION: 90,
    BillKind.REFUNDS: 90,
    BillKind.STATEMENT: 180,
}  #: how far back a bill is kept


def ready_at(day: dt.date) -> dt.datetime:
    """Return when the bill of a Beijing *day* is there, in Beijing time."""
    last = dt.date.max - ONE_DAY  # of those that have a next day
    return dt.datetime.combine(min(day, last) + ONE_DAY, MADE_AT)


def hold_calendar(kind: BillKind, day: dt.date, *, now: float) -> None:
    """Return when the bill of *day* can be there at Unix time *now*.

    Raises:
        BillNotReady: it is not made yet, also when *day* is yet to come.
        BillTooOld: it is no longer kept.
    """
    today = dt.datetime.fromtimestamp(now, BEIJING)
    if today < (ready := ready_at(day)):
        raise BillNotReady(
            f"the {kind.value} bill of {day} is not made yet: ask from {ready:%Y-%m-%d %H:%M} on, "
            "Beijing time",
            day=day,
            ready_at=ready,
        )
    oldest = today.date() - MOST_DAYS[kind] * ONE_DAY
    if day < oldest:
        raise BillTooOld(
            f"the {kind.value} bill of {day} is too old: {MOST_DAYS[kind]} days back at most",
            day=day,
            oldest=oldest,
        )
