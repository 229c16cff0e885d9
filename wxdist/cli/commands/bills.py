"""``wxdist bills``: the daily bills, fetched, checked and counted."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wxdist.cli.days import add_range
from wxdist.cli.output import Screen, as_json, one_line, table, wrap, yuan

if TYPE_CHECKING:
    from wxdist.cli.fetching import Fetched

KINDS = ("distribution", "refunds", "statement")
HELP = "fetch the bills of some days, check them and count them"
EPILOG = (
    "Each bill is kept as it came, in FOLDER/KIND-DAY.csv, and appears there whole or not at all."
    " Exit status: 0 every bill is here or there is none that day, 1 one failed, 2 wrong usage,"
    " 3 one is not made yet: ask again after 10:00 in Beijing, the day after; 130 interrupted"
)
NOT_YET = 3

STYLES = {"here": "green", "no bill": "bold", "not yet": "yellow", "failed": "red"}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of ``wxdist bills``."""
    parser = commands.add_parser(
        "bills", help=HELP, description=HELP.capitalize() + ".", epilog=EPILOG
    )
    parser.add_argument("kind", choices=KINDS, help="which bill")
    add_range(parser, of="the bills")
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="where to put them (default: here)"
    )
    parser.add_argument(
        "--sub-mchid", metavar="MCHID", help="of this sub-merchant alone; not in common mode"
    )
    parser.add_argument(
        "--csv", action="store_true", help="write KIND-DAY.safe.csv too, for a spreadsheet"
    )
    parser.add_argument(
        "--parquet", action="store_true", help="write KIND-DAY.parquet too (needs wxdist[arrow])"
    )
    parser.add_argument("--json", action="store_true", help="print data instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fetch, print what is there; return the exit status."""
    import asyncio

    import attrs

    from wxdist.cli.fetching import fetch
    from wxdist.extras import imported

    if arguments.parquet:
        imported("pyarrow", "arrow")
    found = asyncio.run(fetch(arguments, os.environ))
    if arguments.json:
        bills = [attrs.asdict(each) for each in found]
        print(as_json({"kind": arguments.kind, "bills": bills}))
    else:
        screen = Screen(sys.stdout)
        screen.say(*lines(screen, found))
    return status(found)


def lines(screen: Screen, found: Sequence[Fetched]) -> list[str]:
    """Return the table of what was fetched, and below it what is to be said."""
    rows = [
        [
            str(each.day),
            screen.paint(each.state, STYLES[each.state]),
            f"{each.rows:,}" if each.path else "",
            "" if each.total is None else yuan(each.total),
            one_line(str(each.path or "")),
        ]
        for each in found
    ]
    head = ["day", "state", "rows", "yuan", "file"]
    here = [each for each in found if each.path]
    sums = [[], _sum(here)] if len(here) > 1 else []
    said = [
        line for each in found if each.said for line in wrap(f"{each.day}: {each.said}", rest="  ")
    ]
    return [*table([head, [], *rows, *sums], right=[2, 3]), *([""] if said else []), *said]


def _sum(here: Sequence[Fetched]) -> list[str]:
    totals = [each.total for each in here if each.total is not None]
    rows = sum(each.rows for each in here)
    return [f"{len(here)} bills", "", f"{rows:,}", yuan(sum(totals)) if totals else "", ""]


def status(found: Sequence[Fetched]) -> int:
    """Return the exit status: the worst that happened."""
    states = {each.state for each in found}
    if "failed" in states:
        return 1
    return NOT_YET if "not yet" in states else 0
