"""The statement, row by row, against figures that were reckoned by hand."""

import csv
import datetime as dt

import attrs
import pytest

from wxdist.models import BillKind, StatementRow
from wxdist.sandbox.bills.statement import COLUMNS

from .test_bills import refund_of

MONDAY, TUESDAY = dt.date(2026, 1, 5), dt.date(2026, 1, 6)
STAMP = "2026-01-05T09:00:00+08:00"
NAMES = tuple(each.name for each in attrs.fields(StatementRow) if each.name != "extra")


def rows(p, kind=BillKind.STATEMENT, day=MONDAY, sub=""):
    """Return each row below the first header without its backticks, what is empty left out."""
    head, *lines = csv.reader(p.world.bills.text(day, sub, kind).splitlines())
    names = NAMES if kind == BillKind.STATEMENT else head
    data = [line for line in lines if line[0].startswith("`") and len(line) == len(head)]
    return [
        {name: value[1:] for name, value in zip(names, line, strict=True) if value != "`"}
        for line in data
    ]


def said(row, *names):
    return tuple(row.get(name, "") for name in names)


def test_the_header():
    """The statement has its 38 columns, in Chinese, in their order."""
    assert 38 == len(COLUMNS) == len(set(COLUMNS)) == len(NAMES)
    assert ("交易时间", "微信退款单号", "手续费", "结算币种", "优惠券退款金额") == (
        *(COLUMNS[0], COLUMNS[15], COLUMNS[21], COLUMNS[27]),
        COLUMNS[37],
    )


def test_every_value_has_its_backtick(play):
    """What is empty has its backtick, too, and a line has one value for each column."""
    p = play()
    p.paid()

    line = p.world.bills.text(MONDAY, "", BillKind.STATEMENT).split("\r\n")[1]

    assert 38 == len(line.split(",")) == line.count("`")
    assert line.startswith(f"`{STAMP},`,`1900000001,`,`,`4200")


def test_a_marked_payment(play):
    """A marked payment is settled in CNY as it was paid, its fee in CNY, at no rate."""
    p = play(fee_rate="0.006")
    payment = p.paid(10_000)

    assert [
        {
            "transaction_time": STAMP,
            "mchid": "1900000001",
            "transaction_id": payment.transaction_id,
            "out_trade_no": "P20150806125346",
            "trade_type": "NATIVE",
            "trade_state": "SUCCESS",
            "bank_type": "OTHERS",
            "fee": "0.60",
            "fee_rate": "0.60%",
            "currency": "CNY",
            "amount": "100.00",
            "payer_currency": "CNY",
            "payer_amount": "100.00",
            "settlement_currency": "CNY",
            "settlement_amount": "100.00",
        }
    ] == rows(p)


MONEY = (
    *("currency", "amount", "payer_currency", "payer_amount", "settlement_currency"),
    *("settlement_amount", "payment_rate", "fee"),
)


def test_an_ordinary_payment(play):
    """An ordinary payment is exchanged with its fee, which is in the settlement currency."""
    p = play(fee_rate="0.006")
    p.paid(10_000, mark=False)

    (row,) = rows(p)

    # 10000 x 10^8 / 83640300 = 11955.9; 11955 x 0.006 = 71.73
    exchanged = ("HKD", "119.55", "83640300", "0.72")
    assert ("CNY", "100.00", "CNY", "100.00", *exchanged) == said(row, *MONEY)


def test_a_payment_in_another_currency(play):
    """An order in yen has no decimals; its payer pays CNY, and euros are settled."""
    p = play(fee_rate="0.01", settlement_currency="EUR")
    p.paid(5000, mark=False, currency="JPY")

    (row,) = rows(p)

    # 5000 yen x 0.0463 = 231.50; 23150 x 10^8 / 756000000 = 3062.1; 1 % of it is 30.6
    exchanged = ("EUR", "30.62", "756000000", "0.31")
    assert ("JPY", "5000", "CNY", "231.50", *exchanged) == said(row, *MONEY)


def test_settled_without_decimals(play):
    """A merchant that is settled in yen has no decimals there, nor in its fees."""
    p = play(fee_rate="0.01", settlement_currency="JPY")
    p.paid(23_150, mark=False)

    (row,) = rows(p)

    assert ("CNY", "231.50", "CNY", "231.50", "JPY", "5000", "4630000", "50") == said(row, *MONEY)


REFUND = (
    *("trade_state", "refund_type", "refund_state", "refund_amount", "payer_refund_amount"),
    *("refund_settlement_currency", "refund_settlement_amount", "refund_rate", "fee"),
)


def test_a_refund_of_a_marked_order(play):
    """It tells its own figures and repeats the order's amount; the returned fee is below zero."""
    p = play(fee_rate="0.006")
    payment = p.ready(10_000)
    refund = p.world.refunds.create(refund_of(payment, 5000))
    p.go(1200)

    row = rows(p)[1]

    assert (
        *("REFUND", "ORIGINAL", "SUCCESS", "50.00", "50.00"),
        *("CNY", "50.00", "", "-0.30"),
    ) == said(row, *REFUND)
    assert ("2026-01-05T09:05:00+08:00", refund.refund_id, "R1") == said(
        row, "transaction_time", "refund_id", "out_refund_no"
    )
    assert ("CNY", "100.00", "CNY", "", "CNY", "", "", "-0.30") == said(
        {**row, "payer_currency": row["payer_refund_currency"]}, *MONEY
    )


def test_a_refund_of_an_ordinary_order(play):
    """It takes its amount out of the settlement at the rate of its day, and brings its fee back."""
    p = play(fee_rate="0.006")
    payment = p.paid(10_000, mark=False)
    p.world.refunds.refund(payment.transaction_id, 5000)

    row = rows(p)[1]

    # 5000 x 10^8 / 83640300 = 5977.9; half of 0.72 is 0.36
    assert (
        *("REFUND", "ORIGINAL", "SUCCESS", "50.00", "50.00"),
        *("HKD", "59.77", "83640300", "-0.36"),
    ) == said(row, *REFUND)


def test_a_refund_in_another_currency(play):
    """What goes back of an order in dollars is told in dollars, in CNY, and as settled."""
    p = play()
    payment = p.paid(1000, mark=False, currency="USD")
    p.world.refunds.refund(payment.transaction_id, 250)

    row = rows(p)[1]

    # 10 USD are 65 CNY; 1625 x 10^8 / 83640300 = 1942.8
    assert (
        *("REFUND", "ORIGINAL", "SUCCESS", "2.50", "16.25"),
        *("HKD", "19.42", "83640300", "0.00"),
    ) == said(row, *REFUND)
    assert ("USD", "10.00") == said(row, "currency", "amount")


@pytest.mark.parametrize(
    ("mark", "settled"),
    [(True, ("CNY", "100.00", "", "-0.60")), (False, ("HKD", "119.55", "83640300", "-0.72"))],
)
def test_a_revocation(play, mark, settled):
    """A revoked payment has a second row, under its own number, which undoes the first."""
    p = play(fee_rate="0.006")
    payment = p.paid(10_000, mark=mark)
    p.go(60)
    p.world.refunds.revoke(payment.transaction_id)

    paid, undone = rows(p)

    assert "SUCCESS" == paid["trade_state"]
    assert ("REVOKED", "ORIGINAL", "SUCCESS", "100.00", "100.00", *settled) == said(undone, *REFUND)
    assert ("2026-01-05T09:01:00+08:00", payment.transaction_id, "") == said(
        undone, "transaction_time", "refund_id", "out_refund_no"
    )
    assert [] == rows(p, BillKind.REFUNDS)


def test_rows_stand_in_the_order_of_their_times(play):
    """Payments and refunds are mixed as they came; each stands on its own day alone."""
    p = play()
    one = p.paid()
    p.go(300)
    p.paid(trade="P2000001")
    p.world.refunds.refund(one.transaction_id, 1)
    p.go(100)
    p.paid(trade="P2000002")
    p.go(days=1)
    p.world.refunds.refund(one.transaction_id, 2)

    states = [row["trade_state"] for row in rows(p)]
    (later,) = rows(p, day=TUESDAY)

    assert ["SUCCESS", "SUCCESS", "REFUND", "SUCCESS"] == states
    assert ("REFUND", "0.02") == said(later, "trade_state", "refund_amount")


def test_a_rate_of_each_day(play):
    """Where rates differ daily, a payment has that of its day, and a refund that of its own."""
    p = play(rates="daily")
    payment = p.paid(10_000, mark=False)
    p.go(days=1)
    p.world.refunds.force(payment.transaction_id, 10_000)

    (paid,), (back,) = rows(p), rows(p, day=TUESDAY)

    assert paid["payment_rate"] != back["refund_rate"]
    assert [
        paid["settlement_amount"].replace(".", ""),
        back["refund_settlement_amount"].replace(".", ""),
    ] == [str(10_000 * 10**8 // int(each)) for each in (paid["payment_rate"], back["refund_rate"])]
