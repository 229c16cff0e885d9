"""What can go wrong in single fields of the trade statement."""

from .discrepancies import discrepancy, only
from .in_distribution import more
from .in_statement import (
    AMOUNT,
    BILL,
    CURRENCY,
    FEE,
    NUMBER,
    PAYER_REFUNDED,
    RATE,
    REFUND,
    REFUND_SETTLED,
    REFUND_SETTLED_IN,
    REFUND_STATE,
    REFUNDED,
    SETTLED,
    SETTLED_IN,
    STATE,
    TRANSACTION,
    differs,
    marked_payment,
    marked_refund,
    ordinary_payment,
    ordinary_refund,
    paid,
    refunded,
)


def batch(paper, field):
    return only("sum", "settlement", field, batch_id=f"{paper.day:%Y%m%d}001")


def increased(row, name):
    """Make an amount a minor unit more; of a currency without decimals one unit."""
    row[name] = more(row[name]) if "." in row[name] else str(int(row[name]) + 1)


@discrepancy
def marked_payment_of_a_wrong_amount(copy):
    """A marked payment is printed a fen too high."""
    _, row = copy.row(BILL, marked_payment)
    increased(row, AMOUNT)
    return differs(row, "amount")


@discrepancy
def ordinary_payment_of_a_wrong_amount(copy):
    """An ordinary payment is printed too high."""
    _, row = copy.row(BILL, ordinary_payment)
    increased(row, AMOUNT)
    return differs(row, "amount")


@discrepancy
def refund_of_a_wrong_order_amount(copy):
    """The row of a refund repeats another amount of its order."""
    _, row = copy.row(BILL, refunded)
    increased(row, AMOUNT)
    return differs(row, "order_amount")


@discrepancy
def payments_with_swapped_transactions(copy):
    """Two payments have each other's number of the service."""
    _, row = copy.row(BILL, paid)
    mine = row[TRANSACTION]
    _, other = copy.row(BILL, lambda r: paid(r) and r[TRANSACTION] != mine)
    row[TRANSACTION], other[TRANSACTION] = other[TRANSACTION], mine
    return differs(row, "transaction_id") + differs(other, "transaction_id")


@discrepancy
def marked_fee_changed(copy):
    """The fee of a marked payment is a fen more: its sum shows it."""
    _, row = copy.row(BILL, marked_payment)
    increased(row, FEE)
    return only("sum", "sum", "remaining", transaction_id=row[TRANSACTION])


@discrepancy
def ordinary_fee_changed(copy):
    """The fee of an ordinary payment is a cent more: the settlement of the day shows it."""
    paper, row = copy.row(BILL, ordinary_payment)
    increased(row, FEE)
    return batch(paper, "fee")


@discrepancy
def marked_returned_fee_changed(copy):
    """A cent more of a fee is said to have come back: the sum of the payment shows it."""
    _, row = copy.row(BILL, lambda r: marked_refund(r) and r[FEE] != "0.00")
    row[FEE] = "-" + more(row[FEE][1:])
    return only("sum", "sum", "remaining", transaction_id=row[TRANSACTION])


@discrepancy
def ordinary_returned_fee_changed(copy):
    """A cent more of a fee is said to have come back: the settlement of the day shows it."""
    paper, row = copy.row(BILL, lambda r: ordinary_refund(r) and r[FEE] != "0.00")
    row[FEE] = "-" + more(row[FEE][1:])
    return batch(paper, "fee")


@discrepancy
def marked_settlement_amount_changed(copy):
    """A marked payment is settled a fen higher than it was paid."""
    _, row = copy.row(BILL, marked_payment)
    increased(row, SETTLED)
    return differs(row, "settlement_amount")


@discrepancy
def ordinary_settlement_amount_changed(copy):
    """An ordinary payment is settled a cent higher: the settlement of the day shows it."""
    paper, row = copy.row(BILL, ordinary_payment)
    increased(row, SETTLED)
    return batch(paper, "pay")


@discrepancy
def settlement_currency_changed(copy):
    """An ordinary payment is settled in another currency than the others."""
    _, row = copy.row(BILL, ordinary_payment)
    row[SETTLED_IN] = "USD"
    return differs(row, "settlement_currency")


@discrepancy
def payment_rate_changed(copy):
    """The rate of an ordinary payment is changed in its last digit."""
    _, row = copy.row(BILL, lambda r: ordinary_payment(r) and r[CURRENCY] == "CNY")
    row[RATE] = str(int(row[RATE]) ^ 1)
    return differs(row, "rate")


@discrepancy
def unpaid(copy):
    """A payment is printed as not paid."""
    _, row = copy.row(BILL, paid)
    row[STATE] = "NOTPAY"
    return only("differs", BILL, "trade_state", transaction_id=row[TRANSACTION])


@discrepancy
def refund_of_a_wrong_amount(copy):
    """A refund is printed too high."""
    _, row = copy.row(BILL, refunded)
    increased(row, REFUNDED)
    return differs(row, "amount")


@discrepancy
def refund_of_a_wrong_payer_amount(copy):
    """The payer is said to have got a fen more."""
    _, row = copy.row(BILL, refunded)
    increased(row, PAYER_REFUNDED)
    return differs(row, "payer_refund")


@discrepancy
def refunds_with_swapped_amounts(copy):
    """Two refunds have each other's amount."""
    _, row = copy.row(BILL, lambda r: refunded(r) and r[CURRENCY] == "CNY")
    mine = row[REFUNDED]
    _, other = copy.row(
        BILL, lambda r: refunded(r) and r[CURRENCY] == "CNY" and r[REFUNDED] != mine
    )
    row[REFUNDED], other[REFUNDED] = other[REFUNDED], mine
    return differs(row, "amount") + differs(other, "amount")


@discrepancy
def refund_of_a_wrong_refund_id(copy):
    """The service's number of a refund is another one."""
    _, row = copy.row(BILL, lambda r: refunded(r) and r[NUMBER] != r[REFUND])
    mine, row[REFUND] = row[REFUND], f"{row[REFUND][:-6]}999999"
    return differs(row, "refund_id", refund_id=mine)


@discrepancy
def refund_of_a_wrong_state(copy):
    """A refund that arrived is printed as closed."""
    _, row = copy.row(BILL, refunded)
    row[REFUND_STATE] = "REFUNDCLOSE"
    return differs(row, "refund_state")


@discrepancy
def marked_refund_settlement_amount_changed(copy):
    """The refund of a marked payment is settled a fen higher than it was."""
    _, row = copy.row(BILL, marked_refund)
    increased(row, REFUND_SETTLED)
    return differs(row, "refund_settlement_amount")


@discrepancy
def ordinary_refund_settlement_amount_changed(copy):
    """An ordinary refund costs a cent more: the settlement of the day shows it."""
    paper, row = copy.row(BILL, ordinary_refund)
    increased(row, REFUND_SETTLED)
    return batch(paper, "refund")


@discrepancy
def refund_settlement_currency_changed(copy):
    """An ordinary refund is settled in another currency than the others."""
    _, row = copy.row(BILL, ordinary_refund)
    row[REFUND_SETTLED_IN] = "USD"
    return differs(row, "refund_settlement_currency")
