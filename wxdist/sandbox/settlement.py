"""Money of the sponsors: in the CNY pool on day T, exchanged on T+1, then paid out.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from .ledger import Account
from .records import Batch
from .rules import calendar, rates
from .state import State


class Settlement:
    """The fund flow T, T+1, threshold.

    What goes back to payers beyond what the day brought is owed by the pool: negative settlement.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def receive(self, sponsor: str, fen: int, pay: int, *, fee: int = 0, split: bool) -> None:
        """Note money that arrived in the CNY pool of *sponsor* just now.

        Args:
            sponsor: whose pool.
            fen: how much.
            pay: the same in the settlement currency, at its own rate, *fee* included.
            fee: of an ordinary payment, in the settlement currency.
            split: it was unfrozen.
        """
        batch = self._today(sponsor)
        batch.fen += fen
        batch.pay += pay
        batch.fee += fee
        if split:
            batch.split_fen += fen
            batch.split_pay += pay

    def give_back(self, sponsor: str, fen: int, refund: int, *, fee: int = 0, split: bool) -> None:
        """Note money that goes from *sponsor* back to a payer today; else as `receive`."""
        batch = self._today(sponsor)
        batch.fen -= fen
        batch.refund += refund
        batch.fee -= fee
        if split:
            batch.split_fen -= fen
            batch.split_refund += refund

    def owe(self, sponsor: str, fen: int) -> None:
        """Lend *sponsor* today what its pool does not hold: the day's exchange pays it back."""
        self._state.ledger.move(self._owed(self._today(sponsor)), ("sponsor", sponsor), fen)

    def ordinary(self, sponsor: str) -> int:
        """Return the fen of today's ordinary payments that are left to *sponsor*."""
        batch = self._state.batches.get((sponsor, calendar.day_of(self._state.now)))
        return 0 if batch is None else max(0, batch.fen - batch.split_fen)

    def quota(self, sponsor: str) -> int:
        """Return the fen that *sponsor* had unfrozen today, and are not exchanged nor refunded.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_13.shtml
        """
        batch = self._state.batches.get((sponsor, calendar.day_of(self._state.now)))
        return 0 if batch is None else max(0, batch.split_fen)

    def refundable(self) -> int:
        """Return the quota of the merchant; of a service provider, its sub-merchants' (ours)."""
        today = calendar.day_of(self._state.now)
        return sum(self.quota(sponsor) for sponsor, day in self._state.batches if day == today)

    def exchange(self, sponsor: str, day: str) -> None:
        """Exchange what *sponsor* received on *day* (yyyy-MM-dd): due on T+1."""
        batch = self._state.batches[sponsor, dt.date.fromisoformat(day)]
        self._sell(batch)
        self._move(self._market, ("pool", sponsor), batch.net)
        batch.exchanged = True
        self._state.note(
            "exchange", batch_id=batch.batch_id, sponsor=sponsor, fen=batch.fen, net=batch.net
        )
        if self._is_rich(sponsor):
            due = calendar.payout_time(self._state.now, self._state.terms.holidays)
            self._state.schedule(due, "payout", sponsor)

    def pay_out(self, sponsor: str) -> None:
        """Empty the pool of *sponsor*, unless it was, or has become too small again."""
        if not self._is_rich(sponsor):
            return
        amount = self._pool(sponsor)
        self._state.ledger.move(("pool", sponsor), ("bank", sponsor), amount)
        self._state.note("payout", sponsor=sponsor, amount=amount)
        for batch in self.of(sponsor):
            if batch.exchanged and batch.settled_on is None:
                batch.settled_on = calendar.day_of(self._state.now)

    def of(self, sponsor: str) -> Sequence[Batch]:
        """Return the batches of *sponsor*, the earliest day first."""
        found = (batch for batch in self._state.batches.values() if batch.sponsor == sponsor)
        return sorted(found, key=lambda batch: batch.day)

    def settled(self, sponsor: str, start: dt.date, end: dt.date) -> Sequence[Batch]:
        """Return what was paid out from *start* to *end*, both days included."""
        return [
            batch
            for batch in self.of(sponsor)
            if batch.settled_on is not None and start <= batch.settled_on <= end
        ]

    def unsettled(self, sponsor: str) -> Sequence[Batch]:
        """Return what was not paid out yet (exchanged or not: ours)."""
        return [batch for batch in self.of(sponsor) if batch.settled_on is None]

    def _sell(self, batch: Batch) -> None:
        """Give the day's CNY to the market, once what the day owed is paid back."""
        sponsor, market, owed = ("sponsor", batch.sponsor), ("market", "CNY"), self._owed(batch)
        debt = -self._state.ledger.balance(owed)
        held = batch.fen + debt
        back = min(held, debt)
        self._move(sponsor, owed, back)
        self._move(sponsor, market, held - back)
        self._move(market, owed, debt - back)

    def _move(self, source: Account, target: Account, amount: int) -> None:
        """Move *amount*, or nothing; what is below zero moves the other way."""
        if amount < 0:
            source, target, amount = target, source, -amount
        if amount:
            self._state.ledger.move(source, target, amount)

    @property
    def _market(self) -> Account:
        return ("market", self._state.terms.settlement_currency)

    def _today(self, sponsor: str) -> Batch:
        day = calendar.day_of(self._state.now)
        if (found := self._state.batches.get((sponsor, day))) is not None:
            return found
        number = sum(other == day for _, other in self._state.batches) + 1
        made = Batch(batch_id=f"{day:%Y%m%d}{number:03}", sponsor=sponsor, day=day)
        self._state.batches[sponsor, day] = made
        self._state.schedule(calendar.exchange_time(day), "exchange", sponsor, day.isoformat())
        return made

    def _owed(self, batch: Batch) -> Account:
        return ("owed", batch.sponsor, batch.day.isoformat())

    def _pool(self, sponsor: str) -> int:
        return self._state.ledger.balance(("pool", sponsor))

    def _is_rich(self, sponsor: str) -> bool:
        least = rates.payout_from(self._state.terms.settlement_currency)
        return self._pool(sponsor) >= least
