"""What came into the pools, read from the rows of a day's bills."""

import datetime as dt

import pytest

from wxdist import InvalidInput
from wxdist.fundflow import Movement, MovementKind, movements

DAY = dt.date(2026, 1, 5)


def read(*, currency="HKD", **given):
    return list(movements(DAY, currency=currency, **given))


def short(found):
    return [(each.kind.value, each.amount, each.fee, each.net) for each in found]


# --- one movement


@pytest.mark.parametrize(
    ("kind", "amount", "fee", "net"),
    [
        ("PAYMENT", 1000, 6, 994),
        ("RELEASED", 1000, 0, 1000),
        ("REFUND", 1000, -6, -994),
        ("REFUND", 1000, 0, -1000),
    ],
)
def test_what_a_movement_adds(kind, amount, fee, net):
    """A fee is withheld; a refund takes money out, and the fee given back lessens it."""
    movement = Movement(kind=MovementKind(kind), day=DAY, amount=amount, fee=fee)

    assert net == movement.net


@pytest.mark.parametrize("kind", [MovementKind.FROZEN, MovementKind.PROCESSING])
def test_what_has_not_come(kind):
    """Money that is frozen or being released adds nothing yet, and has no day."""
    assert (0, None) == (Movement(kind=kind, amount=5).net, Movement(kind=kind, amount=5).day)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day": None}, "day"),
        ({"day": dt.datetime(2026, 1, 5, tzinfo=dt.UTC)}, "day"),
        ({"kind": MovementKind.FROZEN}, "day"),
        ({"amount": 1.0}, "amount"),
        ({"amount": True}, "amount"),
        ({"fee": "6"}, "fee"),
    ],
)
def test_movements_that_are_refused(wrong, field):
    """A day where none belongs, none where one belongs, and anything but whole numbers."""
    good = {"kind": MovementKind.PAYMENT, "day": DAY, "amount": 1, "fee": 0}

    with pytest.raises(InvalidInput) as caught:
        Movement(**good | wrong)

    assert field == caught.value.field


# --- rows


def test_rows_that_count(payment, refund, release):
    """Ordinary payments, their refunds and released money count, each with its own columns."""
    found = read(
        statements=[payment("A", 1000, fee=6, transaction_id="T"), refund("A", 300, fee=-2)],
        releases=[release("B", 500)],
    )

    assert [
        ("PAYMENT", 1000, 6, 994),
        ("REFUND", 300, -2, -298),
        ("RELEASED", 500, 0, 500),
    ] == short(found)
    assert [("A", "T"), ("A", ""), ("B", "")] == [
        (each.sub_mchid, each.transaction_id) for each in found
    ]
    assert {DAY} == {each.day for each in found}


def test_rows_that_do_not_count(payment, refund, release):
    """Marked payments drop out by their currency, and so does all of another currency."""
    found = read(
        statements=[payment("A", 1, currency="CNY"), refund("A", 1, currency="USD")],
        releases=[release("A", None, currency=""), release("A", 1, currency="USD")],
    )

    assert [] == found


def test_an_empty_amount_counts_as_none(payment, refund, release):
    """A row whose amount to settle is empty moves nothing."""
    found = read(
        statements=[payment("A", None, fee=None), refund("A", None, fee=None)],
        releases=[release("A", None)],
    )

    assert [0, 0, 0] == [each.net for each in found]


def test_a_currency_in_small_letters():
    """A currency that no row can have is refused at once, instead of finding nothing."""
    with pytest.raises(InvalidInput) as caught:
        movements(DAY, currency="hkd")

    assert "currency" == caught.value.field


def test_settled_in_cny(payment, refund, release):
    """Who is settled in CNY names the marked payments, whose rows and refunds do not count."""
    found = read(
        currency="CNY",
        statements=[
            payment("A", 1, currency="CNY", transaction_id="M"),
            payment("A", 20, currency="CNY", transaction_id="T"),
            refund("A", 300, currency="CNY", transaction_id="M"),
            refund("A", 4000, currency="CNY", transaction_id="T"),
        ],
        releases=[release("A", 50_000, currency="CNY", transaction_id="M")],
        marked={"M"},
    )

    assert [20, 4000, 50_000] == [each.amount for each in found]


def test_settled_in_cny_without_a_word():
    """Who is settled in CNY and does not name the marked payments is refused at once."""
    with pytest.raises(InvalidInput) as caught:
        movements(DAY, currency="CNY")

    assert "marked" == caught.value.field


def test_marked_payments_can_be_named_anyway(payment):
    """A payment that is named as marked does not count, whatever its currency."""
    assert [] == read(statements=[payment("A", 5, transaction_id="M")], marked=["M"])


@pytest.mark.parametrize(
    "time", ["2026-01-04T23:59:59+08:00", "2026-01-06T00:00:00+08:00", "2026-01-05T16:00:00Z"]
)
def test_a_payment_of_another_day(payment, time):
    """A payment that says it is of another Beijing day is refused."""
    with pytest.raises(InvalidInput) as caught:
        read(statements=[payment("A", 5, transaction_time=time)])

    assert "statements" == caught.value.field


@pytest.mark.parametrize(
    "time", ["2026-01-05T00:00:00+08:00", "2026-01-04T16:00:00Z", "2026-01-07 09:00:00", "?", ""]
)
def test_a_payment_of_the_day(payment, time):
    """A time without an offset or of another form says nothing: the caller knows the day."""
    assert [5] == [
        each.amount for each in read(statements=[payment("A", 5, transaction_time=time)])
    ]


def test_the_time_of_a_refund_is_not_read(refund):
    """Whether a refund's row repeats the time of its payment is not documented: any is taken."""
    row = refund("A", 5, transaction_time="2025-12-01T00:00:00+08:00")

    assert [5] == [each.amount for each in read(statements=[row])]


def test_rows_are_read_as_they_are_asked_for(payment):
    """Nothing is read ahead: a million rows need no memory."""
    rows = iter([payment("A", 1), payment("A", 2)])
    found = movements(DAY, currency="HKD", statements=rows)

    assert 1 == next(found).amount
    assert 2 == next(rows).settlement_amount
    assert [] == list(found)
