"""Bills fetched into a folder: each day by itself, so that one that fails stops no other."""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from wxdist import Bill, BillFile, Session
from wxdist.cli.days import between, chosen
from wxdist.cli.folder import name_of
from wxdist.cli.output import Screen
from wxdist.errors import BillNotReady, NoBill, WxdistError
from wxdist.models import BillKind
from wxdist.waiting import Clock


@attrs.frozen(kw_only=True)
class Fetched:
    """What became of one day's bill."""

    kind: BillKind
    day: dt.date
    state: str  #: here, no bill, not yet, failed
    path: Path | None = None
    rows: int = 0
    total: int | None = None  #: fen; ``None``: of a statement, whose rows are of two kinds
    said: str = ""  #: why it is not here


async def fetch(
    arguments: argparse.Namespace, environ: Mapping[str, str], *, clock: Clock | None = None
) -> list[Fetched]:
    """Fetch what *arguments* ask for, a day after the other, drawing progress on stderr."""
    kind, found = BillKind(arguments.kind), []
    async with Session.from_env(environ, clock=clock) as session:
        first, last = chosen(arguments, session.clock.now())
        arguments.folder.mkdir(parents=True, exist_ok=True)
        for day in between(first, last):
            each = await one(session, kind, day, arguments.folder, arguments.sub_mchid)
            if each.path is not None:
                each = await asyncio.to_thread(counted, each, each.path, arguments)
            found.append(each)
    return found


async def one(
    session: Session, kind: BillKind, day: dt.date, folder: Path, sub_mchid: str | None
) -> Fetched:
    """Fetch the bill of one day into *folder*; what refuses it is told, not raised."""
    screen = Screen(sys.stderr)
    path = folder / name_of(kind, day, sub_mchid)

    def progress(done: int, total: int | None) -> None:
        of = f" of {total:,}" if total else ""
        screen.progress(f"{path.name}: {done:,}{of} bytes")

    try:
        await handle(session, kind, day, sub_mchid).download(path, progress=progress)
    except NoBill as error:
        return Fetched(kind=kind, day=day, state="no bill", said=str(error))
    except BillNotReady as error:
        return Fetched(kind=kind, day=day, state="not yet", said=str(error))
    except WxdistError as error:
        said = f"{type(error).__name__}: {error}"
        return Fetched(kind=kind, day=day, state="failed", said=said)
    finally:
        screen.clear()
    return Fetched(kind=kind, day=day, state="here", path=path)


def handle(session: Session, kind: BillKind, day: dt.date, sub_mchid: str | None) -> Bill[Any]:
    """Return the handle of the bill that is meant."""
    ask: Mapping[BillKind, Callable[..., Bill[Any]]] = {
        BillKind.DISTRIBUTION: session.bills.distribution,
        BillKind.REFUNDS: session.bills.refunds,
        BillKind.STATEMENT: session.bills.statement,
    }
    return ask[kind](day, sub_mchid=sub_mchid)


def counted(bill: Fetched, path: Path, arguments: argparse.Namespace) -> Fetched:
    """Count the bill at *path*, and write it in the other forms that were asked for."""
    file: BillFile[Any] = BillFile(path, bill.kind)
    if arguments.csv:
        file.to_csv(path.with_suffix(".safe.csv"))
    if arguments.parquet:
        file.to_parquet(path.with_suffix(".parquet"))
    amount = _AMOUNTS.get(bill.kind)
    rows, total = 0, 0
    for row in file.rows():
        rows += 1
        total += getattr(row, amount) if amount else 0
    return attrs.evolve(bill, rows=rows, total=total if amount else None)


#: Which amounts of a bill make a total: a statement's are of several kinds and currencies.
_AMOUNTS = {BillKind.DISTRIBUTION: "amount", BillKind.REFUNDS: "refund_fee"}
