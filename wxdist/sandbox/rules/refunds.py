"""What may go back to the payer.

Source, where none is given: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml.
Each refuses with a ``ValueError``: it is the player who asks.
"""

from __future__ import annotations

from ..state import Payment, Refund
from .calendar import DAY

#: Days after payment (a year of 365 days: ours), refunds of one payment, seconds between two.
WINDOW_DAYS = 365
MOST_REFUNDS = 50
PAUSE = 60.0


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
        raise ValueError("it was paid more than a year ago")


def not_too_often(refunds: list[Refund], now: float) -> None:
    """There are at most 50 refunds of a payment, a minute apart."""
    if len(refunds) >= MOST_REFUNDS:
        raise ValueError(f"it was refunded {MOST_REFUNDS} times: no more can be")
    if refunds and now < refunds[-1].create_time + PAUSE:
        raise ValueError(f"refunds of one payment are {PAUSE:.0f} s apart")


def there_is(amount: int, left: int, where: str) -> None:
    """What is given back is there."""
    if amount > left:
        raise ValueError(f"{amount} fen are needed, {left} fen are {where}")
