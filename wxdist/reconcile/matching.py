"""Row by row: what is missing, doubled, foreign, or not the same."""

# ruff: noqa: S608 - the statements are put together from names of ours alone

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from .fields import Pairing, account, unless_openid
from .findings import CALLED, Findings
from .markup import money
from .models import DifferenceKind
from .store import DOUBLED, FOREIGN, Store
from .usual import Merchants


@attrs.frozen(kw_only=True)
class Matching:
    """Holds the rows of one kind of bill, once they are paired, against what we know."""

    store: Store
    findings: Findings
    of: Pairing
    ours: Merchants
    first: int  #: ordinal of the first day
    last: int

    def match(self) -> None:
        """Note all that differs."""
        self._doubled()
        self._foreign()
        self._missing_here()
        self._differing()
        self._missing_there()
        self.store.flush()

    def matched(self) -> int:
        """Return how many rows are as we know them, or differ in a field."""
        (count,) = self.store.one(f"SELECT count(mate) FROM {self.of.rows}")
        return int(count)

    def _alone(self) -> str:
        return "r.mate IS NULL AND r.fate IS NULL"

    def _doubled(self) -> None:
        """Rows whose id another row has, which is paired or stands before it."""
        of = self.of
        self.store.run(
            f"UPDATE {of.rows} AS r SET fate = {DOUBLED} WHERE {self._alone()}"
            f" AND r.{of.row_id} <> '' AND EXISTS (SELECT 1 FROM {of.rows} o"
            f" WHERE o.{of.row_id} = r.{of.row_id} AND o.n <> r.n"
            " AND (o.mate IS NOT NULL OR (o.fate IS NULL AND o.n < r.n)))"
        )
        for row in self._rows(f"r.fate = {DOUBLED}"):
            self._note(
                DifferenceKind.DOUBLED,
                row,
                f"stands more than once in {CALLED[of.source]}; this row is in that of"
                f" {_date(row['day'])}",
            )

    def _foreign(self) -> None:
        """Rows without a mate that name a merchant who is not ours."""
        of, ours = self.of, self.ours
        if not of.merchants or not ours.ids:
            return
        whose, sub = of.merchants
        columns = [whose, sub] if ours.payers else [sub]
        strange = " OR ".join(
            f"(r.{each} <> '' AND r.{each} NOT IN (SELECT id FROM ours))" for each in columns
        )
        self.store.run(
            f"UPDATE {of.rows} AS r SET fate = {FOREIGN} WHERE {self._alone()} AND ({strange})"
        )
        for row in self._rows(f"r.fate = {FOREIGN}"):
            strangers = {row[each] for each in columns if row[each] not in ours.ids}
            names = ", ".join(account(each) for each in sorted(strangers) if each)
            self._note(DifferenceKind.FOREIGN, row, f"is of merchant {names}, not ours")

    def _missing_here(self) -> None:
        for row in self._rows(self._alone()):
            self._note(
                DifferenceKind.MISSING_HERE,
                row,
                f"stands in {CALLED[self.of.source]} of {_date(row['day'])}; we do not know it",
            )

    def _rows(self, condition: str) -> Any:
        of = self.of
        return self.store.ask(
            f"SELECT r.*, {of.row_ids} FROM {of.rows} r WHERE {condition} ORDER BY r.n"
        )

    def _note(self, kind: DifferenceKind, row: Any, words: str) -> None:
        of = self.of
        key = {
            name: row[name] if name.startswith("out_") else unless_openid(row[name])
            for name in of.row_key
        }
        own = f"{row['n']}|{of.source}" if kind is DifferenceKind.DOUBLED else ""
        amount, currency = row["amount"], row[_currency(of)]
        self.findings.add(
            kind,
            of.source,
            key,
            cause=f"{of.thing}|{row[of.row_id] or row['n']}|{kind}|{own}",
            there=amount,
            day=row["day"],
            tid=row["tid"],
            text=f"{of.named(key)} over {_money(amount, currency)} {words}.",
        )

    def _differing(self) -> None:
        of = self.of
        columns = ", ".join(
            f"{each.condition} AS w{i}, {each.here} AS h{i}, {each.there} AS t{i}"
            for i, each in enumerate(of.fields)
        )
        wrong = " OR ".join(each.condition for each in of.fields)
        for row in self.store.ask(
            f"SELECT {of.known_ids}, r.day AS day, k.tid AS tid, k.{of.known_id} AS id, {columns}"
            f" FROM {of.rows} r JOIN {of.known} k ON k.n = r.mate {of.extra}"
            f" WHERE {wrong} ORDER BY r.n"
        ):
            for i, each in enumerate(of.fields):
                if row[f"w{i}"]:
                    self.findings.differs(of, each, row, here=row[f"h{i}"], there=row[f"t{i}"])

    def _missing_there(self) -> None:
        of, period = self.of, (self.first, self.last)
        self.store.flush()
        missing = (
            f"FROM {of.known} k WHERE {of.expected} AND k.day BETWEEN ? AND ?"
            f" AND NOT EXISTS (SELECT 1 FROM {of.rows} r WHERE r.mate = k.n)"
            f" AND NOT {of.in_a_bill('shut')}"
        )
        given = of.in_a_bill("bill")
        for row in self.store.ask(
            f"SELECT k.day, count(*) AS many, k.tid AS tid, min({of.whose}) AS low,"
            f" max({of.whose}) AS high, {of.known_ids} {missing}"
            f" AND NOT {given} GROUP BY k.day",
            period,
        ):
            self._no_bill(row)
        for row in self.store.ask(
            f"SELECT k.*, k.{of.known_id} AS id, {of.known_ids} {missing} AND {given} ORDER BY k.n",
            period,
        ):
            key = {name: row[name] for name in of.known_key}
            self.findings.add(
                DifferenceKind.MISSING_THERE,
                of.source,
                key,
                cause=f"{of.thing}|{row['id'] or row['n']}|missing_there",
                here=row["amount"],
                day=row["day"],
                tid=row["tid"],
                text=f"{of.named(key)} over {_money(row['amount'], row['currency'])} of"
                f" {_date(row['day'])} is not in {CALLED[of.source]}.",
            )

    def _no_bill(self, row: Any) -> None:
        of, day = self.of, _date(row["day"])
        sub = f" of {row['low']}" if row["low"] and row["low"] == row["high"] else ""
        self.findings.no_bill(
            of.source,
            row["day"],
            {name: row[name] for name in of.known_key} if row["many"] == 1 else {},
            f"{row['many']} {of.thing}{'s' if row['many'] > 1 else ''}{sub} of {day}",
        )


def _currency(of: Pairing) -> str:
    return "tcurrency" if of.rows == "srow" else "currency"


def _date(ordinal: int) -> dt.date:
    return dt.date.fromordinal(ordinal)


def _money(amount: int | None, currency: str) -> str:
    return "no amount" if amount is None else f"{money(amount, currency)} {currency}"
