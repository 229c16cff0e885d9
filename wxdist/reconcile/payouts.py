"""When batches were paid out, and what is not paid out yet."""

from __future__ import annotations

import bisect
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from wxdist.fundflow import FundFlow

from .expecting import Expectations
from .findings import Findings
from .markup import money
from .models import DifferenceKind, OpenReason, Source
from .settling import Record

ONE_DAY = dt.timedelta(days=1)


@attrs.frozen(kw_only=True)
class Payouts:
    """Looks at the days on which records were settled, and at what was not."""

    findings: Findings
    expected: Expectations
    flows: Mapping[str, FundFlow]  #: by currency
    last: dt.date

    def look(self, records: Iterable[Record]) -> None:
        """Note wrong days, and what is still open."""
        lines: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in records:
            lines[record.owner, record.currency].append(record)
        for (owner, currency), line in lines.items():
            line.sort(key=lambda each: (each.of.trade_end_date, each.of.batch_id))
            settled = [each for each in line if not (each.of.amount.unsettle or each.surplus)]
            self._days(settled, currency, self._absent(owner, currency, line))
        self._open(lines)

    def _days(self, settled: Sequence[Record], currency: str, absent: Iterable[Exchanged]) -> None:
        early = [each for each in settled if each.of.settlement_date <= each.of.trade_end_date]
        for record in early:
            self._wrong_day(record, f"after {record.of.trade_end_date}")
        proper = [each for each in settled if not each.moved and each not in early]
        if currency in self.flows:
            known = [
                Exchanged(_exchanged(each), each.of.amount.net, each if each in proper else None)
                for each in settled
            ]
            pool = sorted([*known, *absent], key=lambda each: each.day)
            odd = list(_unforeseen(pool, self.flows[currency]))
        else:
            odd = [(each, "in the order of trade") for each in _out_of_order(proper)]
        for record, here in odd:
            self._wrong_day(record, here)

    def _absent(self, owner: str, currency: str, line: Sequence[Record]) -> Iterator[Exchanged]:
        """Yield the money of days without a record, though there are later ones."""
        covered = {day for record in line for day in record.days}
        last = max(covered)
        for whose, day, of in self.expected.owned[owner]:
            expected = self.expected.days[whose, day, of]
            if of == currency and expected.rows and day < last and day not in covered:
                yield Exchanged(dt.date.fromordinal(day) + ONE_DAY, expected.net)

    def _wrong_day(self, record: Record, here: str) -> None:
        if record.moved:
            return
        told = record.of
        self.findings.add(
            DifferenceKind.DIFFERS,
            Source.SETTLEMENT,
            {"batch_id": told.batch_id, "mchid": record.owner},
            cause=f"batch|{record.owner}|{told.batch_id}|settlement_date",
            field="settlement_date",
            here=here,
            there=str(told.settlement_date),
            day=told.trade_start_date.toordinal(),
            text=f"Settlement batch {told.batch_id} of {told.trade_start_date} says it was settled"
            f" on {told.settlement_date}; expected was {here}.",
        )

    def _open(self, lines: Mapping[tuple[str, str], Sequence[Record]]) -> None:
        pools: Counter[tuple[str, str]] = Counter()
        for key, line in lines.items():
            pools[key] = sum(
                each.of.amount.unsettle for each in line if each.of.trade_end_date < self.last
            )
        for (owner, currency), line in lines.items():
            for record in line:
                if amount := record.of.amount.unsettle:
                    day = record.of.trade_start_date
                    ids = {"batch_id": record.of.batch_id, "mchid": owner}
                    text = self._why(currency, record.of.trade_end_date, pools[owner, currency])
                    self._note(ids, amount, currency, day, text)
        covered = {
            (r.owner, d, r.currency) for line in lines.values() for r in line for d in r.days
        }
        latest = {key: max(each.days.start for each in line) for key, line in lines.items()}
        told = {key for key, line in lines.items() if any(r.of.amount.unsettle for r in line)}
        for (owner, ordinal, currency), each in sorted(self.expected.days.items()):
            key = owner, currency
            later = ordinal > latest.get(key, 0) and key not in told
            if each.rows and later and (owner, ordinal, currency) not in covered:
                day = dt.date.fromordinal(ordinal)
                ids = {"trade_date": str(day), "mchid": owner}
                self._note(ids, each.net, currency, day, f"No record of {day} yet.")

    def _note(
        self, ids: Mapping[str, str], amount: int, currency: str, day: dt.date, text: str
    ) -> None:
        self.findings.still_open(
            OpenReason.NOT_YET_SETTLED, ids, amount, currency, day=day.toordinal(), text=text
        )

    def _why(self, currency: str, day: dt.date, pool: int) -> str:
        if day >= self.last:
            return f"Came in on {day}, to be exchanged on {day + ONE_DAY}."
        words = f"Exchanged on {day + ONE_DAY}; the pool holds {money(pool, currency)} {currency}"
        flow = self.flows.get(currency)
        missing = 0 if flow is None else flow.payout_from - pool
        if missing > 0:
            return f"{words}, {money(missing, currency)} below the threshold of a payout."
        return f"{words} and was not paid out yet."


def _out_of_order(records: Sequence[Record]) -> Iterator[Record]:
    """Yield the fewest records without which days of settlement follow the days of trade.

    Each payout takes all that is there: what was exchanged earlier never leaves later.
    """
    tails: list[dt.date] = []  # of the shortest-ended runs, by length
    lengths: list[int] = []
    for record in records:
        place = bisect.bisect_right(tails, record.of.settlement_date)
        tails[place:] = [record.of.settlement_date, *tails[place + 1 :]]
        lengths.append(place + 1)
    want = len(tails)
    below: dt.date | None = None
    for record, length in zip(reversed(records), reversed(lengths), strict=True):
        date = record.of.settlement_date
        if length == want and (below is None or date <= below):
            want, below = want - 1, date
        else:
            yield record


@attrs.frozen
class Exchanged:
    """What came to the pool on a day."""

    day: dt.date
    net: int
    record: Record | None = None  #: whose day of payout can be relied on; ``None``: there is none


def _unforeseen(pool: Sequence[Exchanged], flow: FundFlow) -> Iterator[tuple[Record, str]]:
    """Yield records that were not settled on the day that the fund flow tells, and that day.

    What the pool held before the first record is not known: its payout is taken as it came.
    """
    left = list(pool)
    started = False
    while left:
        due, members = _next_payout(left, flow)
        dates = Counter(record.of.settlement_date for record in _records(members))
        for usual, count in dates.most_common(1):
            if usual != due and (not started or count > 1):
                due, members = usual, [each for each in members if each.day <= usual]
        started = True
        for record in _records(members):
            if record.of.settlement_date != due:
                yield record, str(due)
        left = left[len(members) :]


def _records(pool: Iterable[Exchanged]) -> Iterator[Record]:
    return (each.record for each in pool if each.record is not None)


def _next_payout(pool: Sequence[Exchanged], flow: FundFlow) -> tuple[dt.date, list[Exchanged]]:
    """Return when the pool is paid out next by the rules, and what is in it then."""
    day, held, members = pool[0].day, 0, 0
    last = max((each.of.settlement_date for each in _records(pool)), default=pool[-1].day)
    while True:
        while members < len(pool) and pool[members].day <= day:
            held += pool[members].net
            members += 1
        full = held >= flow.payout_from and flow.calendar.is_business_day(day)
        if full or day >= last:
            return day, list(pool[:members])
        day += ONE_DAY


def _exchanged(record: Record) -> dt.date:
    return record.of.trade_end_date + ONE_DAY
