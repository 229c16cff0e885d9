"""What may go back to the payer.

Source, where none is given: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml.
Each refuses with `NoRefund`: a ``ValueError`` for the player, with a code for the merchant.
"""

from __future__ import annotations

from collections.abc import Sequence

from wxdist.models import RefundSource

from ..state import Payment, Refund, RefundAsk
from .calendar import DAY

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


def fee_share(payment: Payment, before: int, amount: int, returned: int) -> int:
    """Return how much of the fee goes back with a refund of *amount* fen.

    In proportion, rounded half up over all refunds together (ours), so that a full refund returns
    the fee that was charged. Source (the proportion):
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_12.shtml

    Args:
        payment: what is refunded.
        before: fen that were refunded before.
        amount: fen.
        returned: of the fee, what went back before.
    """
    due = (2 * payment.fee * (before + amount) + payment.amount) // (2 * payment.amount)
    return due - returned


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


def there_is(amount: int, left: int, where: str, code: str = NOT_ENOUGH) -> None:
    """What is given back is there."""
    if amount > left:
        raise NoRefund(f"{amount} fen are needed, {left} fen are {where}", code)


def most(payment: Payment, before: int, returned: int, frozen: int) -> int:
    """Return the most that *frozen* fen and their share of the fee can give back.

    Source: the worked example of
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_12.shtml
    """
    least, beyond = 0, payment.amount - before + 1
    while beyond - least > 1:
        amount = (least + beyond) // 2
        if amount - fee_share(payment, before, amount, returned) <= frozen:
            least = amount
        else:
            beyond = amount
    return least


def same_order(payment: Payment, asked: RefundAsk) -> None:
    """The order is this merchant's, of this amount and currency (texts ours)."""
    if payment.sub_mchid != asked.sub_mchid:
        raise NoRefund("the merchant differs from the order's")
    if (payment.amount, payment.currency) != (asked.total, asked.currency):
        raise NoRefund(f"the order is of {payment.amount} {payment.currency}")
    if asked.source == RefundSource.REFUND_SOURCE_RECHARGE_FUNDS:
        raise NoRefund("refunds out of recharge funds are not simulated")


def same_refund(before: Refund, asked: RefundAsk) -> None:
    """A number that was used stands for the same refund only with the same content."""
    if before.asked != asked:
        raise NoRefund("out_refund_no was used for another refund", USED)
