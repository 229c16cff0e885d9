"""Settlement records, held against the rows of their days."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import attrs

from wxdist.models import Settlement

from .expecting import Expectations, Expected
from .findings import Findings
from .models import DifferenceKind, Source

Group = tuple[str, dt.date, dt.date, str]  #: whose, first and last day of trade, currency


@attrs.frozen
class Record:
    """A settlement record, and whose it is; empty: not told."""

    owner: str
    of: Settlement
    moved: bool = False  #: its days are not as it says: its payout fits those
    surplus: bool = False  #: of money that is not there, or that another one settles

    @property
    def currency(self) -> str:
        """In which it is settled."""
        return self.of.amount.currency

    @property
    def days(self) -> range:
        """Ordinals of its days of trade."""
        return range(self.of.trade_start_date.toordinal(), self.of.trade_end_date.toordinal() + 1)

    @property
    def group(self) -> Group:
        """Records of the same days are held together: there may be one a wallet region."""
        return self.owner, self.of.trade_start_date, self.of.trade_end_date, self.currency


@attrs.frozen(kw_only=True)
class Settling:
    """Holds records against what is expected of their days."""

    findings: Findings
    expected: Expectations
    records: Sequence[Record]
    checked: Collection[Source]
    first: int
    last: int

    def settle(self) -> list[Record]:
        """Note what differs; return the records, each once and under its own days."""
        groups: dict[Group, list[Record]] = defaultdict(list)
        for record in self._once():
            groups[record.group].append(record)
        bad: list[list[Record]] = []
        good: list[Record] = []
        for group in groups.values():
            if self._wrong(group):
                bad.append(group)
            else:
                good += group
        covered = {(each.owner, day, each.currency) for each in good for day in each.days}
        for group in bad:
            good += self._mended(group, covered)
        self._missing(covered, good)
        for record in good:
            self._hold_split(record)
        return good

    def _hold_split(self, record: Record) -> None:
        split, currency = record.of.split_amount, record.currency
        if split is not None and split.currency != currency:
            self._note(
                DifferenceKind.DIFFERS,
                [record],
                f"is in {currency}, its part of funds distribution says {split.currency}",
                field="split_amount.currency",
                here=currency,
                there=split.currency,
            )

    def _once(self) -> Iterator[Record]:
        seen: set[tuple[str, str, str | None]] = set()
        for record in self.records:
            # Whether the regions of a batch share its number is not documented.
            ident = (record.owner, record.of.batch_id, record.of.wallet_region)
            if ident in seen:
                self._note(DifferenceKind.DOUBLED, [record], "is there more than once")
            else:
                seen.add(ident)
                yield record

    def _mended(self, group: list[Record], covered: set[tuple[str, int, str]]) -> Iterator[Record]:
        """Note what is wrong with records of the same days; yield them as they should be."""
        rest: list[Record] = []
        for record in group:
            mended = self._elsewhere(record, covered)
            rest += [] if mended else [record]
            if mended:
                self._moved(record, mended)
                covered.update((mended.owner, day, mended.currency) for day in mended.days)
                yield mended
        if rest and all((r.owner, day, r.currency) in covered for r in rest for day in r.days):
            self._note(DifferenceKind.DOUBLED, rest, "is of days that another batch settles")
            rest = [attrs.evolve(each, surplus=True) for each in rest]
        elif rest:
            fields = self._wrong(rest)
            covered.update((r.owner, day, r.currency) for r in rest for day in r.days)
            if fields:
                rest = self._does_not_add_up(rest, fields)
        yield from rest

    def _elsewhere(self, record: Record, covered: set[tuple[str, int, str]]) -> Record | None:
        """Return the record with the days or the currency to which it fits, if there are any."""
        if not {Source.STATEMENT, Source.DISTRIBUTION} & set(self.checked):
            return None
        for key in self.expected.owned.get(record.owner, ()):
            _, day, currency = key
            alike = currency == record.currency or list(record.days) == [day]
            if alike and key not in covered and self.expected.days[key].rows:
                mended = _as_of(record, dt.date.fromordinal(day), currency)
                if not self._wrong([mended], strict=True):
                    return mended
        return None

    def _moved(self, record: Record, mended: Record) -> None:
        told, fits = record.of, mended.of
        for name, here, there in (
            ("currency", fits.amount.currency, told.amount.currency),
            ("trade_start_date", fits.trade_start_date, told.trade_start_date),
            ("trade_end_date", fits.trade_end_date, told.trade_end_date),
        ):
            if here != there:
                self._note(
                    DifferenceKind.DIFFERS,
                    [record],
                    f"says {name} {there}; its amounts are those of {here}",
                    field=name,
                    here=str(here),
                    there=str(there),
                )
                return

    def _within(self, record: Record) -> bool:
        return self.first <= record.days.start and record.days.stop - 1 <= self.last

    def _wrong(
        self, group: Sequence[Record], *, strict: bool = False
    ) -> dict[str, tuple[int, int]]:
        """Return which fields of records of the same days are wrong: expected, and told."""
        first = group[0]
        whole = self._within(first) and not self.expected.doubtful & set(first.days)
        if not whole:
            return _UNTOLD if strict else _arithmetic(_sum(group), None, None)
        expected = self.expected.of(first.owner, first.days, first.currency)
        return _held(_sum(group), expected, self.checked, releases=self.expected.releases)

    def _does_not_add_up(
        self, group: Sequence[Record], fields: dict[str, tuple[int, int]]
    ) -> list[Record]:
        """Note what is wrong with records of the same days; return them as they are now seen."""
        first = group[0]
        expected = self.expected.of(first.owner, first.days, first.currency)
        unknown = self._within(first) and not expected.rows and not _BROUGHT.isdisjoint(fields)
        here, there = next(iter(fields.values()))
        told = "; ".join(f"{name} is {b}, {a} was expected" for name, (a, b) in fields.items())
        self._note(
            DifferenceKind.MISSING_HERE if unknown else DifferenceKind.SUM,
            group,
            "is of money that we do not know"
            if unknown
            else f"does not add up: {told} (minor units of {first.currency})",
            field=None if unknown else ", ".join(fields),
            here=None if unknown else here,
            there=there,
        )
        return [attrs.evolve(each, surplus=unknown) for each in group]

    def _missing(self, covered: set[tuple[str, int, str]], records: Iterable[Record]) -> None:
        """Note days without a record, although a later one is there, or all that are open."""
        latest: dict[tuple[str, str], int] = {}
        for record in records:
            key = record.owner, record.currency
            latest[key] = max(latest.get(key, 0), record.days.start)
            if record.of.amount.unsettle:
                latest[key] = max(latest[key], self.last + 1)
        for (owner, day, currency), expected in sorted(self.expected.days.items()):
            if (
                expected.rows
                and (owner, day, currency) not in covered
                and day < latest.get((owner, currency), 0)
            ):
                self._no_record(owner, day, currency, expected)

    def _no_record(self, owner: str, day: int, currency: str, expected: Expected) -> None:
        net, date = expected.net, dt.date.fromordinal(day)
        self.findings.add(
            DifferenceKind.MISSING_THERE,
            Source.SETTLEMENT,
            {"trade_date": str(date), "currency": currency, "mchid": owner},
            cause=f"no_batch|{owner}|{day}|{currency}",
            here=net,
            day=day,
            text=f"No settlement record has the {net} (minor units of {currency}) of {date},"
            " although there are records of later days.",
        )

    def _note(
        self,
        kind: DifferenceKind,
        group: Sequence[Record],
        words: str,
        *,
        field: str | None = None,
        here: str | int | None = None,
        there: str | int | None = None,
    ) -> None:
        ids = ", ".join(record.of.batch_id for record in group)
        first = group[0]
        self.findings.add(
            kind,
            Source.SETTLEMENT,
            {"batch_id": ids, "mchid": first.owner},
            cause=f"batch|{first.owner}|{ids}|{kind}|{field}",
            field=field,
            here=here,
            there=there,
            day=first.days.start,
            text=f"Settlement batch {ids} of {first.of.trade_start_date} {words}.",
        )


def _as_of(record: Record, day: dt.date, currency: str) -> Record:
    """Return a record as if it said another day, and another currency wherever it says its own."""
    told: Any = record.of
    split = told.split_amount
    if split is not None and split.currency == record.currency:
        split = attrs.evolve(split, currency=currency)
    mended = attrs.evolve(
        told,
        trade_start_date=day,
        trade_end_date=day,
        amount=attrs.evolve(told.amount, currency=currency),
        split_amount=split,
    )
    return Record(record.owner, mended, moved=True)


#: What a day brings.
_BROUGHT = {"pay", "refund", "fee"}
#: What is wrong with days of which nothing is expected.
_UNTOLD = {"pay": (0, 0)}


def _sum(group: Sequence[Record]) -> Settlement:
    """Return one record with the amounts of all."""
    total: Any
    total, *others = (record.of for record in group)
    for other in others:
        split = (total.split_amount, other.split_amount)
        total = attrs.evolve(
            total,
            amount=_added(total.amount, other.amount),
            split_amount=_added(*split) if None not in split else split[0] or split[1],
        )
    told: Settlement = total
    return told


def _added(one: Any, other: Any) -> Any:
    """Return two amounts together."""
    names = [each.name for each in attrs.fields(type(one)) if each.name != "currency"]
    return attrs.evolve(one, **{name: getattr(one, name) + getattr(other, name) for name in names})


def _held(
    told: Settlement, expected: Expected, checked: Collection[Source], *, releases: bool
) -> dict[str, tuple[int, int]]:
    """Return the fields of a record that are not as expected."""
    amount, split = told.amount, told.split_amount
    wrong: dict[str, tuple[int, int]] = {}
    advanced, released = expected.advanced, expected.released
    if split is not None:
        released = released if releases else split.pay
        wrong["split_amount.pay"] = released, split.pay
        if advanced is not None:
            wrong["split_amount.refund"] = advanced, split.refund
        advanced = split.refund if advanced is None else advanced
    net = None
    if Source.STATEMENT in checked:
        pay = expected.ordinary + released
        refund = amount.refund if advanced is None else expected.refund + advanced
        net = pay - refund - expected.fee
        wrong["pay"] = pay, amount.pay
        wrong["refund"] = refund, amount.refund
        wrong["fee"] = expected.fee, amount.fee
    found = {name: both for name, both in wrong.items() if both[0] != both[1]}
    order = sorted(found, key=lambda name: name.startswith("split_amount"))
    freed = None if advanced is None else released - advanced
    return {name: found[name] for name in order} | _arithmetic(told, net, freed)


def _arithmetic(told: Settlement, net: int | None, freed: int | None) -> dict[str, tuple[int, int]]:
    """Return the fields of a record that do not fit its others.

    *net* is what it should bring, *freed* the part of released money; ``None``: not known.
    """
    amount, split = told.amount, told.split_amount
    computed = amount.pay - amount.refund - amount.fee
    right = computed if net is None else net
    wrong: dict[str, tuple[int, int]] = {}
    if amount.net not in {computed, right}:
        wrong["net"] = right, amount.net
    if amount.settled + amount.unsettle not in {computed, right, amount.net}:
        wrong["settled"] = right - amount.unsettle, amount.settled
    if split is not None:
        freed = split.pay - split.refund if freed is None else freed
        if split.settled + split.unsettle not in {split.pay - split.refund, freed}:
            wrong["split_amount.settled"] = freed - split.unsettle, split.settled
    return wrong
