"""Which money pays for a refund: frozen money, the sponsor's money of the day, or later days'."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from .records import Payment
from .rules import refunds as rules
from .settlement import Settlement
from .state import State


@attrs.frozen(kw_only=True)
class Taken:
    """Where the money of a refund came from, as a `Refund` has it."""

    fee: int = 0
    frozen: int = 0
    released: int = 0
    pool: int = 0
    owed: int = 0
    rate: int = 0
    settled: int = 0
    settled_fee: int = 0

    @property
    def of_sponsor(self) -> int:
        """Return what the sponsor's settlement pays, in fen."""
        return self.released + self.pool + self.owed


class Purses:
    """The money that refunds are paid with.

    Of a marked payment first what is frozen, then advance funds: what its sponsor had released
    today (https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_13.shtml; the order:
    ours). Of an ordinary one what its sponsor's ordinary payments brought today
    (https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml). All with their
    share of the fee.
    """

    def __init__(self, state: State, settlement: Settlement) -> None:
        self._state = state
        self._settlement = settlement

    def take(self, payment: Payment, before: int, paid: int, *, owing: bool) -> Taken:
        """Give *paid* fen of *payment* back, after *before* fen went; return where they came from.

        Raises `NoRefund` when too little is there, unless *owing*: then later days pay.
        """
        fee = rules.fee_share(payment, before, paid)
        taken = (self._of_marked if payment.marked else self._of_ordinary)(
            payment, paid - fee, owing=owing
        )
        taken = attrs.evolve(taken, fee=fee, **self._settled(payment, before, paid, taken))
        self._pay(payment, taken)
        return taken

    def _of_marked(self, payment: Payment, net: int, *, owing: bool) -> Taken:
        left = self._state.ledger.balance(("frozen", payment.transaction_id))
        quota = self._settlement.quota(payment.sponsor)
        if not owing:
            rules.there_is(net, left + quota, "frozen, or were released today")
        frozen = min(net, left)
        released = min(net - frozen, quota)
        return Taken(frozen=frozen, released=released, owed=net - frozen - released)

    def _of_ordinary(self, payment: Payment, net: int, *, owing: bool) -> Taken:
        there = self._settlement.ordinary(payment.sponsor)
        if not owing:
            rules.there_is(net, there, "in the pool of the day")
        pool = min(net, there)
        return Taken(pool=pool, owed=net - pool)

    def _settled(self, payment: Payment, before: int, paid: int, taken: Taken) -> Mapping[str, int]:
        """Return what the day's settlement loses.

        Of an ordinary payment rounded over all refunds together, so that a full one loses what
        was brought (ours).
        """
        if payment.marked and not taken.of_sponsor:
            return {}
        rate = self._state.rate(self._state.terms.settlement_currency)
        exchanged = self._state.exchanged
        if payment.marked:
            return {"rate": rate, "settled": exchanged(taken.of_sponsor)}
        return {
            "rate": rate,
            "settled": exchanged(before + paid) - exchanged(before),
            "settled_fee": rules.settled_fee_share(payment, before, paid),
        }

    def _pay(self, payment: Payment, taken: Taken) -> None:
        ledger, key, sponsor = self._state.ledger, payment.transaction_id, payment.sponsor
        target, purse, net = ("refund", key), ("sponsor", sponsor), taken.of_sponsor
        for source, amount in ((("fee", key), taken.fee), (("frozen", key), taken.frozen)):
            if amount:
                ledger.move(source, target, amount, key)
        if taken.owed:
            self._settlement.owe(sponsor, taken.owed)
        if net:
            (ledger.advance if payment.marked else ledger.move)(purse, target, net, key)
        if taken.rate:
            facts, fee = (sponsor, net, taken.settled), taken.settled_fee
            self._settlement.give_back(*facts, fee=fee, split=payment.marked)
