"""What can go wrong in one place, each with the one difference that tells it."""

import attrs

from wxdist.errors import BillRefused
from wxdist.models import DetailResult, RefundStatus, TradeState

from .books import DAY, FIRST

DAY_2 = FIRST + DAY
CASES = {}


def case(kind, source, field=None):
    """Register a deed under its own name, with what has to be found."""

    def register(deed):
        CASES[deed.__name__] = (deed, (kind, source, field))
        return deed

    return register


def find(rows, wanted):
    return next(number for number, row in enumerate(rows) if wanted(row))


def change(rows, wanted, **fields):
    number = find(rows, wanted)
    rows[number] = attrs.evolve(rows[number], **fields)


def every(_row):
    return True


def released(row):
    return row.released


def shared(row):
    return not row.released


def marked(row):
    return not row.is_refund and row.settlement_currency == "CNY"


def ordinary(row):
    return not row.is_refund and row.settlement_currency == "HKD"


def marked_refund(row):
    return row.is_refund and row.settlement_currency == "CNY"


def ordinary_refund(row):
    return row.is_refund and row.settlement_currency == "HKD"


def cut(rows):
    yield from rows[:3]
    raise BillRefused("line 5 is cut")


LATE = "2026-01-09T10:00:00+08:00"
#: Single fields: where, of which row, its new value, and the difference.
FIELDS = {
    "drows": [
        (every, {"amount": 1}, ("differs", "distribution", "amount")),
        (every, {"currency": "USD"}, ("differs", "distribution", "currency")),
        (every, {"receiver_account": "1"}, ("differs", "distribution", "receiver_account")),
        (every, {"transaction_id": "X"}, ("differs", "distribution", "transaction_id")),
        (every, {"out_order_no": "X"}, ("differs", "distribution", "out_order_no")),
        (every, {"order_id": "X"}, ("differs", "distribution", "order_id")),
        (every, {"detail_id": "X"}, ("differs", "distribution", "detail_id")),
        (every, {"detail_id": ""}, ("differs", "distribution", "detail_id")),
        (every, {"sub_mchid": "19"}, ("differs", "distribution", "sub_mchid")),
        (every, {"sponsor": "19"}, ("differs", "distribution", "sponsor")),
        (every, {"status": "CLOSED"}, ("differs", "distribution", "status")),
        (every, {"status": "odd"}, ("differs", "distribution", "status")),
        (
            shared,
            {"business_type": "UNFREEZE_TO_SPONSOR"},
            ("differs", "distribution", "business_type"),
        ),
        (every, {"description": "other"}, ("differs", "distribution", "description")),
        (every, {"create_time": LATE}, ("differs", "distribution", "create_time")),
        (released, {"settlement_amount": 1}, ("differs", "distribution", "settlement_amount")),
        (
            released,
            {"settlement_currency": "USD"},
            ("differs", "distribution", "settlement_currency"),
        ),
        (released, {"exchange_rate": "83640301"}, ("differs", "distribution", "exchange_rate")),
        (released, {"exchange_rate": "n/a"}, ("differs", "distribution", "exchange_rate")),
    ],
    "rrows": [
        (every, {"refund_fee": 1}, ("differs", "refunds", "amount")),
        (every, {"currency": "USD"}, ("differs", "refunds", "currency")),
        (every, {"refund_id": "X"}, ("differs", "refunds", "refund_id")),
        (every, {"out_refund_no": "X"}, ("differs", "refunds", "out_refund_no")),
        (every, {"transaction_id": "X"}, ("differs", "refunds", "transaction_id")),
        (every, {"out_transaction_id": "X"}, ("differs", "refunds", "out_trade_no")),
        (every, {"payer_refund_amount": 1}, ("differs", "refunds", "payer_refund")),
        (every, {"payer_refund_currency": "USD"}, ("differs", "refunds", "payer_currency")),
        (every, {"refund_apply_time": LATE}, ("differs", "refunds", "refund_apply_time")),
        (every, {"extra": {"advanced": "0.01"}}, ("sum", "sum", "remaining")),
    ],
    "srows": [
        *(
            case
            for kind in (marked, ordinary)
            for case in [
                (kind, {"amount": 1}, ("differs", "statement", "amount")),
                (kind, {"currency": "USD"}, ("differs", "statement", "currency")),
                (kind, {"transaction_id": "X"}, ("differs", "statement", "transaction_id")),
                (kind, {"out_trade_no": "X"}, ("differs", "statement", "out_trade_no")),
                (kind, {"sub_mchid": "19"}, ("differs", "statement", "sub_mchid")),
                (kind, {"mchid": "19"}, ("differs", "statement", "mchid")),
                (kind, {"transaction_time": LATE}, ("differs", "statement", "transaction_time")),
                (kind, {"trade_state": "NOTPAY"}, ("differs", "statement", "trade_state")),
                (
                    kind,
                    {"settlement_currency": "USD"},
                    ("differs", "statement", "settlement_currency"),
                ),
            ]
        ),
        (marked, {"settlement_amount": 1}, ("differs", "statement", "settlement_amount")),
        (marked, {"fee": 1}, ("sum", "sum", "remaining")),
        (ordinary, {"settlement_amount": 1}, ("sum", "settlement", "pay")),
        (ordinary, {"fee": 1}, ("sum", "settlement", "fee")),
        (ordinary, {"payment_rate": "1"}, ("differs", "statement", "rate")),
        *(
            case
            for kind in (marked_refund, ordinary_refund)
            for case in [
                (kind, {"refund_amount": 1}, ("differs", "statement", "amount")),
                (kind, {"amount": 1}, ("differs", "statement", "order_amount")),
                (kind, {"currency": "USD"}, ("differs", "statement", "currency")),
                (kind, {"transaction_id": "X"}, ("differs", "statement", "transaction_id")),
                (kind, {"out_trade_no": "X"}, ("differs", "statement", "out_trade_no")),
                (kind, {"refund_id": "X"}, ("differs", "statement", "refund_id")),
                (kind, {"out_refund_no": "X"}, ("differs", "statement", "out_refund_no")),
                (kind, {"sub_mchid": "19"}, ("differs", "statement", "sub_mchid")),
                (kind, {"mchid": "19"}, ("differs", "statement", "mchid")),
                (kind, {"refund_state": "ABNORMAL"}, ("differs", "statement", "refund_state")),
                (kind, {"payer_refund_amount": 1}, ("differs", "statement", "payer_refund")),
                (kind, {"transaction_time": LATE}, ("differs", "statement", "transaction_time")),
                (
                    kind,
                    {"refund_settlement_currency": "USD"},
                    ("differs", "statement", "refund_settlement_currency"),
                ),
            ]
        ),
        (
            marked_refund,
            {"refund_settlement_amount": 1},
            ("differs", "statement", "refund_settlement_amount"),
        ),
        (marked_refund, {"fee": 1}, ("sum", "sum", "remaining")),
        (ordinary_refund, {"refund_settlement_amount": 1}, ("sum", "settlement", "refund")),
        (ordinary_refund, {"fee": 1}, ("sum", "settlement", "fee")),
    ],
}

#: Whole rows: in which bill, and which of them.
ROWS = [
    ("drows", every, "distribution"),
    ("drows", released, "distribution"),
    ("rrows", every, "refunds"),
    ("srows", marked, "statement"),
    ("srows", ordinary, "statement"),
    ("srows", marked_refund, "statement"),
    ("srows", ordinary_refund, "statement"),
]
BILLS = [("drows", "distribution"), ("rrows", "refunds"), ("srows", "statement")]
UNKNOWN = {"transaction_id": "F", "out_trade_no": "F", "mchid": "1955555555", "sub_mchid": ""}


@case("foreign", "distribution")
def a_foreign_detail(books):
    """A detail of another merchant."""
    row, day = books.drows[DAY_2][0], DAY_2
    ids = dict.fromkeys(("transaction_id", "order_id", "out_order_no", "detail_id"), "F")
    books.drows[day].append(attrs.evolve(row, sponsor="1955555555", sub_mchid="", **ids))


@case("foreign", "statement")
def a_foreign_payment(books):
    """A payment of another merchant."""
    rows = books.srows[DAY_2]
    rows.append(attrs.evolve(rows[find(rows, marked)], **UNKNOWN))


@case("missing_here", "distribution")
def a_release_after_all_was_released(books):
    """A release that nobody asked for."""
    rows = books.drows[DAY_2]
    new = {"detail_id": "N", "out_order_no": "N", "order_id": "N"}
    rows.append(attrs.evolve(rows[find(rows, released)], amount=9, settlement_amount=10, **new))


@case("missing_here", "distribution")
def a_forgotten_detail(books):
    """We do not know a detail of an order."""
    books.orders[3] = attrs.evolve(books.orders[3], receivers=())


@case("missing_here", "distribution")
def a_forgotten_order(books):
    """We do not know an order."""
    del books.orders[2]


@case("missing_here", "statement")
def a_forgotten_payment(books):
    """We do not know a payment that was distributed."""
    del books.payments[0]


@case("missing_here", "statement")
def a_forgotten_ordinary_payment(books):
    """We do not know an ordinary payment."""
    del books.payments[4]


@case("missing_here", "refunds")
def a_forgotten_refund(books):
    """We do not know a refund that two bills have."""
    del books.repaid[0]


@case("missing_there", "distribution")
def a_detail_that_never_was(books):
    """We take something for distributed."""
    books.order(books.payments[0], DAY_2, 100)
    books.drows[DAY_2].pop()


@case("missing_there", "refunds")
def a_refund_that_never_was(books):
    """We take something for refunded."""
    books.refund(books.payments[0], DAY_2, 100, 1)
    books.srows[DAY_2].pop()
    books.rrows[DAY_2].pop()


@case("missing_there", "statement")
def a_payment_that_never_was(books):
    """We take something for paid."""
    books.marked(DAY_2, 1000, release=False)
    books.srows[DAY_2].pop()


@case("differs", "distribution", "status")
def a_closed_detail_that_is_billed(books):
    """We know a detail as closed."""
    (detail,) = books.orders[4].receivers
    detail = attrs.evolve(detail, result=DetailResult.CLOSED)
    books.orders[4] = attrs.evolve(books.orders[4], receivers=(detail,))


@case("differs", "distribution", "amount")
def a_wrong_amount_of_ours(books):
    """We have a wrong amount of a detail."""
    (detail,) = books.orders[4].receivers
    books.orders[4] = attrs.evolve(books.orders[4], receivers=(attrs.evolve(detail, amount=7),))


@case("differs", "refunds", "amount")
def a_wrong_refund_of_ours(books):
    """We have a wrong amount of a refund, which two bills tell."""
    told = books.repaid[0]
    books.repaid[0] = attrs.evolve(told, amount=attrs.evolve(told.amount, refund=5))


@case("differs", "statement", "refund_state")
def a_refund_that_was_closed(books):
    """The statement says that a refund came through which was closed."""
    books.repaid[1] = attrs.evolve(books.repaid[1], status=RefundStatus.REFUNDCLOSE)
    change(books.srows[FIRST], ordinary_refund, refund_state="SUCCESS")


@case("differs", "statement", "amount")
def a_wrong_payment_of_ours(books):
    """We have a wrong amount of a payment, which its refund repeats."""
    books.payments[3] = attrs.evolve(books.payments[3], amount=1)


@case("differs", "statement", "fee")
def a_wrong_fee_of_ours(books):
    """We have a wrong fee of a payment."""
    books.payments[3] = attrs.evolve(books.payments[3], fee=1)


@case("differs", "statement", "transaction_id")
def a_wrong_number_of_ours(books):
    """We have a wrong number of a payment."""
    books.payments[2] = attrs.evolve(books.payments[2], transaction_id="X")


@case("sum", "sum", "remaining")
def a_wrong_remaining_amount(books):
    """What is said to remain is not what should."""
    books.payments[2] = attrs.evolve(books.payments[2], remaining=1)


@case("sum", "sum", "remaining")
def too_much_remains(books):
    """After everything was released something is said to remain."""
    books.payments[0] = attrs.evolve(books.payments[0], remaining=1)


@case("missing_here", "statement")
def a_revocation_we_missed(books):
    """The statement revokes a payment that we take for paid."""
    rows = books.srows[DAY_2]
    row = rows[find(rows, marked)]
    rows.append(attrs.evolve(row, trade_state=TradeState.REVOKED.value, refund_id="", fee=-100))
