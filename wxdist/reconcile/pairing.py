"""Rows and what we know find each other: by id, else by all the rest."""

# ruff: noqa: S608 - the statements are put together from names of ours alone

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from .fields import Pairing
from .findings import Findings
from .models import Source
from .store import ELSEWHERE, Store


@attrs.frozen
class Pairs:
    """Gives the rows of the bills of one kind their mates.

    A row has at most one mate, and a known thing at most one row. Bills that turn out to be of
    another day are set aside whole.
    """

    store: Store
    findings: Findings
    source: Source
    pairings: Sequence[Pairing]

    def pair(self) -> None:
        """Pair all rows."""
        for of in self.pairings:
            self._by_id(of)
            self._part_swapped(of)
        self._other_days()
        for of in self.pairings:
            self._best(of)
            self._by_the_rest(of)

    def _by_id(self, of: Pairing) -> None:
        self.store.run(
            f"UPDATE {of.rows} SET mate = (SELECT k.n FROM {of.known} k"
            f" WHERE k.{of.known_id} = {of.rows}.{of.row_id}) WHERE {of.row_id} <> ''"
        )
        self.store.run(f"CREATE INDEX {of.rows}_mate ON {of.rows} (mate)")

    def _other_days(self) -> None:
        """Set bills aside whose rows are those of one other day.

        A row or two that moved to another bill are no such bill, nor is one whose rows are missing
        where they belong while others are there.
        """
        rows = " UNION ALL ".join(
            f"SELECT r.bill, r.day, k.day AS own FROM {of.rows} r"
            f" LEFT JOIN {of.known} k ON k.n = r.mate"
            for of in self.pairings
        )
        bills = list(
            self.store.ask(
                "SELECT bill, day, count(*) AS rows, count(own) AS mates, min(own) AS low,"
                f" max(own) AS high, ifnull(sum(own = day), 0) AS right, (SELECT b.sub FROM bill b"
                f" WHERE b.source = '{self.source}' AND b.bill = row.bill) AS sub"
                f" FROM ({rows}) row GROUP BY bill"
            )
        )
        proper = {(bill["day"], bill["sub"]) for bill in bills if bill["right"]}
        for bill in bills:
            if _of_one_other_day(bill):
                there = (bill["low"], bill["sub"]) in proper
                if not there or self._copied(bill):
                    self._set_aside(bill, {bill["day"]} if there else {bill["day"], bill["low"]})

    def _copied(self, bill: Any) -> bool:
        """Tell whether all rows of a bill stand in another one, too."""
        copies = 0
        for of in self.pairings:
            (count,) = self.store.one(
                f"SELECT count(*) FROM {of.rows} r WHERE r.bill = ? AND EXISTS (SELECT 1"
                f" FROM {of.rows} o WHERE o.mate = r.mate AND o.bill <> r.bill)",
                (bill["bill"],),
            )
            copies += count
        return bool(copies == bill["mates"])

    def _set_aside(self, bill: Any, days: set[int]) -> None:
        for of in self.pairings:
            self.store.run(
                f"UPDATE {of.rows} SET mate = NULL, fate = {ELSEWHERE} WHERE bill = ?",
                (bill["bill"],),
            )
        for day in days:
            self.store.put("shut", (self.source, day, bill["sub"]))
        self.store.flush()
        self.findings.other_day(self.source, bill["day"], bill["low"], bill["sub"])

    def _best(self, of: Pairing) -> None:
        """Leave, of several rows about the same thing, the one that is most like it."""
        self.store.run(
            f"UPDATE {of.rows} SET mate = NULL WHERE n IN (SELECT n FROM (SELECT r.n, row_number()"
            f" OVER (PARTITION BY r.mate ORDER BY {of.likeness} DESC, r.n) AS place"
            f" FROM {of.rows} r JOIN {of.known} k ON k.n = r.mate WHERE r.mate IN"
            f" (SELECT mate FROM {of.rows} WHERE mate IS NOT NULL GROUP BY mate"
            " HAVING count(*) > 1)) WHERE place > 1)"
        )

    def _part_swapped(self, of: Pairing) -> None:
        """Part rows from mates that are theirs by the id alone, when all else is another's.

        That other thing has no row, or one that is parted, too: rows have changed their ids.
        """
        run = self.store.run
        run("DROP TABLE IF EXISTS odd")
        run(
            f"CREATE TABLE odd AS SELECT r.n AS row, {of.likeness} AS likeness FROM {of.rows} r"
            f" JOIN {of.known} k ON k.n = r.mate WHERE NOT ({of.again})"
        )
        run("DROP TABLE IF EXISTS better")
        run(
            f"CREATE TABLE better AS SELECT r.n AS row, k.n AS known FROM odd JOIN {of.rows} r"
            f" ON r.n = odd.row CROSS JOIN {of.known} k ON ({of.again})"
            f" WHERE {of.likeness} > odd.likeness"
        )
        run(
            f"UPDATE {of.rows} SET mate = NULL WHERE n IN (SELECT row FROM better WHERE NOT EXISTS"
            f" (SELECT 1 FROM {of.rows} o WHERE o.mate = better.known"
            " AND o.n NOT IN (SELECT row FROM better)))"
        )

    def _by_the_rest(self, of: Pairing) -> None:
        """Pair rows without a mate with known things that have no row, if all else is the same.

        ``CROSS JOIN`` keeps the order of the tables: few rows have no mate.
        """
        run = self.store.run
        run("DROP TABLE IF EXISTS guess")
        run(
            f"CREATE TABLE guess AS SELECT r.n AS row, k.n AS known FROM {of.rows} r"
            f" CROSS JOIN {of.known} k ON ({of.again}) WHERE r.mate IS NULL AND r.fate IS NULL"
            f" AND NOT EXISTS (SELECT 1 FROM {of.rows} o WHERE o.mate = k.n) ORDER BY r.n, k.n"
        )
        for row, known in self.store.ask("SELECT row, known FROM guess"):
            run(
                f"UPDATE {of.rows} SET mate = ? WHERE n = ? AND mate IS NULL"
                f" AND NOT EXISTS (SELECT 1 FROM {of.rows} o WHERE o.mate = ?)",
                (known, row, known),
            )


def _of_one_other_day(bill: Any) -> bool:
    return bool(
        bill["mates"]
        and not bill["right"]
        and bill["low"] == bill["high"]
        and 2 * bill["mates"] > bill["rows"]
    )
