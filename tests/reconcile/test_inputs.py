"""What is handed in: bills as rows or files, payments from answers."""

import datetime as dt
from pathlib import Path

import attrs
import pytest

from wxdist import models
from wxdist.bills import BillFile
from wxdist.errors import InvalidInput
from wxdist.models import TradeState
from wxdist.reconcile import KnownPayment, Source

from .books import BEIJING, DAY, FIRST, usual_books


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"last": FIRST - DAY}, "before first"),
        ({"known": ["42"]}, "item 1 is a str"),
        ({"distribution": [(FIRST - DAY, [])]}, "not in the period"),
        ({"refunds": [(FIRST, [usual_books().drows[FIRST][0]])]}, "another bill"),
        ({"distribution": [BillFile(Path("none.csv"))]}, "not in the period"),
        ({"known": [models.Remaining(transaction_id="1", unsplit_amount=10**13, currency="CNY")]},
         "beyond"),
    ],
)  # fmt: skip
def test_refuses_what_it_cannot_hold(changes, problem):
    """What is no bill of the period, or nothing that can be known, is refused."""
    with pytest.raises(InvalidInput, match=problem):
        usual_books().reconcile(**changes)


def test_takes_an_amount_beyond_belief_for_damage():
    """A bill with an amount that cannot be cannot be used."""
    books = usual_books(days=1)
    books.drows[FIRST].append(attrs.evolve(books.drows[FIRST][0], amount=10**13))

    assert {"damaged": 1} == books.reconcile().counts


HEADER = (
    "create_time,initiator,sponsor,sub_mchid,transaction_id,order_id,out_order_no,detail_id,"
    "receiver_account,amount,currency,settlement_amount,settlement_currency,exchange_rate,"
    "business_type,status,description"
)


def bill(path, rows, *, count=None, tail=True):
    """Write a distribution bill."""
    lines = [HEADER]
    for row in rows:
        values = [
            f"{value // 100}.{value % 100:02}" if isinstance(value, int) else value or ""
            for name in HEADER.split(",")
            for value in [getattr(row, name)]
        ]
        lines.append(",".join(f"`{value}" for value in values))
    lines += ["total_count", f"`{len(rows) if count is None else count}"] if tail else []
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return BillFile(path, day=FIRST)


def test_reads_files(tmp_path):
    """Bills come as files, too."""
    books = usual_books(days=1)

    result = books.reconcile(distribution=[bill(tmp_path / "b.csv", books.drows[FIRST])])

    assert {} == result.counts
    assert 7 == result.matched[Source.DISTRIBUTION]


def test_reads_statements_that_are_no_files(tmp_path):
    """A bill of another kind than asked for is refused."""
    books = usual_books(days=1)

    with pytest.raises(InvalidInput, match="another bill"):
        books.reconcile(statements=[bill(tmp_path / "b.csv", books.drows[FIRST])])


@pytest.mark.parametrize(
    ("spoil", "difference"),
    [
        ({"count": 9}, ("sum", "total_count")),
        ({"tail": False}, ("damaged", "file")),
    ],
)
def test_holds_a_file_against_its_summary(tmp_path, spoil, difference):
    """A wrong summary is told; a file without one was cut."""
    books = usual_books(days=1)

    given = [bill(tmp_path / "b.csv", books.drows[FIRST], **spoil)]

    (found,) = books.reconcile(distribution=given).differences
    assert difference == (found.kind.value, found.field)


def test_blames_the_row_and_not_the_summary(tmp_path):
    """Where a row is missing, a summary that still counts it is no second difference."""
    books = usual_books(days=1)
    file = bill(tmp_path / "b.csv", books.drows[FIRST][1:], count=7)

    assert {"missing_there": 1} == books.reconcile(distribution=[file]).counts


def test_names_a_file_that_is_not_there(tmp_path):
    """A file that cannot be opened is damaged."""
    books = usual_books(days=1)

    result = books.reconcile(distribution=[BillFile(tmp_path / "none.csv", day=FIRST)])

    assert {"damaged": 1} == result.counts


def transaction(**fields):
    usual = {
        "id": "42",
        "out_trade_no": "P",
        "trade_type": models.TradeType.APP,
        "bank_type": "OTHERS",
        "success_time": dt.datetime(2026, 1, 5, 1, tzinfo=BEIJING),
        "trade_state": TradeState.SUCCESS,
        "trade_state_desc": "",
        "amount": models.TransactionAmount(
            total=100,
            payer_total=100,
            currency="CNY",
            payer_currency="CNY",
            exchange_rate=models.ExchangeRate(type=models.RateType.SETTLEMENT_RATE, rate=7),
        ),
    }
    return models.Transaction(**usual | fields)


def test_knows_a_payment_from_answers():
    """A known payment is what the answers tell."""
    left = models.Remaining(transaction_id="42", unsplit_amount=9, currency="CNY")

    known = KnownPayment.of(transaction(), marked=True, remaining=left, fee=1)

    assert (100, 9, 1, 7) == (known.amount, known.remaining, known.fee, known.rate)
    amount = attrs.evolve(transaction().amount, exchange_rate=None)
    plain = KnownPayment.of(transaction(amount=amount), marked=False)
    assert (None, None) == (plain.rate, plain.remaining)


@pytest.mark.parametrize(
    ("fields", "remaining", "problem"),
    [({"success_time": None}, None, "was not paid"), ({}, "43", "another payment")],
)
def test_knows_no_payment_from_other_answers(fields, remaining, problem):
    """What was not paid, or is of another payment, is refused."""
    left = remaining and models.Remaining(
        transaction_id=remaining, unsplit_amount=9, currency="CNY"
    )

    with pytest.raises(InvalidInput, match=problem):
        KnownPayment.of(transaction(**fields), marked=True, remaining=left)
