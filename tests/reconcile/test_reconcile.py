"""A whole period: what is asked for, what is open, and the sums."""

import asyncio
import datetime as dt

import attrs
import pytest

from wxdist import models
from wxdist.models import DetailResult, RefundStatus, TradeState
from wxdist.reconcile import OpenReason, Source, reconcile

from .books import DAY, FIRST, SPONSOR, SUBS, Books, usual_books
from .spoiling import DAY_2, find


def test_finds_nothing_where_nothing_is_wrong():
    """Books that agree give no difference, and sums that close."""
    result = usual_books().reconcile()

    assert result.ok
    assert {} == result.counts
    assert {Source.DISTRIBUTION: 28, Source.REFUNDS: 4, Source.STATEMENT: 32} == result.matched
    assert {SPONSOR, *SUBS} == set(result.merchants)
    assert 0 == result.unchecked


def test_adds_up_where_the_money_is():
    """The sums tell each part of what was paid, by sub-merchant and together."""
    books = usual_books(days=1)

    result = books.reconcile()

    total = result.total
    assert (4, 68_000, 0) == (total.payments, total.paid, total.advanced)
    assert (6_500, 43_000, 10_000) == (total.distributed, total.released, total.refunded)
    assert (580, 7_920, 0) == (total.fee, total.frozen, total.difference)
    assert [40_000, 28_000] == [each.paid for each in result.sums]
    assert [(5_000, 0), (70_000, 6_000)] == [(e.paid, e.refunded) for e in result.ordinary]


def test_tells_each_day():
    """The lines of the days tell what happened on each, and what was settled."""
    books = usual_books(days=2)
    del books.srows[DAY_2]

    first, second = books.reconcile().days

    assert (68_000, 6_500, 10_000, 580) == (
        first.paid,
        first.distributed,
        first.refunded,
        first.fee,
    )
    assert (None, 1) == (second.fee, second.differences)
    assert {"HKD": books.batches[0].amount.net} == {
        key: value for key, value in second.settled.items() if value
    }


def test_checks_only_what_is_given():
    """A source that is left out is not checked, and the result says so."""
    result = usual_books().reconcile(distribution=None, refunds=None, settlements=None)

    assert (Source.STATEMENT,) == result.checked
    assert {} == result.counts


def test_computes_the_fee_without_a_statement():
    """Without a statement, what the rest leaves is the fee."""
    books = usual_books(days=1)

    result = books.reconcile(statements=None)

    assert 580 == result.total.fee
    assert result.ok


def test_computes_what_is_frozen_when_nobody_was_asked():
    """Without the remaining amount, what the rest leaves is frozen."""
    books = usual_books(days=1)
    books.payments = [attrs.evolve(each, remaining=None) for each in books.payments]

    result = books.reconcile()

    assert 7_920 == result.total.frozen
    assert result.ok


def test_takes_the_remaining_amount_by_itself():
    """A `Remaining` counts as that of its payment."""
    books = usual_books(days=1)
    wrong = models.Remaining(
        transaction_id=books.payments[0].transaction_id, unsplit_amount=3, currency="CNY"
    )

    (difference,) = books.reconcile(known=[*books.known(), wrong]).differences

    assert ("remaining", 0, 3) == (difference.field, difference.here, difference.there)


@pytest.mark.parametrize("what", ["order", "refund"])
def test_knows_that_a_remaining_amount_is_out_of_date(what):
    """What was left before an order or a refund says nothing of what is left after it."""
    books = Books(days=1)
    paid = books.marked(FIRST, 10_000, release=False, told=False)
    told = models.Remaining(
        transaction_id=paid.transaction_id, unsplit_amount=9_900, currency="CNY"
    )
    if what == "order":
        books.order(paid, FIRST, 2_000)
    else:
        books.refund(paid, FIRST, 2_000, 20)

    early = books.reconcile(known=[paid, told, *books.orders, *books.repaid], settlements=None)
    late = books.reconcile(known=[*books.known(), told], settlements=None)

    assert {} == early.counts
    assert {"sum": 1} == late.counts


def test_names_money_that_nobody_paid():
    """More was released than was paid: the sum of the payment does not close."""
    books = Books(days=1, told=False)
    paid = books.marked(FIRST, 1_000, release=False, told=False)
    books.order(paid, FIRST, 1_200)

    (difference,) = books.settle().reconcile(settlements=None).differences

    assert ("sum", "paid", 1_210, 1_000) == (
        difference.kind.value,
        difference.field,
        difference.here,
        difference.there,
    )


@pytest.mark.parametrize("told", [True, False])
def test_counts_what_the_sponsor_advanced(told):
    """A refund of what was already released is advanced by the sponsor."""
    books = Books(days=1, told=told)
    paid = books.marked(FIRST, 10_000, shares=(2_000,))
    books.refund(paid, FIRST, 5_000, 50)
    if told:
        row = books.rrows[FIRST][0]
        extra = {
            "advanced": "49.50",
            "settlement_amount": "59.18",
            "settlement_currency": "HKD",
        }
        books.rrows[FIRST][0] = attrs.evolve(row, extra=extra)
    books.settle()
    record = books.batches[0]
    books.batches[0] = attrs.evolve(
        record,
        amount=attrs.evolve(
            record.amount,
            refund=5_918,
            net=record.amount.net - 5_918,
            unsettle=record.amount.net - 5_918,
        ),
        split_amount=attrs.evolve(
            record.split_amount, refund=5_918, unsettle=record.split_amount.unsettle - 5_918
        ),
    )

    result = books.reconcile()

    assert {} == result.counts
    assert 4_950 == result.total.advanced
    assert result.closes


def test_counts_a_refund_that_was_advanced_whole():
    """A refund that returned no fee, of money that was all released, is advanced to the fen."""
    books = Books(days=1, told=False)
    paid = books.marked(FIRST, 10_000)
    books.refund(paid, FIRST, 5_000, 0)

    result = books.reconcile(settlements=None)

    assert {} == result.counts
    assert (5_000, True) == (result.total.advanced, result.closes)


def test_knows_that_a_payment_was_revoked():
    """A revoked payment is a refund of all of it, in the statement alone."""
    books = Books(days=1)
    paid = books.marked(FIRST, 10_000, release=False, told=False)
    row = books.srows[FIRST][0]
    gone = {"trade_state": "REVOKED", "refund_state": "SUCCESS", "fee": -100}
    books.srows[FIRST].append(attrs.evolve(row, **gone))
    books.payments = [attrs.evolve(paid, state=TradeState.REVOKED)]

    result = books.reconcile()

    assert {} == result.counts
    assert (10_000, 0) == (result.total.refunded, result.total.frozen)


def test_tells_what_is_open():
    """What is under way, or happened after the period, is open and no difference."""
    books = Books(days=2)
    paid = books.marked(FIRST, 10_000, release=False, told=False)
    books.order(paid, FIRST, 1_000, result=DetailResult.PENDING)
    books.refund(paid, FIRST, 1_000, 10)
    books.repaid[0] = attrs.evolve(books.repaid[0], status=RefundStatus.PROCESSING)
    late = FIRST + 2 * DAY
    books.order(paid, late, 500)
    books.marked(late, 700, told=False)
    del books.drows[late], books.srows[late]

    result = books.reconcile()

    assert {} == result.counts
    assert {
        OpenReason.FROZEN: 1,
        OpenReason.PROCESSING: 1,
        OpenReason.REFUND_PROCESSING: 1,
        OpenReason.NOT_BILLED_YET: 3,
    } == result.open_counts
    assert 1 == result.total.payments


def test_counts_earlier_payments_with_their_history():
    """A payment of before the period is no row of its bills, but adds up."""
    books = Books(days=2)
    books.marked(FIRST, 10_000, shares=(1_000,))

    result = books.settle().reconcile(
        first=DAY_2,
        **dict.fromkeys(("distribution", "refunds", "statements", "settlements"), ()),
    )

    assert {} == result.counts
    assert (10_000, 100) == (result.total.paid, result.total.fee)


def test_lists_no_more_than_asked_for():
    """All differences are counted, the first ones listed."""
    books = usual_books()
    books.drows[DAY_2].clear()

    result = books.reconcile(most_listed=2)

    assert (2, 2) == (len(result.differences), len(result.open))
    assert {"missing_there": 7} == result.counts
    assert 2 < sum(result.open_counts.values())


def test_takes_given_merchants_for_ours():
    """Of two sponsors with as many rows, the one that is given as ours is right."""
    books = Books(days=1)
    books.marked(FIRST, 10_000, shares=(1_000,), release=False)
    books.marked(FIRST, 20_000, shares=(1_000,), release=False)
    books.drows[FIRST][1] = attrs.evolve(books.drows[FIRST][1], sponsor="19")

    told = books.settle().reconcile(own=[SPONSOR, *SUBS])
    untold = books.reconcile(statements=None, settlements=None)

    assert ["sponsor"] == [each.field for each in told.differences]
    assert {} == untold.counts


def test_takes_several_merchants_for_ours():
    """Statements of two merchants that are named as ours are held in one run."""
    books = usual_books(days=1)
    last = books.srows[FIRST].pop()
    books.srows[FIRST].append(attrs.evolve(last, mchid="1900000300"))

    named = books.reconcile(own=[SPONSOR, *SUBS, "1900000300"])
    unnamed = books.reconcile()

    assert {} == named.counts
    assert ["mchid"] == [each.field for each in unnamed.differences]


def test_learns_from_rows_who_is_ours():
    """Where our books name no merchant, those of the rows that we know are ours."""
    books = Books(days=1)
    books.marked(FIRST, 10_000, shares=(1_000, 2_000), release=False, sub=None)
    row = attrs.evolve(books.drows[FIRST][0], detail_id="N", out_order_no="N", sponsor="77")
    books.drows[FIRST].append(row)

    result = books.reconcile(settlements=None)

    assert (SPONSOR,) == result.merchants
    assert {"foreign": 1} == result.counts


def test_calls_nothing_foreign_when_nobody_is_ours():
    """Without known merchants a row that we do not know is missing here."""
    books = usual_books(days=1)

    result = books.reconcile(known=[], settlements=None)

    assert {"missing_here": len(books.drows[FIRST]) + len(books.srows[FIRST])} == result.counts


def test_says_that_unknown_rows_stand_twice():
    """A row that we do not know and that stands twice is missing here and doubled."""
    books = usual_books(days=1)
    rows = books.drows[FIRST]
    rows += [attrs.evolve(rows[0], detail_id="N", out_order_no="N")] * 2

    result = books.reconcile()

    assert {"missing_here": 1, "doubled": 1} == result.counts


def test_pairs_rows_that_have_no_ids():
    """Details whose id nobody told are found by order, account and amount."""
    books = usual_books()
    for rows in books.drows.values():
        rows[:] = [attrs.evolve(row, detail_id="") for row in rows]
    books.orders = [
        attrs.evolve(
            each,
            receivers=tuple(
                attrs.evolve(part, detail_id=None, detail_type=None) for part in each.receivers
            ),
        )
        for each in books.orders
    ]

    assert {} == books.reconcile().counts


def test_reads_times_in_any_zone():
    """Printed times of another zone, or of no known form, are no difference."""
    books = usual_books()
    for rows, name in ((books.drows, "create_time"), (books.rrows, "refund_apply_time")):
        for row in rows[DAY_2]:
            moment = dt.datetime.fromisoformat(getattr(row, name)).astimezone(dt.UTC)
            number = find(rows[DAY_2], lambda each, row=row: each is row)
            rows[DAY_2][number] = attrs.evolve(row, **{name: moment.isoformat()})
    odd = ["yesterday", "2026-99-99 10:00:00", "20260106T100000", "2026-01-06"]
    for number, text in enumerate(odd):
        books.srows[DAY_2][number] = attrs.evolve(books.srows[DAY_2][number], transaction_time=text)

    assert {} == books.reconcile().counts


@pytest.mark.parametrize("side", ["books", "bill"])
def test_holds_rates_only_where_both_tell_one(side):
    """A rate that our books or the statement leave out is no difference."""
    books = usual_books()
    if side == "books":
        books.payments = [attrs.evolve(each, rate=None) for each in books.payments]
    else:
        for rows in books.srows.values():
            rows[:] = [attrs.evolve(row, payment_rate="") for row in rows]

    assert {} == books.reconcile().counts


def test_reads_printed_rates_as_fractions():
    """A rate that is printed as a decimal fraction is that rate."""
    books = usual_books()
    rows = books.drows[DAY_2]
    rows[:] = [
        attrs.evolve(row, exchange_rate="0.836403" if row.exchange_rate else "") for row in rows
    ]

    assert {} == books.reconcile().counts


def test_tells_how_far_it_is():
    """The progress function is told what is being done, and how much of it is done."""
    seen = []
    books = usual_books()
    many = [books.payments[0]] * 20_000
    rows = [books.drows[FIRST][0]] * 20_000

    books.reconcile(
        known=[*many, *books.known()],
        distribution=[(FIRST, rows)],
        progress=lambda what, done: seen.append((what, done)),
    )

    assert {("known", 20_000), ("distribution", 20_000), ("sums", 0)} <= set(seen)


def test_lets_an_error_in_what_is_known_pass():
    """What the caller's iterable raises comes out as it is."""

    def stopped():
        yield usual_books().payments[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reconcile(stopped(), first=FIRST, last=FIRST)


async def test_runs_beside_an_event_loop():
    """In a thread it gives the same result."""
    books = usual_books(days=1)

    assert books.reconcile() == await asyncio.to_thread(books.reconcile)
