"""Settlement records against the rows of their days."""

import datetime as dt

import attrs
import pytest

from wxdist.fundflow import FundFlow
from wxdist.reconcile import OpenReason, Source
from wxdist.reconcile.markup import money

from .books import DAY, FIRST, SPONSOR, SUBS, Books, usual_books
from .spoiling import DAY_2, find, ordinary, released


def found(result):
    return [(each.kind.value, each.field) for each in result.differences]


def amounts(books, number, *, split=False, **fields):
    """Change amounts of a record."""
    name = "split_amount" if split else "amount"
    record = books.batches[number]
    part = attrs.evolve(getattr(record, name), **fields)
    books.batches[number] = attrs.evolve(record, **{name: part})


def more(books, name, *, split=False):
    part = books.batches[1].split_amount if split else books.batches[1].amount
    return getattr(part, name) + 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pay", "pay"),
        ("refund", "refund"),
        ("fee", "fee"),
        ("net", "net"),
        ("settled", "settled"),
        ("unsettle", "settled"),
    ],
)
def test_names_a_wrong_amount(name, told):
    """A wrong amount of a record is one difference that names it."""
    books = usual_books()
    amounts(books, 1, **{name: more(books, name)})

    assert [("sum", told)] == found(books.reconcile())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pay", "split_amount.pay"),
        ("refund", "split_amount.refund"),
        ("settled", "split_amount.settled"),
    ],
)
def test_names_a_wrong_part_of_funds_distribution(name, told):
    """A wrong amount of the funds-distribution part is one difference that names it."""
    books = usual_books()
    amounts(books, 1, split=True, **{name: more(books, name, split=True)})

    assert [("sum", told)] == found(books.reconcile())


def test_names_wrong_amounts_that_fit_each_other():
    """A record whose amounts fit each other but not the rows is wrong in what it paid."""
    books = usual_books()
    told = books.batches[1].amount
    amounts(books, 1, pay=told.pay + 5, net=told.net + 5, settled=told.settled + 5)

    assert [("sum", "pay")] == found(books.reconcile())


def test_names_a_wrong_currency():
    """A record whose amounts are those of a day in another currency says the wrong currency."""
    books = usual_books()
    amounts(books, 1, currency="USD")

    assert [("differs", "currency")] == found(books.reconcile())


def test_names_a_wrong_currency_of_a_part():
    """The funds-distribution part of a record is in its currency."""
    books = usual_books()
    amounts(books, 1, split=True, currency="USD")

    assert [("differs", "split_amount.currency")] == found(books.reconcile())


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"trade_start_date": FIRST}, "trade_start_date"),
        ({"trade_end_date": DAY_2 + DAY, "settlement_date": DAY_2 + 2 * DAY}, "trade_end_date"),
        ({"trade_start_date": FIRST, "trade_end_date": FIRST}, "trade_start_date"),
        ({"settlement_date": FIRST + 4 * DAY}, "settlement_date"),
        ({"settlement_date": DAY_2}, "settlement_date"),
    ],
)
def test_names_a_wrong_date(fields, told):
    """A record whose amounts are those of another day, or which was settled too early or late."""
    books = usual_books()
    books.batches[1] = attrs.evolve(books.batches[1], **fields)

    assert [("differs", told)] == found(books.reconcile())


def test_names_a_missing_record():
    """A day without a record, while later ones have theirs, is missing there."""
    books = usual_books()
    net = books.batches[1].amount.net
    del books.batches[1]

    (difference,) = books.reconcile().differences

    assert ("missing_there", net) == (difference.kind.value, difference.here)
    assert {"trade_date": str(DAY_2), "currency": "HKD"} == difference.key


def test_names_a_missing_last_record_when_unsettled_ones_are_given():
    """Where the records include unsettled ones, the last day needs its own, too."""
    books = usual_books()
    amounts(books, 2, settled=0, unsettle=books.batches[2].amount.net)
    del books.batches[-1]

    assert [("missing_there", None)] == found(books.reconcile())


@pytest.mark.parametrize("batch_id", [None, "another"])
def test_names_a_doubled_record(batch_id):
    """The same batch twice, or the same day under another number, is doubled."""
    books = usual_books()
    record = books.batches[1]
    books.batches.append(attrs.evolve(record, batch_id=batch_id or record.batch_id))

    assert [("doubled", None)] == found(books.reconcile())


def test_names_a_record_of_unknown_money():
    """A record of a day on which nothing happened is missing here."""
    books = usual_books()
    books.batches.append(attrs.evolve(books.batches[0], batch_id="X", split_amount=None))
    amounts(books, -1, currency="JPY", pay=7)

    kinds = found(books.reconcile())

    assert [("missing_here", None)] == kinds


@pytest.mark.parametrize("batch_id", ["HK", None])
def test_adds_records_of_the_same_day_up(batch_id):
    """Two records of a day, one a wallet region, count together, under one number or two."""
    books = usual_books()
    whole = books.batches[1]
    part = attrs.evolve(whole.amount, pay=100, refund=0, fee=0, net=100, settled=100)
    rest = {
        name: getattr(whole.amount, name) - getattr(part, name)
        for name in ("pay", "refund", "fee", "net", "settled", "unsettle")
    }
    amounts(books, 1, **rest)
    other = attrs.evolve(whole, amount=part, split_amount=None, wallet_region="CHINA_HONGKONG")
    books.batches.append(attrs.evolve(other, batch_id=batch_id or whole.batch_id))

    assert {} == books.reconcile().counts


def test_does_not_blame_the_record_for_a_wrong_row():
    """A release that is wrong in the bill leaves its batch right."""
    books = usual_books()
    rows = books.drows[DAY_2]
    number = find(rows, released)
    rows[number] = attrs.evolve(rows[number], settlement_amount=1)

    assert [("differs", "settlement_amount")] == found(books.reconcile())


def test_checks_the_arithmetic_of_days_that_are_in_doubt():
    """A row is missing and, on its day, a record is wrong in itself: both are told."""
    books = usual_books()
    del books.srows[DAY_2][find(books.srows[DAY_2], ordinary)]
    amounts(books, 1, net=1)

    assert [("missing_there", None), ("sum", "net")] == found(books.reconcile())


def test_leaves_records_of_other_days_alone():
    """Of a record that reaches out of the period only its own arithmetic is checked."""
    books = usual_books()
    early = attrs.evolve(
        books.batches[0],
        batch_id="EARLY",
        trade_start_date=FIRST - DAY,
        trade_end_date=FIRST - DAY,
        settlement_date=FIRST,
    )
    books.batches.insert(0, early)

    assert {} == books.reconcile().counts


def test_checks_releases_alone_without_a_statement():
    """Without statements a record is held against what was released."""
    books = usual_books()
    amounts(books, 1, split=True, pay=more(books, "pay", split=True))

    assert [("sum", "split_amount.pay")] == found(books.reconcile(statements=None))


def test_checks_arithmetic_alone_without_any_bill():
    """Without bills and splits a record is held against itself."""
    books = usual_books()
    books.batches[1] = attrs.evolve(books.batches[1], split_amount=None)
    amounts(books, 1, currency="USD")
    amounts(books, 0, net=1)

    result = books.reconcile(distribution=None, refunds=None, statements=None, known=[])

    assert [("sum", "net")] == found(result)
    assert (Source.SETTLEMENT,) == result.checked


def test_holds_each_merchant_against_its_own_records():
    """Records that come with their merchant are held against its rows alone."""
    books = Books(days=2)
    for day in (FIRST, FIRST + DAY):
        books.ordinary(day, 5_000, sub=SUBS[0])
    books.settle()
    mine = [(SUBS[0], each) for each in books.batches]
    other = Books(days=2, seed=1, count=500)
    for day in (FIRST, FIRST + DAY):
        other.ordinary(day, 7_000, sub=SUBS[1])
        books.srows[day] += other.srows[day]
    other.settle()
    yours = [(SPONSOR, each) for each in other.batches]
    known = [*books.payments, *other.payments]

    good = books.reconcile(known=known, settlements=[*mine, *yours])
    wrong = books.reconcile(
        known=known,
        settlements=[*((SPONSOR, record) for _, record in mine), *((SUBS[0], r) for _, r in yours)],
    )

    assert {} == good.counts
    assert 0 < sum(wrong.counts.values())


def test_tells_what_is_not_paid_out():
    """An unsettled record is open; what its pool lacks is told by the fund flow."""
    books = usual_books(days=5)
    books.batches.clear()
    books.settle(open_days=3)
    flow = FundFlow(currency="HKD", usd_rate="7.80")

    plain, told = books.reconcile(), books.reconcile(flows=[flow])

    texts = [each.text for each in told.open if each.reason == OpenReason.NOT_YET_SETTLED]
    assert 3 == plain.open_counts[OpenReason.NOT_YET_SETTLED]
    assert "not paid out yet" in plain.open[-2].text
    pool = sum(each.amount.net for each in books.batches[2:4])
    held, lacking = money(pool, "HKD"), money(624_000 - pool, "HKD")
    assert f"holds {held} HKD, {lacking} below the threshold" in texts[0]
    assert "to be exchanged on 2026-01-10" in texts[-1]


def test_tells_days_that_have_no_record_yet():
    """The last days, of which there is no record at all, are open."""
    books = usual_books()
    del books.batches[-1]

    result = books.reconcile()

    last = result.open[-1]
    assert {} == result.counts
    assert (OpenReason.NOT_YET_SETTLED, books.last) == (last.reason, last.day)
    assert "No record" in last.text


FLOW = FundFlow(currency="HKD", threshold=100_000)


def test_foresees_payouts():
    """With the fund flow, a payout that came when it had to is right."""
    books = usual_books()

    assert {} == books.reconcile(flows=[FLOW]).counts


@pytest.mark.parametrize("number", [1, 2])
def test_names_a_payout_that_came_on_another_day(number):
    """With the fund flow, a batch that was settled later than it had to be is told."""
    books = usual_books(days=5)
    record = books.batches[number]
    later = record.settlement_date + (DAY if number == 1 else dt.timedelta(0))
    books.batches[number] = attrs.evolve(record, settlement_date=later)

    expected = [("differs", "settlement_date")] if number == 1 else []
    assert expected == found(books.reconcile(flows=[FLOW]))


def test_takes_a_payout_of_several_days_as_it_came():
    """Several batches that were settled together later than foreseen are taken as they came."""
    books = usual_books(days=6)
    for number in (1, 2):
        record = books.batches[number]
        books.batches[number] = attrs.evolve(record, settlement_date=FIRST + 3 * DAY)
    low = FundFlow(currency="HKD", threshold=200_000)

    assert [] == found(books.reconcile(flows=[low]))[2:]


def test_finds_a_record_of_another_day_among_those_of_a_day():
    """Of three records of a day the one whose amounts are another day's says the wrong day."""
    books = usual_books()
    whole = books.batches[1]
    part = attrs.evolve(whole.amount, pay=100, refund=0, fee=0, net=100, settled=100)
    names = ("pay", "refund", "fee", "net", "settled", "unsettle")
    amounts(books, 1, **{name: getattr(whole.amount, name) - getattr(part, name) for name in names})
    books.batches.append(attrs.evolve(whole, batch_id="HK", amount=part, split_amount=None))
    moved = {"trade_start_date": DAY_2, "trade_end_date": DAY_2}
    books.batches[2] = attrs.evolve(books.batches[2], **moved)

    (difference,) = books.reconcile().differences

    assert "trade_start_date" == difference.field
    assert books.batches[2].batch_id == difference.key["batch_id"]
