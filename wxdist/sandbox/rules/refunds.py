"""What may go back to the payer.

Source, where none is given: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml.
Each refuses with `NoRefund`: a ``ValueError`` for the player, with a code for the merchant.
"""

from __future__ import annotations

from collections.abc import Sequence

from wxdist.models import RefundSource

from ..records import Payment, Refund, RefundAsk
from .calendar import DAY, day_of

#: Days after payment (a year of 365 days: ours), refunds of one payment, seconds between two.
WINDOW_DAYS = 365
MOST_REFUNDS = 50
PAUSE = 60.0
#: Codes of the documentation, which does not tell their status.
#: https://github.com/wechatpay-apiv3/wechatpay-global-skills
OVERDUE, NOT_ENOUGH, USED = "TRADE_OVERDUE", "NOT_ENOUGH", "OUT_REFUND_NO_USED"


class NoRefund(ValueError):
    """It cannot be given back."""

    def __init__(self, why: str, code: str = "INVALID_REQUEST") -> None:
        super().__init__(why)
        self.code = code


def _share(whole: int, part: int, of: int) -> int:
    """Return *part* of *of* of *whole*, rounded half up."""
    return (2 * whole * part + of) // (2 * of)


def payer_share(payment: Payment, before: int, amount: int) -> int:
    """Return the fen that go to the payer for *amount* of the order's currency.

    In proportion, rounded over all refunds together (ours): a full refund returns what was paid.

    Args:
        payment: what is refunded.
        before: what was refunded before, in the order's currency.
        amount: likewise.
    """
    whole = payment.payer_amount
    shares = (_share(whole, gone, payment.amount) for gone in (before + amount, before))
    return next(shares) - next(shares)


def fee_share(payment: Payment, before: int, amount: int) -> int:
    """Return how many fen of the fee go back with *amount* fen, after *before* went.

    In proportion, rounded half up over all refunds together (ours), so that a full refund returns
    the fee that was charged. Source (the proportion):
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_12.shtml
    """
    return _of(payment.fee, payment, before, amount)


def settled_fee_share(payment: Payment, before: int, amount: int) -> int:
    """As `fee_share`, of the fee that the settlement of an ordinary payment took."""
    return _of(payment.settled_fee, payment, before, amount)


def _of(fee: int, payment: Payment, before: int, amount: int) -> int:
    paid = payment.payer_amount
    return _share(fee, before + amount, paid) - _share(fee, before, paid)


def within_a_year(payment: Payment, now: float) -> None:
    """A payment can be refunded within one year."""
    if now > payment.paid_at + WINDOW_DAYS * DAY:
        raise NoRefund("it was paid more than a year ago", OVERDUE)


def not_too_often(refunds: Sequence[Refund], now: float) -> None:
    """There are at most 50 refunds of a payment, a minute apart."""
    if len(refunds) >= MOST_REFUNDS:
        raise NoRefund(f"it was refunded {MOST_REFUNDS} times: no more can be")
    if refunds and now < refunds[-1].create_time + PAUSE:
        raise NoRefund(f"refunds of one payment are {PAUSE:.0f} s apart")


def within_the_order(payment: Payment, before: int, amount: int) -> None:
    """All refunds together are at most what the order was of."""
    if before + amount > payment.amount:
        unit = "fen" if payment.currency == "CNY" else f"minor units of {payment.currency}"
        whole = f"{payment.amount} {unit} are what was paid"
        raise NoRefund(f"{before + amount} {unit} are needed, {whole}")


def there_is(amount: int, left: int, where: str) -> None:
    """What is given back is there."""
    if amount > left:
        raise NoRefund(f"{amount} fen are needed, {left} fen are {where}", NOT_ENOUGH)


def worth_a_fen(paid: int) -> None:
    """A payer gets no less than a fen (ours)."""
    if paid <= 0:
        raise NoRefund("it is worth less than a fen to the payer")


def most(payment: Payment, before: int, frozen: int) -> int:
    """Return the most that *frozen* fen and their share of the fee can give back.

    Source: the worked example of
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_12.shtml
    """
    least, beyond = 0, payment.payer_amount - before + 1
    while beyond - least > 1:
        amount = (least + beyond) // 2
        if amount - fee_share(payment, before, amount) <= frozen:
            least = amount
        else:
            beyond = amount
    return least


def not_revoked(payment: Payment) -> None:
    """What was revoked went back already (ours)."""
    if payment.revoked_at is not None:
        raise NoRefund("the order was revoked")


def revocable(payment: Payment, now: float) -> None:
    """A payment is revoked on its own day, whole, and before anything was done with it (ours)."""
    if day_of(now) != day_of(payment.paid_at):
        raise NoRefund("it was paid on another day: refund it")
    if payment.refund_ids or payment.order_ids:
        raise NoRefund("it was refunded or distributed: refund the rest")


def same_order(payment: Payment, asked: RefundAsk) -> None:
    """The order is this merchant's, of this amount and currency (texts ours)."""
    if payment.sub_mchid != asked.sub_mchid:
        raise NoRefund("the merchant differs from the order's")
    if (payment.amount, payment.currency) != (asked.total, asked.currency):
        raise NoRefund(f"the order is of {payment.amount} {payment.currency}")
    if RefundSource(asked.source or "") == RefundSource.REFUND_SOURCE_RECHARGE_FUNDS:
        raise NoRefund("refunds out of recharge funds are not simulated")


def same_refund(before: Refund, asked: RefundAsk) -> None:
    """A number that was used stands for the same refund only with the same content."""
    if before.asked != asked:
        raise NoRefund("out_refund_no was used for another refund", USED)
