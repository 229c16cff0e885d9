"""Money back to the payer, at once: out of what is frozen, or out of the sponsor's day."""

from __future__ import annotations

from .inputs import an_input
from .payments import Payments
from .rules import refunds as rules
from .settlement import Settlement
from .state import Payment, Refund, State


class Refunds:
    """What was given back.

    Of a marked payment what is frozen can be given back, of an ordinary one what its sponsor
    received today (https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml).
    Both with their share of the fee. Advance funds for what was distributed or released: not here.
    """

    def __init__(self, state: State, payments: Payments, settlement: Settlement) -> None:
        self._state = state
        self._payments = payments
        self._settlement = settlement

    @an_input
    def refund(self, transaction_id: str, amount: int) -> Refund:
        """Give *amount* fen back, fee share included; raise ``ValueError`` when that cannot be."""
        payment = self._state.payments[transaction_id]
        now = self._state.now
        before = [self._state.refunds[refund_id] for refund_id in payment.refund_ids]
        rules.within_a_year(payment, now)
        rules.not_too_often(before, now)
        gone = sum(each.amount for each in before)
        rules.there_is(gone + amount, payment.amount, "what was paid")
        returned = sum(each.fee for each in before)
        fee = rules.fee_share(payment, gone, amount, returned)
        self._give_back(payment, amount - fee, fee)
        refund = Refund(
            refund_id=self._state.new_id("5000SANDBOX", 29),
            transaction_id=transaction_id,
            amount=amount,
            fee=fee,
            create_time=now,
        )
        self._keep(payment, refund)
        return refund

    def _give_back(self, payment: Payment, net: int, fee: int) -> None:
        ledger, transaction_id = self._state.ledger, payment.transaction_id
        target = ("refund", transaction_id)
        if payment.marked:
            rules.there_is(net, self._payments.left(payment), "frozen")
            source = ("frozen", transaction_id)
        else:
            rules.there_is(net, self._settlement.today(payment.sponsor), "in the pool of the day")
            source = ("sponsor", payment.sponsor)
        if fee:
            ledger.move(("fee", transaction_id), target, fee, transaction_id)
        if net:
            ledger.move(source, target, net, transaction_id)
            if not payment.marked:
                self._settlement.give_back(payment.sponsor, net)

    def _keep(self, payment: Payment, refund: Refund) -> None:
        self._state.refunds[refund.refund_id] = refund
        payment.refund_ids.append(refund.refund_id)
        self._state.note(
            "refund",
            refund_id=refund.refund_id,
            transaction_id=refund.transaction_id,
            amount=refund.amount,
            fee=refund.fee,
        )
