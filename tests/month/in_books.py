"""What can go wrong on our side."""

import datetime as dt

import attrs

from wxdist import Distribution, Refund, Remaining
from wxdist.models import DetailResult, DetailType, TradeState
from wxdist.reconcile import KnownPayment

from .discrepancies import discrepancy, only
from .month import FIRST, LAST
from .shop import BEIJING

DONE = DetailResult.SUCCESS


def refunded(copy):
    return {each.transaction_id for each in copy.known if isinstance(each, Refund)}


def shared(copy):
    return {each.transaction_id for each in copy.known if isinstance(each, Distribution)}


def payment_ids(payment):
    return {"transaction_id": payment.transaction_id}


def ended(order):
    """Tell whether all of an order is in the bills of the month."""
    return all(each.result != DetailResult.PENDING for each in order.receivers)


def succeeded(order):
    return [each for each in order.receivers if each.result == DONE]


def detail_of(copy, result=DONE, kind=DetailType.DISTRIBUTE_TO_OTHERS):
    """Return an order that we know, and one of its details."""

    def fits(detail):
        return detail.result == result and detail.detail_type == kind

    order = copy.ours(Distribution, lambda o: any(map(fits, o.receivers)))
    return order, copy.one(order.receivers, fits)


def change(copy, order, old, **fields):
    """Change a detail of an order; without fields it is forgotten."""
    new = [
        each if each is not old else attrs.evolve(each, **fields)
        for each in order.receivers
        if fields or each is not old
    ]
    copy.put(order, attrs.evolve(order, receivers=tuple(new)))


@discrepancy
def payment_forgotten(copy):
    """We do not know a marked payment that was distributed."""
    busy = shared(copy)
    payment = copy.ours(KnownPayment, lambda p: p.marked and p.transaction_id in busy)
    copy.put(payment, None)
    return only("missing_here", "statement", **payment_ids(payment))


@discrepancy
def frozen_payment_forgotten(copy):
    """We do not know a marked payment with which nothing was done."""
    busy = shared(copy) | refunded(copy)
    payment = copy.ours(
        KnownPayment,
        lambda p: p.marked and p.state != TradeState.REVOKED and p.transaction_id not in busy,
    )
    copy.put(payment, None)
    return only("missing_here", "statement", **payment_ids(payment))


@discrepancy
def ordinary_payment_forgotten(copy):
    """We do not know an ordinary payment."""
    gone = refunded(copy)
    payment = copy.ours(
        KnownPayment,
        lambda p: not p.marked and p.state != TradeState.REVOKED and p.transaction_id not in gone,
    )
    copy.put(payment, None)
    return only("missing_here", "statement", **payment_ids(payment))


@discrepancy
def refunded_payment_forgotten(copy):
    """We do not know a payment, but its refund."""
    gone = refunded(copy)
    payment = copy.ours(KnownPayment, lambda p: p.transaction_id in gone)
    copy.put(payment, None)
    return only("missing_here", "statement", **payment_ids(payment))


@discrepancy
def order_forgotten(copy):
    """We do not know an order: its details are in the bill, one difference each."""
    order = copy.ours(Distribution, lambda o: ended(o) and succeeded(o))
    copy.put(order, None)
    return [
        ("missing_here", "distribution", None, {"detail_id": each.detail_id})
        for each in succeeded(order)
    ]


@discrepancy
def share_forgotten(copy):
    """We do not know one detail of an order."""
    order, detail = detail_of(copy)
    change(copy, order, detail)
    return only("missing_here", "distribution", detail_id=detail.detail_id)


@discrepancy
def release_forgotten(copy):
    """We do not know that the rest was released."""
    order, detail = detail_of(copy, kind=DetailType.UNFREEZE_TO_SPONSOR)
    change(copy, order, detail)
    return only("missing_here", "distribution", detail_id=detail.detail_id)


@discrepancy
def marked_refund_forgotten(copy):
    """We do not know a refund that two bills have."""
    marked = {p.transaction_id for p in copy.known if isinstance(p, KnownPayment) and p.marked}
    refund = copy.ours(Refund, lambda r: r.transaction_id in marked)
    copy.put(refund, None)
    return only("missing_here", "refunds", refund_id=refund.id)


@discrepancy
def ordinary_refund_forgotten(copy):
    """We do not know a refund of an ordinary payment."""
    marked = {p.transaction_id for p in copy.known if isinstance(p, KnownPayment) and p.marked}
    refund = copy.ours(Refund, lambda r: r.transaction_id not in marked)
    copy.put(refund, None)
    return only("missing_here", "statement", refund_id=refund.id)


@discrepancy
def revocation_not_noticed(copy):
    """We take a payment for paid that was undone."""
    payment = copy.ours(KnownPayment, lambda p: p.state == TradeState.REVOKED)
    copy.put(payment, attrs.evolve(payment, state=TradeState.SUCCESS))
    return only("missing_here", "statement", **payment_ids(payment))


@discrepancy
def revocation_that_never_was(copy):
    """We take a payment for undone that was not."""
    busy = shared(copy) | refunded(copy)
    payment = copy.ours(
        KnownPayment,
        lambda p: p.state != TradeState.REVOKED and p.transaction_id not in busy,
    )
    copy.put(payment, attrs.evolve(payment, state=TradeState.REVOKED))
    return only("missing_there", "statement", **payment_ids(payment))


@discrepancy
def payment_of_a_wrong_amount(copy):
    """We have a wrong amount of a payment."""
    payment = copy.ours(KnownPayment)
    copy.put(payment, attrs.evolve(payment, amount=payment.amount + 1))
    return only("differs", "statement", "amount", **payment_ids(payment))


@discrepancy
def payment_of_a_wrong_currency(copy):
    """We have a wrong currency of a payment that was not refunded."""
    gone = refunded(copy)
    payment = copy.ours(
        KnownPayment,
        lambda p: p.transaction_id not in gone and p.state != TradeState.REVOKED,
    )
    copy.put(payment, attrs.evolve(payment, currency="GBP"))
    return only("differs", "statement", "currency", **payment_ids(payment))


@discrepancy
def payment_of_a_wrong_day(copy):
    """We have a payment on another day."""
    payment = copy.ours(
        KnownPayment,
        lambda p: (
            p.state != TradeState.REVOKED and FIRST < p.paid_at.astimezone(BEIJING).date() < LAST
        ),
    )
    when = payment.paid_at - dt.timedelta(days=1)
    copy.put(payment, attrs.evolve(payment, paid_at=when))
    return only("differs", "statement", "day", **payment_ids(payment))


@discrepancy
def payment_of_a_wrong_sub_merchant(copy):
    """We have a payment under another sub-merchant, its refunds with it."""
    payment = copy.ours(KnownPayment)
    sub = "190000020" + str(int(payment.sub_mchid[-1]) % 3 + 1)
    copy.put(payment, attrs.evolve(payment, sub_mchid=sub))
    return only("differs", "statement", "sub_mchid", **payment_ids(payment))


@discrepancy
def payment_of_a_wrong_fee(copy):
    """We have a wrong fee of a marked payment."""
    payment = copy.ours(KnownPayment, lambda p: p.marked)
    copy.put(payment, attrs.evolve(payment, fee=1))
    return only("differs", "statement", "fee", **payment_ids(payment))


@discrepancy
def share_of_a_wrong_amount(copy):
    """We have a wrong amount of a share."""
    order, detail = detail_of(copy)
    change(copy, order, detail, amount=detail.amount + 1)
    return only("differs", "distribution", "amount", detail_id=detail.detail_id)


@discrepancy
def share_taken_for_closed(copy):
    """We take a share for closed that came through."""
    order, detail = detail_of(copy)
    change(copy, order, detail, result=DetailResult.CLOSED)
    return only("differs", "distribution", "status", detail_id=detail.detail_id)


@discrepancy
def share_not_asked_again(copy):
    """We take a share for pending that came through long ago."""
    order, detail = detail_of(copy)
    change(copy, order, detail, result=DetailResult.PENDING, finish_time=None)
    return only("differs", "distribution", "status", detail_id=detail.detail_id)


@discrepancy
def closed_detail_taken_for_paid(copy):
    """We take a detail for paid that was closed."""
    order, detail = detail_of(copy, DetailResult.CLOSED)
    change(copy, order, detail, result=DONE)
    return only("missing_there", "distribution", detail_id=detail.detail_id)


@discrepancy
def order_that_never_was(copy):
    """We take an order for carried out that nobody knows."""
    order, detail = detail_of(copy)
    number = f"{detail.detail_id[:-6]}999999"
    new = attrs.evolve(
        order,
        out_order_no="D-none",
        order_id=f"{order.order_id[:-6]}999999",
        receivers=(attrs.evolve(detail, detail_id=number),),
    )
    copy.known.append(new)
    return only("missing_there", "distribution", detail_id=number)


@discrepancy
def payment_that_never_was(copy):
    """We take an order for paid that was not."""
    payment = copy.ours(KnownPayment)
    number = f"{payment.transaction_id[:-6]}999999"
    new = attrs.evolve(
        payment, transaction_id=number, out_trade_no="M-none", state=TradeState.SUCCESS
    )
    copy.known.append(new)
    return only("missing_there", "statement", transaction_id=number)


@discrepancy
def refund_that_never_was(copy):
    """We take a refund for made that was not."""
    refund = copy.ours(Refund)
    number = f"{refund.id[:-6]}999999"
    copy.known.append(attrs.evolve(refund, id=number, out_refund_no="R-none"))
    marked = copy.payment(refund.transaction_id).marked
    source = "refunds" if marked else "statement"
    return only("missing_there", source, refund_id=number)


@discrepancy
def refund_of_ours_of_a_wrong_amount(copy):
    """We have a wrong amount of a refund, which two bills tell where it is of a marked payment."""
    refund = copy.ours(Refund)
    amount = attrs.evolve(refund.amount, refund=refund.amount.refund + 1)
    copy.put(refund, attrs.evolve(refund, amount=amount))
    marked = copy.payment(refund.transaction_id).marked
    source = "refunds" if marked else "statement"
    return only("differs", source, "amount", refund_id=refund.id)


@discrepancy
def remaining_wrong(copy):
    """A fen more is said to remain."""
    remaining = copy.ours(Remaining)
    copy.put(remaining, attrs.evolve(remaining, unsplit_amount=remaining.unsplit_amount + 1))
    return only("sum", "sum", "remaining", transaction_id=remaining.transaction_id)


@discrepancy
def remaining_wrong_by_less(copy):
    """A fen less is said to remain."""
    remaining = copy.ours(Remaining, lambda r: r.unsplit_amount)
    copy.put(remaining, attrs.evolve(remaining, unsplit_amount=remaining.unsplit_amount - 1))
    return only("sum", "sum", "remaining", transaction_id=remaining.transaction_id)
