"""What the settlement of each day has to be, by the rows and by what we know."""

# ruff: noqa: S608 - the statements are put together from names of ours alone

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import attrs

from .findings import ORDER
from .models import DifferenceKind, Source
from .store import Store

#: A row without a known payment is of a marked one when it is settled as it was paid.
_PAYMENTS = (
    "SELECT ifnull(k.day, r.day) AS day, ifnull(p.sub, r.sub) AS sub, r.sc AS currency,"
    " ifnull(sum(r.sa), 0) AS pay, 0 AS released, 0 AS refund, ifnull(sum(r.fee), 0) AS fee,"
    " count(*) AS rows"
    " FROM prow r LEFT JOIN payment k ON k.n = r.mate LEFT JOIN payment p ON p.n = r.mate"
    " WHERE r.fate IS NULL AND NOT ifnull(p.marked, r.sc = 'CNY' AND r.rate = '') GROUP BY 1, 2, 3"
)
_REFUNDS = (
    "SELECT ifnull(k.day, r.day) AS day, ifnull(p.sub, r.sub) AS sub, r.sc AS currency,"
    " 0 AS pay, 0 AS released, ifnull(sum(r.sa), 0) AS refund, ifnull(sum(r.fee), 0) AS fee,"
    " count(*) AS rows"
    " FROM srow r LEFT JOIN refund k ON k.n = r.mate"
    " LEFT JOIN payment p ON p.tid = ifnull(k.tid, r.tid)"
    " WHERE r.fate IS NULL AND NOT ifnull(p.marked, r.sc = 'CNY') GROUP BY 1, 2, 3"
)
#: Our own details have the word, so that a wrong row does not make its batch wrong, too.
_RELEASED = (
    "SELECT k.day AS day, k.sub AS sub, k.sc AS currency, 0 AS pay, sum(k.sa) AS released,"
    " 0 AS refund, 0 AS fee, count(*) AS rows FROM detail k"
    " WHERE k.result = 'SUCCESS' AND k.sc <> '' AND k.sa IS NOT NULL GROUP BY 1, 2, 3"
)
_RELEASED_ROWS = (
    "SELECT ifnull(k.day, r.day) AS day, r.sub AS sub, r.sc AS currency, 0 AS pay,"
    " ifnull(sum(r.sa), 0) AS released, 0 AS refund, 0 AS fee, count(*) AS rows"
    " FROM drow r LEFT JOIN detail k ON k.n = r.mate"
    " WHERE r.fate IS NULL AND r.sc <> '' AND (k.n IS NULL OR k.result <> 'SUCCESS' OR k.sc = ''"
    " OR k.sa IS NULL) GROUP BY 1, 2, 3"
)
#: Refunds of marked payments, and how many tell what of them was advanced. A revocation is none.
_ADVANCED = (
    "SELECT k.day AS day, ifnull(p.sub, '') AS sub, r.asc_ AS currency, sum(r.asa) AS asa,"
    " count(*) - count(r.advanced) AS untold"
    " FROM refund k LEFT JOIN payment p ON p.tid = k.tid LEFT JOIN rrow r ON r.mate = k.n"
    " WHERE ifnull(p.marked, r.n IS NOT NULL) AND k.rid <> k.tid GROUP BY 1, 2, 3"
)
#: Differences after which the rows of a day are no measure of its settlement.
_DOUBTING = (
    DifferenceKind.DAMAGED,
    DifferenceKind.MISSING_HERE,
    DifferenceKind.MISSING_THERE,
)
_DOUBTS = (
    f"SELECT day FROM found WHERE kind IN ({', '.join(str(ORDER[each]) for each in _DOUBTING)})"
    " OR (field IN ('day', 'settlement_amount',"
    " 'settlement_currency', 'refund_settlement_amount', 'refund_settlement_currency'))"
    " UNION SELECT day FROM shut"
    " UNION SELECT CAST(julianday(here) - 1721424.5 AS INTEGER) FROM found WHERE field = 'day'"
)

Key = tuple[str, int, str]  #: whose, ordinal of the day, currency


@attrs.define
class Expected:
    """The settlement of a day; amounts in minor units of its currency."""

    ordinary: int = 0  #: ordinary payments
    released: int = 0
    refund: int = 0  #: of ordinary payments
    fee: int = 0
    rows: int = 0
    advanced: int | None = 0  #: refunds paid out of released money; ``None``: not told

    @property
    def net(self) -> int:
        """What it brings; refunds out of released money count where they are told."""
        return self.ordinary + self.released - self.refund - (self.advanced or 0) - self.fee

    def add(self, other: Expected) -> None:
        """Count *other* in."""
        for name in ("ordinary", "released", "refund", "fee", "rows"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        known = self.advanced is not None and other.advanced is not None
        self.advanced = (self.advanced or 0) + (other.advanced or 0) if known else None


@attrs.frozen
class Expectations:
    """What is expected of all days."""

    days: Mapping[Key, Expected]
    doubtful: frozenset[int]  #: days whose rows are no measure
    releases: bool  #: whether anything tells what was released
    owned: Mapping[str, Sequence[Key]] = attrs.field(init=False)  #: the keys of each owner, sorted

    @owned.default
    def _owned(self) -> Mapping[str, Sequence[Key]]:
        found: dict[str, list[Key]] = defaultdict(list)
        for key in sorted(self.days):
            found[key[0]].append(key)
        return found

    def of(self, owner: str, days: Iterable[int], currency: str) -> Expected:
        """Return what is expected of some days together."""
        total = Expected()
        for day in days:
            if found := self.days.get((owner, day, currency)):
                total.add(found)
        return total


def expectations(
    store: Store, owners: Collection[str], *, first: int, last: int, checked: Collection[Source]
) -> Expectations:
    """Return what the settlements of *owners* have to be; an empty owner has what is left."""
    days: dict[Key, Expected] = defaultdict(Expected)
    owner = functools.partial(_owner, owners=owners, others=_others(store, owners))
    for asked in (_PAYMENTS, _REFUNDS, _RELEASED, _RELEASED_ROWS):
        for row in store.ask(f"SELECT * FROM ({asked}) WHERE day BETWEEN ? AND ?", (first, last)):
            days[owner(row["sub"]), row["day"], row["currency"]].add(
                Expected(
                    ordinary=row["pay"],
                    released=row["released"],
                    refund=row["refund"],
                    fee=row["fee"],
                    rows=row["rows"],
                )
            )
    _add_advanced(store, days, owner, told=Source.REFUNDS in checked)
    doubtful = frozenset(day for (day,) in store.ask(_DOUBTS) if day is not None)
    releases = Source.DISTRIBUTION in checked or store.one("SELECT 1 FROM detail") is not None
    return Expectations(dict(days), doubtful, releases)


def _add_advanced(
    store: Store, days: dict[Key, Expected], owner: Callable[[str], str], *, told: bool
) -> None:
    """Count refunds out of released money, where the refund bill tells them."""
    untold: set[tuple[str, int]] = set()
    for row in store.ask(_ADVANCED):
        whose, day = owner(row["sub"]), row["day"]
        if row["asa"]:
            days[whose, day, row["currency"]].add(Expected(advanced=row["asa"], rows=1))
        if row["untold"] or not told:
            untold.add((whose, day))
    for (whose, day, _), expected in days.items():
        if (whose, day) in untold:
            expected.advanced = None


def _others(store: Store, owners: Collection[str]) -> Collection[str]:
    """Return the owners that are no sub-merchant of what we know."""
    subs = {sub for (sub,) in store.ask("SELECT sub FROM payment UNION SELECT sub FROM detail")}
    return set(owners) - subs


def _owner(sub: str, owners: Collection[str], others: Collection[str]) -> str:
    """Return with whom the money of a sub-merchant is settled: with itself, or the only other."""
    if sub in owners:
        return sub
    return next(iter(others)) if len(others) == 1 else ""
