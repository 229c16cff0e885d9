"""Our books held against bills and settlements: the one function that does it all."""

# ruff: noqa: S608 - the statements are put together from names of ours alone

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

import attrs

from wxdist.errors import InvalidInput
from wxdist.fundflow import FundFlow
from wxdist.models import Settlement

from .days import day_lines
from .expecting import expectations
from .fields import DETAILS, PAYMENTS, REFUNDS, STATEMENT_REFUNDS, Pairing
from .findings import Findings
from .loading import Given, Loading, Progress
from .matching import Matching
from .models import Known, Source, Sums
from .opening import still_under_way
from .pairing import Pairs
from .payouts import Payouts
from .result import Reconciliation
from .settling import Record, Settling
from .store import Store, store
from .sums import Adding
from .usual import Merchants, Usual, merchants

#: What each bill is held against, in this order.
PAIRINGS: Mapping[Source, tuple[Pairing, ...]] = {
    Source.DISTRIBUTION: (DETAILS,),
    Source.REFUNDS: (REFUNDS,),
    Source.STATEMENT: (PAYMENTS, STATEMENT_REFUNDS),
}
MOST_MEMORY = 32 << 20
MOST_LISTED = 10_000


def reconcile(
    known: Iterable[Known],
    *,
    first: dt.date,
    last: dt.date,
    distribution: Iterable[Given] | None = None,
    refunds: Iterable[Given] | None = None,
    statements: Iterable[Given] | None = None,
    settlements: Iterable[Settlement | tuple[str, Settlement]] | None = None,
    own: Collection[str] = (),
    flows: Collection[FundFlow] = (),
    progress: Progress | None = None,
    most_memory: int = MOST_MEMORY,
    most_listed: int = MOST_LISTED,
) -> Reconciliation:
    """Hold what we know against the bills and settlements of a period, to the fen.

    Pure but for a nameless database where SQLite has its temporary files (``SQLITE_TMPDIR`` or
    ``TMPDIR``, else /var/tmp); it blocks: in an event loop call it by ``asyncio.to_thread``. Each
    source may be left out: what is not given is not checked, and `Reconciliation.checked` says so.

    Args:
        known: payments, distributions, refunds, remaining amounts, such as a `Journal` has them;
            read once. A later one about the same thing replaces an earlier one, and a `Remaining`
            counts when no order or refund of its payment comes after it. What happened before
            *first* counts in the sums of its payment alone; what happened after *last* is open.
        first: the first Beijing day.
        last: the last one.
        distribution: the funds-distribution bills of the period: files whose ``day`` is set, or
            pairs of a day and its rows. Days without a bill are left out.
        refunds: the funds-distribution refund bills, likewise.
        statements: the trade statements, likewise.
        settlements: settlement records, the unsettled ones too where they were asked for; each
            alone, or after the id of the merchant with whom it is settled.
        own: ids of merchants that are ours: a row of any other one is foreign. Empty takes those
            of what we know.
        flows: how the money of each settlement currency flows: tells on which day batches had to
            be paid out, and what a payout lacks. Empty checks their order alone.
        progress: called with what is being done and how many items are done.
        most_memory: bytes that the database holds in memory; as much again while it sorts.
        most_listed: so many differences, and open things, are listed; all are counted.

    Raises:
        InvalidInput: *last* before *first*, an unknown thing among *known*, a bill of no day of
            the period or of another kind, an amount or a rate beyond 10^12.
    """
    if last < first:
        raise InvalidInput("last", "is before first")
    given = {
        Source.DISTRIBUTION: distribution,
        Source.REFUNDS: refunds,
        Source.STATEMENT: statements,
    }
    told: Callable[[str, int], object] = progress or (lambda *_: None)
    with store(most_memory=most_memory) as database:
        run = _Run(database, Findings(database), first, last, told)
        run.load(known, {source: bills for source, bills in given.items() if bills is not None})
        return run.result(
            own=own,
            records=None if settlements is None else [_record(each) for each in settlements],
            flows={flow.currency: flow for flow in flows},
            most=most_listed,
        )


def _record(given: Settlement | tuple[str, Settlement]) -> Record:
    return Record(*given) if isinstance(given, tuple) else Record("", given)


@attrs.define
class _Run:
    """One reconciliation under way."""

    store: Store
    findings: Findings
    first: dt.date
    last: dt.date
    progress: Progress
    sources: list[Source] = attrs.field(factory=list)

    def load(self, known: Iterable[Known], bills: Mapping[Source, Iterable[Given]]) -> None:
        """Fill the store."""
        loading = Loading(self.store, self.findings, self.first, self.last, self.progress)
        loading.known(known)
        for source, given in bills.items():
            loading.bills(source, given)
            self.sources.append(source)
        self.progress("ordering", 0)
        self.store.index()

    def result(
        self,
        *,
        own: Collection[str],
        records: list[Record] | None,
        flows: Mapping[str, FundFlow],
        most: int,
    ) -> Reconciliation:
        """Hold all against all."""
        ours, matched = self._match(own)
        checked = [*self.sources, *([] if records is None else [Source.SETTLEMENT])]
        adding = Adding(store=self.store, findings=self.findings, last=self._to)
        adding.prepare()
        self.progress("sums", 0)
        sums = adding.marked()
        still_under_way(self.store, self.findings, last=self._to)
        settled = [] if records is None else self._settle(records, flows)
        self.findings.explained()
        return Reconciliation(
            first=self.first,
            last=self.last,
            merchants=tuple(sorted(ours.ids)),
            checked=tuple(checked),
            matched=matched,
            unchecked=self._unchecked(),
            differences=tuple(self.findings.differences(most)),
            counts=self.findings.counts(),
            source_counts=self.findings.source_counts(),
            open=tuple(self.findings.still_opens(most)),
            open_counts=self.findings.open_counts(),
            open_sums=self.findings.open_sums(),
            sums=tuple(sums),
            total=_total(sums),
            ordinary=tuple(adding.ordinary()),
            days=tuple(day_lines(self.store, self.first, self.last, settled)),
            settlements=tuple((each.owner, each.of) for each in settled),
        )

    @property
    def _from(self) -> int:
        return self.first.toordinal()

    @property
    def _to(self) -> int:
        return self.last.toordinal()

    def _match(self, own: Collection[str]) -> tuple[Merchants, dict[Source, int]]:
        pairings = [of for source in self.sources for of in PAIRINGS[source]]
        rows = {of.rows for of in pairings}
        for source in self.sources:
            Pairs(self.store, self.findings, source, PAIRINGS[source]).pair()
        ours = merchants(self.store, own, rows)
        usual = Usual(self.store, self.findings, ours)
        usual.odd(rows)
        matched: dict[Source, int] = {}
        for of in pairings:
            self.progress(f"matching {of.source}", 0)
            matching = Matching(
                store=self.store,
                findings=self.findings,
                of=of,
                ours=ours,
                first=self._from,
                last=self._to,
            )
            matching.match()
            matched[of.source] = matched.get(of.source, 0) + matching.matched()
        return ours, matched

    def _settle(self, records: list[Record], flows: Mapping[str, FundFlow]) -> list[Record]:
        self.progress("settlements", len(records))
        owners = {each.owner for each in records} or {""}
        expected = expectations(
            self.store, owners, first=self._from, last=self._to, checked=self.sources
        )
        settled = Settling(
            findings=self.findings,
            expected=expected,
            records=records,
            checked=self.sources,
            first=self._from,
            last=self._to,
        ).settle()
        Payouts(findings=self.findings, expected=expected, flows=flows, last=self.last).look(
            settled
        )
        return settled

    def _unchecked(self) -> int:
        """Return how many known things fall on days whose bill could not be used."""
        count = 0
        for source in self.sources:
            for of in PAIRINGS[source]:
                (found,) = self.store.one(
                    f"SELECT count(*) FROM {of.known} k WHERE {of.expected} AND k.day BETWEEN ?"
                    f" AND ? AND {of.in_a_bill('shut')}"
                    f" AND NOT EXISTS (SELECT 1 FROM {of.rows} r WHERE r.mate = k.n)",
                    (self._from, self._to),
                )
                count += found
        return count


def _total(sums: Iterable[Sums]) -> Sums:
    """Return the sums of all sub-merchants together: marked payments are priced in CNY."""
    total: Counter[str] = Counter()
    for each in sums:
        total.update({name: getattr(each, name) for name in _COUNTED})
    return Sums(**dict(total))  # type: ignore[arg-type]  # by name: all are whole numbers


_COUNTED = (
    *("payments", "paid", "advanced", "distributed", "released", "refunded", "fee", "frozen"),
)
