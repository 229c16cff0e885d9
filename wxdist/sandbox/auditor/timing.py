"""The auditor's own figures of time. Seconds are Unix time, days are Beijing's."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection

#: Two times closer than this are taken for the same: they are sums of floating-point numbers.
CLOSE = 0.001
NEVER = math.inf
DAY = 86_400.0
BEIJING = dt.timezone(dt.timedelta(hours=8))

#: Freezing takes about 3 to 5 minutes.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_1.shtml
FREEZING = (180.0, 300.0)
#: Distribution is possible for 180 days.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/faq/chapter2_1_5.shtml
WINDOW = 180 * DAY
#: An audit takes 3 to 5 working days.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/faq/chapter2_1_2.shtml
AUDIT = (3, 5)
#: Seconds from an order to its first detail's end, and from one detail's to the next's: not
#: documented, figures that this sandbox promises.
FIRST = (2.0, 5.0)
NEXT = (1.0, 4.0)
#: A bill is there from 10:00 of the next day, in seconds of its own; for 90 days; its address
#: for 30 s.
#: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml
BILL_FROM = 34 * 3600.0
BILL_DAYS = 90
#: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_34.shtml
STATEMENT_DAYS = 180
LINK = 30.0


def beijing(when: float) -> dt.datetime:
    """Return *when* on the wall clock of Beijing."""
    return dt.datetime.fromtimestamp(when, BEIJING)


def day(when: float) -> dt.date:
    """Return the day of *when*."""
    return beijing(when).date()


def stamp(when: float) -> str:
    """Return *when* as answers print it."""
    return beijing(when).strftime("%Y-%m-%dT%H:%M:%S+08:00")


def unix(text: object) -> float:
    """Read what `stamp` printed; anything else is not a number."""
    try:
        return dt.datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        return math.nan


def midnight(when: dt.date) -> dt.datetime:
    """Return the begin of a day."""
    return dt.datetime(when.year, when.month, when.day, tzinfo=BEIJING)


def made(when: dt.date) -> float:
    """Return from when on the papers of a day are there."""
    return midnight(when).timestamp() + BILL_FROM


def works(when: dt.date, holidays: Collection[dt.date] = ()) -> bool:
    """Tell whether *when* is a working day: Monday to Friday, and none of *holidays*."""
    return when.weekday() < 5 and when not in holidays


def working_days_after(when: float, count: int) -> float:
    """Return the same hour *count* working days later."""
    while count:
        when += DAY
        count -= works(day(when))
    return when


def read_day(text: str, form: str) -> dt.date | None:
    """Read a day that is written exactly in *form*, else return ``None``."""
    try:
        found = dt.datetime.strptime(text, form).replace(tzinfo=BEIJING)
    except ValueError:
        return None
    return found.date() if found.strftime(form) == text else None
