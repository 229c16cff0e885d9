"""All that ``wxdist reconcile`` holds together: bills, settlements, what we know."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from wxdist import BillFile, Session
from wxdist.cli.days import between, chosen, today
from wxdist.cli.fetching import Fetched, one
from wxdist.cli.folder import lying_in
from wxdist.cli.output import Screen
from wxdist.cli.parquet import hold as hold_parquet
from wxdist.cli.parquet import hold_folder
from wxdist.errors import InvalidInput, NoAnswer
from wxdist.fundflow import FundFlow, Weekdays, business_days
from wxdist.models import BillKind, Settlement, SettlementPage, SettleState
from wxdist.reconcile import Journal, Known, Reconciliation, reconcile
from wxdist.waiting import Clock
from wxdist.wire import codec


@attrs.frozen(kw_only=True)
class Gathered:
    """What there is of the period."""

    first: dt.date
    last: dt.date  #: of which all bills are made; before ``first``: of none
    bills: Mapping[BillKind, Sequence[BillFile[Any]]]  #: kinds that are not in it are not checked
    settlements: Sequence[Settlement] | None
    not_yet: Sequence[Fetched] = ()  #: bills that are not made yet
    failed: Sequence[Fetched] = ()  #: bills that were refused for good

    @property
    def whole(self) -> bool:
        """Whether there is something that can be held together."""
        return not self.failed and self.first <= self.last


def flows(arguments: argparse.Namespace) -> list[FundFlow]:
    """Return how settled money flows, where that was told.

    Raises:
        InvalidInput: the rate that tells the threshold is missing, or something is no such thing.
    """
    currency, rate, country = arguments.currency, arguments.usd_rate, arguments.country
    if currency is rate is country is None:
        return []
    if rate is None and currency != "USD":
        raise InvalidInput("--usd-rate", f"is needed for {currency or 'HKD'}, as 7.80")
    try:
        calendar = business_days(country) if country else Weekdays()
        return [FundFlow(currency=currency or "HKD", calendar=calendar, usd_rate=rate)]
    except InvalidInput as error:
        raise InvalidInput("--" + error.field.replace("_", "-"), error.problem) from None


def hold(arguments: argparse.Namespace) -> None:
    """Look at what would otherwise fail after long work only.

    Raises:
        InvalidInput: options that do not fit each other, or no folder to write to.
        MissingExtra: what ``--parquet`` or ``--country`` needs is not installed.
    """
    if arguments.fetch and arguments.bills is None:
        raise InvalidInput("--fetch", "needs --bills FOLDER")
    if arguments.html is not None:
        hold_folder("--html", arguments.html)
    hold_parquet("--parquet", arguments.parquet)
    flows(arguments)


async def gather(
    arguments: argparse.Namespace, environ: Mapping[str, str], *, clock: Clock | None = None
) -> Gathered:
    """Return what lies there, fetched before where that is asked for."""
    settled = together(settlements_in(path) for path in arguments.settlements)
    if arguments.fetch:
        async with Session.from_env(environ, clock=clock) as session:
            return await _fetched(session, arguments, settled)
    first, last = chosen(arguments, time.time())
    lying = {} if arguments.bills is None else lying_in(arguments.bills, arguments.sub_mchid)
    if arguments.bills is not None and not lying:
        raise InvalidInput("--bills", f"{arguments.bills} has no bill named as KIND-DAY.csv")
    return Gathered(
        first=first,
        last=last,
        bills=_within(lying, first, last),
        settlements=settled if arguments.settlements else None,
    )


async def _fetched(
    session: Session, arguments: argparse.Namespace, settled: list[Settlement]
) -> Gathered:
    """Fetch what is missing; the period ends before the first bill that is not made yet."""
    now = session.clock.now()
    first, last = chosen(arguments, now)
    bills = [each async for each in _missing(session, arguments, first, last)]
    not_yet = [each for each in bills if each.state == "not yet"]
    failed = [each for each in bills if each.state == "failed"]
    last = min([last, *(each.day - dt.timedelta(days=1) for each in not_yet)])
    if first <= last and not failed and not arguments.settlements:
        settled = await _settlements(session, first, today(now), arguments.sub_mchid)
    lying = lying_in(arguments.bills, arguments.sub_mchid)
    return Gathered(
        first=first,
        last=last,
        bills=_within({kind: lying.get(kind, []) for kind in BillKind}, first, last),
        settlements=settled,
        not_yet=not_yet,
        failed=failed,
    )


async def _missing(
    session: Session, arguments: argparse.Namespace, first: dt.date, last: dt.date
) -> AsyncIterator[Fetched]:
    """Fetch each bill that does not lie there; one that fails is the last.

    A bill of one sub-merchant is not that of all.
    """
    folder, sub_mchid = arguments.bills, arguments.sub_mchid
    folder.mkdir(parents=True, exist_ok=True)
    there = lying_in(folder, sub_mchid)
    days = {
        (kind, bill.day)
        for kind, bills in there.items()
        for bill in bills
        if bill.sub_mchid == sub_mchid
    }
    for day in between(first, last):
        for kind in BillKind:
            if (kind, day) not in days:
                found = await one(session, kind, day, folder, sub_mchid)
                yield found
                if found.state == "failed":
                    return


async def _settlements(
    session: Session, first: dt.date, now: dt.date, sub_mchid: str | None
) -> list[Settlement]:
    """Ask for what was settled since the *first* day, and for what was not settled yet.

    What is settled between the two questions is in both answers; it counts as settled. Money of
    the period's last days is settled after them: hence until *now*.
    """
    asked = session.settlements.list
    waiting = [each async for each in asked(SettleState.UNSETTLE, sub_mchid=sub_mchid)]
    settled = [
        each async for each in asked(SettleState.SETTLED, start=first, end=now, sub_mchid=sub_mchid)
    ]
    return together([settled, waiting])


def together(answers: Iterable[Sequence[Settlement]]) -> list[Settlement]:
    """Return the records of several answers.

    A batch that is in more than one was asked for more than once: the record of the first answer in
    which it was settled counts. What one answer has twice stays.
    """
    known: dict[str, list[Settlement]] = {}
    for answer in answers:
        found: dict[str, list[Settlement]] = defaultdict(list)
        for record in answer:
            found[record.batch_id].append(record)
        for batch, records in found.items():
            if batch not in known or any(each.amount.unsettle for each in known[batch]):
                known[batch] = records
    return [each for records in known.values() for each in records]


def _within(
    bills: Mapping[BillKind, Sequence[BillFile[Any]]], first: dt.date, last: dt.date
) -> Mapping[BillKind, Sequence[BillFile[Any]]]:
    return {
        kind: [bill for bill in found if bill.day is not None and first <= bill.day <= last]
        for kind, found in bills.items()
    }


def settlements_in(path: Path) -> Sequence[Settlement]:
    """Return the records of a file that ``wxdist settlements --json`` printed.

    Raises:
        InvalidInput: it is no such file.
    """
    body = b'{"offset":0,"limit":0,"data":' + path.read_bytes() + b"}"
    try:
        return codec.load(SettlementPage, body).data
    except NoAnswer as error:
        problem = f"{path} is not what `wxdist settlements --json` prints: {error}"
        raise InvalidInput("settlements", problem) from None


@contextlib.contextmanager
def journal(name: str) -> Iterator[Journal]:
    """Give the journal in the file *name*, or what comes from stdin where it is ``-``."""
    if name != "-":
        with Path(name).open("rb"):
            yield Journal(name)
        return
    with tempfile.TemporaryDirectory(prefix="wxdist-journal-") as folder:
        path = Path(folder) / "journal.jsonl"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield Journal(path)


def held(
    arguments: argparse.Namespace, known: Iterable[Known], gathered: Gathered, screen: Screen
) -> Reconciliation:
    """Hold all of it together, drawing progress on *screen*."""
    bills, sub_mchid = gathered.bills, arguments.sub_mchid
    settled = gathered.settlements

    def progress(doing: str, done: int) -> None:
        screen.progress(f"{doing}: {done:,}" if done else doing)

    try:
        return reconcile(
            known if sub_mchid is None else of_merchant(known, sub_mchid),
            first=gathered.first,
            last=gathered.last,
            distribution=bills.get(BillKind.DISTRIBUTION),
            refunds=bills.get(BillKind.REFUNDS),
            statements=bills.get(BillKind.STATEMENT),
            settlements=settled and [(sub_mchid or "", each) for each in settled],
            own=arguments.own,
            flows=flows(arguments),
            progress=progress,
        )
    finally:
        screen.clear()


def of_merchant(known: Iterable[Known], sub_mchid: str) -> Iterator[Known]:
    """Yield what is known of one sub-merchant, and what does not tell whose it is.

    A refund and a remaining amount are of the merchant of their payment, if that came before.
    """
    others: set[str] = set()
    for each in known:
        if getattr(each, "sub_mchid", None) not in {None, sub_mchid}:
            others.add(each.transaction_id or "")
        elif each.transaction_id not in others:
            yield each
