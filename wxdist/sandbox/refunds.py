"""Money back to the payer: what of it, out of which pocket, and whether it may be.

It leaves at once; what the merchant asks for arrives some minutes later.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from .inputs import an_input
from .payments import Payments
from .purses import Purses, Taken
from .records import Payment, Refund, RefundAsk
from .rules import calendar
from .rules import refunds as rules
from .rules.refusal import Refused, unknown
from .settlement import Settlement
from .state import State


class Refunds:
    """What was given back; which money pays for it: see `Purses`."""

    def __init__(self, state: State, payments: Payments, settlement: Settlement) -> None:
        self._state = state
        self._payments = payments
        self._purses = Purses(state, settlement)

    @an_input
    def refund(self, transaction_id: str, amount: int) -> Refund:
        """Give *amount* of the order's currency back; raise ``ValueError`` if that cannot be."""
        return self._played(transaction_id, amount, owing=False)

    @an_input
    def force(self, transaction_id: str, amount: int) -> Refund:
        """As `refund`, by the platform: what is not there is owed by later settlements (ours)."""
        return self._played(transaction_id, amount, owing=True)

    @an_input
    def revoke(self, transaction_id: str) -> Payment:
        """Undo a payment of today that nothing was done with; else raise ``ValueError``.

        That there are revoked orders:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_5_2.shtml; when: ours.
        """
        payment = self._state.payments[transaction_id]
        rules.not_revoked(payment)
        rules.revocable(payment, self._state.now)
        self._purses.take(payment, 0, payment.payer_amount, owing=True)
        payment.revoked_at = self._state.now
        self._state.note("revoke", transaction_id=transaction_id, amount=payment.payer_amount)
        return payment

    @an_input
    def create(self, asked: RefundAsk) -> Refund:
        """Accept what the merchant asks for, or refuse; it arrives some minutes later."""
        number = asked.out_refund_no
        with self._state.refusals("refund", out_refund_no=number):
            try:
                return self._created(asked)
            except rules.NoRefund as error:
                raise Refused(400, error.code, f"[sandbox] {error}") from None

    @an_input
    def recharge(self, sub_mchid: str, amount: int) -> None:
        """Let the account for refunds by recharge hold *amount*, in the settlement currency."""
        self._state.recharged[sub_mchid] = amount
        self._state.note("recharge", sub_mchid=sub_mchid or None, amount=amount)

    def arrive(self, refund_id: str) -> None:
        """Let a refund reach the payer."""
        refund = self._state.refunds[refund_id]
        refund.success_time = self._state.now
        self._state.note("refund_arrived", refund_id=refund_id, out_refund_no=refund.out_refund_no)

    def get(self, sub_mchid: str, refund_id: str | None) -> Refund:
        """Return a refund of this merchant, else refuse."""
        refund = self._state.refunds.get(refund_id or "")
        if refund is None or self._payment(refund).sub_mchid != sub_mchid:
            raise unknown("this merchant has no such refund")
        return refund

    def of(self, payment: Payment) -> Sequence[Refund]:
        """Return the refunds of *payment*, the earliest first."""
        return [self._state.refunds[refund_id] for refund_id in payment.refund_ids]

    def most(self, payment: Payment) -> tuple[int, int]:
        """Return what can be given back of *payment*: of frozen money, and by advance funds."""
        gone = self._gone(payment)
        frozen = rules.most(payment, gone, self._payments.left(payment))
        return frozen, payment.amount - gone - frozen

    def _created(self, asked: RefundAsk) -> Refund:
        before = self._state.refund_numbers.get(asked.out_refund_no)
        if before is not None:
            rules.same_refund(self._state.refunds[before], asked)
            return self._state.refunds[before]
        payment = self._payments.find(asked.sub_mchid, asked.transaction_id, asked.out_trade_no)
        rules.same_order(payment, asked)
        refund = self._refunded(payment, asked.refund, owing=False)
        refund.asked = asked
        self._state.refund_numbers[asked.out_refund_no] = refund.refund_id
        self._state.schedule(self._state.between(calendar.REFUNDING), "arrive", refund.refund_id)
        return refund

    def _played(self, transaction_id: str, amount: int, *, owing: bool) -> Refund:
        refund = self._refunded(self._state.payments[transaction_id], amount, owing=owing)
        refund.success_time = self._state.now
        return refund

    def _refunded(self, payment: Payment, amount: int, *, owing: bool) -> Refund:
        now = self._state.now
        rules.not_revoked(payment)
        rules.within_a_year(payment, now)
        rules.not_too_often(self.of(payment), now)
        gone = self._gone(payment)
        rules.within_the_order(payment, gone, amount)
        paid = rules.payer_share(payment, gone, amount)
        rules.worth_a_fen(paid)
        before = sum(each.payer_amount for each in self.of(payment))
        taken = self._purses.take(payment, before, paid, owing=owing)
        return self._keep(payment, amount, paid, taken)

    def _gone(self, payment: Payment) -> int:
        """Return what was given back of *payment*, in the order's currency."""
        return sum(each.amount for each in self.of(payment))

    def _payment(self, refund: Refund) -> Payment:
        return self._state.payments[refund.transaction_id]

    def _keep(self, payment: Payment, amount: int, paid: int, taken: Taken) -> Refund:
        refund = Refund(
            refund_id=self._state.new_id("5000SANDBOX", 29),
            transaction_id=payment.transaction_id,
            amount=amount,
            currency=payment.currency,
            payer_amount=paid,
            create_time=self._state.now,
            **attrs.asdict(taken),
        )
        self._state.refunds[refund.refund_id] = refund
        payment.refund_ids.append(refund.refund_id)
        self._state.note(
            "refund",
            refund_id=refund.refund_id,
            transaction_id=refund.transaction_id,
            amount=refund.amount,
            fee=refund.fee,
        )
        return refund
