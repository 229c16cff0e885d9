"""One cause is one finding where others hang on it: ids that changed places, pools."""

import attrs
import pytest

from wxdist.fundflow import FundFlow
from wxdist.models import TradeState

from .books import DAY, FIRST, Books, usual_books
from .spoiling import DAY_2, find, marked, marked_refund, ordinary_refund, released

NEXT = DAY_2 + DAY
#: Two usual days together fill it, one does not.
FLOW = FundFlow(currency="HKD", threshold=200_000)


def found(result):
    return [(each.kind.value, each.source.value, each.field) for each in result.differences]


def swap(books, bill, wanted, *names, days=(DAY_2, DAY_2)):
    """Let the first and the last of the rows that are wanted have each other's values."""
    one, other = (getattr(books, bill)[day] for day in days)
    here = find(one, wanted)
    there = len(other) - 1 - find(other[::-1], wanted)
    mine = {name: getattr(one[here], name) for name in names}
    theirs = {name: getattr(other[there], name) for name in names}
    assert mine != theirs
    one[here] = attrs.evolve(one[here], **theirs)
    other[there] = attrs.evolve(other[there], **mine)


@pytest.mark.parametrize(
    ("bill", "wanted", "name", "source"),
    [
        ("drows", lambda _: True, "detail_id", "distribution"),
        ("drows", released, "detail_id", "distribution"),
        ("srows", marked, "transaction_id", "statement"),
        ("srows", marked_refund, "refund_id", "statement"),
        ("srows", ordinary_refund, "refund_id", "statement"),
    ],
)
def test_names_ids_that_changed_places(bill, wanted, name, source):
    """Rows that have each other's id differ in that alone: by all else they are found."""
    books = usual_books(twice=True)
    swap(books, bill, wanted, name)

    assert [("differs", source, name)] * 2 == found(books.reconcile())


def test_names_ids_that_changed_places_between_small_bills():
    """Two bills of one row each whose ids changed places are not taken for each other."""
    books = usual_books()
    swap(books, "rrows", lambda _: True, "refund_id", days=(DAY_2, NEXT))

    assert [("differs", "refunds", "refund_id")] * 2 == found(books.reconcile())


def test_names_an_id_that_is_another_ones():
    """A row whose id is that of another one, which is there too, differs in its id alone."""
    books = usual_books()
    rows = books.drows[DAY_2]
    rows[0] = attrs.evolve(rows[0], detail_id=rows[-1].detail_id)

    assert [("differs", "distribution", "detail_id")] == found(books.reconcile())


def revoked(books, number):
    """Let a payment be undone, on its own day; return its row of that."""
    paid = books.payments[number]
    day = paid.paid_at.date()
    row = next(r for r in books.srows[day] if r.transaction_id == paid.transaction_id)
    gone = {"trade_state": "REVOKED", "refund_state": "SUCCESS", "fee": -row.fee}
    gone |= {"refund_settlement_currency": "CNY", "refund_settlement_amount": paid.amount}
    books.srows[day].append(attrs.evolve(row, **gone))
    books.payments[number] = attrs.evolve(paid, state=TradeState.REVOKED, remaining=None)
    return day


def with_a_revocation():
    """The third payment is marked, and was neither distributed nor refunded."""
    books = usual_books()
    return books, revoked(books, 2)


def test_names_a_revocation_under_another_number():
    """A revocation with a wrong number of the payment is found by the number of the order."""
    books, day = with_a_revocation()
    books.srows[day][-1] = attrs.evolve(books.srows[day][-1], transaction_id="X")

    assert [("differs", "statement", "transaction_id")] == found(books.reconcile())


def test_a_revocation_hides_no_wrong_part_of_a_batch():
    """A revocation has no row in the refund bill: what that bill tells is still all there is."""
    books, _ = with_a_revocation()
    first = books.batches[0]
    wrong = attrs.evolve(first.split_amount, refund=1)
    books.batches[0] = attrs.evolve(first, split_amount=wrong)

    assert [("sum", "settlement", "split_amount.refund")] == found(books.reconcile())


def pooled(days=8):
    """Books whose batches were paid out as the fund flow has it."""
    books = usual_books(days=days)
    nets = {each.trade_start_date: each.amount.net for each in books.batches}
    run = FLOW.run(nets, FIRST, books.last + 5 * DAY)
    payouts = [each.day for each in run if each.paid_out]
    for number, record in enumerate(books.batches):
        when = next((day for day in payouts if day > record.trade_start_date), books.last + DAY)
        books.batches[number] = attrs.evolve(record, settlement_date=when)
    return books


def settlements(result):
    return [each[::2] for each in found(result)]


def test_foresees_pools_of_several_days():
    """Batches that waited for each other were paid out when they had to."""
    books = pooled()

    assert [] == found(books.reconcile(flows=[FLOW]))
    assert len({each.settlement_date for each in books.batches}) < len(books.batches)


@pytest.mark.parametrize("number", range(1, 6))
def test_a_missing_batch_makes_no_payout_wrong(number):
    """The pool held what no record tells: the batches that left with it left in time."""
    books = pooled()
    del books.batches[number]

    assert [("missing_there", None)] == settlements(books.reconcile(flows=[FLOW]))


@pytest.mark.parametrize("number", range(1, 6))
def test_a_payout_before_its_exchange_makes_no_other_wrong(number):
    """A batch that says it left on its own day was in the pool all the same."""
    books = pooled()
    record = books.batches[number]
    books.batches[number] = attrs.evolve(record, settlement_date=record.trade_start_date)

    assert [("differs", "settlement_date")] == settlements(books.reconcile(flows=[FLOW]))


@pytest.mark.parametrize("flows", [[], [FLOW]])
def test_batches_with_each_others_amounts(flows):
    """Each says the day of the other; that the payouts fit these days is not told again."""
    books = pooled()
    one, other = books.batches[1], books.batches[5]
    mine = {"amount": one.amount, "split_amount": one.split_amount}
    theirs = {"amount": other.amount, "split_amount": other.split_amount}
    books.batches[1] = attrs.evolve(one, **theirs)
    books.batches[5] = attrs.evolve(other, **mine)

    result = books.reconcile(flows=flows)

    assert [("differs", "trade_start_date")] * 2 == settlements(result)


def test_money_of_nobody_makes_no_payout_wrong():
    """A batch of money that we do not know was in no pool, whenever it left."""
    books = pooled()
    sunday = FIRST + 6 * DAY
    for each in (books.drows, books.rrows, books.srows):
        del each[sunday]
    books.payments = [each for each in books.payments if each.paid_at.date() != sunday]
    kept = {each.transaction_id for each in books.payments}
    books.orders = [each for each in books.orders if each.transaction_id in kept]
    books.repaid = [each for each in books.repaid if each.transaction_id in kept]

    result = books.reconcile(flows=[FLOW])

    assert [("missing_here", None)] == settlements(result)


def test_names_money_of_nobody_that_only_went_back():
    """A batch without income, of a day that is not in our books, is money that we do not know."""
    books = usual_books()
    record = books.batches[1]
    amount = attrs.evolve(record.amount, pay=0, refund=10, fee=0, net=-10, settled=-10)
    day = FIRST - DAY
    named = {"batch_id": "20260104001", "trade_start_date": day, "trade_end_date": day}
    books.batches.insert(0, attrs.evolve(record, amount=amount, split_amount=None, **named))

    result = books.reconcile(first=day)

    assert [("missing_here", None)] == settlements(result)


def test_a_batch_in_another_currency_all_over():
    """A currency that the whole and its part both say is one difference."""
    books = usual_books()
    record = books.batches[1]
    books.batches[1] = attrs.evolve(
        record,
        amount=attrs.evolve(record.amount, currency="USD"),
        split_amount=attrs.evolve(record.split_amount, currency="USD"),
    )

    assert [("differs", "currency")] == settlements(books.reconcile())


@pytest.mark.parametrize("number", range(6, 12))
def test_a_payment_on_a_wrong_day_blames_no_batch(number):
    """A payment that we have on the day before makes the batch of neither day wrong."""
    books = usual_books()
    books.payments.sort(key=lambda each: each.paid_at.date())
    paid = books.payments[number]
    books.payments[number] = attrs.evolve(paid, paid_at=paid.paid_at - DAY)

    assert [("differs", "day")] == settlements(books.reconcile())


def test_a_forgotten_payment_blames_no_batch_for_its_advanced_refund():
    """What was advanced for a payment that we do not know was taken from the batch all the same."""
    books = Books(days=4)
    paid = books.marked(FIRST, 10_000, shares=[1_000])
    for day in (FIRST, DAY_2, NEXT, NEXT + DAY):
        books.marked(day, 20_000)
    books.refund(paid, DAY_2, 5_000, 50)
    row = books.rrows[DAY_2][0]
    told = {"advanced": "49.50", "settlement_amount": "59.18", "settlement_currency": "HKD"}
    books.rrows[DAY_2][0] = attrs.evolve(row, extra=told)
    books.settle()
    record = books.batches[1]
    parts = {"refund": 5_918, "settled": record.split_amount.settled - 5_918}
    net = record.amount.net - 5_918
    books.batches[1] = attrs.evolve(
        record,
        amount=attrs.evolve(record.amount, refund=5_918, net=net, settled=net),
        split_amount=attrs.evolve(record.split_amount, **parts),
    )
    before = found(books.reconcile())
    books.payments.remove(next(each for each in books.payments if each.amount == 10_000))

    assert [] == before
    assert [("missing_here", None)] == settlements(books.reconcile())
