"""Business days: of the week, of a place, and with the last word of the caller."""

import datetime as dt
import pickle
import sys

import pytest

from wxdist import InvalidInput
from wxdist.fundflow import Weekdays, business_days

pytest.importorskip("holidays")

D = dt.date


def closed(calendar, first, last):
    """Return the weekdays from *first* to *last* on which the banks are closed."""
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5 and not calendar.is_business_day(day)]


def year(calendar, number):
    return [f"{day:%m-%d}" for day in closed(calendar, D(number, 1, 1), D(number, 12, 31))]


def test_weekdays():
    """Without holidays, Monday to Friday are business days and the weekend is none."""
    week = [D(2026, 1, number) for number in range(5, 12)]

    assert [True] * 5 + [False] * 2 == [Weekdays().is_business_day(day) for day in week]


def test_weekdays_with_holidays():
    """A given holiday is no business day; calendars of the same holidays are equal."""
    calendar = Weekdays([D(2026, 1, 6), D(2026, 1, 6)])

    assert [D(2026, 1, 6)] == closed(calendar, D(2026, 1, 1), D(2026, 1, 31))
    assert Weekdays({D(2026, 1, 6)}) == calendar


@pytest.mark.parametrize("wrong", [dt.datetime(2026, 1, 6, tzinfo=dt.UTC), "2026-01-06", None])
def test_holidays_are_dates(wrong):
    """Whatever is no date without a time is refused as a holiday."""
    with pytest.raises(InvalidInput) as caught:
        Weekdays([wrong])

    assert "holidays" == caught.value.field


#: Weekdays among the general holidays that the government of Hong Kong has gazetted.
#: https://www.gov.hk/en/about/abouthk/holiday/2025.htm and 2026.htm
HONG_KONG = {
    2025: "01-01 01-29 01-30 01-31 04-04 04-18 04-21 05-01 05-05 07-01 10-01 10-07 10-29 "
    "12-25 12-26",
    2026: "01-01 02-17 02-18 02-19 04-03 04-06 04-07 05-01 05-25 06-19 07-01 10-01 10-19 12-25",
}


@pytest.mark.parametrize("number", HONG_KONG)
def test_hong_kong(number):
    """Banks of Hong Kong rest on its general holidays, Good Friday included."""
    assert HONG_KONG[number].split() == year(business_days("HK"), number)


@pytest.mark.parametrize("country", ["HK", "GB", "SG", "JP", "KR", "US"])
def test_weekends(country):
    """Nothing is settled on Saturday and Sunday, though the law of Hong Kong rests on one alone."""
    calendar = business_days(country)

    weekend = [calendar.is_business_day(D(2026, 1, day)) for day in (10, 11, 24, 25)]
    week = [calendar.is_business_day(D(2026, 1, day)) for day in (13, 14, 15, 16)]

    assert ([False] * 4, [True] * 4) == (weekend, week)


#: Days that tell one calendar from another.
PLACES = [
    ("GB", None, "2026-04-06 2026-08-31", "2026-08-03"),
    ("GB", "SCT", "2026-08-03", "2026-04-06 2026-08-31"),
    ("SG", None, "2026-02-17 2026-08-10", "2026-02-19"),
    ("JP", None, "2026-12-31 2027-01-01", "2026-12-30"),
    ("KR", None, "2026-05-25 2026-10-05", "2026-12-24"),
    ("US", None, "2026-11-26", "2026-11-27"),
    ("IL", None, "2026-01-09 2026-01-10", "2026-01-11"),
    ("MO", None, "2026-02-17 2026-05-01", "2026-02-20"),
]


@pytest.mark.parametrize(("country", "part", "off", "on"), PLACES)
def test_places(country, part, off, on):
    """Each place has its own holidays and weekend; England is meant where none is named in GB."""
    calendar = business_days(country, part)

    assert {False} == {calendar.is_business_day(D.fromisoformat(day)) for day in off.split()}
    assert {True} == {calendar.is_business_day(D.fromisoformat(day)) for day in on.split()}


def test_extra_days():
    """A day that the library cannot know is given beside it."""
    storm = D(2026, 9, 24)
    usual, stormy = business_days("HK"), business_days("HK", extra=[storm])

    assert [storm] == closed(stormy, D(2026, 9, 1), D(2026, 9, 30))
    assert [] == closed(usual, D(2026, 9, 1), D(2026, 9, 30))
    assert usual != stormy


def test_a_place_is_a_value():
    """Calendars of the same place are equal, and survive being pickled."""
    calendar = business_days("GB", extra=[D(2026, 1, 6)])

    again = pickle.loads(pickle.dumps(calendar))

    assert business_days("GB", "ENG", [D(2026, 1, 6)]) == calendar == again
    assert not again.is_business_day(D(2026, 8, 31))


@pytest.mark.parametrize(
    ("country", "part", "field", "named"),
    [
        ("XX", None, "country", "'XX'"),
        ("hk", None, "country", "'hk'"),
        ("HKG", None, "country", "'HKG'"),
        ("", None, "country", "''"),
        ("HK", "ZZ", "subdivision", "of HK must be one of none; got 'ZZ'"),
        ("GB", "ZZ", "subdivision", "ENG, NIR, SCT, WLS"),
    ],
)
def test_places_that_are_none(country, part, field, named):
    """A country or a part that the library does not have is refused by name."""
    with pytest.raises(InvalidInput) as caught:
        business_days(country, part)

    assert field == caught.value.field
    assert named in caught.value.problem


def test_without_the_library(monkeypatch):
    """Where the library is missing, the error says which extra brings it."""
    monkeypatch.setitem(sys.modules, "holidays", None)  # as Python marks what cannot be imported

    with pytest.raises(ImportError, match=r"wxdist\[holidays\]"):
        business_days("HK")
