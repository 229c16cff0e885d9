"""The refund bill, row by row, against figures reckoned by hand; papers of sub-merchants."""

import pytest

from wxdist.models import BillKind
from wxdist.sandbox.bills.refunds import DOCUMENTED, OURS

from .test_bills import refund_of
from .test_statement import MONDAY, TUESDAY, rows, said


def test_the_header_of_the_refund_bill(play):
    """The documented columns come first, as far as they can be read; behind them stand ours."""
    head = play().world.bills.text(MONDAY, "", BillKind.REFUNDS).split("\r\n")[0]

    assert 13 == len(DOCUMENTED)
    assert head.startswith("Refund apply time,Refund success time,Wechat refund number(refund_id),")
    assert head.endswith("Payer's refund currency type,Rate,Refund source," + ",".join(OURS))


def test_a_refund_of_frozen_money(play):
    """A refund of what is frozen takes nothing from the sponsor."""
    p = play(fee_rate="0.006")
    payment = p.ready(10_000)
    refund = p.world.refunds.create(refund_of(payment, 5000))
    p.go(1200)
    (row,) = rows(p, BillKind.REFUNDS)

    arrived = row.pop("Refund success time")
    assert {
        "Refund apply time": "2026-01-05T09:05:00+08:00",
        "Wechat refund number(refund_id)": refund.refund_id,
        "Vendor refund number(out_refund_no)": "R1",
        "Wechat order number(transaction_id)": payment.transaction_id,
        "Vendor order number(out_transaction_id)": "P20150806125346",
        "Refund amount(refund_fee)": "50.00",
        "Currency type": "CNY",
        "Payer's refund amount": "50.00",
        "Payer's refund currency type": "CNY",
        "Refund source": "REFUND_SOURCE_UNSETTLED_FUNDS",
        "status": "SUCCESS",
        "returned_fee": "0.30",
        "advanced": "0.00",
    } == row
    assert "2026-01-05T09:07:00+08:00" <= arrived <= "2026-01-05T09:25:00+08:00"


def test_a_refund_by_advance_funds(play):
    """What frozen money does not pay the sponsor's released money does, at the day's rate."""
    p = play(fee_rate="0.01", max_ratio="1")
    payment = p.ready(10_000)
    p.create(payment, p.ask("1900000001", 8900))
    p.go(10)
    p.world.refunds.refund(payment.transaction_id, 5000)

    (row,) = rows(p, BillKind.REFUNDS)

    # 50.00, of which 0.50 are fee and 10.00 were frozen: 3950 x 10^8 / 83640300 = 4722.6
    assert ("50.00", "0.50", "39.50", "47.22", "HKD", "83640300") == said(
        row, "Refund amount(refund_fee)", *OURS[2:]
    )


def test_a_refund_that_is_owed(play):
    """What a marked order's sponsor does not have that day is advanced, too: by later days."""
    p = play()
    payment = p.ready(10_000)
    p.unfreeze(payment)
    p.go(days=1)
    p.world.refunds.force(payment.transaction_id, 1000)

    (row,) = rows(p, BillKind.REFUNDS, TUESDAY)

    assert ("10.00", "11.95") == said(row, "advanced", "settlement_amount")


def test_the_sums_of_the_refund_bill(play):
    """The summary counts the refunds of marked orders, and adds them up."""
    p = play()
    marked, ordinary = p.ready(10_000), p.paid(trade="P2000001", mark=False)
    p.world.refunds.refund(marked.transaction_id, 1)
    p.world.refunds.refund(ordinary.transaction_id, 7)
    p.go(60)
    p.world.refunds.refund(marked.transaction_id, 3000)

    text = p.world.bills.text(MONDAY, "", BillKind.REFUNDS)

    assert text.endswith("total_count,total_amount\r\n`2,`30.01\r\n")


def test_under_way_when_it_was_made(play):
    """A refund that had not arrived by 10:00 stays PROCESSING in both papers, without a time."""
    p = play()
    payment = p.ready(10_000)
    with p.world.state.slowed("arrive", 1000):
        p.world.refunds.create(refund_of(payment, 1))
    p.go(days=20)

    ((billed,), (_, told)) = rows(p, BillKind.REFUNDS), rows(p)

    assert ("PROCESSING", "", "PROCESSING") == (
        *said(billed, "status", "Refund success time"),
        told["refund_state"],
    )
    assert "SUCCESS" == p.world.state.refunds[payment.refund_ids[0]].status


@pytest.mark.parametrize("mode", ["institutional", "service_provider"])
def test_sub_merchants(play, mode):
    """With sub-merchants papers are of one of them, or of all."""
    p = play(mode=mode, sub_mchids=("A", "B", "C"))
    for sub in ("A", "B"):
        payment = p.ready(sub=sub)
        p.world.refunds.refund(payment.transaction_id, 100)

    found = {
        (kind, sub): [row["sub_mchid"] for row in rows(p, kind, sub=sub)]
        for kind in (BillKind.STATEMENT, BillKind.REFUNDS)
        for sub in ("", "A", "C")
    }

    statement = {"": ["A", "B", "A", "B"], "A": ["A", "A"], "C": []}
    refunds = {"": ["A", "B"], "A": ["A"], "C": []}
    assert {
        **{(BillKind.STATEMENT, sub): subs for sub, subs in statement.items()},
        **{(BillKind.REFUNDS, sub): subs for sub, subs in refunds.items()},
    } == found
    assert {"1900000001"} == {row["mchid"] for row in rows(p)}
