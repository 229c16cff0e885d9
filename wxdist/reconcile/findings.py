"""What was found, noted once for each cause."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from wxdist.errors import BillRefused

from .fields import Field, Pairing
from .models import Difference, DifferenceKind, Open, OpenReason, Source
from .store import Store

#: What the sources are called in a sentence.
CALLED: Mapping[Source, str] = {
    Source.DISTRIBUTION: "the distribution bill",
    Source.REFUNDS: "the refund bill",
    Source.STATEMENT: "the statement",
    Source.SETTLEMENT: "the settlement record",
    Source.SUM: "the sum",
}
_DAYS = {"day", "create_time", "refund_apply_time", "transaction_time"}
#: Characters of one value, and of a sentence: a bill may say anything.
_MOST_VALUE, _MOST_TEXT = 300, 1_500
#: Places of the kinds, as the store has them.
ORDER = {kind: place for place, kind in enumerate(DifferenceKind)}
_REASONS = {reason: place for place, reason in enumerate(OpenReason)}


@attrs.frozen
class Findings:
    """The list of differences, and of what is still open."""

    store: Store

    def add(
        self,
        kind: DifferenceKind,
        source: Source,
        key: Mapping[str, str],
        *,
        cause: str,
        text: str,
        field: str | None = None,
        here: str | int | None = None,
        there: str | int | None = None,
        day: int | None = None,
        tid: str = "",
    ) -> None:
        """Note a difference, unless its *cause* was noted before.

        Args:
            kind: what is wrong.
            source: where it was seen first.
            key: the ids.
            cause: what this is the only finding of.
            text: a sentence.
            field: see `Difference`.
            here: likewise.
            there: likewise.
            day: ordinal of the Beijing day.
            tid: the payment whose sums it explains; empty: none.
        """
        ids = json.dumps({name: _cut(value) for name, value in key.items() if value})
        told = _cut(text, _MOST_TEXT)
        row = (cause, ORDER[kind], source, ids, field, here, there, day, told, tid)
        self.store.put("found", row)

    def differs(self, of: Pairing, field: Field, row: Any, *, here: Any, there: Any) -> None:
        """Note a field that is not the same in a *row* of ids, ``id``, ``tid`` and ``day``."""
        if field.name in _DAYS:
            here, there = str(_day(here)), str(_day(there))
        shown, told = (None if each is None else _cut(field.show(each)) for each in (here, there))
        if shown == told:  # both are masked, or cut
            told = f"{told}, another one"
        key = {name: row[name] for name in of.known_key}
        thing, name, ident = of.thing, field.name, row["id"]
        if field.payment:
            thing, name, ident = "payment", field.payment, row["tid"]
        self.add(
            DifferenceKind.DIFFERS,
            of.source,
            key,
            cause=f"{thing}|{ident}|{name}|{here}|{there}",
            field=field.name,
            here=shown,
            there=told,
            day=row["day"],
            tid=row["tid"],
            text=f"{of.named(key)}: {field.name} is {_told(shown)} as we know it,"
            f" {_told(told)} in {CALLED[of.source]} of {_day(row['day'])}.",
        )

    def damaged(self, source: Source, day: dt.date, whose: str, error: Exception) -> None:
        """Note a bill that cannot be read; *whose*: the sub-merchant, empty: of all."""
        problem = _cut(str(error) or type(error).__name__)
        self.add(
            DifferenceKind.DAMAGED,
            source,
            {"bill_date": day.isoformat(), "sub_mchid": whose},
            cause=f"damaged|{source}|{day}|{whose}",
            field="file",
            there=problem,
            day=day.toordinal(),
            text=f"{CALLED[source].capitalize()} of {day} cannot be used: {problem}. "
            "Nothing of that day was held against it.",
        )

    def summary(self, source: Source, day: dt.date, whose: str, error: BillRefused) -> None:
        """Note a summary that is not that of its rows; see `explained`."""
        column = str(error.facts.get("column"))
        self.add(
            DifferenceKind.SUM,
            source,
            {"bill_date": day.isoformat(), "sub_mchid": whose},
            cause=f"summary|{source}|{day}|{whose}",
            field=column,
            here=_cut(str(error.facts.get("counted"))),
            there=_cut(str(error.facts.get("printed"))),
            day=day.toordinal(),
            text=f"In {CALLED[source]} of {day} {error.problem}.",
        )

    def other_day(self, source: Source, day: int, other: int, whose: str) -> None:
        """Note a bill that is that of another day."""
        given, told = _day(day), _day(other)
        self.add(
            DifferenceKind.DIFFERS,
            source,
            {"bill_date": str(given), "sub_mchid": whose},
            cause=f"other_day|{source}|{day}|{other}|{whose}",
            field="day",
            here=str(given),
            there=str(told),
            day=day,
            text=f"What was given as {CALLED[source]} of {given} is that of {told}. Nothing of"
            f" {given} was held against it.",
        )

    def no_bill(self, source: Source, day: int, key: Mapping[str, str], what: str) -> None:
        """Note a day of which there is no bill, although something happened."""
        self.add(
            DifferenceKind.MISSING_THERE,
            source,
            {"bill_date": str(_day(day)), **key},
            cause=f"no_bill|{source}|{day}",
            field="file",
            day=day,
            text=f"{what}: no row, and {CALLED[source]} of that day was not given at all.",
        )

    def explained(self) -> None:
        """Drop wrong summaries of bills in which a row is wrong: that is their cause."""
        self.store.flush()
        self.store.run(
            "DELETE FROM found WHERE cause LIKE 'summary|%' AND EXISTS (SELECT 1 FROM found f"
            " WHERE f.source = found.source AND f.cause NOT LIKE 'summary|%' AND (f.day = found.day"
            " OR found.cause LIKE 'summary|' || f.source || '|' || f.here || '|%'))"
        )

    def still_open(
        self,
        reason: OpenReason,
        key: Mapping[str, str],
        amount: int,
        currency: str,
        *,
        day: int,
        text: str,
    ) -> None:
        """Note something that is on its way since the Beijing day with the ordinal *day*."""
        ids = json.dumps({name: value for name, value in key.items() if value})
        self.store.put("open", (_REASONS[reason], ids, amount, currency, day, text))

    def counts(self) -> dict[DifferenceKind, int]:
        """Return how many differences of each kind there are."""
        kinds = list(DifferenceKind)
        found = self.store.ask("SELECT kind, count(*) FROM found GROUP BY kind ORDER BY kind")
        return {kinds[kind]: count for kind, count in found}

    def source_counts(self) -> dict[Source, int]:
        """Return how many differences were seen in each source."""
        found = self.store.ask("SELECT source, count(*) FROM found GROUP BY source ORDER BY source")
        return {Source(source): count for source, count in found}

    def open_counts(self) -> dict[OpenReason, int]:
        """Return how many things are open for each reason."""
        reasons = list(OpenReason)
        found = self.store.ask("SELECT reason, count(*) FROM open GROUP BY reason ORDER BY reason")
        return {reasons[reason]: count for reason, count in found}

    def open_sums(self) -> dict[OpenReason, dict[str, int]]:
        """Return what is open for each reason, by currency."""
        reasons, sums = list(OpenReason), defaultdict[OpenReason, dict[str, int]](dict)
        for reason, currency, amount in self.store.ask(
            "SELECT reason, currency, sum(amount) FROM open GROUP BY 1, 2 ORDER BY 1, 2"
        ):
            sums[reasons[reason]][currency] = amount
        return dict(sums)

    def differences(self, most: int) -> Iterator[Difference]:
        """Yield the first *most* differences, by kind, day and source."""
        kinds = list(DifferenceKind)
        for row in self.store.ask(
            "SELECT * FROM found ORDER BY kind, day, source, n LIMIT ?", (most,)
        ):
            yield Difference(
                kind=kinds[row["kind"]],
                source=Source(row["source"]),
                key=json.loads(row["ids"]),
                field=row["field"],
                here=row["here"],
                there=row["there"],
                day=_day(row["day"]),
                text=row["text"],
            )

    def still_opens(self, most: int) -> Iterator[Open]:
        """Yield the first *most* open things, by reason and day."""
        reasons = list(OpenReason)
        for row in self.store.ask("SELECT * FROM open ORDER BY reason, day, n LIMIT ?", (most,)):
            yield Open(
                reason=reasons[row["reason"]],
                key=json.loads(row["ids"]),
                amount=row["amount"],
                currency=row["currency"],
                day=_day(row["day"]),
                text=row["text"],
            )


def _cut(value: Any, most: int = _MOST_VALUE) -> Any:
    """Return a text that is not longer than *most* characters but for an ellipsis."""
    return f"{value[:most]}…" if isinstance(value, str) and len(value) > most else value


def _told(value: object) -> str:
    return "empty" if value in {None, ""} else str(value)


def _day(ordinal: Any) -> dt.date | None:
    return None if ordinal is None else dt.date.fromordinal(ordinal)
