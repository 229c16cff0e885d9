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
        for (_, currency), line in lines.items():
            line.sort(key=lambda each: (each.of.trade_end_date, each.of.batch_id))
            self._days([each for each in line if not each.of.amount.unsettle], currency)
        self._open(lines)

    def _days(self, settled: Sequence[Record], currency: str) -> None:
        early = [each for each in settled if each.of.settlement_date <= each.of.trade_end_date]
        for record in early:
            self._wrong_day(record, f"after {record.of.trade_end_date}")
        rest = [each for each in settled if each not in early]
        if currency in self.flows:
            odd = list(_unforeseen(rest, self.flows[currency]))
        else:
            odd = [(each, "in the order of trade") for each in _out_of_order(rest)]
        for record, here in odd:
            self._wrong_day(record, here)

    def _wrong_day(self, record: Record, here: str) -> None:
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
                net = each.ordinary + each.released - each.refund - each.fee
                ids = {"trade_date": str(day), "mchid": owner}
                self._note(ids, net, currency, day, f"No record of {day} yet.")

    def _note(
        self, ids: Mapping[str, str], amount: int, currency: str, day: dt.date, text: str
    ) -> None:
        self.findings.still_open(
            OpenReason.NOT_YET_SETTLED, ids, amount, currency, day=day.toordinal(), text=text
        )

    def _why(self, currency: str, day: dt.date, pool: int) -> str:
        if day >= self.last:
            return f"Came in on {day}, to be exchanged on {day + ONE_DAY}."
        words = f"Exchanged on {day + ONE_DAY}; the pool holds {pool}"
        flow = self.flows.get(currency)
        missing = 0 if flow is None else flow.payout_from - pool
        if missing > 0:
            return f"{words}, {missing} below the threshold of a payout."
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


def _unforeseen(records: Sequence[Record], flow: FundFlow) -> Iterator[tuple[Record, str]]:
    """Yield records that were not settled on the day that the fund flow tells, and that day.

    What the pool held before the first record is not known: its payout is taken as it came.
    """
    left = list(records)
    started = False
    while left:
        due, members = _next_payout(left, flow)
        dates = Counter(each.of.settlement_date for each in members)
        usual, count = dates.most_common(1)[0]
        if usual != due and (not started or count > 1):
            due, members = usual, [each for each in members if _exchanged(each) <= usual]
        started = True
        for record in members:
            if record.of.settlement_date != due:
                yield record, str(due)
        left = left[len(members) :]


def _next_payout(records: Sequence[Record], flow: FundFlow) -> tuple[dt.date, list[Record]]:
    """Return when the pool is paid out next by the rules, and what is in it then."""
    day, pool, members = _exchanged(records[0]), 0, 0
    last = max(each.of.settlement_date for each in records)
    while True:
        while members < len(records) and _exchanged(records[members]) <= day:
            pool += records[members].of.amount.net
            members += 1
        full = pool >= flow.payout_from and flow.calendar.is_business_day(day)
        if full or day >= last:
            return day, list(records[:members])
        day += ONE_DAY


def _exchanged(record: Record) -> dt.date:
    return record.of.trade_end_date + ONE_DAY
