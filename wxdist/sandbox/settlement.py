"""Money of the sponsors: in the CNY pool on day T, exchanged on T+1, then paid out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from .rules import calendar, money
from .state import Batch, State


class Settlement:
    """The fund flow T, T+1, threshold."""

    def __init__(self, state: State) -> None:
        self._state = state

    def receive(self, sponsor: str, amount: int, *, split: bool) -> None:
        """Note *amount* fen that arrived in the CNY pool of *sponsor* just now."""
        batch = self._today(sponsor)
        settled = money.exchanged(amount)
        batch.fen += amount
        batch.pay += settled
        if split:
            batch.split_fen += amount
            batch.split_pay += settled

    def today(self, sponsor: str) -> int:
        """Return the fen of ordinary payments that *sponsor* received today, not exchanged yet."""
        batch = self._state.batches.get((sponsor, calendar.day_of(self._state.now)))
        return 0 if batch is None else batch.fen - batch.split_fen

    def give_back(self, sponsor: str, amount: int) -> None:
        """Take *amount* fen of today's ordinary payments out again, at the day's average rate."""
        batch = self._today(sponsor)
        settled, ordinary = batch.pay - batch.split_pay, batch.fen - batch.split_fen
        batch.pay -= settled - settled * (ordinary - amount) // ordinary
        batch.fen -= amount

    def exchange(self, sponsor: str, day: str) -> None:
        """Exchange what *sponsor* received on *day* (yyyy-MM-dd): due on T+1."""
        batch = self._state.batches[sponsor, dt.date.fromisoformat(day)]
        ledger = self._state.ledger
        if batch.fen:  # all of it may have been refunded
            ledger.move(("sponsor", sponsor), ("market", "CNY"), batch.fen)
            ledger.move(("market", money.SETTLEMENT_CURRENCY), ("pool", sponsor), batch.pay)
        batch.exchanged = True
        self._state.note(
            "exchange", batch_id=batch.batch_id, sponsor=sponsor, fen=batch.fen, pay=batch.pay
        )
        if self._pool(sponsor) >= money.PAYOUT_FROM:
            self._state.schedule(calendar.payout_time(self._state.now), "payout", sponsor)

    def pay_out(self, sponsor: str) -> None:
        """Empty the pool of *sponsor*, unless that was done already."""
        if not (amount := self._pool(sponsor)):
            return
        self._state.ledger.move(("pool", sponsor), ("bank", sponsor), amount)
        self._state.note("payout", sponsor=sponsor, pay=amount)
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

    def refundable(self) -> int:
        """Return the fen that were unfrozen today and not exchanged yet.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_13.shtml;
        for a service provider the sum over its sub-merchants (ours).
        """
        today = calendar.day_of(self._state.now)
        batches = self._state.batches.values()
        return sum(batch.split_fen for batch in batches if batch.day == today)

    def _today(self, sponsor: str) -> Batch:
        day = calendar.day_of(self._state.now)
        if (found := self._state.batches.get((sponsor, day))) is not None:
            return found
        number = sum(other == day for _, other in self._state.batches) + 1
        made = Batch(batch_id=f"{day:%Y%m%d}{number:03}", sponsor=sponsor, day=day)
        self._state.batches[sponsor, day] = made
        self._state.schedule(calendar.exchange_time(day), "exchange", sponsor, day.isoformat())
        return made

    def _pool(self, sponsor: str) -> int:
        return self._state.ledger.balance(("pool", sponsor))
