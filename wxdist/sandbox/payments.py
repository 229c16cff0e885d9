"""Payments: marked before, paid, frozen, and what is left of them."""

from __future__ import annotations

from .inputs import an_input
from .records import Payment
from .rules import calendar, money, orders, rates
from .rules.refusal import unknown_order
from .settlement import Settlement
from .state import State


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
        """Play the payer, who pays CNY at the rate of the day (ours).

        Raise ``ValueError`` when that order was paid before, or there is no rate of *currency*.
        """
        trade = (sub_mchid, out_trade_no)
        rates.known(currency)
        if trade in self._state.trades:
            raise ValueError(f"{out_trade_no} was paid before")
        paid = rates.in_fen(amount, self._state.rate(currency), currency)
        payment = Payment(
            transaction_id=self._state.new_id("4200SANDBOX", 28),
            out_trade_no=out_trade_no,
            sub_mchid=sub_mchid,
            sponsor=self._state.terms.sponsor(sub_mchid),
            amount=amount,
            currency=currency,
            payer_amount=paid,
            fee=money.fee(paid, self._state.terms.fee_rate),
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
            payer_amount=paid,
            marked=payment.marked,
        )
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
        """Let the freezing be done, if nobody revoked it: due some minutes after payment."""
        payment = self._state.payments[transaction_id]
        if payment.revoked_at is not None:
            return
        payment.ready = True
        self._state.note("freeze", transaction_id=transaction_id)

    def _book(self, payment: Payment) -> None:
        ledger, transaction_id = self._state.ledger, payment.transaction_id
        payer, net = ("payer", transaction_id), payment.payer_amount - payment.fee
        if payment.fee:
            ledger.move(payer, ("fee", transaction_id), payment.fee, transaction_id)
        if payment.marked:
            ledger.move(payer, ("frozen", transaction_id), net, transaction_id)
            self._state.schedule(self._state.between(calendar.FREEZING), "freeze", transaction_id)
            self._state.schedule(calendar.window_ends(self._state.now), "expire", transaction_id)
        else:  # an ordinary order: its money is the sponsor's at once
            ledger.move(payer, ("sponsor", payment.sponsor), net, transaction_id)
            self._settle(payment, net)

    def _settle(self, payment: Payment, net: int) -> None:
        """Let the day's settlement count an ordinary payment, its fee apart (rounding: ours)."""
        terms = self._state.terms
        payment.rate = self._state.rate(terms.settlement_currency)
        payment.settled = self._state.exchanged(payment.payer_amount)
        payment.settled_fee = money.fee(payment.settled, terms.fee_rate)
        facts = (payment.sponsor, net, payment.settled)
        self._settlement.receive(*facts, fee=payment.settled_fee, split=False)
