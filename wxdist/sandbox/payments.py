"""Payments: marked before, paid, frozen, and what is left of them."""

from __future__ import annotations

from .inputs import an_input
from .rules import calendar, money, orders
from .rules.refusal import unknown_order
from .settlement import Settlement
from .state import Payment, State


class Payments:
    """The payers' money and the merchant's order numbers."""

    def __init__(self, state: State, settlement: Settlement) -> None:
        self._state = state
        self._settlement = settlement

    @an_input
    def mark(self, sub_mchid: str, out_trade_no: str, currency: str) -> None:
        """Flag a future order; the same again changes nothing (ours)."""
        facts = {"sub_mchid": sub_mchid or None, "out_trade_no": out_trade_no}
        with self._state.refusals("mark", **facts):
            orders.only_cny(currency)
            orders.not_confirmed(self._state.trades.get((sub_mchid, out_trade_no)))
        self._state.marks.add((sub_mchid, out_trade_no, currency))
        self._state.note("mark", **facts)

    @an_input
    def pay(self, sub_mchid: str, out_trade_no: str, currency: str, amount: int) -> Payment:
        """Play the payer; raise ``ValueError`` when that order was paid before."""
        trade = (sub_mchid, out_trade_no)
        if trade in self._state.trades:
            raise ValueError(f"{out_trade_no} was paid before")
        payment = Payment(
            transaction_id=self._state.new_id("4200SANDBOX", 28),
            out_trade_no=out_trade_no,
            sub_mchid=sub_mchid,
            sponsor=self._state.terms.sponsor(sub_mchid),
            amount=amount,
            currency=currency,
            paid_at=self._state.now,
            marked=(*trade, currency) in self._state.marks,
        )
        self._state.trades[trade] = payment.transaction_id
        self._state.payments[payment.transaction_id] = payment
        self._state.note(
            "pay",
            transaction_id=payment.transaction_id,
            out_trade_no=out_trade_no,
            sub_mchid=sub_mchid or None,
            currency=currency,
            amount=amount,
            marked=payment.marked,
        )
        if currency == "CNY":  # ours: the books know no order priced in another currency
            self._book(payment)
        return payment

    def get(self, transaction_id: str, sub_mchid: str) -> Payment:
        """Return a payment that can be distributed, or could be; else refuse."""
        return orders.distributable(self._state.payments.get(transaction_id), sub_mchid)

    def find(self, sub_mchid: str, transaction_id: str, out_trade_no: str = "") -> Payment:
        """Return a payment by either number, marked or not; else refuse (texts ours)."""
        trade = self._state.trades.get((sub_mchid, out_trade_no))
        payment = self._state.payments.get(transaction_id or trade or "")
        if payment is None:
            raise unknown_order("[sandbox] the order does not exist")
        return payment

    def own(self, sub_mchid: str, transaction_id: str, out_trade_no: str = "") -> Payment:
        """As `find`; that of another merchant does not exist."""
        payment = self.find(sub_mchid, transaction_id, out_trade_no)
        if payment.sub_mchid != sub_mchid:
            raise unknown_order("[sandbox] the order does not exist")
        return payment

    def left(self, payment: Payment) -> int:
        """Return what of *payment* is frozen and not in flight, in fen, net of the fee."""
        return self._state.ledger.parts(payment.transaction_id)["frozen"]

    def freeze(self, transaction_id: str) -> None:
        """Let the freezing be done: due some minutes after payment."""
        self._state.payments[transaction_id].ready = True
        self._state.note("freeze", transaction_id=transaction_id)

    def _book(self, payment: Payment) -> None:
        ledger, transaction_id = self._state.ledger, payment.transaction_id
        payer, frozen = ("payer", transaction_id), ("frozen", transaction_id)
        fee = payment.fee = money.fee(payment.amount, self._state.terms.fee_rate)
        net = payment.amount - fee
        if fee:
            ledger.move(payer, ("fee", transaction_id), fee, transaction_id)
        if payment.marked:
            ledger.move(payer, frozen, net, transaction_id)
            self._state.schedule(self._state.between(calendar.FREEZING), "freeze", transaction_id)
            self._state.schedule(calendar.window_ends(self._state.now), "expire", transaction_id)
        else:  # an ordinary order: its money is the sponsor's at once
            ledger.move(payer, ("sponsor", payment.sponsor), net, transaction_id)
            self._settlement.receive(payment.sponsor, net, split=False)
