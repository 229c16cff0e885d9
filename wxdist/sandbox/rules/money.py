"""How much: fees, the cap, what is left. Exact arithmetic throughout."""

from __future__ import annotations

from fractions import Fraction

from .refusal import ours


def fee(amount: int, rate: Fraction) -> int:
    """Return the acquiring fee of an amount, in its own minor unit, rounded half up (ours).

    A *rate* below one half leaves at least one fen of every payment.
    """
    return int(amount * rate + Fraction(1, 2))


def cap(amount: int, ratio: Fraction) -> int:
    """Return the most that may go to others: payment amount x maximum ratio, whole fen.

    Source: https://pay.weixin.qq.com/wiki/doc/api/wxpay/ch/profitsharing/chapter3_6.shtml
    """
    return int(amount * ratio)


def enough_left(asked: int, left: int) -> None:
    """Refuse more than what is left, net of the fee.

    Source: the field ``amount`` of
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml. Text ours.
    """
    if asked > left:
        raise ours(f"{asked} fen are asked, {left} fen are left to be distributed")


def within_cap(asked: int, before: int, most: int) -> None:
    """Refuse more for others than the platform's ratio allows; closed details do not count (ours).

    Source: as for `cap`. Text ours.
    """
    if asked and before + asked > most:
        raise ours(f"at most {most} fen may go to others, {before} fen did, {asked} fen are asked")


def something_left(left: int) -> None:
    """Refuse to release nothing (ours: the documentation does not say)."""
    if left <= 0:
        raise ours("nothing is left to be unfrozen")
