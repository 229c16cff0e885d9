"""Every movement of money: double entry, two-phase, whole minor units; pure.

An account is a tuple of texts whose first one is its kind. Money only ever moves from one account
to another, so what is taken somewhere arrives somewhere::

    payer ──> fee, frozen ──pend──> in flight ──post──> receiver | sponsor
                     └<────────────────┴──void
    sponsor ──> market (CNY)     market (HKD) ──> pool ──> bank
    frozen, fee, sponsor ──> refund     sponsor ──> advance ──> refund of another payment
    owed ──> sponsor     market (CNY) ──> owed     pool ──> market (HKD)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Self

import attrs

Account = tuple[str, ...]

#: The kind of account that holds what was pended, one account for each key.
IN_FLIGHT = "in flight"
#: Through it goes the money of other payments that pays for refunds of a distributed one.
ADVANCE = "advance"
#: What may stand below zero: where money comes from and goes to beyond the simulation, and what a
#: sponsor owes until later days bring it.
MAY_OWE = frozenset({"payer", "market", "owed", "pool"})
#: What a payment can have become: their sum is what was paid, and advanced for its refunds.
PARTS = ("frozen", IN_FLIGHT, "receiver", "sponsor", "refund", "fee")


class LedgerBroken(Exception):
    """A movement that must not be, or books that do not add up: a fault of the sandbox itself."""


@attrs.frozen
class Entry:
    """One movement: *amount* leaves *source* and arrives at *target*."""

    source: Account
    target: Account
    amount: int  #: whole minor units, above zero
    transaction: str  #: the payment that the money is of; empty when of none


@attrs.frozen
class End:
    """How what was in flight ended."""

    how: str  #: ``post`` or ``void``
    when: float  #: Unix time
    entry: Entry  #: from where to where it was meant to go


@attrs.define
class Touched:
    """What some entries were about."""

    accounts: set[Account] = attrs.field(factory=set)
    transactions: set[str] = attrs.field(factory=set)
    keys: set[str] = attrs.field(factory=set)


class Books:
    """All accounts, reckoned from the entries alone."""

    def __init__(self) -> None:
        self.count = 0
        self.balances: Counter[Account] = Counter()
        self.parts: dict[str, Counter[str]] = {}
        self.flights: dict[str, list[Entry]] = {}  #: by key: into the flight, then out of it

    def take(self, entries: Iterable[Entry]) -> Touched:
        """Reckon *entries* in and return what they were about."""
        touched = Touched()
        for entry in entries:
            self.count += 1
            _reckon(entry, self.balances, self.parts)
            touched.accounts |= {entry.source, entry.target}
            touched.transactions |= {entry.transaction} - {""}
            touched.keys |= set(self._flown(entry))
        return touched

    def _flown(self, entry: Entry) -> Iterator[str]:
        for account in (entry.source, entry.target):
            if account[0] == IN_FLIGHT:
                self.flights.setdefault(account[1], []).append(entry)
                yield account[1]


class Ledger:
    """The books."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._balances: Counter[Account] = Counter()
        self._parts: dict[str, Counter[str]] = {}
        self._pending: dict[str, Entry] = {}
        self._ended: dict[str, End] = {}
        self._proof = Books()

    @classmethod
    def load(
        cls, entries: Sequence[Entry], pending: Mapping[str, Entry], ended: Mapping[str, End]
    ) -> Self:
        """Return the books that `dump` was taken of; they are not checked."""
        made = cls()
        for entry in entries:
            made._enter(entry)
        made._pending, made._ended = dict(pending), dict(ended)
        return made

    def dump(self) -> tuple[Sequence[Entry], Mapping[str, Entry], Mapping[str, End]]:
        """Return every movement, what is in flight, and how the rest ended."""
        return self._entries, self._pending, self._ended

    def advance(self, source: Account, target: Account, amount: int, transaction: str) -> None:
        """Move *amount*, which is of other payments, to where it is of *transaction*.

        Raises `LedgerBroken` as `move`.
        """
        between = (ADVANCE, transaction)
        self.move(source, between, amount)
        self.move(between, target, amount, transaction)

    def move(self, source: Account, target: Account, amount: int, transaction: str = "") -> None:
        """Move *amount* at once.

        Raises:
            LedgerBroken: not a whole amount above zero, or more than *source* holds.
        """
        if type(amount) is not int or amount <= 0:
            raise LedgerBroken(f"{amount!r} is no amount")
        if source[0] not in MAY_OWE and self.balance(source) < amount:
            raise LedgerBroken(f"{source} holds less than {amount}")
        self._enter(Entry(source, target, amount, transaction))

    def pend(
        self, key: str, source: Account, target: Account, amount: int, transaction: str
    ) -> None:
        """Take *amount* out of *source* and keep it in flight under *key*, on its way to *target*.

        Raises:
            LedgerBroken: *key* was used before, or as for `move`.
        """
        if key in self._pending or key in self._ended:
            raise LedgerBroken(f"{key} was pended before")
        self.move(source, _flight(key), amount, transaction)
        self._pending[key] = Entry(source, target, amount, transaction)

    def post(self, key: str, when: float = 0.0) -> None:
        """Let what is in flight under *key* arrive, at Unix time *when*.

        Raises `LedgerBroken` if nothing is.
        """
        entry = self._end(key, "post", when)
        self.move(_flight(key), entry.target, entry.amount, entry.transaction)

    def void(self, key: str, when: float = 0.0) -> None:
        """Bring what is in flight under *key* back; else as `post`."""
        entry = self._end(key, "void", when)
        self.move(_flight(key), entry.source, entry.amount, entry.transaction)

    def balance(self, account: Account) -> int:
        """Return what *account* holds."""
        return self._balances[account]

    def parts(self, transaction: str) -> Mapping[str, int]:
        """Return what became of a payment: the amount in each of `PARTS`."""
        held = self._parts.get(transaction, Counter())
        return {kind: held[kind] for kind in PARTS}

    def advanced(self, transaction: str) -> int:
        """Return what other payments' money paid for refunds of a payment."""
        return -self._parts.get(transaction, Counter())[ADVANCE]

    def ended(self, key: str) -> str | None:
        """Return how *key* ended: ``post``, ``void``, or ``None`` if it has not."""
        end = self._ended.get(key)
        return None if end is None else end.how

    def flown(self, key: str) -> Entry | None:
        """Return what is or was in flight under *key*, from where to where; ``None`` if nothing."""
        end = self._ended.get(key)
        return self._pending.get(key) if end is None else end.entry

    def posted(self) -> Iterator[tuple[str, End]]:
        """Yield what arrived, by its key, the earliest first."""
        return ((key, end) for key, end in self._ended.items() if end.how == "post")

    def check(self) -> None:
        """Reckon all accounts anew from the entries and raise `LedgerBroken` if one is wrong."""
        books = Books()
        touched = books.take(self._entries)
        touched.keys |= set(self._pending) | set(self._ended)
        touched.accounts |= set(self._balances)
        unequal = ["debits differ from credits"] if sum(self._balances.values()) else []
        _raise([*self._faults(books, touched), *unequal])

    def check_new(self) -> set[str]:
        """As `check`, of what the entries since the last `check_new` were about, and only of that.

        Returns the payments that they were about.
        """
        touched = self._proof.take(self._entries[self._proof.count :])
        _raise(self._faults(self._proof, touched))
        return touched.transactions

    def _faults(self, books: Books, touched: Touched) -> list[str]:
        return [
            *_off_balance(books, self._balances, touched),
            *_below_zero(books, touched),
            *_unaccounted(books, touched),
            *_stranded(books, touched),
            *self._lost(books, touched),
        ]

    def _lost(self, books: Books, touched: Touched) -> Iterator[str]:
        """Each flight begins once, and ends once, at its target or back at its source."""
        for key in sorted(touched.keys):
            flown = books.flights.get(key, [])
            end, pending = self._ended.get(key), self._pending.get(key)
            if end is not None and flown != _whole(key, end):
                yield f"{key} did not end as a {end.how}"
            if pending is not None and flown != [_into(key, pending)]:
                yield f"{key} is not in flight"

    def _enter(self, entry: Entry) -> None:
        self._entries.append(entry)
        _reckon(entry, self._balances, self._parts)

    def _end(self, key: str, how: str, when: float) -> Entry:
        if key not in self._pending:
            raise LedgerBroken(f"nothing is in flight under {key}")
        entry = self._pending.pop(key)
        self._ended[key] = End(how, when, entry)
        return entry


def _flight(key: str) -> Account:
    return (IN_FLIGHT, key)


def _into(key: str, entry: Entry) -> Entry:
    return attrs.evolve(entry, target=_flight(key))


def _whole(key: str, end: End) -> list[Entry]:
    """Return the two entries of a flight that ended."""
    back_or_on = end.entry.target if end.how == "post" else end.entry.source
    return [
        _into(key, end.entry),
        attrs.evolve(end.entry, source=_flight(key), target=back_or_on),
    ]


def _raise(faults: list[str]) -> None:
    if faults:
        raise LedgerBroken("; ".join(faults))


def _reckon(entry: Entry, balances: Counter[Account], parts: dict[str, Counter[str]]) -> None:
    balances[entry.source] -= entry.amount
    balances[entry.target] += entry.amount
    if entry.transaction:
        of_it = parts.setdefault(entry.transaction, Counter())
        of_it[entry.source[0]] -= entry.amount
        of_it[entry.target[0]] += entry.amount


def _off_balance(books: Books, kept: Counter[Account], touched: Touched) -> Iterator[str]:
    for account in sorted(touched.accounts):
        if books.balances[account] != kept[account]:
            yield f"{account} is off its entries"


def _below_zero(books: Books, touched: Touched) -> Iterator[str]:
    for account in sorted(touched.accounts):
        if books.balances[account] < 0 and account[0] not in MAY_OWE:
            yield f"{account} is below zero"


def _stranded(books: Books, touched: Touched) -> Iterator[str]:
    for account in sorted(touched.accounts):
        if account[0] == ADVANCE and books.balances[account]:
            yield f"{account} was advanced, and not given back"


def _unaccounted(books: Books, touched: Touched) -> Iterator[str]:
    """Per transaction, paid + advanced is what `PARTS` hold."""
    for transaction in sorted(touched.transactions):
        held = books.parts[transaction]
        whole = -held["payer"] - held[ADVANCE] == sum(held[kind] for kind in PARTS)
        if not whole or any(held[kind] < 0 for kind in PARTS):
            yield f"{transaction}: what was paid is not what it became"
