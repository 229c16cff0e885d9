"""``wxdist doctor``: is the configuration in the environment right."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wxdist.cli.output import Screen, as_json, pad, wrap

if TYPE_CHECKING:
    from wxdist.cli.checks import Check
    from wxdist.waiting import Clock

HELP = "check the configuration in the environment against the service; moves nothing"
STYLES = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "bold"}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of ``wxdist doctor``."""
    parser = commands.add_parser("doctor", help=HELP, description=HELP.capitalize() + ".")
    parser.add_argument("--json", action="store_true", help="print data instead of lines")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; return 1 when something failed, else 0."""
    import asyncio

    screen = Screen(sys.stdout, quiet=arguments.json)
    found = asyncio.run(look(screen, os.environ))
    ok = all(check.result != "failed" for check in found)
    if arguments.json:
        print(as_json({"ok": ok, "checks": [data(check) for check in found]}))
    screen.say("", "All is well." if ok else "Something has to be done: see `failed` above.")
    return 0 if ok else 1


async def look(
    screen: Screen, environ: Mapping[str, str], *, clock: Clock | None = None
) -> list[Check]:
    """Examine the configuration, telling each check as it is done."""
    from wxdist.cli.checks import examine

    found = []
    async for check in examine(environ, clock=clock):
        found.append(check)
        screen.say(*lines(screen, check))
    return found


def lines(screen: Screen, check: Check) -> list[str]:
    """Return a check as a line or more, with what to do below."""
    word, rest = screen.paint(check.result, STYLES[check.result]), " " * 23
    said = wrap(check.said, first=pad(word, 9) + pad(check.name, 14), rest=rest)
    advice = wrap(check.advice, first=f"{rest}-> ", rest=f"{rest}   ") if check.advice else []
    return [*said, *advice]


def data(check: Check) -> dict[str, str]:
    """Return a check for a program."""
    return {
        "check": check.name,
        "result": check.result,
        "said": check.said,
        "advice": check.advice,
    }
