"""What must be true after every step: the books, the orders and the bills say the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wxdist.models import DetailResult, DetailType

from .bills import Bills, contradictions
from .ledger import LedgerBroken
from .reckoning import batch_faults
from .records import Detail, Order, Payment, Relation, RelationKey
from .state import State

#: How the money of a detail must have ended in the books.
_ENDS = {DetailResult.PENDING: None, DetailResult.SUCCESS: "post", DetailResult.CLOSED: "void"}
#: The ledger keeps what becomes of one payment under these names.
_FLYING, _PAID = "in flight", "receiver"

Final = tuple[DetailResult, float | None, str | None]


class Invariants:
    """Watches one state from step to step; raises `LedgerBroken` when it contradicts itself.

    `step` costs as much as changed since the step before, `check` as much as there is.
    """

    def __init__(self, state: State, bills: Bills) -> None:
        self._state = state
        self._bills = bills
        self._final: dict[str, Final] = {}
        self._flags: dict[str, tuple[bool, ...]] = {}
        self._relations: dict[RelationKey, tuple[Relation, str]] = {}
        state.touched |= set(state.orders)

    def step(self) -> None:
        """Hold what changed since the last step against itself and against that step."""
        state = self._state
        _raise(self._before())
        paid = state.ledger.check_new()
        changed, state.touched = sorted(state.touched), set()
        orders = (state.orders[key] for key in changed)
        _raise([*self._orders(orders), *self._payments(paid)])

    def check(self) -> None:
        """Hold everything against everything: books, orders, payments, receivers, bills."""
        _raise(self._before())
        self._state.ledger.check()
        orders, known = self._state.orders, self._state.numbers
        numbered = {order.out_order_no: key for key, order in orders.items() if order.out_order_no}
        unnumbered = [] if numbered == known else ["a number does not lead to its one order"]
        _raise(
            [
                *unnumbered,
                *self._orders(orders.values()),
                *self._payments(self._state.payments),
                *self._receivers(),
                *batch_faults(self._state),
                *contradictions(self._state, self._bills),
            ]
        )

    def answered(self, body: bytes) -> None:
        """Hold the amounts in an answer, given just now, against the books."""
        try:
            said = json.loads(body)
        except ValueError:
            return
        if isinstance(said, dict):
            _raise([*self._left(said), *self._parts(said.get("receivers", ()))])

    def _before(self) -> list[str]:
        """Return what was wrong before: it does not heal by itself."""
        return [] if self._state.broken is None else [self._state.broken]

    def _left(self, said: Mapping[str, Any]) -> Iterator[str]:
        transaction_id = said.get("transaction_id", "")
        frozen = self._state.ledger.balance(("frozen", transaction_id))
        if said.get("unsplit_amount", frozen) != frozen:
            yield f"{transaction_id}: {said['unsplit_amount']} was answered, {frozen} is left"

    def _parts(self, said: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        for each in said:
            key, ledger = each["detail_id"], self._state.ledger
            entry = ledger.flown(key)
            amount = None if entry is None else entry.amount
            if (each["amount"], _ENDS[each["result"]]) != (amount, ledger.ended(key)):
                yield f"{key}: answered {each['amount']} {each['result']}, the books differ"

    def _orders(self, orders: Iterable[Order]) -> Iterator[str]:
        for order in orders:
            number = order.out_order_no
            if number and self._state.numbers.get(number) != order.order_id:
                yield f"{number} is the number of more than one order"
            for detail in order.details:
                yield from self._detail(detail)

    def _detail(self, detail: Detail) -> Iterator[str]:
        key, ledger = detail.detail_id, self._state.ledger
        ended, entry = ledger.ended(key), ledger.flown(key)
        if ended != _ENDS[detail.result] or entry is None or entry.amount != detail.amount:
            yield f"{key} is {detail.result}, its money: {ended}"
        final = (detail.result, detail.finish_time, detail.fail_reason)
        if self._final.get(key, final) != final:
            yield f"{key} was final and changed"
        if detail.result != DetailResult.PENDING:
            self._final[key] = final

    def _payments(self, transactions: Iterable[str]) -> Iterator[str]:
        for transaction_id in transactions:
            payment = self._state.payments[transaction_id]
            yield from self._payment(payment)
            flags = (payment.ready, payment.released, payment.overdue)
            before = self._flags.get(transaction_id, flags)
            if any(was and not now for was, now in zip(before, flags, strict=True)):
                yield f"{transaction_id} went backwards"
            self._flags[transaction_id] = flags

    def _payment(self, payment: Payment) -> Iterator[str]:
        key, ledger = payment.transaction_id, self._state.ledger
        paid, parts = -ledger.balance(("payer", key)), ledger.parts(key)
        said = {payment.payer_amount} | ({payment.amount} if payment.currency == "CNY" else set())
        yield from (
            f"{key}: {amount} was paid, the books say {paid}" for amount in said if amount != paid
        )
        yield from self._refunded(payment)
        orders = (self._state.orders[order_id] for order_id in payment.order_ids)
        details = [detail for order in orders for detail in order.details]
        flying = sum(each.amount for each in details if each.result == DetailResult.PENDING)
        gone = sum(each.amount for each in details if _is_paid(each))
        if (flying, gone) != (parts[_FLYING], parts[_PAID]):
            yield f"{key}: details and books differ"

    def _refunded(self, payment: Payment) -> Iterator[str]:
        key, refunds = payment.transaction_id, self._state.refunds
        found = [refunds[refund_id] for refund_id in payment.refund_ids]
        if payment.revoked_at is not None:
            back, fee, advanced = payment.payer_amount, payment.fee, 0
        else:
            back, fee = sum(each.payer_amount for each in found), sum(each.fee for each in found)
            advanced = sum(each.released + each.owed for each in found) * payment.marked
        parts, ledger = self._state.ledger.parts(key), self._state.ledger
        held = (parts["refund"], payment.fee - parts["fee"], ledger.advanced(key))
        if held != (back, fee, advanced):
            yield f"{key}: refunds and books differ"

    def _receivers(self) -> Iterator[str]:
        for key, relation in self._state.relations.items():
            before, state = self._relations.get(key, (relation, relation.state))
            if before is relation and state not in {"INIT", relation.state}:
                yield f"a receiver went from {state} to {relation.state}"
            self._relations[key] = (relation, relation.state)


def _is_paid(detail: Detail) -> bool:
    others = detail.detail_type == DetailType.DISTRIBUTE_TO_OTHERS
    return others and detail.result == DetailResult.SUCCESS


def _raise(faults: list[str]) -> None:
    if faults:
        raise LedgerBroken("; ".join(faults))
