"""What one currency is worth in another: the table, days, exchange. Exact arithmetic throughout.

A rate is CNY for one unit of the currency, times 10^8 (the field ``rate_value`` of
https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_4.shtml).
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

#: What a rate is multiplied by; the rate of CNY itself.
WHOLE = 10**8
#: HKD and USD are figures of the documentation, the others ours.
RATES: Mapping[str, int] = {
    "AUD": 468_000_000,
    "CAD": 512_000_000,
    "CHF": 812_000_000,
    "CNY": WHOLE,
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
#: Currencies whose smallest unit is the whole one (ISO 4217); of the others it is the hundredth.
UNDIVIDED = frozenset({"JPY", "KRW"})
#: How far a rate differs from the table at most, where it differs daily: in millionths (ours).
DRIFT = 10_000
#: The settlement pool is paid out from so many USD on.
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml
PAYOUT_USD = 800
#: Units for one USD, where that is not what the table says (ours).
PER_USD: Mapping[str, tuple[int, int]] = {"HKD": (780, 100)}


def known(currency: str) -> None:
    """Raise ``ValueError`` if there is no rate of *currency*."""
    if currency not in RATES:
        raise ValueError(f"must be one of {', '.join(RATES)}")


def of_day(currency: str, day: dt.date, *, seed: int, daily: bool) -> int:
    """Return the rate of *currency* on a Beijing day; *daily*: by the dice of *seed* (ours)."""
    base = RATES[currency]
    if not daily or base == WHOLE:
        return base
    dice = random.Random(f"{seed} {currency} {day}")
    return base + base * dice.randint(-DRIFT, DRIFT) // 10**6


def exchanged(fen: int, rate: int, currency: str) -> int:
    """Return *fen* in the minor unit of *currency*, rounded down.

    Source: both samples of https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_3.shtml
    and chapter4_1_4.shtml fit it; currencies without a minor unit: ours.
    """
    return fen * WHOLE * _minor(currency) // (rate * 100)


def in_fen(amount: int, rate: int, currency: str) -> int:
    """Return what a payer pays for *amount* minor units of *currency*: half up, at least a fen.

    Rounding: ours.
    """
    whole = WHOLE * _minor(currency)
    return max(1, (2 * amount * rate * 100 + whole) // (2 * whole))


def payout_from(currency: str) -> int:
    """Return from what on a settlement pool in *currency* is paid out, in its minor unit.

    Source: `PAYOUT_USD`; the equivalent in other currencies is fixed, and ours.
    """
    units, of = PER_USD.get(currency, (RATES["USD"], RATES[currency]))
    return PAYOUT_USD * units * _minor(currency) // of


def _minor(currency: str) -> int:
    """Return how many minor units make one unit."""
    return 1 if currency in UNDIVIDED else 100
