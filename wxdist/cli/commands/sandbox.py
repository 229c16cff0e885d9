"""``wxdist sandbox``: the simulated service as a server, for programs in any language."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from wxdist.errors import InvalidInput

if TYPE_CHECKING:
    from wxdist.sandbox.standing import Standing

HELP = "run the simulated service on this machine, for programs in any language"
EPILOG = (
    "Signatures and certificates go by this machine's real time, business by the sandbox's own"
    " clock: by default it starts now and runs as fast as real time. With --store the state is kept"
    " after every call, and the business's clock stands still while the server does not run."
)


#: Arguments that are lists; the option of each stands once for each item.
_SINGULAR = {"sub_mchids": "sub_mchid", "holidays": "holiday"}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of ``wxdist sandbox``."""
    parser = commands.add_parser(
        "sandbox", help=HELP, description=HELP.capitalize() + ".", epilog=EPILOG
    )
    _add_server(parser.add_argument_group("server"))
    _add_terms(parser.add_argument_group("contract"))
    _add_time(parser.add_argument_group("time and dice"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it; return 0.

    `InvalidInput` names the option.
    """
    try:
        _serve(arguments)
    except InvalidInput as error:
        raise InvalidInput(_option(error.field), error.problem) from None
    return 0


def _serve(arguments: argparse.Namespace) -> None:
    import asyncio

    from wxdist.sandbox.standing import serve

    standing = made(arguments)
    if arguments.expose:
        print(
            f"wxdist: warning: whoever reaches {arguments.host} can play with this sandbox",
            file=sys.stderr,
        )
    asyncio.run(serve(standing, say))


def _option(field: str) -> str:
    """Return the option as it is typed for an argument of the sandbox."""
    return "--" + _SINGULAR.get(field, field).replace("_", "-")


def say(line: str) -> None:
    """Print *line* at once."""
    print(line, flush=True)


def made(arguments: argparse.Namespace) -> Standing:
    """Return the sandbox that *arguments* describe."""
    from wxdist.sandbox.options import terms
    from wxdist.sandbox.standing import Standing

    return Standing(
        terms(
            mode=arguments.mode,
            sub_mchids=arguments.sub_mchid,
            fee_rate=arguments.fee_rate,
            max_ratio=arguments.max_ratio,
            audit=arguments.audit,
            closed_money=arguments.closed_money,
            settlement_currency=arguments.settlement_currency,
            holidays=arguments.holiday,
            rates=arguments.rates,
        ),
        seed=arguments.seed,
        clock=arguments.clock,
        start=arguments.start,
        answers=arguments.answers,
        host=arguments.host,
        port=arguments.port,
        expose=arguments.expose,
        https=arguments.https,
        folder=arguments.credentials,
        store=arguments.store,
        control=arguments.control,
    )


def _add_server(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    group.add_argument("--host", default="127.0.0.1", help="a loopback address (127.0.0.1)")
    group.add_argument(
        "--expose", action="store_true", help="allow another --host: others can reach it then"
    )
    group.add_argument(
        "--credentials", metavar="FOLDER", help="write there what a client needs, keys among it"
    )
    group.add_argument(
        "--control", action="store_true", help="take orders over HTTP under /_sandbox/"
    )
    group.add_argument(
        "--https",
        action="store_true",
        help="speak HTTPS; clients have to trust sandbox_ca.pem in the credentials folder",
    )
    group.add_argument("--store", metavar="FILE", help="keep the state there; else it is forgotten")


def _add_terms(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--mode", default="common", choices=("common", "institutional", "service_provider")
    )
    group.add_argument(
        "--sub-mchid", action="append", default=[], help="a sub-merchant; may stand several times"
    )
    group.add_argument("--fee-rate", default="0", metavar="RATE", help="such as 0.006 (0)")
    group.add_argument(
        "--max-ratio", default="0.30", metavar="RATIO", help="of a payment, for others (0.30)"
    )
    group.add_argument(
        "--audit",
        default="manual",
        choices=("manual", "auto"),
        help="of receivers: manual waits for an order, auto passes after 3 working days",
    )
    group.add_argument(
        "--closed-money",
        default="frozen",
        choices=("frozen", "sponsor"),
        help="where the money of a CLOSED detail goes",
    )
    group.add_argument(
        "--settlement-currency",
        default="HKD",
        metavar="CURRENCY",
        help="in which sponsors are paid (HKD)",
    )
    group.add_argument(
        "--holiday",
        action="append",
        default=[],
        type=_day,
        metavar="DATE",
        help="a date on which banks pay nothing out, such as 2026-02-17; may stand several times",
    )
    group.add_argument(
        "--rates",
        default="fixed",
        choices=("fixed", "daily"),
        help="of exchange: daily ones are others each day",
    )
    group.add_argument(
        "--answers",
        default="certificate",
        choices=("certificate", "public_key"),
        help="what signs the answers",
    )


def _add_time(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--clock",
        type=_clock,
        default="auto",
        metavar="auto|manual|N",
        help="auto: as fast as real time (default); manual: only by orders; N: N times as fast",
    )
    group.add_argument(
        "--start",
        type=_start,
        metavar="ISO",
        help="where a new business's clock starts, such as 2026-01-05T09:00+08:00 (now)",
    )
    group.add_argument("--seed", type=int, default=0, help="of ids, times and results (0)")


def _clock(text: str) -> str | float:
    try:
        return text if text in {"auto", "manual"} else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be auto, manual or a number") from None


def _day(text: str) -> object:
    import datetime as dt

    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must look like 2026-02-17") from None


def _start(text: str) -> object:
    import datetime as dt

    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must look like 2026-01-05T09:00+08:00") from None
    if when.utcoffset() is None:
        raise argparse.ArgumentTypeError("needs a time zone, as in 2026-01-05T09:00+08:00")
    return when
