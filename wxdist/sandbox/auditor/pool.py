"""What one sponsor's days brought, in the settlement currency: the least and the most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import attrs

from .exchange import Bounds
from .memory import Memory, Receipt
from .records import Given
from .timing import day

ONE_DAY = dt.timedelta(days=1)


@attrs.define
class Sum:
    """Between what a sum lies."""

    least: int = 0
    most: int = 0

    def add(self, bounds: Bounds) -> None:
        """Add something."""
        self.least, self.most = self.least + bounds[0], self.most + bounds[1]

    def __contains__(self, amount: object) -> bool:
        return isinstance(amount, int) and self.least <= amount <= self.most

    def __str__(self) -> str:
        return f"{self.least} to {self.most}"


@attrs.define
class Day:
    """The figures of a day's record."""

    pay: Sum = attrs.field(factory=Sum)
    refund: Sum = attrs.field(factory=Sum)
    fee: Sum = attrs.field(factory=Sum)
    split_pay: Sum = attrs.field(factory=Sum)
    split_refund: Sum = attrs.field(factory=Sum)
    sure: bool = False  #: there must be a record

    @property
    def net(self) -> Bounds:
        """Between what lies what it brings."""
        pay, refund, fee = self.pay, self.refund, self.fee
        return pay.least - refund.most - fee.most, pay.most - refund.least - fee.least


class Pool:
    """The days of one sponsor."""

    def __init__(self, memory: Memory, sponsor: str, now: float) -> None:
        self.days: dict[dt.date, Day] = {}
        self._memory = memory
        for receipt in memory.receipts(now):
            if receipt.payment.sponsor == sponsor:
                self._receive(receipt)
        for given in memory.given:
            if given.payment.sponsor == sponsor:
                self._give(given)

    def sure(self) -> set[dt.date]:
        """Return the days of which there must be a record."""
        return {when for when, each in self.days.items() if each.sure}

    def before(self, when: dt.date, settled: Mapping[dt.date, dt.date]) -> Bounds:
        """Return between what lies what the pool can hold on a day.

        *settled* is what was paid out before, by its day.
        """
        held = Sum()
        for each, of_it in self.days.items():
            if each < when and not settled.get(each, dt.date.max) < when:
                held.add(of_it.net)
        return held.least, held.most

    def may_have_paid(self, today: dt.date, settled: Mapping[dt.date, dt.date], much: int) -> bool:
        """Tell whether it may have held *much* before today; what came later may have taken it."""
        ends = (when + ONE_DAY for when in self.days)
        return any(self.before(end, settled)[1] >= much for end in ends if end <= today)

    def _receive(self, receipt: Receipt) -> None:
        for when in _days(receipt.first, receipt.last):
            known = self.days.setdefault(when, Day())
            sure = receipt.is_on(when)
            known.sure = known.sure or (sure and receipt.amounts.least > 0)
            bounds = self._worth(receipt, when, sure=sure)
            known.pay.add(bounds)
            if receipt.split:
                known.split_pay.add(bounds)
            else:
                known.fee.add(self._fee(receipt.payment.paid, when))

    def _worth(self, receipt: Receipt, when: dt.date, *, sure: bool) -> Bounds:
        """Return what came with *receipt*, had it come on a day; its rate may be an earlier day's.

        Nothing, where it may have come on another one.
        """
        least, most = receipt.amounts.least if sure else 0, receipt.amounts.most
        first = receipt.priced or when
        last = first if receipt.exactly else when
        worths = [
            (self._exchanged(least, each)[0], self._exchanged(most, each)[1])
            for each in _days(first, last)
        ]
        return min(low for low, _ in worths), max(high for _, high in worths)

    def _give(self, given: Given) -> None:
        known = self.days.setdefault(given.when, Day())
        known.sure = known.sure or given.taken[0] > 0 or not given.payment.marked
        if given.payment.marked:
            low, high = (self._exchanged(fen, given.when) for fen in given.taken)
            bounds = low[0], high[1]
            known.split_refund.add(bounds)
        else:
            bounds = self._back(given)
            least, most = self._returned(given)
            known.fee.add((-most, -least))
        known.refund.add(bounds)

    def _back(self, given: Given) -> Bounds:
        """Return what an ordinary refund takes: rounded over all refunds of the payment."""
        rates, whole = self._memory.rates, given.before + given.paid
        return rates.spread(
            lambda rate: rates.exchanged(whole, rate) - rates.exchanged(given.before, rate),
            given.when,
        )

    def _returned(self, given: Given) -> Bounds:
        """Return what of the fee comes back: in proportion to what was charged."""
        paid = given.payment.paid
        shares = [
            (2 * fee * gone + paid) // (2 * paid)
            for fee in self._fee(paid, day(given.payment.paid_at))
            for gone in (given.before + given.paid, given.before)
        ]
        found = sorted((shares[0] - shares[1], shares[2] - shares[3]))
        slack = int(shares[:2] != shares[2:])
        return found[0] - slack, found[1] + slack

    def _fee(self, paid: int, when: dt.date) -> Bounds:
        memory = self._memory
        return memory.rates.spread(
            lambda rate: memory.fee(memory.rates.exchanged(paid, rate)), when
        )

    def _exchanged(self, fen: int, when: dt.date) -> Bounds:
        return self._memory.rates.spread(lambda rate: self._memory.rates.exchanged(fen, rate), when)


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    while first <= last:
        yield first
        first += ONE_DAY
