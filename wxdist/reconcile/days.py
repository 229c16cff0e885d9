"""The period day by day."""

# ruff: noqa: S608 - the statements are put together from names of ours alone

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from .models import DayLine
from .settling import Record
from .store import Store

_MARKED = "EXISTS (SELECT 1 FROM payment p WHERE p.tid = k.tid AND p.marked)"
_AMOUNTS = {
    "paid": "SELECT day, sum(amount) FROM payment k WHERE marked GROUP BY day",
    "distributed": "SELECT day, sum(amount) FROM detail k WHERE result = 'SUCCESS'"
    " AND type <> 'UNFREEZE_TO_SPONSOR' GROUP BY day",
    "released": "SELECT day, sum(amount) FROM detail k WHERE result = 'SUCCESS'"
    " AND type = 'UNFREEZE_TO_SPONSOR' GROUP BY day",
    "refunded": "SELECT day, sum(amount) FROM refund k WHERE status <> 'REFUNDCLOSE'"
    f" AND {_MARKED} GROUP BY day",
    "differences": "SELECT day, count(*) FROM found GROUP BY day",
}
_FEE = (
    "SELECT day, sum(fee) FROM (SELECT r.day AS day, r.fee AS fee FROM prow r"
    " JOIN payment k ON k.n = r.mate WHERE k.marked UNION ALL SELECT r.day, r.fee FROM srow r"
    f" JOIN refund k ON k.n = r.mate WHERE {_MARKED}) GROUP BY day"
)


def day_lines(
    store: Store,
    first: dt.date,
    last: dt.date,
    records: Iterable[Record],
) -> Iterator[DayLine]:
    """Yield the days of the period."""
    store.flush()
    told = {name: dict(iter(store.ask(asked))) for name, asked in _AMOUNTS.items()}
    fees = dict(store.ask(_FEE))
    given = {day for (day,) in store.ask("SELECT day FROM bill WHERE source = 'statement'")}
    settled = _settled(records)
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = dt.date.fromordinal(ordinal)
        yield DayLine(
            day=day,
            fee=fees.get(ordinal, 0) or 0 if ordinal in given else None,
            settled=dict(settled[day]),
            **{name: amounts.get(ordinal, 0) for name, amounts in told.items()},
        )


def _settled(records: Iterable[Record]) -> defaultdict[dt.date, Counter[str]]:
    settled: defaultdict[dt.date, Counter[str]] = defaultdict(Counter)
    for record in records:
        settled[record.of.settlement_date][record.currency] += record.of.amount.settled
    return settled
