"""The bill of funds distribution: what succeeded on a day, then its sums.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml. The values of
business_type and status are ours: the documentation does not give them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from wxdist.models import DetailResult, DetailType

from ..records import Detail, Order
from ..rules import calendar
from ..state import State
from .writing import Section, amount, sheet, yuan

COLUMNS = (
    "create_time",
    "initiator",
    "sponsor",
    "sub_mchid",
    "transaction_id",
    "order_id",
    "out_order_no",
    "detail_id",
    "receiver_account",
    "amount",
    "currency",
    "settlement_amount",
    "settlement_currency",
    "exchange_rate",
    "business_type",
    "status",
    "description",
)
#: The documentation does not name the columns of the summary: these are ours.
SUMMARY = ("total_count", "total_amount", "total_unfrozen_count", "total_unfrozen_amount")

Found = tuple[Order, Detail]


def text(state: State, day: dt.date, sub_mchid: str) -> str:
    """Return the bill of *day*; no *sub_mchid*: of all."""
    found = list(successes(state, day, sub_mchid))
    rows = [_row(state, order, detail) for order, detail in found]
    return sheet(Section(COLUMNS, rows), Section(SUMMARY, [_sums(found)]))


def successes(state: State, day: dt.date, sub_mchid: str) -> Iterator[Found]:
    """Yield what succeeded on *day*, in the order of acceptance."""
    for order in state.orders.values():
        if sub_mchid in {"", order.content.sub_mchid}:
            for detail in order.details:
                ended = detail.finish_time
                if (
                    detail.result == DetailResult.SUCCESS
                    and ended is not None
                    and calendar.day_of(ended) == day
                ):
                    yield order, detail


def _row(state: State, order: Order, detail: Detail) -> Sequence[str]:
    currency = state.terms.settlement_currency
    unfrozen = detail.detail_type == DetailType.UNFREEZE_TO_SPONSOR
    return (
        calendar.stamp(order.create_time),
        order.initiator,
        order.sponsor,
        order.content.sub_mchid,
        order.content.transaction_id,
        order.order_id,
        order.out_order_no,
        detail.detail_id,
        detail.account,
        yuan(detail.amount),
        "CNY",
        amount(detail.settled, currency) if unfrozen else "",
        currency if unfrozen else "",
        str(detail.rate) if unfrozen else "",
        detail.detail_type.value,
        detail.result.value,
        detail.description,
    )


def _sums(found: Sequence[Found]) -> Sequence[str]:
    all_ = [detail for _, detail in found]
    unfrozen = [each for each in all_ if each.detail_type == DetailType.UNFREEZE_TO_SPONSOR]
    return (
        str(len(all_)),
        yuan(sum(each.amount for each in all_)),
        str(len(unfrozen)),
        yuan(sum(each.amount for each in unfrozen)),
    )
