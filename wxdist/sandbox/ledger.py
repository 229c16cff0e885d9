"""Every movement of money: double entry, two-phase, whole minor units; pure.

An account is a tuple of texts whose first one is its kind. Money only ever moves from one account
to another, so what is taken somewhere arrives somewhere::

    payer ──> fee, frozen ──pend──> in flight ──post──> receiver | sponsor
                     └<────────────────┴──void
    sponsor ──> market (CNY)     market (HKD) ──> pool ──> bank
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import attrs

Account = tuple[str, ...]

#: Where money comes from and goes to beyond the simulation: these may stand below zero.
OUTSIDE = frozenset({"payer", "market"})
#: What a payment can have become: their sum is what was paid.
PARTS = ("frozen", "in flight", "receiver", "sponsor", "refund", "fee")


class LedgerBroken(Exception):
    """A movement that must not be, or books that do not add up: a fault of the sandbox itself."""


@attrs.frozen
class Entry:
    """One movement: *amount* leaves *source* and arrives at *target*."""

    source: Account
    target: Account
    amount: int  #: whole minor units, above zero
    transaction: str  #: the payment that the money is of; empty when of none


class Ledger:
    """The books."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._balances: Counter[Account] = Counter()
        self._parts: dict[str, Counter[str]] = {}
        self._pending: dict[str, Entry] = {}
        self._ended: dict[str, str] = {}

    def move(self, source: Account, target: Account, amount: int, transaction: str = "") -> None:
        """Move *amount* at once.

        Raises:
            LedgerBroken: not a whole amount above zero, or more than *source* holds.
        """
        if type(amount) is not int or amount <= 0:
            raise LedgerBroken(f"{amount!r} is no amount")
        if source[0] not in OUTSIDE and self.balance(source) < amount:
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

    def post(self, key: str) -> None:
        """Let what is in flight under *key* arrive. Raises `LedgerBroken` if nothing is."""
        entry = self._end(key, "post")
        self.move(_flight(key), entry.target, entry.amount, entry.transaction)

    def void(self, key: str) -> None:
        """Bring what is in flight under *key* back. Raises `LedgerBroken` if nothing is."""
        entry = self._end(key, "void")
        self.move(_flight(key), entry.source, entry.amount, entry.transaction)

    def balance(self, account: Account) -> int:
        """Return what *account* holds."""
        return self._balances[account]

    def parts(self, transaction: str) -> Mapping[str, int]:
        """Return what became of a payment: the amount in each of `PARTS`."""
        held = self._parts.get(transaction, Counter())
        return {kind: held[kind] for kind in PARTS}

    def ended(self, key: str) -> str | None:
        """Return how *key* ended: ``post``, ``void``, or ``None`` if it has not."""
        return self._ended.get(key)

    def check(self) -> None:
        """Reckon all accounts anew from the entries and raise `LedgerBroken` if one is wrong."""
        balances: Counter[Account] = Counter()
        parts: dict[str, Counter[str]] = {}
        for entry in self._entries:
            _reckon(entry, balances, parts)
        faults = [
            *_off_balance(balances, self._balances),
            *_below_zero(balances),
            *_unaccounted(parts),
            *_not_in_flight(self._pending, balances),
        ]
        if faults:
            raise LedgerBroken("; ".join(faults))

    def _enter(self, entry: Entry) -> None:
        self._entries.append(entry)
        _reckon(entry, self._balances, self._parts)

    def _end(self, key: str, how: str) -> Entry:
        if key not in self._pending:
            raise LedgerBroken(f"nothing is in flight under {key}")
        self._ended[key] = how
        return self._pending.pop(key)


def _flight(key: str) -> Account:
    return ("in flight", key)


def _reckon(entry: Entry, balances: Counter[Account], parts: dict[str, Counter[str]]) -> None:
    balances[entry.source] -= entry.amount
    balances[entry.target] += entry.amount
    if entry.transaction:
        of_it = parts.setdefault(entry.transaction, Counter())
        of_it[entry.source[0]] -= entry.amount
        of_it[entry.target[0]] += entry.amount


def _off_balance(true: Counter[Account], kept: Counter[Account]) -> list[str]:
    wrong = [f"{account} is off its entries" for account in true if true[account] != kept[account]]
    return [*wrong, *(["debits differ from credits"] if sum(kept.values()) else [])]


def _below_zero(balances: Counter[Account]) -> list[str]:
    return [
        f"{account} is below zero"
        for account, amount in balances.items()
        if amount < 0 and account[0] not in OUTSIDE
    ]


def _unaccounted(parts: Mapping[str, Counter[str]]) -> list[str]:
    """Per transaction: paid = frozen + in flight + distributed + released + refunded + fees."""
    return [
        f"{transaction}: what was paid is not what it became"
        for transaction, held in parts.items()
        if -held["payer"] != sum(held[kind] for kind in PARTS)
        or any(held[kind] < 0 for kind in PARTS)
    ]


def _not_in_flight(pending: Mapping[str, Entry], balances: Counter[Account]) -> list[str]:
    return [
        f"{key} is not in flight"
        for key, entry in pending.items()
        if balances[_flight(key)] != entry.amount
    ]
