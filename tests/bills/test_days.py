"""When a bill is there: from 10:00 of the next day in Beijing, for 90 or 180 days."""

import datetime as dt

import pytest

from wxdist import BillKind, BillNotReady, BillTooOld
from wxdist.bills.days import hold_calendar, ready_at
from wxdist.models import BEIJING

DAY = dt.date(2026, 1, 5)
READY = dt.datetime(2026, 1, 6, 10, tzinfo=BEIJING)


def at(text):
    """Return Unix time of a Beijing time."""
    return dt.datetime.fromisoformat(f"{text}+08:00").timestamp()


@pytest.mark.parametrize("kind", BillKind)
@pytest.mark.parametrize("now", ["2026-01-04T12:00", "2026-01-05T23:00", "2026-01-06T09:59:59"])
def test_before_it_is_made(kind, now):
    """Until 10:00 of the next day it is not ready, and the error says when; so of a day to come."""
    with pytest.raises(BillNotReady, match=f"the {kind} bill of 2026-01-05 is not made") as caught:
        hold_calendar(kind, DAY, now=at(now))

    assert (DAY, READY) == (caught.value.day, caught.value.ready_at)
    assert dt.timedelta(hours=8) == caught.value.ready_at.utcoffset()
    assert "2026-01-06 10:00" in str(caught.value)


LAST = {BillKind.DISTRIBUTION: 90, BillKind.REFUNDS: 90, BillKind.STATEMENT: 180}


@pytest.mark.parametrize("kind", BillKind)
def test_while_it_is_kept(kind):
    """From 10:00 on it is there, until the end of its last day."""
    last = at("2026-01-05T23:59:59") + LAST[kind] * 86_400

    for now in (at("2026-01-06T10:00"), last):
        hold_calendar(kind, DAY, now=now)
    with pytest.raises(BillTooOld, match=f"{LAST[kind]} days back at most") as caught:
        hold_calendar(kind, DAY, now=last + 1)

    assert (DAY, DAY + dt.timedelta(days=1)) == (caught.value.day, caught.value.oldest)


def test_the_ends_of_the_calendar():
    """The first and the last day there are have an answer too."""
    now = at("2026-01-06T10:00")

    with pytest.raises(BillTooOld):
        hold_calendar(BillKind.STATEMENT, dt.date.min, now=now)
    with pytest.raises(BillNotReady):
        hold_calendar(BillKind.STATEMENT, dt.date.max, now=now)
    assert READY == ready_at(DAY)
