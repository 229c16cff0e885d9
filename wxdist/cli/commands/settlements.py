"""``wxdist settlements``: what was paid out, or is still to come."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wxdist.cli.days import add_range, chosen
from wxdist.cli.output import Screen, as_json, one_line, table

if TYPE_CHECKING:
    from wxdist.models import Settlement
    from wxdist.waiting import Clock

#: Of the table: an amount within another has both names.
COLUMNS: Mapping[str, str] = {
    "batch_id": "string",
    "settlement_date": "date32",
    "trade_start_date": "date32",
    "trade_end_date": "date32",
    "amount_settled": "int64",
    "amount_unsettle": "int64",
    "amount_currency": "string",
    "amount_pay": "int64",
    "amount_refund": "int64",
    "amount_net": "int64",
    "amount_fee": "int64",
    "wallet_region": "string",
    "split_amount_settled": "int64",
    "split_amount_unsettle": "int64",
    "split_amount_currency": "string",
    "split_amount_pay": "int64",
    "split_amount_refund": "int64",
    "extra": "string",  # what else the service sent, as JSON
}

HELP = "list what was settled in some days, or what is still to be settled"


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the parser of ``wxdist settlements``."""
    parser = commands.add_parser("settlements", help=HELP, description=HELP.capitalize() + ".")
    add_range(parser, of="what was settled")
    parser.add_argument(
        "--unsettled", action="store_true", help="what is still to come, instead of some days"
    )
    parser.add_argument("--sub-mchid", help="needed for service providers alone")
    parser.add_argument(
        "--parquet", type=Path, metavar="FILE", help="write them there too (needs wxdist[arrow])"
    )
    parser.add_argument("--json", action="store_true", help="print data instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the records; return 0."""
    import asyncio

    from wxdist.cli.parquet import hold, write
    from wxdist.errors import InvalidInput

    if arguments.unsettled and (arguments.first or arguments.last):
        raise InvalidInput("--unsettled", "is without days: they have no effect on it")
    hold("--parquet", arguments.parquet)
    found = asyncio.run(ask(arguments, os.environ))
    if arguments.parquet is not None:
        write(arguments.parquet, map(_row, found), COLUMNS)
    if arguments.json:
        print(as_json([data(each) for each in found]))
    else:
        screen = Screen(sys.stdout)
        screen.say(*lines(found))
    return 0


async def ask(
    arguments: argparse.Namespace, environ: Mapping[str, str], *, clock: Clock | None = None
) -> list[Settlement]:
    """Return the records that are meant, drawing progress on stderr."""
    from wxdist import Session, SettleState

    screen, found = Screen(sys.stderr), []
    async with Session.from_env(environ, clock=clock) as session:
        state, first, last = SettleState.UNSETTLE, None, None
        if not arguments.unsettled:
            state = SettleState.SETTLED
            first, last = chosen(arguments, session.clock.now())
        records = session.settlements.list(
            state, start=first, end=last, sub_mchid=arguments.sub_mchid
        )
        try:
            async for record in records:
                found.append(record)
                screen.progress(f"{len(found):,} records")
        finally:
            screen.clear()
    return found


def lines(found: Sequence[Settlement]) -> list[str]:
    """Return the records as a table, with a sum for each currency."""
    if not found:
        return ["There is none."]
    rows = [
        [
            one_line(each.batch_id),
            str(each.settlement_date),
            _days(each.trade_start_date, each.trade_end_date),
            one_line(each.amount.currency),
            *(f"{amount:,}" for amount in _amounts(each)),
        ]
        for each in found
    ]
    head = ["batch", "settled on", "traded", "", "pay", "refund", "fee", "net", "unsettled"]
    sums = [_sum(found, currency) for currency in sorted({each.amount.currency for each in found})]
    note = "Amounts in the smallest unit of each currency."
    return [*table([head, [], *rows, [], *sums], right=range(4, 9)), "", note]


def _days(first: dt.date, last: dt.date) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _amounts(each: Settlement) -> tuple[int, ...]:
    amount = each.amount
    return amount.pay, amount.refund, amount.fee, amount.net, amount.unsettle


def _sum(found: Sequence[Settlement], currency: str) -> list[str]:
    of_it = [_amounts(each) for each in found if each.amount.currency == currency]
    totals = [f"{sum(column):,}" for column in zip(*of_it, strict=True)]
    return [f"{len(of_it)} records", "", "", one_line(currency), *totals]


def data(each: Settlement) -> dict[str, Any]:
    """Return one record for a program, as the service spells it; days as 2026-01-05."""
    fields = _fields(each)
    return {**fields.pop("extra"), **fields}


def _row(each: Settlement) -> dict[str, Any]:
    return {**_fields(each), "extra": json.dumps(dict(each.extra), ensure_ascii=False)}


def _fields(each: Settlement) -> dict[str, Any]:
    import attrs

    return attrs.asdict(each, filter=lambda field, _: field.name != "meta")  # type: ignore[arg-type]  # an attrs class, which our decorator hides
