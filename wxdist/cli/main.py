"""The command ``wxdist``: which command is meant, and how it ended."""

from __future__ import annotations

import argparse
import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Protocol

from wxdist.cli.commands import bills, demo, doctor, reconcile, sandbox, settlements, version
from wxdist.cli.output import one_line
from wxdist.errors import InvalidInput, WxdistError

#: As a shell reports a program that a signal ended: 128 and the signal's number.
INTERRUPTED = 128 + 2
BROKEN_PIPE = 128 + 13

WRONG_USAGE = 2
EPILOG = (
    "exit status: 0 it went well, 1 it did not, 2 wrong usage, 3 something is not there yet,"
    " 4 differences were found, 130 interrupted"
)


class Command(Protocol):
    """A module of ``commands``."""

    def register(self, commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        """Add the command's parser, whose default ``run`` carries it out."""


def main(
    arguments: Sequence[str] | None = None,
    *,
    commands: Sequence[Command] = (demo, doctor, sandbox, bills, settlements, reconcile),
) -> int:
    """Carry out one command and return the exit status.

    Args:
        arguments: those after the program's name; ``None`` takes the process's own.
        commands: what can be asked for.

    Raises:
        SystemExit: by the parser: 0 after ``--help``, 2 for wrong usage.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What the terminal's encoding lacks is spelled \uXXXX, which JSON understands too.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            return _run(arguments, commands)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads any more. The interpreter flushes once again at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def _run(arguments: Sequence[str] | None, commands: Sequence[Command]) -> int:
    parsed = _parser(commands).parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn
            status: int = parsed.run(parsed)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except WxdistError as error:
        _say(f"{type(error).__name__}: {error}")
        is_option = isinstance(error, InvalidInput) and error.field.startswith("--")
        return WRONG_USAGE if is_option else 1
    except OSError as error:
        named = "" if error.filename is None else f"{error.filename}: "
        _say(f"{named}{error.strerror or error}")
        return 1
    return status


def _say(text: str) -> None:
    print(f"wxdist: {one_line(text)}", file=sys.stderr)


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning in one line, without the place in the program."""
    _say(f"warning: {message}")


def _parser(commands: Sequence[Command]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wxdist",
        description="Funds distribution with WeChat Pay Global: try it, check your set-up,"
        " account for every fen.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action=version.Show, help="print the version and exit")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands:
        command.register(subparsers)
    return parser
