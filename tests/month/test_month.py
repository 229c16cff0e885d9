"""A month of everything reconciles to zero; each thing that is wrong is found, and nothing else.

What goes wrong does so in a month of fewer transactions, to be quick. ``WXDIST_MONTH=10000`` takes
one of so many for all tests, and ``WXDIST_MONTH_SEEDS=20`` spoils each thing in so many places.
"""

import os
import random
from collections import Counter

import pytest

from wxdist import Distribution, Refund
from wxdist.models import BillKind, DetailResult, OrderState, RefundStatus, TradeState
from wxdist.reconcile import KnownPayment, OpenReason, Source

from . import (  # noqa: F401 - each registers what can go wrong
    in_books,
    in_distribution,
    in_files,
    in_refunds,
    in_settlements,
    in_statement,
    in_statement_fields,
)
from .discrepancies import DISCREPANCIES
from .month import HOLIDAYS, LAST, NOTHING_HAPPENS, ONLY_PAID
from .shop import ENDS, FATES, SUBS, WORTH
from .spoiled import Copy

SEEDS = int(os.environ.get("WXDIST_MONTH_SEEDS", "1"))
#: Only two of the bills have a summary.
CASES = [
    pytest.param(name, adds_up, id=f"{name}{'' if adds_up else '-careless'}")
    for name, deed in DISCREPANCIES.items()
    for adds_up in (True, False)
    if adds_up or deed.__module__ in {in_distribution.__name__, in_refunds.__name__}
]
SUMS = ("payments", "paid", "advanced", "distributed", "released", "refunded", "fee", "frozen")


def of(month, kind):
    return [each for each in month.known if isinstance(each, kind)]


def test_the_month_is_full(month):
    """It has 2 000 transactions, and something of every kind."""
    happened = {*FATES, *ENDS, *WORTH, "was later", "was tomorrow", "refunds by the platform"}

    assert month.transactions >= 2000
    assert set() == happened - set(month.done)


def test_it_has_every_state(month):
    """Orders and refunds under way, closed details, revocations: all are in the journal."""
    orders, refunds = of(month, Distribution), of(month, Refund)

    assert {OrderState.PROCESSING, OrderState.FINISHED} == {each.state for each in orders}
    assert set(DetailResult) == {d.result for each in orders for d in each.receivers}
    assert {RefundStatus.PROCESSING, RefundStatus.SUCCESS} == {each.status for each in refunds}
    assert {TradeState.SUCCESS, TradeState.REVOKED} == {
        each.state for each in of(month, KnownPayment)
    }


def test_it_has_days_of_every_kind(month):
    """Days without a bill, below zero, below the threshold, and payouts on business days only."""
    days = {kind: {bill.day for bill in bills} for kind, bills in month.bills.items()}
    nets = [each.amount.net for each in month.settlements]
    payouts = {each.settlement_date for each in month.settlements if each.amount.settled}

    assert all(NOTHING_HAPPENS not in each for each in days.values())
    assert ONLY_PAID in days[BillKind.STATEMENT] - days[BillKind.DISTRIBUTION]
    assert min(nets) < 0 < max(nets)
    assert len(payouts) < len(nets) - 5
    assert all(day.isoweekday() <= 5 and day not in HOLIDAYS for day in payouts)


def test_it_reconciles_to_zero(month, result):
    """Not one difference; every row has its counterpart, and every sum closes."""
    rows = {
        kind: sum(1 for bill in bills for _ in bill.rows()) for kind, bills in month.bills.items()
    }

    assert () == result.differences
    assert {} == result.counts
    assert result.ok
    assert 0 == result.unchecked
    assert tuple(Source)[:4] == result.checked
    assert {
        Source.DISTRIBUTION: rows[BillKind.DISTRIBUTION],
        Source.REFUNDS: rows[BillKind.REFUNDS],
        Source.STATEMENT: rows[BillKind.STATEMENT],
    } == result.matched


def test_it_finds_what_the_ledger_holds(month, result):
    """Paid, advanced, distributed, released, refunded, fees and frozen are the sandbox's own."""
    assert {name: month.ledger[name] for name in SUMS} == {
        name: getattr(result.total, name) for name in SUMS
    }
    assert SUBS == tuple(each.sub_mchid for each in result.sums)
    assert 0 == result.total.difference


def test_it_finds_what_ordinary_orders_brought(month, result):
    """Ordinary payments and their refunds are the sandbox's own, in every currency."""
    found = Counter()
    for each in result.ordinary:
        whose = each.sub_mchid, each.currency
        found[whose, "payments"] = each.payments
        found[whose, "paid"] = each.paid
        found[whose, "refunded"] = each.refunded

    assert month.ordinary == +found
    assert set(WORTH) == {each.currency for each in result.ordinary}


def test_it_tells_what_is_open(month, result):
    """Frozen and pending money is all that the ledger holds as such; so are the other reasons."""
    sums = Counter()
    for each in result.open:
        sums[each.reason] += each.amount
    pending = [
        d
        for each in of(month, Distribution)
        for d in each.receivers
        if d.result == DetailResult.PENDING
    ]
    refunds = [each for each in of(month, Refund) if each.status == RefundStatus.PROCESSING]
    unsettled = [each.amount.unsettle for each in month.settlements if each.amount.unsettle]

    assert month.ledger["frozen"] == sums[OpenReason.FROZEN] + sums[OpenReason.PROCESSING]
    assert sum(each.amount for each in pending) == sums[OpenReason.PROCESSING]
    assert sum(unsettled) == sums[OpenReason.NOT_YET_SETTLED]
    assert {
        OpenReason.PROCESSING: len(pending),
        OpenReason.REFUND_PROCESSING: len(refunds),
        OpenReason.NOT_YET_SETTLED: len(unsettled),
    } == {reason: n for reason, n in result.open_counts.items() if reason != OpenReason.FROZEN}


def test_its_days_add_up(month, result):
    """The lines of the days add up to the whole, and the settled ones to the payouts."""
    added = {name: sum(getattr(day, name) for day in result.days) for name in SUMS[4:6] + SUMS[1:2]}
    brought = sum(each.amount.settled for each in month.settlements)

    assert {name: getattr(result.total, name) for name in added} == added
    assert brought == sum(sum(day.settled.values()) for day in result.days if day.day <= LAST)


def test_there_are_many_discrepancies():
    """More than 150 kinds, in bills, files, records and our own books, each explained."""
    assert len(DISCREPANCIES) > 150
    assert [] == [name for name, deed in DISCREPANCIES.items() if not deed.__doc__]


@pytest.mark.parametrize(("name", "adds_up"), CASES)
def test_names_it_and_nothing_else(spoilt, tmp_path, name, adds_up):
    """One thing is wrong, with a summary that fits it or not: that is found, and nothing else."""
    for seed in range(SEEDS):
        copy = Copy(spoilt, tmp_path, random.Random(f"{name} {seed}"), adds_up)
        expected = DISCREPANCIES[name](copy)
        result = copy.reconciled()

        assert not result.ok
        assert sorted(map(repr, expected)) == sorted(
            repr(narrowed(each, expected)) for each in result.differences
        )


def narrowed(difference, expected):
    """Return a difference with those ids alone that are expected of it."""
    told = difference.kind.value, difference.source.value, difference.field
    for each in expected:
        if each[:3] == told and each[3].items() <= difference.key.items():
            return each
    return *told, dict(difference.key)
