"""What the settlements must be: reckoned anew from payments, orders and refunds, and the books."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator

from wxdist.models import DetailResult, DetailType

from .records import Batch, Detail
from .rules.calendar import day_of
from .state import State

#: A sponsor's day, and the name of an amount of its batch.
Sums = Counter[tuple[str, dt.date, str]]

_AMOUNTS = ("fen", "split_fen", "pay", "refund", "fee", "split_pay", "split_refund")


def batch_faults(state: State) -> Iterator[str]:
    """Yield which batches are not what their day brought, and which accounts not what they hold."""
    sums: Sums = Counter()
    _count_payments(state, sums)
    _count_details(state, sums)
    _count_refunds(state, sums)
    for (sponsor, day), batch in state.batches.items():
        for name in _AMOUNTS:
            expected = sums.pop((sponsor, day, name), 0)
            if getattr(batch, name) != expected:
                yield f"batch {batch.batch_id}: {name} is not {expected}"
    yield from (f"{sponsor} has no batch of {day}" for sponsor, day, _ in sums)
    for sponsor in sorted({each.sponsor for each in state.batches.values()}):
        yield from _accounts(state, sponsor)


def _add(sums: Sums, sponsor: str, when: float, amounts: Iterable[tuple[str, int]]) -> None:
    for name, amount in amounts:
        sums[sponsor, day_of(when), name] += amount


def _count_payments(state: State, sums: Sums) -> None:
    for payment in state.payments.values():
        if payment.marked:
            continue
        facts = {
            "fen": payment.payer_amount - payment.fee,
            "pay": payment.settled,
            "fee": payment.settled_fee,
        }
        _add(sums, payment.sponsor, payment.paid_at, facts.items())
        if payment.revoked_at is not None:
            back = {"fen": -facts["fen"], "refund": facts["pay"], "fee": -facts["fee"]}
            _add(sums, payment.sponsor, payment.revoked_at, back.items())


def _count_details(state: State, sums: Sums) -> None:
    for order in state.orders.values():
        for detail in order.details:
            if detail.finish_time is not None and _is_sponsors(state, detail):
                fen, pay = detail.amount, detail.settled
                facts = {"fen": fen, "split_fen": fen, "pay": pay, "split_pay": pay}
                _add(sums, order.sponsor, detail.finish_time, facts.items())


def _is_sponsors(state: State, detail: Detail) -> bool:
    if detail.result == DetailResult.SUCCESS:
        return detail.detail_type == DetailType.UNFREEZE_TO_SPONSOR
    return state.terms.closed_money == "sponsor"


def _count_refunds(state: State, sums: Sums) -> None:
    for refund in state.refunds.values():
        payment = state.payments[refund.transaction_id]
        fen = refund.released + refund.pool + refund.owed
        facts = {"fen": -fen, "refund": refund.settled, "fee": -refund.settled_fee}
        if payment.marked:
            facts |= {"split_fen": -fen, "split_refund": refund.settled}
        if refund.rate:
            _add(sums, payment.sponsor, refund.create_time, facts.items())


def _accounts(state: State, sponsor: str) -> Iterator[str]:
    """The bank got the nets that were paid out, the pool holds the others that were exchanged."""
    batches = [each for each in state.batches.values() if each.sponsor == sponsor]
    balance = state.ledger.balance
    owed = sum(balance(("owed", sponsor, each.day.isoformat())) for each in batches)
    for name, held, expected in (
        ("bank", balance(("bank", sponsor)), sum(each.net for each in batches if each.settled_on)),
        ("pool", balance(("pool", sponsor)), sum(map(_in_pool, batches))),
        ("sponsor", balance(("sponsor", sponsor)) + owed, sum(map(_not_exchanged, batches))),
    ):
        if held != expected:
            yield f"{name} of {sponsor}: {held} is not {expected}, as its batches say"


def _in_pool(batch: Batch) -> int:
    return batch.net if batch.exchanged and batch.settled_on is None else 0


def _not_exchanged(batch: Batch) -> int:
    return 0 if batch.exchanged else batch.fen
