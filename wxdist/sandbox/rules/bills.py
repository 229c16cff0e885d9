"""When the papers of a day are there, for how long, and how their addresses end.

Sources: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml (90 days, 30
seconds), chapter4_1_34.shtml (180 days, both codes); from 10:00 of the next day: the settlement
pages. The texts are ours, and the status of the codes, which the pages do not give.
"""

from __future__ import annotations

import datetime as dt

from .calendar import DAY, day_of, moment
from .refusal import Refused, ours

HOUR = 10
BILL_DAYS = 90
STATEMENT_DAYS = 180
LINK_SECONDS = 30.0


def made_at(day: dt.date) -> float:
    """Return when the papers of *day* are made: what happens later does not change them."""
    return moment(day, HOUR) + DAY  # the calendar's last day has no next one


def bill_there(day: dt.date, now: float) -> None:
    """Refuse a bill that is not yet made, or too old."""
    if now < made_at(day):
        raise ours(f"the bill of {day} is made on the next day before {HOUR}:00 Beijing time")
    if day < day_of(now) - dt.timedelta(days=BILL_DAYS):
        raise ours(f"bills are kept for {BILL_DAYS} days")


def statement_there(day: dt.date, now: float) -> None:
    """Refuse a statement that is not yet made, or too old."""
    if now < made_at(day):
        raise Refused(
            400,
            "STATEMENT_CREATING",
            f"[sandbox] the statement of {day} is made on the next day before {HOUR}:00",
        )
    if day < day_of(now) - dt.timedelta(days=STATEMENT_DAYS):
        raise ours(f"statements are kept for {STATEMENT_DAYS} days")


def something_there(day: dt.date, rows: object) -> None:
    """Refuse the paper of a day without *rows* (of the bills by analogy: ours)."""
    if not rows:
        text = f"[sandbox] nothing of the kind happened on {day}: it has no such file"
        raise Refused(400, "NO_STATEMENT_EXIST", text)


def link_alive(made: float, now: float) -> None:
    """Refuse a bill's address that is older than 30 s."""
    if now - made > LINK_SECONDS:
        seconds = f"{LINK_SECONDS:.0f} seconds"
        raise ours(f"this address was valid for {seconds}: ask for a new one")
