import argparse
import datetime as dt

import pytest

from wxdist import InvalidInput
from wxdist.cli.days import BEIJING, add_range, between, chosen, today
from wxdist.models import BEIJING as KNOWN

MONDAY = dt.date(2026, 1, 5)
NOON = dt.datetime(2026, 1, 8, 12, tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp()


def parsed(*words):
    parser = argparse.ArgumentParser()
    add_range(parser, of="the bills")
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (dt.date(2026, 1, 7), dt.date(2026, 1, 7))),
        (["--from", "2026-01-05"], (MONDAY, MONDAY)),
        (["--to", "2026-01-05"], (MONDAY, MONDAY)),
        (["--from", "2026-01-05", "--to", "2026-01-06"], (MONDAY, dt.date(2026, 1, 6))),
    ],
)
def test_chooses_days(words, expected):
    """One end alone means that day, none the day before today in Beijing."""
    assert expected == chosen(parsed(*words), NOON)


def test_refuses_a_range_that_ends_before_it_begins():
    """The last day may not be before the first."""
    with pytest.raises(InvalidInput, match="--to: is before --from"):
        chosen(parsed("--from", "2026-01-06", "--to", "2026-01-05"), NOON)


@pytest.mark.parametrize("text", ["", "20260105", "2026-02-30", "05.01.2026", "yesterday"])
def test_refuses_what_is_no_day(text, capsys):
    """Anything but a day as 2026-01-05 is wrong usage, and says how a day is written."""
    with pytest.raises(SystemExit) as ended:
        parsed("--from", text)

    assert 2 == ended.value.code
    assert "is no day as 2026-01-05" in capsys.readouterr().err


def test_goes_from_day_to_day():
    """A range has both its ends, and crosses months."""
    days = list(between(dt.date(2026, 1, 30), dt.date(2026, 2, 1)))

    assert ["2026-01-30", "2026-01-31", "2026-02-01"] == [str(day) for day in days]


def test_today_is_beijings():
    """From 16:00 UTC on it is the next day in Beijing."""
    when = dt.datetime(2026, 1, 5, 16, tzinfo=dt.UTC).timestamp()

    assert [MONDAY, dt.date(2026, 1, 6)] == [today(when - 1), today(when)]


def test_the_same_beijing():
    """The commands' Beijing is that of all others, though they load none of them for it."""
    assert KNOWN == BEIJING
