"""What can go wrong in the bill of refunds."""

from .discrepancies import discrepancy, only
from .in_distribution import more

BILL = "refunds"
REFUND = "Wechat refund number(refund_id)"
NUMBER = "Vendor refund number(out_refund_no)"
TRANSACTION = "Wechat order number(transaction_id)"
ORDER = "Vendor order number(out_transaction_id)"
AMOUNT = "Refund amount(refund_fee)"


def advanced(row):
    return row["advanced"] != "0.00"


def refund(row):
    return {"refund_id": row[REFUND]}


def differs(row, field, **ids):
    return only("differs", BILL, field, **refund(row) | ids)


@discrepancy
def refund_row_missing(copy):
    """A refund is not in its bill."""
    paper, row = copy.row(BILL, lambda r: not advanced(r))
    paper.rows.remove(row)
    return only("missing_there", BILL, **refund(row))


@discrepancy
def advanced_refund_row_missing(copy):
    """A refund that the sponsor advanced is not in its bill."""
    paper, row = copy.row(BILL, advanced)
    paper.rows.remove(row)
    return only("missing_there", BILL, **refund(row))


@discrepancy
def refund_row_doubled(copy):
    """A refund stands twice."""
    paper, row = copy.row(BILL)
    paper.rows.append(dict(row))
    return only("doubled", BILL, **refund(row))


@discrepancy
def advanced_refund_row_doubled_on_another_day(copy):
    """A refund that the sponsor advanced stands in the bill of another day, too."""
    paper, row = copy.row(BILL, advanced)
    copy.other_day(paper).rows.append(dict(row))
    return only("doubled", BILL, **refund(row))


@discrepancy
def refund_row_of_another_day(copy):
    """A refund stands in the bill of another day."""
    paper, row = copy.row(BILL)
    paper.rows.remove(row)
    copy.other_day(paper).rows.append(row)
    return differs(row, "day")


@discrepancy
def refund_row_of_wrong_amount(copy):
    """A refund is printed a fen too high."""
    _, row = copy.row(BILL)
    row[AMOUNT] = more(row[AMOUNT])
    return differs(row, "amount")


@discrepancy
def refund_row_of_wrong_payer_amount(copy):
    """The payer is said to have got a fen more."""
    _, row = copy.row(BILL)
    row["Payer's refund amount"] = more(row["Payer's refund amount"])
    return differs(row, "payer_refund")


@discrepancy
def refund_row_of_a_foreign_refund(copy):
    """A refund that is not ours."""
    paper, row = copy.row(BILL)
    new = dict(row)
    for name in (REFUND, NUMBER, TRANSACTION, ORDER):
        new[name] = f"{row[name][:-6]}999999"
    paper.rows.append(new)
    return only("missing_here", BILL, **refund(new))


@discrepancy
def refund_row_of_an_unknown_refund(copy):
    """A second refund of a payment of ours that nobody asked for."""
    paper, row = copy.row(BILL)
    new = row | {name: f"{row[name][:-6]}999999" for name in (REFUND, NUMBER)}
    paper.rows.append(new)
    return only("missing_here", BILL, **refund(new))


@discrepancy
def refund_row_of_a_wrong_refund_id(copy):
    """The service's number of a refund is another one."""
    _, row = copy.row(BILL)
    mine, row[REFUND] = row[REFUND], f"{row[REFUND][:-6]}999999"
    return differs(row, "refund_id", refund_id=mine)


@discrepancy
def refund_row_of_a_wrong_number(copy):
    """Our number of a refund is another one."""
    _, row = copy.row(BILL)
    row[NUMBER] += "x"
    return differs(row, "out_refund_no")


@discrepancy
def refund_row_of_a_wrong_transaction(copy):
    """A refund is said to be of another payment of ours."""
    _, row = copy.row(BILL)
    mine = row[TRANSACTION]
    row[TRANSACTION] = copy.row(BILL, lambda r: r[TRANSACTION] != mine)[1][TRANSACTION]
    return differs(row, "transaction_id")


@discrepancy
def refund_row_of_a_wrong_order(copy):
    """A refund is said to be of another order."""
    _, row = copy.row(BILL)
    row[ORDER] = f"{row[ORDER][:-1]}x"
    return differs(row, "out_trade_no")


@discrepancy
def refund_row_in_another_currency(copy):
    """A refund is printed in another currency."""
    _, row = copy.row(BILL)
    row["Currency type"] = "USD"
    return differs(row, "currency")


@discrepancy
def refund_rows_with_swapped_ids(copy):
    """Two refunds have each other's number of the service."""
    _, row = copy.row(BILL)
    mine = row[REFUND]
    _, other = copy.row(BILL, lambda r: r[REFUND] != mine)
    row[REFUND], other[REFUND] = other[REFUND], mine
    return differs(row, "refund_id") + differs(other, "refund_id")


@discrepancy
def advanced_amount_changed(copy):
    """The sponsor is said to have advanced a fen more: the sum of the payment shows it."""
    _, row = copy.row(BILL, advanced)
    row["advanced"] = more(row["advanced"])
    return only("sum", "sum", "remaining", transaction_id=row[TRANSACTION])


@discrepancy
def advanced_settlement_amount_changed(copy):
    """What was advanced is said to cost a cent more: the settlement of the day shows it."""
    paper, row = copy.row(BILL, advanced)
    row["settlement_amount"] = more(row["settlement_amount"])
    field = "refund, split_amount.refund"
    return only("sum", "settlement", field, batch_id=f"{paper.day:%Y%m%d}001")
