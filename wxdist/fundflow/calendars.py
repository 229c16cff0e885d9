"""Business days: on which days money can leave for the bank."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Protocol

import attrs

from wxdist.errors import InvalidInput
from wxdist.extras import imported

from ._days import a_day

SATURDAY = 5
#: Where the library has another name for the days on which banks are closed than ``public`` and
#: ``bank``. Hong Kong: its ``public`` days are the statutory ones, which an employer must give;
#: banks rest on the general holidays, Good Friday among them, and those it calls ``optional``.
#: https://github.com/vacanza/holidays/issues/2444
CATEGORIES = {"HK": ("optional",)}
#: The part of a country whose banks are meant when none is named: without one the library has only
#: what the whole country shares. https://github.com/vacanza/holidays/issues/2369
USUAL_PART = {"GB": "ENG"}


class BusinessDays(Protocol):
    """Knows the business days of the place of settlement; write your own to have the last word."""

    def is_business_day(self, day: dt.date) -> bool:
        """Tell whether money can be paid out on *day*."""
        ...


def _dates(days: Iterable[dt.date]) -> frozenset[dt.date]:
    return frozenset(a_day("holidays", day) for day in days)


@attrs.frozen
class Weekdays:
    """Monday to Friday, without the given holidays.

    Args:
        holidays: days on which banks are closed although it is Monday to Friday.

    Raises:
        InvalidInput: something else than dates.
    """

    holidays: frozenset[dt.date] = attrs.field(default=(), converter=_dates)

    def is_business_day(self, day: dt.date) -> bool:
        """Tell whether money can be paid out on *day*."""
        return day.weekday() < SATURDAY and day not in self.holidays


def business_days(
    country: str, subdivision: str | None = None, extra: Iterable[dt.date] = ()
) -> BusinessDays:
    """Return the business days of a place, by the library ``holidays`` (extra ``holidays``).

    Weekends are the place's own, in Hong Kong Saturday and Sunday. Which calendar WeChat Pay goes
    by is not documented; that of the place of settlement is the likely one. What the library
    cannot know: days that are closed or opened at short notice (a storm, a day of mourning), the
    dates of coming years before they are gazetted (those of Islamic feasts are estimates), and
    half days, which count as business days. A Saturday that is worked to make up for a bridge day
    is none here. In the United States the library also rests on the Friday before a holiday
    that falls on a Saturday, on which Federal Reserve banks are open. In Macao (``MO``) newer
    versions of the library name only the mandatory days: Good Friday, 8 and 24 December and days
    in lieu count as business days there, so give them as *extra*.

    Args:
        country: ISO 3166 code of the place of settlement, such as ``HK``, ``GB``, ``SG``, ``JP``,
            ``KR`` or ``US``.
        subdivision: its part, by the library's code; ``None`` takes what the whole country shares,
            in ``GB`` England.
        extra: further days on which banks are closed.

    Raises:
        InvalidInput: a country or a part that the library does not have.
        MissingExtra: the library is not installed.
    """
    holidays = imported("holidays", "holidays")
    countries = holidays.list_supported_countries(include_aliases=False)
    if country not in countries:
        raise InvalidInput("country", f"must be an ISO code with known holidays; got {country!r}")
    part = USUAL_PART.get(country) if subdivision is None else subdivision
    if part is not None and part not in countries[country]:
        known = ", ".join(countries[country]) or "none"
        raise InvalidInput("subdivision", f"of {country} must be one of {known}; got {part!r}")
    has = getattr(holidays, country).supported_categories
    kinds = CATEGORIES.get(country) or tuple(each for each in ("public", "bank") if each in has)
    library = holidays.country_holidays(country, subdiv=part, categories=kinds)
    return _Place(country, part, _dates(extra), library)


@attrs.frozen
class _Place:
    """The business days of one place; equal to others of the same place."""

    country: str
    part: str | None
    extra: frozenset[dt.date]
    _library: Any = attrs.field(eq=False, repr=False)

    def is_business_day(self, day: dt.date) -> bool:
        return not self._rests(day) and day not in self.extra and day not in self._library

    def _rests(self, day: dt.date) -> bool:
        weekend = self._library.weekend
        if len(weekend) == 1 and day.weekday() == SATURDAY:
            return True  # one day of rest by law: banks settle nothing on Saturday all the same
        return day.weekday() in weekend
