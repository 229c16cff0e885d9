"""The refund bill of funds distribution: the refunds of marked orders accepted on a day.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_14.shtml. Its header
can be read up to the refund source: the columns behind it, the sums, and the values are ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from wxdist.models import RefundSource

from ..records import Payment, Refund
from ..rules import calendar
from ..rules.bills import made_at
from ..state import State
from .writing import Section, amount, sheet, yuan

DOCUMENTED = (
    "Refund apply time",
    "Refund success time",
    "Wechat refund number(refund_id)",
    "Vendor refund number(out_refund_no)",
    "Wechat order number(transaction_id)",
    "Vendor order number(out_transaction_id)",
    "Refund amount(refund_fee)",
    "Currency type",
    "Coupon refund amount",
    "Payer's refund amount",
    "Payer's refund currency type",
    "Rate",
    "Refund source",
)
OURS = (
    *("sub_mchid", "status", "returned_fee", "advanced"),
    *("settlement_amount", "settlement_currency", "exchange_rate"),  # of what was advanced
)
COLUMNS = DOCUMENTED + OURS
SUMMARY = ("total_count", "total_amount")

Found = tuple[Payment, Refund]


def text(state: State, day: dt.date, sub_mchid: str) -> str:
    """Return the bill of *day*, as it was when it was made; no *sub_mchid*: of all."""
    found = [each for each in accepted(state, day, sub_mchid) if each[0].marked]
    made, total = made_at(day), yuan(sum(refund.amount for _, refund in found))
    rows = [(*_documented(*each, made), *_ours(state, *each, made)) for each in found]
    return sheet(Section(COLUMNS, rows), Section(SUMMARY, [(str(len(found)), total)]))


def accepted(state: State, day: dt.date, sub_mchid: str) -> Iterator[Found]:
    """Yield the refunds that were accepted on *day*, marked orders' or not, the earliest first."""
    for refund in state.refunds.values():
        payment = state.payments[refund.transaction_id]
        if calendar.day_of(refund.create_time) == day and sub_mchid in {"", payment.sub_mchid}:
            yield payment, refund


def _documented(payment: Payment, refund: Refund, made: float) -> Sequence[str]:
    return (
        calendar.stamp(refund.create_time),
        _arrived(refund, made),
        refund.refund_id,
        refund.out_refund_no,
        payment.transaction_id,
        payment.out_trade_no,
        yuan(refund.amount),
        "CNY",
        "",
        yuan(refund.payer_amount),
        "CNY",
        "",
        RefundSource.REFUND_SOURCE_UNSETTLED_FUNDS.value,
    )


def _ours(state: State, payment: Payment, refund: Refund, made: float) -> Sequence[str]:
    advanced, currency = refund.released + refund.owed, state.terms.settlement_currency
    settled = (amount(refund.settled, currency), currency, str(refund.rate))
    return (
        payment.sub_mchid,
        refund.status_at(made).value,
        yuan(refund.fee),
        yuan(advanced),
        *(settled if advanced else ("", "", "")),
    )


def _arrived(refund: Refund, made: float) -> str:
    ended = refund.success_time
    return "" if ended is None or ended > made else calendar.stamp(ended)
