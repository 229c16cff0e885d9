"""When things happen: Beijing days, the freeze window, audits, settlement."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection

from .refusal import bad_field

#: Beijing has been on UTC+8 without summer time since 1991: no time-zone database is needed.
BEIJING = dt.timezone(dt.timedelta(hours=8))
DAY = 86_400.0
#: Where time ends, as Unix time: the start of the year 9000, so that what follows has a date too.
LATEST = 221_845_392_000
#: When is due what never happens: the start of the year 9999.
NEVER = 253_370_764_800.0

#: Seconds from payment until the money is frozen and can be distributed: "about 3 to 5 minutes".
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_1.shtml
FREEZING = (180.0, 300.0)
#: Seconds until the first detail of an order is done, and between one and the next (ours).
FIRST_DETAIL = (2.0, 5.0)
NEXT_DETAIL = (1.0, 4.0)
#: Seconds until a refund has arrived: to a balance within 20 minutes (that it takes some: ours).
#: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml
REFUNDING = (120.0, 1200.0)
#: Days after payment in which it can be distributed; then the system releases the rest.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/faq/chapter2_1_5.shtml
WINDOW_DAYS = 180
#: Working days of an audit by itself: the least of the documented 3 to 5 (which one: ours).
AUDIT_DAYS = 3
#: Hour of T+1 at which day T is exchanged, and at which a full pool is paid out (ours).
EXCHANGE_HOUR = 6
PAYOUT_HOUR = 10


def beijing(when: float) -> dt.datetime:
    """Return Unix time *when* as Beijing time."""
    return dt.datetime.fromtimestamp(when, BEIJING)


def day_of(when: float) -> dt.date:
    """Return the Beijing day of Unix time *when*."""
    return beijing(when).date()


def moment(day: dt.date, hour: int = 0) -> float:
    """Return the Unix time of *hour* on the Beijing day *day*."""
    return dt.datetime.combine(day, dt.time(hour), BEIJING).timestamp()


def stamp(when: float) -> str:
    """Return Unix time *when* as the service's samples print it: whole seconds, +08:00.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_4.shtml
    """
    return beijing(when).isoformat(timespec="seconds")


def window_ends(paid_at: float) -> float:
    """Return when a payment can no longer be distributed.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/faq/chapter2_1_5.shtml
    """
    return paid_at + WINDOW_DAYS * DAY


def is_business_day(day: dt.date, holidays: Collection[dt.date] = ()) -> bool:
    """Return whether *day* is from Monday to Friday, and none of *holidays*."""
    return day.isoweekday() <= 5 and day not in holidays


def audit_ends(when: float) -> float:
    """Return when an audit that began at *when* ends by itself (ours, see `AUDIT_DAYS`)."""
    left = AUDIT_DAYS
    while left:
        when += DAY
        left -= is_business_day(day_of(when))
    return when


def exchange_time(day: dt.date) -> float:
    """Return when the money of *day* is exchanged: on T+1, holidays included.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml
    """
    return moment(day + dt.timedelta(days=1), EXCHANGE_HOUR)


def payout_time(when: float, holidays: Collection[dt.date] = ()) -> float:
    """Return the first time from *when* on at which banks take money (hour: ours)."""
    day = day_of(when)
    while not is_business_day(day, holidays) or moment(day, PAYOUT_HOUR) < when:
        day += dt.timedelta(days=1)
    return moment(day, PAYOUT_HOUR)


def day_in(text: str, form: str, field: str) -> dt.date:
    """Read a day in a query; *form* is ``%Y-%m-%d`` or ``%Y%m%d``. A wrong one is PARAM_ERROR."""
    try:
        read = dt.datetime.strptime(text, form).replace(tzinfo=BEIJING).date()
    except ValueError:
        read = None
    if read is None or not re.fullmatch(r"[0-9-]{8,10}", text) or read.strftime(form) != text:
        raise bad_field(field, f"must be a day such as {form}", "query", text)
    return read


def days_in_order(start: dt.date, end: dt.date) -> None:
    """Refuse a range that ends before it starts.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml
    """
    if end < start:
        raise bad_field("settle_end_date", "is before settle_start_date", "query", f"{end:%Y%m%d}")
