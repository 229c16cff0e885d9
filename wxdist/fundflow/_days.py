"""Beijing days, and whole numbers of money, as arguments."""

from __future__ import annotations

import datetime as dt

from wxdist.errors import InvalidInput
from wxdist.models.limits import Whole

ONE_DAY = dt.timedelta(days=1)


def a_day(field: str, day: object) -> dt.date:
    """Return *day*; raise `InvalidInput` unless it is a date without a time."""
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise InvalidInput(field, "must be a datetime.date (a Beijing day)")
    return day


def money(field: str, amount: object, *, least: int | None = None) -> None:
    """Raise `InvalidInput` unless *amount* is a whole number, of *least* or more."""
    problem = Whole(least=least, unit=" of minor units").complain(amount)
    if problem is not None:
        raise InvalidInput(field, problem)
