"""What may be answered about settlement and refundable money."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .case import Case, child, differs
from .causes import PARAM_ERROR, Cause
from .memory import CURRENCY, exchanged
from .timing import day, read_day, works

#: What the pool is paid out from: 800 USD, in HKD cents at 7.80 (the rate is the sandbox's own).
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml
PAYOUT_FROM = 800 * 780
#: After so many days what is due must have been paid out, whatever the holidays.
PATIENCE = dt.timedelta(days=10)


class Pool:
    """What one sponsor received per day, in the settlement currency: the least and the most."""

    def __init__(self, case: Case, sponsor: str) -> None:
        self.pay: dict[dt.date, list[int]] = {}
        self.split: dict[dt.date, list[int]] = {}
        self._ordinary: Counter[dt.date] = Counter()
        for receipt in case.memory.receipts(case.now):
            if receipt.payment.sponsor == sponsor:
                when = receipt.first
                while when <= receipt.last:
                    sure = receipt.is_on(when)
                    bounds = receipt.amounts.least if sure else 0, receipt.amounts.most
                    self._count(self.pay, when, bounds)
                    if receipt.split:
                        self._count(self.split, when, bounds)
                    else:
                        self._ordinary[when] += 1
                    when += dt.timedelta(days=1)
        for (whose, when), amounts in case.memory.ordinary_refunds.items():
            if whose == sponsor:
                self._give_back(when, amounts)

    def _count(
        self, sums: dict[dt.date, list[int]], when: dt.date, bounds: tuple[int, int]
    ) -> None:
        held = sums.setdefault(when, [0, 0])
        for index in (0, 1):
            held[index] += exchanged(bounds[index])

    def _give_back(self, when: dt.date, amounts: list[int]) -> None:
        """Refunds go back at the day's average rate; it is lower by what each receipt lost."""
        back, slack = exchanged(sum(amounts)), len(amounts) + 1
        least, most = self.pay[when]
        self.pay[when] = [least - back - slack, most - back + slack + self._ordinary[when]]

    def sure(self) -> set[dt.date]:
        """Return the days of which there must be a record."""
        return {when for when, held in self.pay.items() if held[0] > 0}

    def most_before(self, when: dt.date, settled: Mapping[dt.date, dt.date]) -> int:
        """Return the most that the pool can hold on a day, *settled* being what went before it."""
        return sum(
            held[1]
            for each, held in self.pay.items()
            if each < when and not settled.get(each, dt.date.max) < when
        )


class Settlements(Case):
    """Batches, one for each day of a sponsor: chapter3_4_10."""

    def strangers(self) -> Iterator[Cause]:
        """Only an ordinary service provider must name its sub-merchant."""
        must = self.memory.terms.mode == "service_provider"
        yield from child(self.memory, self.params, must=must)

    def judge(self) -> Iterator[Cause]:
        """SETTLED asks for two days in order."""
        state = self.params["settle_state"]
        if state not in {"SETTLED", "UNSETTLE"}:
            yield Cause(PARAM_ERROR, "settle_state is none that there is")
        elif state == "SETTLED":
            start, end = self._range()
            if start is None or end is None or end < start:
                yield Cause(PARAM_ERROR, "the days are missing, wrong, or in the wrong order")

    def _range(self) -> tuple[dt.date | None, dt.date | None]:
        names = ("settle_start_date", "settle_end_date")
        found = [self.params.get(name) for name in names]
        start, end = (read_day(each, "%Y%m%d") if isinstance(each, str) else None for each in found)
        return start, end

    def accepted(self, said: Any) -> Iterator[str]:
        """Each record is one that may be, and none is missing."""
        sponsor = self.memory.sponsor(self.sub_mchid)
        pool, found = Pool(self, sponsor), said["data"]
        days = [read_day(each["trade_start_date"], "%Y%m%d") for each in found]
        if len(set(days)) < len(days):
            yield "a day stands in it twice"
        for each, when in zip(found, days, strict=True):
            yield from self._record(each, when, sponsor, pool)
        yield from self._missing({each for each in days if each}, sponsor, pool, said)

    def _record(
        self, each: Mapping[str, Any], when: dt.date | None, sponsor: str, pool: Pool
    ) -> Iterator[str]:
        if when is None or when not in pool.pay:
            yield f"nothing can have come on {when}"
            return
        own = (sponsor, when)
        if self.memory.batches.setdefault(each["batch_id"], own) != own:
            yield f"{each['batch_id']} was another day's or sponsor's"
        yield from differs(each, {"trade_end_date": each["trade_start_date"]})
        yield from self._amount(each["amount"], pool.pay[when])
        yield from self._amount(each["split_amount"], pool.split.get(when, [0, 0]))
        yield from self._date(read_day(each["settlement_date"], "%Y%m%d"), when, sponsor, pool)

    def _amount(self, amount: Mapping[str, Any], bounds: list[int]) -> Iterator[str]:
        pay, paid_out = amount["pay"], self.params["settle_state"] == "SETTLED"
        least, most = bounds
        if not least <= pay <= most:
            yield f"{pay} is not {least} to {most}"
        expected = {
            "currency": CURRENCY,
            "refund": 0,
            "settled": pay if paid_out else 0,
            "unsettle": 0 if paid_out else pay,
        }
        yield from differs(amount, expected)

    def _date(self, date: dt.date | None, when: dt.date, sponsor: str, pool: Pool) -> Iterator[str]:
        known = self.memory.settled.get((sponsor, when))
        if self.params["settle_state"] == "UNSETTLE":
            if known is not None:
                yield f"{when} was settled before"
            return
        start, end = self._range()
        if date is None or start is None or end is None or not start <= date <= end:
            yield f"{date} was not asked for"
        elif known not in {None, date}:
            yield f"{when} was settled on another day before"
        elif not (when < date <= day(self.now) and works(date)):
            yield f"{when} cannot be settled on {date}"
        elif pool.most_before(date, self._settled(sponsor)) < PAYOUT_FROM:
            yield f"the pool was too small on {date}"
        else:
            self.memory.settled[sponsor, when] = date

    def _settled(self, sponsor: str) -> dict[dt.date, dt.date]:
        return {
            when: date for (whose, when), date in self.memory.settled.items() if whose == sponsor
        }

    def _missing(
        self, days: set[dt.date], sponsor: str, pool: Pool, said: Mapping[str, Any]
    ) -> Iterator[str]:
        """Only a first page that is not full is known to hold everything."""
        offset, limit, count = self.params["offset"], self.params["limit"], len(said["data"])
        yield from differs(said, {"offset": offset, "limit": count})
        if offset == 0 and count < limit:
            yield from differs(said, {"total_count": count})
            settled = self._settled(sponsor)
            missing = self._expected(settled, pool) - days
            yield from (f"the record of {when} is missing" for when in sorted(missing))
            if self.params["settle_state"] == "UNSETTLE":
                yield from self._overdue(days, pool)

    def _expected(self, settled: Mapping[dt.date, dt.date], pool: Pool) -> set[dt.date]:
        """Return the days that must be listed."""
        if self.params["settle_state"] == "SETTLED":
            start, end = self._range()
            return {
                when for when, date in settled.items() if start and end and start <= date <= end
            }
        today = day(self.now)
        rich = pool.most_before(today, settled) >= PAYOUT_FROM
        later = max(settled.values(), default=dt.date.min)
        return {
            when
            for when in pool.sure() - set(settled)
            if when >= today or (not rich and later <= when)
        }

    def _overdue(self, days: set[dt.date], pool: Pool) -> Iterator[str]:
        """What is listed as unsettled cannot have been enough for a payout long ago."""
        old = [when for when in days & set(pool.pay) if when < day(self.now) - PATIENCE]
        if sum(pool.pay[when][0] for when in old) >= PAYOUT_FROM:
            yield "what is unsettled was due for days"


class RefundableBalance(Case):
    """What was unfrozen today: chapter4_1_13."""

    def accepted(self, said: Any) -> Iterator[str]:
        """The sum of today's releases."""
        today = day(self.now)
        found = [
            each for each in self.memory.receipts(self.now) if each.split and each.may_be_on(today)
        ]
        least = sum(each.amounts.least for each in found if each.is_on(today))
        most = sum(each.amounts.most for each in found)
        if not least <= said["balance"] <= most:
            yield f"{said['balance']} is not {least} to {most}"
        mchid = self.memory.terms.mchid
        yield from differs(said, {"sponsor_mchid": mchid, "currency": "CNY"})


class Certificates(Case):
    """The platform's certificates: wechatpay5_1."""

    def accepted(self, said: Any) -> Iterator[str]:
        """At least one, each with a serial of its own."""
        serials = [each["serial_no"] for each in said["data"]]
        if not serials or len(set(serials)) < len(serials):
            yield "there is none, or one twice"
