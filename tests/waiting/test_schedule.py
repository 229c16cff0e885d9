"""Delays and deadlines as plain figures."""

import datetime as dt
from itertools import islice

import backoff
import pytest

from wxdist import ConfigurationError, InvalidInput
from wxdist.waiting import FakeClock
from wxdist.waiting.clock import FAKE_START
from wxdist.waiting.schedule import series, unix, until

BEIJING = dt.timezone(dt.timedelta(hours=8))
START = dt.datetime(2026, 1, 5, 9, 0, tzinfo=BEIJING)


class Nowhere(dt.tzinfo):
    """A time zone that tells no offset: such a datetime is as naive as one without."""

    def utcoffset(self, when):
        return None


def generator(*pauses):
    """Return a wait generator with these pauses, the first of which may be a primer."""
    return lambda: iter(pauses)


@pytest.mark.parametrize(
    ("delays", "expected"),
    [
        ((3.0, 5.0, 10.0), [3, 5, 10, 10, 10, 10]),
        ((3600.0,), [3600] * 6),
        ((1, 2), [1, 2, 2, 2, 2, 2]),
        (backoff.expo, [1, 2, 4, 8, 16, 32]),
        (lambda: backoff.expo(base=3, factor=2, max_value=50), [2, 6, 18, 50, 50, 50]),
        (backoff.fibo, [1, 1, 2, 3, 5, 8]),
        (backoff.constant, [1] * 6),
        (lambda: backoff.constant(interval=(4, 9)), [4, 9, 9, 9, 9, 9]),
        (generator(None, 2, 7), [2, 7, 7, 7, 7, 7]),
        (generator(0, 2, 7), [2, 7, 7, 7, 7, 7]),
        (generator(2, 7), [2, 7, 7, 7, 7, 7]),
    ],
)
def test_pauses_between_looks(delays, expected):
    """A tuple's last delay repeats; a wait generator of backoff goes on, its primer passed over."""
    pauses = list(islice(series(delays), 6))

    assert expected == pauses
    assert {float} == {type(each) for each in pauses}


@pytest.mark.parametrize(
    "delays",
    [
        (),
        (0.0,),
        (5.0, 0.0),
        (5.0, -1.0),
        (float("nan"),),
        (None, 5.0),
        generator(None),
        generator(0),
        generator(5, 0, 5),
        generator(None, None, 5),
        generator(-1, 5),
        lambda: backoff.constant(0),
    ],
)
def test_delays_of_nothing_are_refused(delays):
    """Without a pause between them the questions would be a storm."""
    with pytest.raises(ConfigurationError, match="above zero"):
        list(islice(series(delays), 3))


def test_each_wait_has_pauses_of_its_own():
    """Two series of the same delays do not share their place."""
    delays = (1.0, 2.0, 3.0)

    first, second = series(delays), series(delays)

    assert ([1, 2], [1, 2]) == (list(islice(first, 2)), list(islice(second, 2)))


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        (None, 1800),
        (60, 60),
        (0.5, 0.5),
        (START + dt.timedelta(minutes=15), 900),
        (START.astimezone(dt.UTC) + dt.timedelta(minutes=15), 900),
        (START - dt.timedelta(seconds=5), -5),
    ],
)
@pytest.mark.parametrize("moved", [0, 100])
async def test_a_deadline_is_one_point_in_time(deadline, expected, moved):
    """Seconds count from now, a datetime stands for itself, ``None`` is the default from now."""
    clock = FakeClock()
    await clock.advance(moved)

    fixed = isinstance(deadline, dt.datetime)

    assert expected + (0 if fixed else moved) == until(deadline, 1800.0, clock)


@pytest.mark.parametrize(
    "deadline",
    [
        0,
        -1,
        float("nan"),
        float("inf"),
        True,
        "60",
        dt.timedelta(minutes=1),
        dt.date(2026, 1, 5),
        dt.datetime(2026, 1, 5, 9, 0),  # noqa: DTZ001  # naive on purpose
        dt.datetime(2026, 1, 5, 9, 0, tzinfo=Nowhere()),
    ],
)
def test_what_is_no_deadline_is_refused(deadline):
    """Nothing, less, no number, a boolean, and a datetime that could mean any hour."""
    with pytest.raises(InvalidInput) as error:
        until(deadline, 1800.0, FakeClock())

    assert "deadline" == error.value.field


def test_an_aware_datetime_is_unix_time():
    """The zone counts, not the figures."""
    assert FAKE_START == unix(START, "paid_at") == unix(START.astimezone(dt.UTC), "paid_at")


@pytest.mark.parametrize(
    "moment",
    [None, 1_767_574_800, "2026-01-05T09:00:00+08:00", START.replace(tzinfo=None), START.date()],
)
def test_what_is_no_aware_datetime_is_refused(moment):
    """The error names the argument."""
    with pytest.raises(InvalidInput) as error:
        unix(moment, "paid_at")

    assert "paid_at" == error.value.field
