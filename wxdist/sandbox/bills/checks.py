"""The papers of all days, read as a merchant reads them, held against the books."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping

from wxdist.models import BillKind

from ..records import Batch, Payment
from ..rules import calendar
from ..state import State
from .desk import Bills

Row = Mapping[str, str]
#: Column of a payment's amounts in the statement: what of the books it adds up to.
_BOOKED = {"用户支付金额": "paid", "用户退款金额": "refund", "手续费": "fee"}


def contradictions(state: State, bills: Bills) -> Iterator[str]:
    """Yield where papers and books differ.

    What was paid or refunded stands in the papers of its day, once; the papers of all days add up
    to the books of each payment, those of one day to its settlement.
    """
    booked: Counter[tuple[str, str]] = Counter()
    for day in sorted(_days(state)):
        statement = _rows(bills.text(day, "", BillKind.STATEMENT))
        refunds = _rows(bills.text(day, "", BillKind.REFUNDS))
        _add(booked, statement, refunds)
        if _named(statement) != _happened(state, day):
            yield f"the statement of {day} is not that day of the books"
        for batch in state.batches.values():
            if batch.day == day and _settled(state, batch, statement, refunds) != _held(batch):
                yield f"the papers of {day} do not add up to batch {batch.batch_id}"
    for payment in state.payments.values():
        if any(booked[each, payment.transaction_id] != fen for each, fen in _books(state, payment)):
            yield f"{payment.transaction_id}: the papers do not add up to the books"


def _days(state: State) -> set[dt.date]:
    paid = (each.paid_at for each in state.payments.values())
    refunded = (each.create_time for each in state.refunds.values())
    return {calendar.day_of(when) for times in (paid, refunded) for when in times}


def _named(statement: list[Row]) -> list[tuple[str, str]]:
    """Return the numbers of the rows, those of revocations left out."""
    numbers = ((row["微信订单号"], row["微信退款单号"]) for row in statement)
    return sorted(each for each in numbers if each[0] != each[1])


def _happened(state: State, day: dt.date) -> list[tuple[str, str]]:
    paid = [
        (key, "") for key, each in state.payments.items() if calendar.day_of(each.paid_at) == day
    ]
    refunded = [
        (each.transaction_id, key)
        for key, each in state.refunds.items()
        if calendar.day_of(each.create_time) == day
    ]
    return sorted(paid + refunded)


def _add(booked: Counter[tuple[str, str]], statement: list[Row], refunds: list[Row]) -> None:
    for row in statement:
        for column, what in _BOOKED.items():
            booked[what, row["微信订单号"]] += _minor(row[column])
    for row in refunds:
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


def _settled(
    state: State, batch: Batch, statement: list[Row], refunds: list[Row]
) -> tuple[int, ...]:
    """Return what the papers say of a batch: of ordinary payments, and of advanced money."""
    terms = state.terms
    own = [row for row in statement if terms.sponsor(row["子商户号"]) == batch.sponsor]
    ordinary = [row for row in own if not state.payments[row["微信订单号"]].marked]
    advanced = [row for row in refunds if terms.sponsor(row["sub_mchid"]) == batch.sponsor]
    columns = ("应结订单金额", "退款应结订单金额", "手续费")
    sums = [sum(_minor(row[column]) for row in ordinary) for column in columns]
    return (*sums, sum(_minor(row["settlement_amount"]) for row in advanced))


def _held(batch: Batch) -> tuple[int, ...]:
    ordinary = (batch.pay - batch.split_pay, batch.refund - batch.split_refund, batch.fee)
    return (*ordinary, batch.split_refund)


def _rows(text: str) -> list[Row]:
    """Return the rows below the first header, without their backticks."""
    head, *lines = csv.reader(text.splitlines())
    data = (line for line in lines if line[0].startswith("`") and len(line) == len(head))
    return [dict(zip(head, (each[1:] for each in line), strict=True)) for line in data]


def _minor(text: str) -> int:
    """Return a printed amount in minor units; nothing is zero."""
    return int(text.replace(".", "") or "0")
