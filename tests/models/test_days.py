"""The days of Beijing."""

import datetime as dt

import pytest

from wxdist.models import BEIJING, beijing_day


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-05T00:00:00+08:00", 5),
        ("2026-01-04T16:00:00+00:00", 5),
        ("2026-01-04T15:59:59.999999+00:00", 4),
        ("2026-01-05T12:00:00-05:00", 6),
    ],
)
def test_the_day_in_beijing(moment, day):
    """A moment of any zone has the day that it has on Beijing's clocks."""
    assert dt.date(2026, 1, day) == beijing_day(dt.datetime.fromisoformat(moment))


def test_no_summer_time():
    """Beijing is eight hours ahead all the year."""
    offsets = {dt.datetime(2026, month, 1, tzinfo=BEIJING).utcoffset() for month in range(1, 13)}

    assert {dt.timedelta(hours=8)} == offsets
