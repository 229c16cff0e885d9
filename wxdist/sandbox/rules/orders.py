"""When a payment can be distributed, and which instruction is accepted.

Sources not given in full are pages of
https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/, 2025 editions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from wxdist.models import ReceiverType

from ..records import Content, Order, Payment
from .refusal import ours, refused, unknown_order

#: Accepted requests of one payment (releasing does not count: ours), and receivers of one request.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml
MOST_REQUESTS = 50
MOST_RECEIVERS = 50


def only_cny(currency: str) -> None:
    """Only CNY can be marked and distributed (chapter4_1_1, chapter4_1_2: errors)."""
    if currency != "CNY":
        raise refused("Only CNY orders can be distributed")


def not_confirmed(trade: str | None) -> None:
    """An order that was placed can no longer be marked (chapter4_1_1: errors)."""
    if trade is not None:
        raise refused("The order has already been confirmed, so it can no longer be marked")


def distributable(payment: Payment | None, sub_mchid: str) -> Payment:
    """The payment exists, is this merchant's, was marked, and its freezing is done.

    Source: chapter4_1_5, errors; before the freezing is done: chapter4_1_1. An unknown
    transaction gets the same text (its remedy says "check transaction_id").
    """
    if payment is None:
        raise refused("The order does not support funds distribution")
    if payment.sub_mchid != sub_mchid:
        raise refused("The merchant information differs from the order's")
    if not (payment.marked and payment.ready) or payment.revoked_at is not None:
        raise refused("The order does not support funds distribution")
    return payment


def in_time(payment: Payment) -> None:
    """180 days after payment the system has begun to unfreeze (chapter4_1_2: errors)."""
    if payment.overdue:
        raise refused("The order is past the maximum time for funds distribution")


def not_released(payment: Payment) -> None:
    """After everything was unfrozen nothing can be distributed (chapter4_1_2, _3); text ours."""
    if payment.released:
        raise ours("the rest of the order was unfrozen: nothing can be distributed any more")


def requests_left(payment: Payment) -> None:
    """50 requests per payment (chapter4_1_2); only accepted ones count (mainland); text ours."""
    if payment.requests >= MOST_REQUESTS:
        raise ours(f"{MOST_REQUESTS} requests of this order were accepted: no more are")


def no_duplicates(receivers: Sequence[tuple[ReceiverType, str]]) -> None:
    """The same receiver stands once in a request (chapter4_1_2: errors)."""
    if len(set(receivers)) != len(receivers):
        raise refused("The same receiver appears twice in one request")


def sponsor_listed(
    receivers: Collection[tuple[ReceiverType, str]], sponsor: str, *, unfreeze_unsplit: bool
) -> None:
    """The sponsor may be listed only when the rest stays frozen (chapter4_1_2); text ours."""
    if unfreeze_unsplit and (ReceiverType.MERCHANT_ID, sponsor) in receivers:
        raise ours("the sponsor must not be listed with unfreeze_unsplit=true: it gets the rest")


def something_asked(receivers: Collection[object], *, unfreeze_unsplit: bool) -> None:
    """A request without receivers must at least unfreeze (ours)."""
    if not receivers and not unfreeze_unsplit:
        raise ours("no receivers and unfreeze_unsplit=false: nothing to do")


def same_instruction(before: Content, content: Content) -> None:
    """A used number is the same instruction only with the same content.

    Source: https://pay.weixin.qq.com/wiki/doc/api/wxpay/ch/profitsharing/chapter3_5.shtml for
    merchant and order; any other difference: ours.
    """
    if before.sub_mchid != content.sub_mchid:
        raise refused("The merchant information differs from the original instruction")
    if before.transaction_id != content.transaction_id:
        raise refused("The WeChat Pay order differs from the original instruction")
    if before.rest != content.rest:
        raise ours("out_order_no was used for another instruction: take a new one")


def known(order: Order | None) -> Order:
    """An order that was never accepted is 404."""
    if order is None:
        raise unknown_order("The funds-distribution order does not exist")
    return order
