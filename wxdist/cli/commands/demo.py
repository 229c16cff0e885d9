"""``wxdist demo``: the whole story on the sandbox."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wxdist.cli.output import Screen, as_json, table, yuan

if TYPE_CHECKING:
    from wxdist.cli.ending import Ending, Received

HELP = "show one payment from the mark to the last fen, on the built-in sandbox"


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of ``wxdist demo``."""
    parser = commands.add_parser("demo", help=HELP, description=HELP.capitalize() + ".")
    parser.add_argument("--json", action="store_true", help="print data instead of the story")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Tell the story and return the exit status."""
    import asyncio

    from wxdist.cli.story import play

    screen = Screen(sys.stdout, quiet=arguments.json)
    ending = asyncio.run(play(screen))
    return finish(screen, ending, as_data=arguments.json)


def finish(screen: Screen, ending: Ending, *, as_data: bool) -> int:
    """Print how it ended; return 0 when the money adds up, else 1."""
    screen.say("", *closing(screen, ending))
    if as_data:
        print(as_json(data(ending)))
    return 0 if ending.closes else 1


def closing(screen: Screen, ending: Ending) -> Sequence[str]:
    """Return the table of who got what, and whether it adds up."""
    total = "what the payer paid" if ending.total == ending.payer else "NOT what the payer paid"
    lines = table(
        [
            ["Who got what", "account", "yuan", "how it ended"],
            [],
            *(_row(screen, each) for each in ending.receivers),
            ["The sponsor", ending.sponsor, yuan(ending.released), "the rest, released"],
            ["Acquiring fee", "", yuan(ending.fee), "kept by WeChat Pay"],
            [],
            ["Total", "", yuan(ending.total), total],
        ],
        right=[2],
    )
    return [screen.paint(lines[0], "bold"), *lines[1:], "", _verdict(screen, ending)]


def _row(screen: Screen, each: Received) -> list[str]:
    closed = each.paid != each.asked
    said = f"{each.result}, {yuan(each.asked)} not paid" if closed else each.result
    cells = [each.name, each.account, yuan(each.paid)]
    return [*cells, screen.paint(said, "red" if closed else "green")]


def _verdict(screen: Screen, ending: Ending) -> str:
    if ending.closes:
        return screen.paint("It adds up to the fen, and the bill says the same.", "green")
    return screen.paint("It does NOT add up, or the bill says something else.", "red")


def data(ending: Ending) -> dict[str, Any]:
    """Return the story's end for a program: amounts in fen."""
    import attrs

    return {
        **attrs.asdict(ending),  # type: ignore[arg-type]  # an attrs class, which our decorator hides
        "distributed": ending.distributed,
        "total": ending.total,
        "closes": ending.closes,
    }
