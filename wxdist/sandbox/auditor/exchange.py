"""The auditor's own figures of exchange, and what it saw of the rates of the days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from ..records import Terms

#: The least and the most that something can be.
Bounds = tuple[int, int]

#: CNY per unit, times 10^8: HKD and USD as in samples, the others figures that this sandbox tells.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_3.shtml
_TABLE: Mapping[str, int] = {
    "AUD": 468_000_000,
    "CAD": 512_000_000,
    "CHF": 812_000_000,
    "CNY": 100_000_000,
    "EUR": 756_000_000,
    "GBP": 873_000_000,
    "HKD": 83_640_300,
    "JPY": 4_630_000,
    "KRW": 492_000,
    "NZD": 431_000_000,
    "SGD": 497_000_000,
    "THB": 19_800_000,
    "USD": 650_000_000,
}
#: ISO 4217: these have no smaller unit.
WHOLE = {"JPY", "KRW"}


class Rates:
    """What may be paid for CNY, and for the currencies of orders, on each day."""

    def __init__(self, terms: Terms) -> None:
        self.currency = terms.settlement_currency
        self._daily = terms.rates == "daily"
        self._seen: dict[dt.date, int] = {}

    def bounds(self, when: dt.date) -> Bounds:
        """Return between what the rate of a day lies."""
        seen = self._seen.get(when)
        return self._near(self.currency) if seen is None else (seen, seen)

    def learn(self, when: dt.date, rate: int) -> Iterator[str]:
        """Take note of the rate of a day; yield why it cannot be."""
        least, most = self.bounds(when)
        if least <= rate <= most:
            self._seen[when] = rate
        else:
            yield f"{rate} is not the rate of {when}"

    def exchanged(self, fen: int, rate: int) -> int:
        """Return *fen* in the minor unit of the settlement currency."""
        whole = fen * 100_000_000 // rate
        return fen * 1_000_000 // rate if self.currency in WHOLE else whole

    def spread(self, act: Callable[[int], int], when: dt.date) -> Bounds:
        """Return between what *act* of the day's rate lies: rounding may shift it by one."""
        rates = self.bounds(when)
        least, most = sorted(act(rate) for rate in rates)
        return (least, most) if rates[0] == rates[1] else (least - 1, most + 1)

    def payer_pays(self, amount: int, currency: str) -> Bounds:
        """Return between what the fen lie that are paid for *amount* of an order's currency."""
        minor = 1 if currency in WHOLE else 100
        least, most = (
            max(1, (amount * rate * 200 + 100_000_000 * minor) // (200_000_000 * minor))
            for rate in self._near(currency)
        )
        return least, most

    def payout_from(self) -> int:
        """Return what 800 USD are in the settlement currency, at 7.80 HKD."""
        if self.currency == "HKD":
            return 800 * 780
        minor = 1 if self.currency in WHOLE else 100
        return 800 * minor * _TABLE["USD"] // _TABLE[self.currency]

    def _near(self, currency: str) -> Bounds:
        """Return between what the rate of a currency lies: daily ones differ by 1 % at most."""
        rate = _TABLE[currency]
        if not self._daily or currency == "CNY":
            return rate, rate
        return rate - rate // 100 - 1, rate + rate // 100 + 1
