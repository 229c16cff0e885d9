"""What can go wrong in the trade statement."""

from .discrepancies import discrepancy, only
from .spoiled import STRANGER

BILL = "statement"
TRANSACTION, ORDER, REFUND, NUMBER = "微信订单号", "商户订单号", "微信退款单号", "商户退款单号"
TIME, STATE, REFUND_STATE = "交易时间", "交易状态", "退款状态"
MERCHANT, SUB = "商户号", "子商户号"
FEE, AMOUNT, CURRENCY = "手续费", "订单金额(标价币种)", "标价币种"
SETTLED, SETTLED_IN, RATE = "应结订单金额", "结算币种", "支付汇率"
REFUNDED, PAYER_REFUNDED = "申请退款金额", "用户退款金额"
REFUND_SETTLED, REFUND_SETTLED_IN = "退款应结订单金额", "退款结算币种"


def paid(row):
    return row[STATE] == "SUCCESS"


def refunded(row):
    return row[STATE] == "REFUND"


def revoked(row):
    return row[STATE] == "REVOKED"


def marked(row):
    return row[SETTLED_IN] == "CNY"


def marked_payment(row):
    return paid(row) and marked(row)


def ordinary_payment(row):
    return paid(row) and not marked(row)


def marked_refund(row):
    return refunded(row) and marked(row)


def ordinary_refund(row):
    return refunded(row) and not marked(row)


def ids(row):
    if paid(row):
        return {"transaction_id": row[TRANSACTION]}
    return {"refund_id": row[REFUND]}


def differs(row, field, **more_ids):
    return only("differs", BILL, field, **ids(row) | more_ids)


KINDS = {
    "marked_payment": marked_payment,
    "ordinary_payment": ordinary_payment,
    "marked_refund": marked_refund,
    "ordinary_refund": ordinary_refund,
    "revocation": revoked,
}


def of_each_kind(deed):
    """Register a deed for rows of each kind."""
    for name, wanted in KINDS.items():

        def spoiled(copy, wanted=wanted):
            return deed(copy, wanted)

        spoiled.__name__ = f"{name}_{deed.__name__}"
        spoiled.__doc__ = deed.__doc__
        discrepancy(spoiled)
    return deed


@of_each_kind
def missing(copy, wanted):
    """A row is not in the statement."""
    paper, row = copy.row(BILL, wanted)
    paper.rows.remove(row)
    return only("missing_there", BILL, **ids(row))


@of_each_kind
def doubled(copy, wanted):
    """A row stands twice."""
    paper, row = copy.row(BILL, wanted)
    paper.rows.append(dict(row))
    return only("doubled", BILL, **ids(row))


@of_each_kind
def of_another_day(copy, wanted):
    """A row stands in the statement of another day."""
    paper, row = copy.row(BILL, wanted)
    paper.rows.remove(row)
    copy.other_day(paper).rows.append(row)
    return differs(row, "day")


@of_each_kind
def of_another_time(copy, wanted):
    """A row in its own statement says that it is of another day."""
    _, row = copy.row(BILL, wanted)
    row[TIME] = "2026-01-09T10:00:00+08:00"
    return differs(row, "transaction_time")


@of_each_kind
def of_another_sub_merchant(copy, wanted):
    """A row says that it is another sub-merchant's."""
    _, row = copy.row(BILL, wanted)
    row[SUB] = "190000020" + str(int(row[SUB][-1]) % 3 + 1)
    return differs(row, "sub_mchid")


@of_each_kind
def of_a_wrong_currency(copy, wanted):
    """An order is printed in another currency of as many decimals."""
    _, row = copy.row(BILL, lambda r: wanted(r) and r[CURRENCY] != "JPY")
    row[CURRENCY] = "GBP"
    return differs(row, "currency")


@of_each_kind
def of_a_wrong_order(copy, wanted):
    """Our number of an order is another one."""
    _, row = copy.row(BILL, wanted)
    row[ORDER] = f"{row[ORDER][:-1]}x"
    return differs(row, "out_trade_no")


@of_each_kind
def foreign(copy, wanted):
    """A row of another merchant, with numbers of its own."""
    paper, row = copy.row(BILL, wanted)
    new = row | {MERCHANT: STRANGER, SUB: ""}
    for name in (TRANSACTION, ORDER, REFUND, NUMBER):
        new[name] = row[name] and f"{row[name][:-6]}999999"
    paper.rows.append(new)
    return only("foreign", BILL, **ids(new))


@of_each_kind
def unknown(copy, wanted):
    """A row of our own merchant that we do not know."""
    paper, row = copy.row(BILL, wanted)
    new = dict(row)
    for name in (TRANSACTION, ORDER, REFUND, NUMBER):
        new[name] = row[name] and f"{row[name][:-6]}999999"
    paper.rows.append(new)
    return only("missing_here", BILL, **ids(new))


@of_each_kind
def of_a_wrong_transaction(copy, wanted):
    """The service's number of a payment is one that we do not know."""
    _, row = copy.row(BILL, wanted)
    mine, row[TRANSACTION] = row[TRANSACTION], f"{row[TRANSACTION][:-6]}999999"
    if revoked(row):
        row[REFUND] = row[TRANSACTION]
        return differs(row, "transaction_id", refund_id=mine)
    return differs(row, "transaction_id", **({"transaction_id": mine} if paid(row) else {}))
