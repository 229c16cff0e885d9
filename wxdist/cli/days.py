"""Days as they are typed: Beijing days, a range of them, both ends included."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterator

from wxdist.errors import InvalidInput

#: As `wxdist.models.BEIJING`, which ``--help`` would wait for.
BEIJING = dt.timezone(dt.timedelta(hours=8), "Beijing")


def day(text: str) -> dt.date:
    """Return the day that *text*, as ``2026-01-05``, stands for; else it is wrong usage."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=BEIJING).date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day as 2026-01-05") from None


def today(now: float) -> dt.date:
    """Return the Beijing day of Unix time *now*."""
    return dt.datetime.fromtimestamp(now, BEIJING).date()


def between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield each day from *first* to *last*, both included."""
    for number in range((last - first).days + 1):
        yield first + dt.timedelta(days=number)


def add_range(parser: argparse.ArgumentParser, *, of: str) -> None:
    """Add ``--from`` and ``--to``, which give ``first`` and ``last``."""
    parser.add_argument(
        "--from",
        dest="first",
        type=day,
        metavar="DAY",
        help=f"first day of {of}, in Beijing, as 2026-01-05 (default: the day of --to)",
    )
    parser.add_argument(
        "--to",
        dest="last",
        type=day,
        metavar="DAY",
        help="last day, included (default: the day of --from, or yesterday in Beijing)",
    )


def chosen(arguments: argparse.Namespace, now: float) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that were meant.

    Raises:
        InvalidInput: the last one is before the first.
    """
    yesterday = today(now) - dt.timedelta(days=1)
    last = arguments.last or arguments.first or yesterday
    first = arguments.first or last
    if last < first:
        raise InvalidInput("--to", "is before --from")
    return first, last
