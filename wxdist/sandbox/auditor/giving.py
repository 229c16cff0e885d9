"""Money that goes back to payers: what there is for it, and what it takes from whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from .causes import INVALID_REQUEST, NOT_ENOUGH, Cause
from .exchange import Bounds
from .memory import Memory
from .records import Back, Given, Payment
from .timing import day


def take(
    memory: Memory, payment: Payment, amount: int, now: float, *, owing: bool = False
) -> Iterator[str]:
    """Take note that *amount* of an order went back; yield why it could not.

    *owing*: later settlements pay for what was not there.
    """
    for cause in too_much(memory, payment, amount, now):
        if cause.sure and not (owing and cause.code == NOT_ENOUGH):
            yield cause.why
    net, before = _net(payment, amount), payment.back(payment.refunded)
    taken = (net, net)
    if payment.marked:
        taken = _beyond(memory, payment, net, now)
        payment.advanced = (payment.advanced[0] + taken[0], payment.advanced[1] + taken[1])
    payment.refunded += amount
    payment.refund_times.append(now)
    paid = payment.back(payment.refunded) - before
    memory.backs.append(
        Back(payment=payment, when=now, amount=amount, before=before, paid=paid, fee=paid - net)
    )
    if taken[1] or not payment.marked:
        memory.given.append(
            Given(payment=payment, when=day(now), before=before, paid=paid, taken=taken)
        )


def too_much(memory: Memory, payment: Payment, amount: int, now: float) -> Iterator[Cause]:
    """Yield why *amount* of an order cannot go back: it is more than was paid, or than is there."""
    if payment.revoked:
        yield Cause(INVALID_REQUEST, "it was revoked")
        return
    if amount > payment.amount - payment.refunded:
        yield Cause(INVALID_REQUEST, "more than was paid")
        return
    if payment.back(payment.refunded + amount) == payment.back(payment.refunded):
        yield Cause(INVALID_REQUEST, "the payer would get nothing")
    least, most = _there(memory, payment, now)
    if (net := _net(payment, amount)) > least:
        yield Cause(NOT_ENOUGH, "there is not so much", net > most)


def revoke(memory: Memory, payment: Payment, now: float) -> Iterator[str]:
    """Take note that a payment was undone; yield why it could not be."""
    if payment.revoked or payment.refund_times or payment.orders:
        yield "something was done with the payment before"
    if day(payment.paid_at) != day(now):
        yield "it was paid on another day"
    net = payment.net
    payment.revoked = True
    if not payment.marked:
        today, taken = day(now), (net, net)
        memory.given.append(
            Given(payment=payment, when=today, before=0, paid=payment.paid, taken=taken)
        )


def quota(memory: Memory, sponsor: str, now: float) -> Bounds:
    """Return between what the fen lie that *sponsor* had released today, and are still there."""
    today = day(now)
    found = [
        each
        for each in memory.receipts(now)
        if each.split and each.payment.sponsor == sponsor and each.may_be_on(today)
    ]
    least = sum(each.amounts.least for each in found if each.is_on(today))
    most = sum(each.amounts.most for each in found)
    back = _given(memory, sponsor, today, marked=True)
    return max(0, least - back[1]), max(0, most - back[0])


def _there(memory: Memory, payment: Payment, now: float) -> Bounds:
    if payment.marked:
        left, advance = memory.remaining(payment, now), quota(memory, payment.sponsor, now)
        return max(0, left.least) + advance[0], max(0, left.most) + advance[1]
    today = day(now)
    came = sum(
        each.paid - each.fee
        for each in memory.payments.values()
        if not each.marked and each.sponsor == payment.sponsor and day(each.paid_at) == today
    )
    there = max(0, came - _given(memory, payment.sponsor, today, marked=False)[0])
    return there, there


def _given(memory: Memory, sponsor: str, when: dt.date, *, marked: bool) -> Bounds:
    found = [
        each.taken
        for each in memory.given
        if (each.payment.sponsor, each.when, each.payment.marked) == (sponsor, when, marked)
    ]
    return sum(least for least, _ in found), sum(most for _, most in found)


def _beyond(memory: Memory, payment: Payment, net: int, now: float) -> Bounds:
    """Return between what lies the part of *net* that is not frozen."""
    left = memory.remaining(payment, now)
    return max(0, net - max(0, left.most)), max(0, net - max(0, left.least))


def _net(payment: Payment, amount: int) -> int:
    """Return what a refund takes beside its share of the fee."""
    return payment.net_of(payment.refunded + amount) - payment.net_of(payment.refunded)
