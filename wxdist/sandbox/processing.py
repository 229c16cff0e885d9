"""Accepted orders carried out: detail by detail, each SUCCESS or CLOSED."""

from __future__ import annotations

from collections.abc import Callable

from wxdist.models import DetailResult, DetailType, FailReason, RelationState

from .records import Detail, Order
from .rules import calendar
from .settlement import Settlement
from .state import State


class Processing:
    """What becomes of accepted orders.

    Args:
        state: of the business.
        settlement: takes what is unfrozen.
        expire: unfreezes again what comes back to an overdue payment.
    """

    def __init__(self, state: State, settlement: Settlement, expire: Callable[[str], None]) -> None:
        self._state = state
        self._settlement = settlement
        self._expire = expire

    def process(self, order_id: str, index: str) -> None:
        """Carry out one detail of an order; due some seconds after the one before."""
        order = self._state.orders[order_id]
        self._state.touched.add(order_id)
        detail = order.details[int(index)]
        if (reason := self._obstacle(order, detail)) is None:
            self._succeed(order, detail)
        else:
            self._close(order, detail, reason)
        if int(index) + 1 < len(order.details):
            schedule(self._state, order, int(index) + 1, calendar.NEXT_DETAIL)

    def _obstacle(self, order: Order, detail: Detail) -> str | None:
        """Return why a detail fails now, or ``None``; what ``arm`` ordered comes first."""
        if reason := self._state.armed.pop((order.out_order_no, detail.account), None):
            return reason
        if detail.detail_type == DetailType.UNFREEZE_TO_SPONSOR:
            return None
        key = (order.content.sub_mchid, detail.type, detail.account)
        relation = self._state.relations.get(key)
        if relation is None or relation.state != RelationState.EFFECTIVE:
            return str(FailReason.NO_RELATION)
        return None

    def _succeed(self, order: Order, detail: Detail) -> None:
        self._state.ledger.post(detail.detail_id, self._state.now)
        self._end(detail, DetailResult.SUCCESS)
        if detail.detail_type == DetailType.UNFREEZE_TO_SPONSOR:
            self._settlement.receive(order.sponsor, detail.amount, detail.settled, split=True)

    def _end(self, detail: Detail, result: DetailResult, reason: str | None = None) -> None:
        detail.end(result, self._state.now, reason)
        self._state.note("end", detail_id=detail.detail_id, result=result, fail_reason=reason)

    def _close(self, order: Order, detail: Detail, reason: str) -> None:
        """Bring the money back; with ``closed_money="sponsor"`` it goes on to the sponsor.

        Where it goes is not documented: both are ours.
        """
        ledger, transaction_id = self._state.ledger, order.content.transaction_id
        ledger.void(detail.detail_id, self._state.now)
        self._end(detail, DetailResult.CLOSED, reason)
        if self._state.terms.closed_money == "sponsor":
            frozen, sponsor = ("frozen", transaction_id), ("sponsor", order.sponsor)
            ledger.move(frozen, sponsor, detail.amount, transaction_id)
            if not detail.rate:
                price(self._state, detail)
            self._settlement.receive(order.sponsor, detail.amount, detail.settled, split=True)
        elif self._state.payments[transaction_id].overdue:
            self._expire(transaction_id)


def price(state: State, detail: Detail) -> None:
    """Note what *detail* is in the settlement currency, at the rate of now."""
    detail.rate = state.rate(state.terms.settlement_currency)
    detail.settled = state.exchanged(detail.amount)


def schedule(state: State, order: Order, index: int, window: tuple[float, float]) -> None:
    """Let a detail of *order* be carried out at some moment in *window* seconds from now."""
    state.schedule(state.between(window), "process", order.order_id, str(index))
