"""The fund flow: day T in the CNY pool, exchanged on T+1, paid out from 800 USD on.

Sources: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml and, for the
days until money arrives, https://github.com/wechatpay-apiv3/wechatpay-global-skills. The hours are
not documented: everything here is by days.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

import attrs

from wxdist.errors import InvalidInput
from wxdist.models import Settlement, model
from wxdist.models.limits import PAYMENT_LIMITS, check
from wxdist.wire.csv import decimals

from ._days import ONE_DAY, a_day, money
from .calendars import BusinessDays, Weekdays
from .expectation import Arrival, Day, Expectation, Outlook, WaitReason
from .movements import Movement

PAYOUT_USD = 800
#: A calendar without a business day for so long is a mistake.
LONGEST_REST = 366


@model
class FundFlow:
    """How one merchant's money flows to its bank.

    Day T's money lies in the CNY pool. On T+1, a calendar day, it is exchanged and moves to the
    settlement pool, for good. Once that holds 800 USD or the equivalent, all of it is paid out on
    the next business day. A day whose refunds exceed what came in counts against the others.

    Args:
        currency: the settlement currency, fixed by the place of registration.
        calendar: business days of the place of settlement; see `business_days`.
        threshold: the least that is paid out, in minor units of *currency*; ``None`` takes the
            rate. In USD it is known: 80 000 cents.
        usd_rate: or how much of *currency* one USD is, a decimal as text such as ``"7.80"``; the
            threshold is then rounded up. At which rate the service compares is not documented.

    Raises:
        InvalidInput: neither a threshold nor a rate where one is needed, or both; a rate other
            than 1 for USD itself; or a currency that is not three capital letters.
    """

    currency: str = "HKD"
    calendar: BusinessDays = attrs.field(factory=Weekdays)
    threshold: int | None = None
    usd_rate: str | None = None

    def __attrs_post_init__(self) -> None:
        check("currency", self.currency, PAYMENT_LIMITS)
        if self.threshold is not None and self.usd_rate is not None:
            raise InvalidInput("threshold", "and usd_rate say the same: leave one out")
        if self.threshold is not None:
            money("threshold", self.threshold, least=1)
        elif self.usd_rate is not None:
            if _rate(self.usd_rate) != 1 and self.currency == "USD":
                raise InvalidInput("usd_rate", "of USD is 1: leave it out, or name the currency")
        elif self.currency != "USD":
            problem = f"must be given in {self.currency}, or usd_rate: neither is documented"
            raise InvalidInput("threshold", problem)

    @property
    def payout_from(self) -> int:
        """The least that is paid out, in minor units of the settlement currency."""
        if self.threshold is not None:
            return self.threshold
        rate = _rate("1" if self.usd_rate is None else self.usd_rate)
        return math.ceil(PAYOUT_USD * rate * Fraction(10) ** decimals(self.currency))

    def exchanged_on(self, day: dt.date) -> dt.date:
        """Return when the money of *day* is exchanged: on the next day, holidays included."""
        return a_day("day", day) + ONE_DAY

    def earliest_payout(self, exchanged_day: dt.date) -> dt.date:
        """Return the first business day from *exchanged_day* on: the pool may leave then.

        Raises:
            InvalidInput: the calendar has none within a year.
        """
        day = a_day("exchanged_day", exchanged_day)
        for _ in range(LONGEST_REST):
            if self.calendar.is_business_day(day):
                return day
            day += ONE_DAY
        raise InvalidInput("calendar", f"has no business day from {exchanged_day} on for a year")

    def bank_arrival(self, payout_day: dt.date) -> Arrival:
        """Return when a payout reaches the bank: 1 to 3 working days later."""
        first = self.earliest_payout(a_day("payout_day", payout_day) + ONE_DAY)
        last = self.earliest_payout(self.earliest_payout(first + ONE_DAY) + ONE_DAY)
        return Arrival(earliest=first, latest=last)

    def run(
        self, daily: Mapping[dt.date, int], start: dt.date, end: dt.date, *, pool: int = 0
    ) -> list[Day]:
        """Return what happens on each day.

        Args:
            daily: what came in on a day, less refunds and fees, in minor units of the settlement
                currency; may be below zero. Days that are not in it had nothing. The day before
                *start* counts too: its money is exchanged on *start*.
            start: the first day.
            end: the last one.
            pool: what the settlement pool held before *start*.

        Raises:
            InvalidInput: days out of order, or money of a day outside.
        """
        if a_day("end", end) < a_day("start", start):
            raise InvalidInput("end", "must not be before start")
        for day, amount in daily.items():
            if not start - ONE_DAY <= a_day("daily", day) <= end:
                problem = f"{day} is not within {start} to {end}, nor the day before"
                raise InvalidInput("daily", problem)
            money(f"daily[{day}]", amount)
        money("pool", pool)
        return list(self._run(daily, start, end, pool=pool, pays_from=start))

    def expect(
        self,
        movements: Iterable[Movement],
        today: dt.date,
        *,
        settled: Iterable[Settlement] | None = None,
    ) -> Expectation:
        """Return where the money of each day stands, and why it is not paid out yet.

        On *today* what is due today, at an hour not documented, counts as not paid out yet.

        Args:
            movements: all that came in since the pool was last empty, or earlier; only the sum of
                each day is kept. One merchant's, and of one wallet region where it has both.
            today: the Beijing day.
            settled: the SETTLED records since then, which then have the last word: what they do
                not name is not paid out, nor what UNSETTLE records among them name. ``None`` takes
                every payout before *today* for done.

        Raises:
            InvalidInput: money of a day after *today*, or records in another currency.
        """
        daily = _daily(movements, a_day("today", today))
        known = {} if settled is None else self._known(settled)
        still = {day: amount for day, amount in daily.items() if day not in known}
        first = min(still, default=today)
        last = self.earliest_payout(today + ONE_DAY)  # by then all has left, or must wait for more
        pays_from = first if settled is None else today
        run = list(self._run(still, first, last, pool=0, pays_from=pays_from))
        outlook = Outlook(
            today=today,
            run=run,
            known=known,
            assumes=settled is None,
            arrival=self.bank_arrival,
        )
        return outlook.expectation(self.currency, daily)

    def _known(self, settled: Iterable[Settlement]) -> dict[dt.date, dt.date]:
        """Return on which day the money of a day was paid out."""
        known: dict[dt.date, dt.date] = {}
        for record in settled:
            if record.amount.currency != self.currency:
                problem = f"a record in {record.amount.currency}, not {self.currency}"
                raise InvalidInput("settled", problem)
            if record.amount.unsettle and not record.amount.settled:
                continue
            day = record.trade_start_date
            while day <= record.trade_end_date:
                known[day] = record.settlement_date
                day += ONE_DAY
        return known

    def _run(
        self,
        daily: Mapping[dt.date, int],
        start: dt.date,
        end: dt.date,
        *,
        pool: int,
        pays_from: dt.date,
    ) -> Iterator[Day]:
        """Yield the days; before *pays_from* nothing is paid out, though it may be due."""
        day, least = start, self.payout_from
        while day <= end:
            exchanged = daily.get(day - ONE_DAY, 0)
            pool += exchanged
            reason = self._reason(day, pool, least)
            if reason is None and day < pays_from:
                reason = WaitReason.DUE
            paid_out = pool if reason is None else 0
            yield Day(
                day=day,
                came_in=daily.get(day, 0),
                exchanged=exchanged,
                paid_out=paid_out,
                pool=pool - paid_out,
                missing=max(0, least - pool),
                reason=reason,
            )
            pool -= paid_out
            day += ONE_DAY

    def _reason(self, day: dt.date, pool: int, least: int) -> WaitReason | None:
        """Return why *pool* is not paid out on *day*; ``None``: it is."""
        if pool < least:
            return WaitReason.BELOW_THRESHOLD
        return None if self.calendar.is_business_day(day) else WaitReason.NOT_A_BUSINESS_DAY


def _daily(movements: Iterable[Movement], today: dt.date) -> dict[dt.date, int]:
    """Return what came in on each day."""
    daily: dict[dt.date, int] = {}
    for each in movements:
        if each.day is None:
            continue
        if each.day > today:
            raise InvalidInput("movements", f"money of {each.day}, which is after {today}")
        daily[each.day] = daily.get(each.day, 0) + each.net
    return daily


def _rate(text: object) -> Fraction:
    if isinstance(text, str) and re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        rate = Fraction(text)
        if rate > 0:
            return rate
    raise InvalidInput("usd_rate", 'must be a decimal number above 0 as text, such as "7.80"')
