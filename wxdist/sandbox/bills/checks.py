"""The papers of all days, read as a merchant reads them, held against the books."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from wxdist.models import BillKind, DetailResult

from ..records import Batch, Payment
from ..rules import calendar
from ..state import State
from .desk import Bills
from .writing import lines_of

Row = Mapping[str, str]
_KINDS = (BillKind.DISTRIBUTION, BillKind.REFUNDS, BillKind.STATEMENT)
#: Column of a payment's amounts in the statement: what of the books it adds up to.
_BOOKED = {"用户支付金额": "paid", "用户退款金额": "refund", "手续费": "fee"}


@attrs.frozen
class Papers:
    """The rows of a day's papers."""

    distribution: Sequence[Row]
    refunds: Sequence[Row]
    statement: Sequence[Row]


def contradictions(state: State, bills: Bills) -> Iterator[str]:
    """Yield where papers and books differ.

    What succeeded, was paid or was refunded stands in the papers of its day, once; the papers of
    all days add up to the books of each payment, those of one day to its settlement.
    """
    posted, traded, batches = _posted(state), _traded(state), _batches(state)
    closed = _closed(state)
    booked: Counter[tuple[str, str]] = Counter()
    for day in sorted({*posted, *traded, *batches}):
        papers = Papers(*(_rows(bills.text(day, "", kind)) for kind in _KINDS))
        _add(booked, papers)
        if _succeeded(papers) != sorted(posted[day]):
            yield f"the bill of {day} is not that day of the books"
        if _named(papers) != sorted(traded[day]):
            yield f"the statement of {day} is not that day of the books"
        for batch in batches[day]:
            if _settled(state, batch, papers) != _held(batch, closed[batch.sponsor, day]):
                yield f"the papers of {day} do not add up to batch {batch.batch_id}"
    for payment in state.payments.values():
        if any(booked[each, payment.transaction_id] != fen for each, fen in _books(state, payment)):
            yield f"{payment.transaction_id}: the papers do not add up to the books"


def _posted(state: State) -> Mapping[dt.date, list[tuple[str, int]]]:
    """Return number and fen of the details that the books posted, by their day."""
    days: defaultdict[dt.date, list[tuple[str, int]]] = defaultdict(list)
    for key, end in state.ledger.posted():
        days[calendar.day_of(end.when)].append((key, end.entry.amount))
    return days


def _traded(state: State) -> Mapping[dt.date, list[tuple[str, str]]]:
    """Return the numbers of the payments and refunds by their day."""
    days: defaultdict[dt.date, list[tuple[str, str]]] = defaultdict(list)
    for key, payment in state.payments.items():
        days[calendar.day_of(payment.paid_at)].append((key, ""))
    for key, refund in state.refunds.items():
        days[calendar.day_of(refund.create_time)].append((refund.transaction_id, key))
    return days


def _batches(state: State) -> Mapping[dt.date, list[Batch]]:
    days: defaultdict[dt.date, list[Batch]] = defaultdict(list)
    for batch in state.batches.values():
        days[batch.day].append(batch)
    return days


def _closed(state: State) -> Counter[tuple[str, dt.date]]:
    """Return what came of closed details, by sponsor and day, where it goes to the sponsor."""
    sums: Counter[tuple[str, dt.date]] = Counter()
    if state.terms.closed_money == "sponsor":
        for order in state.orders.values():
            for each in order.details:
                if each.result == DetailResult.CLOSED and each.finish_time is not None:
                    sums[order.sponsor, calendar.day_of(each.finish_time)] += each.settled
    return sums


def _succeeded(papers: Papers) -> list[tuple[str, int]]:
    return sorted((row["detail_id"], _minor(row["amount"])) for row in papers.distribution)


def _named(papers: Papers) -> list[tuple[str, str]]:
    """Return the numbers of the statement's rows, those of revocations left out."""
    numbers = ((row["微信订单号"], row["微信退款单号"]) for row in papers.statement)
    return sorted(each for each in numbers if each[0] != each[1])


def _add(booked: Counter[tuple[str, str]], papers: Papers) -> None:
    for row in papers.statement:
        for column, what in _BOOKED.items():
            booked[what, row["微信订单号"]] += _minor(row[column])
    for row in papers.refunds:
        key = row["Wechat order number(transaction_id)"]
        booked["billed", key] += _minor(row["Payer's refund amount"])
        booked["advanced", key] += _minor(row["advanced"])


def _books(state: State, payment: Payment) -> Iterator[tuple[str, int]]:
    """Yield what the papers must add up to; a fee, only where it is in CNY."""
    key, ledger = payment.transaction_id, state.ledger
    parts = ledger.parts(key)
    yield "paid", -ledger.balance(("payer", key))
    yield "refund", parts["refund"]
    if payment.marked:
        yield "fee", parts["fee"]
        yield "advanced", ledger.advanced(key)
        yield "billed", parts["refund"] * (payment.revoked_at is None)


def _settled(state: State, batch: Batch, papers: Papers) -> tuple[int, ...]:
    """Return what the papers say of a batch: ordinary payments, advanced and released money."""
    terms = state.terms
    own = [row for row in papers.statement if terms.sponsor(row["子商户号"]) == batch.sponsor]
    ordinary = [row for row in own if not state.payments[row["微信订单号"]].marked]
    advanced = [row for row in papers.refunds if terms.sponsor(row["sub_mchid"]) == batch.sponsor]
    released = [row for row in papers.distribution if row["sponsor"] == batch.sponsor]
    columns = ("应结订单金额", "退款应结订单金额", "手续费")
    sums = [_sum(ordinary, column) for column in columns]
    return (*sums, *(_sum(rows, "settlement_amount") for rows in (advanced, released)))


def _held(batch: Batch, closed: int) -> tuple[int, ...]:
    """Return the same of the batch, without the money of *closed* details: no paper has it."""
    ordinary = (batch.pay - batch.split_pay, batch.refund - batch.split_refund, batch.fee)
    return (*ordinary, batch.split_refund, batch.split_pay - closed)


def _sum(rows: Iterable[Row], column: str) -> int:
    return sum(_minor(row[column]) for row in rows)


def _rows(text: str) -> list[Row]:
    """Return the rows below the first header, without their backticks."""
    head, *lines = lines_of(text)
    data = (line for line in lines if line[0].startswith("`") and len(line) == len(head))
    return [dict(zip(head, (each[1:] for each in line), strict=True)) for line in data]


def _minor(text: str) -> int:
    """Return a printed amount in minor units; nothing is zero."""
    return int(text.replace(".", "") or "0")
