"""Money back to the payer: out of what is frozen, or out of the sponsor's day.

It leaves at once; what the merchant asks for arrives some minutes later.
"""

from __future__ import annotations

from collections.abc import Sequence

from .inputs import an_input
from .payments import Payments
from .rules import calendar
from .rules import refunds as rules
from .rules.refusal import Refused, unknown
from .settlement import Settlement
from .state import Payment, Refund, RefundAsk, State


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
        refund = self._refunded(self._state.payments[transaction_id], amount)
        refund.success_time = self._state.now
        return refund

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
        gone, returned = self._gone(payment)
        frozen = rules.most(payment, gone, returned, self._payments.left(payment))
        return frozen, payment.amount - gone - frozen

    def _created(self, asked: RefundAsk) -> Refund:
        before = self._state.refund_numbers.get(asked.out_refund_no)
        if before is not None:
            rules.same_refund(self._state.refunds[before], asked)
            return self._state.refunds[before]
        payment = self._payments.find(asked.sub_mchid, asked.transaction_id, asked.out_trade_no)
        rules.same_order(payment, asked)
        refund = self._refunded(payment, asked.refund)
        refund.asked = asked
        self._state.refund_numbers[asked.out_refund_no] = refund.refund_id
        self._state.schedule(self._state.between(calendar.REFUNDING), "arrive", refund.refund_id)
        return refund

    def _refunded(self, payment: Payment, amount: int) -> Refund:
        now = self._state.now
        rules.within_a_year(payment, now)
        rules.not_too_often(self.of(payment), now)
        gone, returned = self._gone(payment)
        rules.there_is(gone + amount, payment.amount, "what was paid", "INVALID_REQUEST")
        fee = rules.fee_share(payment, gone, amount, returned)
        self._give_back(payment, amount - fee, fee)
        refund = Refund(
            refund_id=self._state.new_id("5000SANDBOX", 29),
            transaction_id=payment.transaction_id,
            amount=amount,
            fee=fee,
            create_time=now,
        )
        self._keep(payment, refund)
        return refund

    def _gone(self, payment: Payment) -> tuple[int, int]:
        """Return what was given back of *payment*, and how much of it was fee."""
        before = self.of(payment)
        return sum(each.amount for each in before), sum(each.fee for each in before)

    def _payment(self, refund: Refund) -> Payment:
        return self._state.payments[refund.transaction_id]

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
