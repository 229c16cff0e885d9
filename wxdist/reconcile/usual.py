"""What is the same in nearly all rows, where nothing we know says what it has to be."""

# ruff: noqa: S608 - the statements are put together from names of ours alone

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs

from .fields import DETAILS, NOT_DONE, PAYMENTS, STATEMENT_REFUNDS, Field, Pairing, account
from .findings import Findings
from .store import Store


@attrs.frozen(kw_only=True)
class Habit:
    """A column that has one value in each group of rows."""

    name: str  #: as a field of a difference
    columns: Sequence[tuple[Pairing, str]]  #: where it stands
    group: str = "''"  #: SQL over `r`, `k` and, of refunds in the statement, `p`
    when: str = "1"
    known: str = ""  #: SQL that gives more votes: group, value, count
    only: str | None = None  #: the one usual value that counts; ``None``: any
    repair: bool = False  #: whether the sums go on with the usual value
    show: Callable[[Any], Any] = str
    several: bool = False  #: whether any merchant that was named as ours is usual, too


_RELEASES = (
    "SELECT sub, account, count(*) FROM detail WHERE type = 'UNFREEZE_TO_SPONSOR' GROUP BY 1, 2"
)
#: A merchant has one settlement currency; marked payments are all settled as they were paid.
_SETTLED = "CASE WHEN {0}.marked THEN '1' ELSE {0}.sub || '|0' END"
HABITS = (
    Habit(
        name="sponsor",
        columns=[(DETAILS, "sponsor")],
        group="CASE WHEN k.sub <> '' THEN k.sub ELSE r.sub END",
        known=_RELEASES,
        show=account,
    ),
    Habit(
        name="status",
        columns=[(DETAILS, "status")],
        when=f"k.result = 'SUCCESS' AND r.status NOT IN ({NOT_DONE})",
    ),
    Habit(
        name="sub_mchid",
        columns=[(DETAILS, "sub"), (PAYMENTS, "sub")],
        when="k.sub = ''",
        only="",  # an answer may leave the sub-merchant out: then there are several
        show=account,
    ),
    Habit(
        name="mchid",
        columns=[(PAYMENTS, "mchid"), (STATEMENT_REFUNDS, "mchid")],
        show=account,
        several=True,
    ),
    Habit(
        name="settlement_currency",
        columns=[(PAYMENTS, "sc")],
        group=_SETTLED.format("k"),
        known="SELECT sub || '|0', sc, count(*) FROM detail WHERE sc <> '' GROUP BY 1, 2",
        repair=True,
    ),
    Habit(
        name="refund_settlement_currency",
        columns=[(STATEMENT_REFUNDS, "sc")],
        group=_SETTLED.format("p"),
        known=f"SELECT {_SETTLED.format('k')}, r.sc, count(*) FROM prow r JOIN payment k"
        " ON k.n = r.mate GROUP BY 1, 2",
        repair=True,
    ),
)


@attrs.frozen
class Merchants:
    """Which merchants are ours."""

    ids: frozenset[str]  #: empty: nothing tells
    payers: bool  #: whether those who are settled are among them, and not sub-merchants alone
    named: bool  #: whether the caller told them


def merchants(store: Store, given: Collection[str], rows: Collection[str]) -> Merchants:
    """Return the ids that are ours: those *given*, else those of what we know and of its rows."""
    payers, subs = set(given), set[str]()
    if not given:
        payers = _column(store, "SELECT account FROM detail WHERE type = 'UNFREEZE_TO_SPONSOR'")
        subs = _column(store, "SELECT sub FROM payment UNION SELECT sub FROM detail")
        for of in (DETAILS, PAYMENTS, STATEMENT_REFUNDS):
            if of.rows in rows:
                whose, sub = of.merchants
                payers |= _common(store, of, whose)
                subs |= _common(store, of, sub)
    found = Merchants(frozenset(payers | subs) - {""}, payers=bool(payers), named=bool(given))
    for each in found.ids:
        store.put("ours", (each,))
    store.flush()
    return found


def _column(store: Store, asked: str) -> set[str]:
    return {value for (value,) in store.ask(f"SELECT DISTINCT * FROM ({asked})")}


def _common(store: Store, of: Pairing, column: str) -> set[str]:
    """Return the merchants of paired rows but those of a single one among others."""
    votes: Any = dict(
        store.ask(f"SELECT r.{column}, count(*) {_joined(of)} GROUP BY 1 HAVING r.{column} <> ''")
    )
    total = sum(votes.values())
    return {value for value, count in votes.items() if count > 1 or count == total}


@attrs.frozen
class Usual:
    """What rows have in common; and which merchants are ours."""

    store: Store
    findings: Findings
    merchants: Merchants

    def odd(self, rows: Collection[str]) -> None:
        """Note rows of the tables *rows* whose value is not the usual one."""
        for habit in HABITS:
            columns = [each for each in habit.columns if each[0].rows in rows]
            if not columns:
                continue
            for group, values in self._votes(habit, columns).items():
                value = self._winner(values)
                if value is not None and len(values) > 1 and habit.only in {None, value}:
                    self._note(habit, columns, group, value)

    def _votes(
        self, habit: Habit, columns: Iterable[tuple[Pairing, str]]
    ) -> Mapping[str, Counter[str]]:
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        asked = [
            f"SELECT {habit.group}, r.{column}, count(*) {_joined(of)} WHERE {habit.when}"
            " GROUP BY 1, 2"
            for of, column in columns
        ]
        for each in [*asked, habit.known] if habit.known else asked:
            for group, value, count in self.store.ask(each):
                votes[group][value] += count
        return votes

    def _winner(self, votes: Counter[str]) -> str | None:
        """Return the value of most rows; of as many, the one that is a merchant of ours."""
        (most, count), *others = votes.most_common()
        if not others or others[0][1] < count:
            return most
        ours = [value for value in votes if value in self.merchants.ids]
        return ours[0] if len(ours) == 1 else None

    def _note(
        self, habit: Habit, columns: Iterable[tuple[Pairing, str]], group: str, value: str
    ) -> None:
        for of, column in columns:
            odd = f"{_joined(of)} WHERE {habit.when} AND {habit.group} IS ? AND r.{column} <> ?"
            if habit.several and self.merchants.named:
                odd += f" AND r.{column} NOT IN (SELECT id FROM ours)"
            field = Field(habit.name, "", "", show=habit.show)
            for row in self.store.ask(
                f"SELECT r.{column} AS there, r.day AS day, k.tid AS tid,"
                f" k.{of.known_id} AS id, {of.known_ids} {odd}",
                (group, value),
            ):
                self.findings.differs(of, field, row, here=value, there=row["there"])
            if habit.repair:
                self.store.run(
                    f"UPDATE {of.rows} SET {column} = ? WHERE n IN (SELECT r.n {odd})",
                    (value, group, value),
                )


def _joined(of: Pairing) -> str:
    return f"FROM {of.rows} r JOIN {of.known} k ON k.n = r.mate {of.extra}"
