"""``wxdist reconcile``: what we know, held against bills and settlements."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wxdist.cli.days import add_range
from wxdist.cli.output import Screen, as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wxdist.cli.fetching import Fetched
    from wxdist.cli.gathering import Gathered
    from wxdist.reconcile import Reconciliation

HELP = "hold what you know against bills and settlements: where did the money go"
EPILOG = (
    "FOLDER holds bills as `wxdist bills` names them: KIND-DAY.csv, or KIND-DAY-SUB_MCHID.csv."
    " Each kind that lies there is checked, with --fetch all three; of a day without a file there"
    " was no bill. The period ends before the first bill that is not made yet."
    " Exit status: 0 all is well, 1 it did not go well, 2 wrong usage, 3 a bill is not made yet"
    " (what is there is well), 4 differences were found, 130 interrupted"
)
NOT_YET, DIFFERENT = 3, 4


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of ``wxdist reconcile``."""
    parser = commands.add_parser(
        "reconcile", help=HELP, description=HELP.capitalize() + ".", epilog=EPILOG
    )
    parser.add_argument(
        "journal",
        metavar="JOURNAL",
        help="file of wxdist.reconcile.Journal: what you know, a line each; - reads stdin",
    )
    add_range(parser, of="the period")
    _add_sources(parser.add_argument_group("held against"))
    _add_flow(parser.add_argument_group("days of payouts (without these only their order counts)"))
    _add_output(parser.add_argument_group("output"))
    parser.set_defaults(run=run)


def _add_sources(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--bills", type=Path, metavar="FOLDER", help="the bills of the period")
    group.add_argument(
        "--settlements",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what `wxdist settlements --json` printed, best of all from the first day until today"
        " and with --unsettled; may stand several times",
    )
    group.add_argument(
        "--fetch",
        action="store_true",
        help="first fetch the bills that FOLDER lacks and, without --settlements, the settlements;"
        " configured by the environment as for `wxdist doctor`",
    )
    group.add_argument(
        "--sub-mchid", metavar="MCHID", help="of this sub-merchant alone; not in common mode"
    )
    group.add_argument(
        "--own",
        action="append",
        default=[],
        metavar="MCHID",
        help="a merchant that is yours, may stand several times (default: those in JOURNAL)",
    )


def _add_flow(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--currency", type=_currency, metavar="CODE", help="in which it is settled (HKD)"
    )
    group.add_argument("--usd-rate", metavar="RATE", help="how much of it one USD is, as 7.80")
    group.add_argument(
        "--country",
        type=str.upper,
        metavar="CODE",
        help="whose bank holidays count, as HK (needs wxdist[holidays]; default: none)",
    )


def _currency(text: str) -> str:
    code = text.upper()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise argparse.ArgumentTypeError(f"{text!r} is no currency as HKD")
    return code


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--html", type=Path, metavar="FILE", help="write the report as a page")
    group.add_argument(
        "--parquet",
        type=Path,
        metavar="FILE",
        help="write differences and open things as a table (needs wxdist[arrow])",
    )
    group.add_argument("--json", action="store_true", help="print data instead of tables")


def run(arguments: argparse.Namespace) -> int:
    """Hold all together, print what came of it; return the exit status."""
    import asyncio

    from wxdist.cli.gathering import gather, held, hold, journal

    hold(arguments)
    with journal(arguments.journal) as known:
        gathered = asyncio.run(gather(arguments, os.environ))
        if not gathered.whole:
            return _in_vain(arguments, gathered)
        result = held(arguments, known, gathered, Screen(sys.stderr))
    return finish(arguments, result, gathered, skipped=known.skipped)


def finish(
    arguments: argparse.Namespace,
    result: Reconciliation,
    gathered: Gathered,
    *,
    skipped: Sequence[int],
) -> int:
    """Write and print what came of it; return the exit status."""
    _write(arguments, result)
    _show(arguments, result, gathered, skipped)
    if not result.ok:
        return DIFFERENT
    return NOT_YET if gathered.not_yet else 0


def _in_vain(arguments: argparse.Namespace, gathered: Gathered) -> int:
    """Tell why nothing can be held together."""
    from wxdist.cli.verdict import missing

    if arguments.json:
        print(as_json({"ok": False, "reconciled": False, **_bills(gathered)}))
    else:
        lines = missing([*gathered.failed, *gathered.not_yet])
        Screen(sys.stdout).say("Nothing was reconciled: bills are missing.", *lines)
    return 1 if gathered.failed else NOT_YET


def _write(arguments: argparse.Namespace, result: Reconciliation) -> None:
    from wxdist.cli.parquet import write_table

    if arguments.html is not None:
        result.write_html(arguments.html)
    if arguments.parquet is not None:
        write_table(arguments.parquet, result.to_arrow())


def _show(
    arguments: argparse.Namespace,
    result: Reconciliation,
    gathered: Gathered,
    skipped: Sequence[int],
) -> None:
    from wxdist.cli.verdict import report

    if arguments.json:
        found = {"reconciled": True, **result.to_json(), **_bills(gathered)}
        print(as_json({**found, "skipped_lines": skipped}))
    else:
        screen = Screen(sys.stdout)
        screen.say(*report(screen, result, not_yet=gathered.not_yet, skipped=skipped))


def _bills(gathered: Gathered) -> dict[str, Any]:
    return {"not_yet": _told(gathered.not_yet), "failed": _told(gathered.failed)}


def _told(bills: Sequence[Fetched]) -> list[dict[str, Any]]:
    return [{"kind": each.kind, "day": each.day, "said": each.said} for each in bills]
