"""The whole state as plain JSON, to look at; personal names are left out."""

from __future__ import annotations

from typing import Any

from .clock import SandboxClock
from .ledger import LedgerBroken
from .records import Batch, Detail, Order, Payment, Refund, Relation, Terms
from .rules.calendar import stamp
from .state import Event
from .world import World


def state(world: World, clock: SandboxClock) -> dict[str, Any]:
    """Return terms, clock, payments with their orders, receivers, settlement and what is due."""
    known = world.state
    return {
        "terms": _terms(world.terms),
        "clock": time(known.now, clock),
        "payments": [_payment(world, each) for each in known.payments.values()],
        "marks": [list(mark) for mark in sorted(known.marks)],
        "receivers": [_relation(each) for each in known.relations.values()],
        "armed": [[*where, reason] for where, reason in known.armed.items()],
        "refunds": [refund(each) for each in known.refunds.values()],
        "batches": [_batch(each) for each in known.batches.values()],
        "due": [_event(each) for each in known.upcoming()],
        "events": known.log.count,
        "digest": known.log.digest(),
        "fault": _fault(world),
    }


def time(now: float, clock: SandboxClock) -> dict[str, Any]:
    """Return the time of the business and how it goes."""
    return {"now": stamp(now), "unix": now, "runs": clock.runs}


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "mchid": terms.mchid,
        "mode": terms.mode,
        "sub_mchids": list(terms.sub_mchids),
        "fee_rate": str(terms.fee_rate),
        "max_ratio": str(terms.max_ratio),
        "audit": terms.audit,
        "closed_money": terms.closed_money,
        "settlement_currency": terms.settlement_currency,
        "holidays": [day.isoformat() for day in terms.holidays],
        "rates": terms.rates,
    }


def _payment(world: World, payment: Payment) -> dict[str, Any]:
    known = world.state
    return {
        "transaction_id": payment.transaction_id,
        "out_trade_no": payment.out_trade_no,
        "sub_mchid": payment.sub_mchid,
        "sponsor": payment.sponsor,
        "amount": payment.amount,
        "currency": payment.currency,
        "payer_amount": payment.payer_amount,
        "paid_at": stamp(payment.paid_at),
        "revoked_at": None if payment.revoked_at is None else stamp(payment.revoked_at),
        "marked": payment.marked,
        "ready": payment.ready,
        "released": payment.released,
        "overdue": payment.overdue,
        "requests": payment.requests,
        "money": dict(known.ledger.parts(payment.transaction_id)),
        "advanced": known.ledger.advanced(payment.transaction_id),
        "orders": [_order(known.orders[order_id]) for order_id in payment.order_ids],
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "out_order_no": order.out_order_no,
        "initiator": order.initiator,
        "state": str(order.state),
        "create_time": stamp(order.create_time),
        "details": [_detail(each) for each in order.details],
    }


def _detail(detail: Detail) -> dict[str, Any]:
    ended = detail.finish_time
    return {
        "detail_id": detail.detail_id,
        "detail_type": str(detail.detail_type),
        "type": str(detail.type),
        "account": detail.account,
        "amount": detail.amount,
        "result": str(detail.result),
        "fail_reason": detail.fail_reason,
        "finish_time": None if ended is None else stamp(ended),
    }


def _relation(relation: Relation) -> dict[str, Any]:
    return {
        "sub_mchid": relation.sub_mchid,
        "type": str(relation.type),
        "account": relation.account,
        "relation_type": str(relation.relation_type),
        "state": str(relation.state),
        "fail_reason": relation.fail_reason,
    }


def _batch(batch: Batch) -> dict[str, Any]:
    settled = batch.settled_on
    names = (
        *("batch_id", "sponsor", "fen", "pay", "refund", "fee", "net"),
        *("split_pay", "split_refund", "split_net", "exchanged"),
    )
    return {
        **{name: getattr(batch, name) for name in names},
        "day": batch.day.isoformat(),
        "settled_on": None if settled is None else settled.isoformat(),
    }


def refund(refund: Refund) -> dict[str, Any]:
    """Return a refund for JSON."""
    names = (
        *("refund_id", "transaction_id", "amount", "currency", "payer_amount"),
        *("fee", "frozen", "released", "pool", "owed"),
    )
    facts = {name: getattr(refund, name) for name in names}
    return {**facts, "create_time": stamp(refund.create_time)}


def _event(event: Event) -> dict[str, Any]:
    return {"at": stamp(event.due), "unix": event.due, "kind": event.kind, "of": [*event.subject]}


def _fault(world: World) -> str | None:
    """Return what is wrong with the books, in words; ``None`` while they add up."""
    try:
        world.check()
    except LedgerBroken as error:
        return str(error)
    return None
