"""What may be answered about settlement and refundable money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .case import Case, child, differs
from .causes import PARAM_ERROR, Cause
from .giving import quota
from .pool import Pool, Sum
from .timing import day, read_day, works

#: After so many days what is due must have been paid out, whatever the holidays.
PATIENCE = dt.timedelta(days=10)


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
        pool, found = Pool(self.memory, sponsor, self.now), said["data"]
        days = [read_day(each["trade_start_date"], "%Y%m%d") for each in found]
        if len(set(days)) < len(days):
            yield "a day stands in it twice"
        for each, when in zip(found, days, strict=True):
            yield from self._record(each, when, sponsor, pool)
        yield from self._missing({each for each in days if each}, sponsor, pool, said)

    def _record(
        self, each: Mapping[str, Any], when: dt.date | None, sponsor: str, pool: Pool
    ) -> Iterator[str]:
        if when is None or when not in pool.days:
            yield f"nothing can have come on {when}"
            return
        own = (sponsor, when)
        if self.memory.batches.setdefault(each["batch_id"], own) != own:
            yield f"{each['batch_id']} was another day's or sponsor's"
        yield from differs(each, {"trade_end_date": each["trade_start_date"]})
        of_it, amount = pool.days[when], each["amount"]
        net = amount["pay"] - amount["refund"] - amount["fee"]
        sums = {"pay": of_it.pay, "refund": of_it.refund, "fee": of_it.fee}
        yield from self._amount(amount, sums, net)
        yield from differs(amount, {"net": net})
        split = each["split_amount"]
        sums = {"pay": of_it.split_pay, "refund": of_it.split_refund}
        yield from self._amount(split, sums, split["pay"] - split["refund"])
        yield from self._date(read_day(each["settlement_date"], "%Y%m%d"), when, sponsor, pool)

    def _amount(
        self, amount: Mapping[str, Any], sums: Mapping[str, Sum], net: int
    ) -> Iterator[str]:
        for name, bounds in sums.items():
            if amount[name] not in bounds:
                yield f"{amount[name]} is not {bounds}"
        paid_out = self.params["settle_state"] == "SETTLED"
        expected = {
            "currency": self.memory.rates.currency,
            "settled": net if paid_out else 0,
            "unsettle": 0 if paid_out else net,
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
        elif not (when < date <= day(self.now) and works(date, self._holidays)):
            yield f"{when} cannot be settled on {date}"
        elif pool.before(date, self._settled(sponsor))[1] < self.memory.rates.payout_from():
            yield f"the pool was too small on {date}"
        else:
            self.memory.settled[sponsor, when] = date

    @property
    def _holidays(self) -> Collection[dt.date]:
        return self.memory.terms.holidays

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
        rich = pool.may_have_paid(today, settled, self.memory.rates.payout_from())
        later = max(settled.values(), default=dt.date.min)
        return {
            when
            for when in pool.sure() - set(settled)
            if when >= today or (not rich and later <= when)
        }

    def _overdue(self, days: set[dt.date], pool: Pool) -> Iterator[str]:
        """What is listed as unsettled cannot have been enough for a payout long ago."""
        ago = day(self.now) - PATIENCE
        worked = any(
            works(ago + dt.timedelta(days=each), self._holidays) for each in range(2, PATIENCE.days)
        )
        waiting = {when: of_it for when, of_it in pool.days.items() if when in days}
        old = sum(of_it.net[0] for when, of_it in waiting.items() if when < ago)
        taken = sum(min(0, of_it.net[0]) for when, of_it in waiting.items() if when >= ago)
        if worked and old + taken >= self.memory.rates.payout_from():
            yield "what is unsettled was due for days"


class RefundableBalance(Case):
    """What was unfrozen today: chapter4_1_13."""

    def accepted(self, said: Any) -> Iterator[str]:
        """The sum of today's releases."""
        sponsors = {each.sponsor for each in self.memory.payments.values()}
        bounds = [quota(self.memory, each, self.now) for each in sponsors]
        least, most = (sum(each[index] for each in bounds) for index in (0, 1))
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
