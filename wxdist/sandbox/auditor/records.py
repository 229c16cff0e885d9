"""What the auditor knows of one thing; times are bounds, narrowed by what is seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from .timing import CLOSE, FREEZING, NEVER, NEXT, WINDOW

PENDING, SUCCESS, CLOSED = "PENDING", "SUCCESS", "CLOSED"
NO_RELATION = "NO_RELATION"
#: State of a failed audit: not documented, a name that this sandbox promises.
REFUSED = "SANDBOX_REFUSED"

#: Sub-merchant (empty for none), type, account.
Key = tuple[str, str, str]
#: How a detail may stand: its result, and why it was closed.
Outcome = tuple[str, str | None]


@attrs.define
class Gap:
    """A time in which a relation was not effective."""

    since: float
    ends_from: float = NEVER  #: it ended between these two
    ends_by: float = NEVER


@attrs.define(kw_only=True, eq=False)
class Detail:
    """One part of an order."""

    detail_id: str
    key: Key
    unfreezes: bool
    amount: int
    description: str
    lo: float  #: it ends, or ended, between these two
    hi: float
    seen: Outcome | None = None  #: its end
    stamp: str | None = None  #: of its end, as it was answered
    armed: str | None = None  #: why it will surely be closed
    maybe: frozenset[str] = frozenset()  #: why it may be

    def ends(self, gaps: Sequence[Gap]) -> set[Outcome]:
        """Return how it may end, or has ended; *gaps* are those of its relation."""
        if self.seen:
            return {self.seen}
        if self.armed:
            return {(CLOSED, self.armed)}
        found: set[Outcome] = {(CLOSED, reason) for reason in self.maybe} | {(SUCCESS, None)}
        for gap in [] if self.unfreezes else gaps:
            if gap.since <= self.lo + CLOSE and self.hi <= gap.ends_from - CLOSE:
                return found - {(SUCCESS, None)} | {(CLOSED, NO_RELATION)}
            if gap.since < self.hi + CLOSE and self.lo < gap.ends_by + CLOSE:
                found.add((CLOSED, NO_RELATION))
        return found

    def outcomes(self, at: float, gaps: Sequence[Gap]) -> set[Outcome]:
        """Return how it may have stood *at* a time."""
        found: set[Outcome] = set()
        if at < self.hi + CLOSE:
            found.add((PENDING, None))
        if at > self.lo - CLOSE:
            found |= self.ends(gaps)
        return found

    def end(self, outcome: Outcome, stamp: str, when: float, now: float) -> None:
        """Take note that it has ended, in the second that begins at *when*."""
        self.seen, self.stamp = outcome, stamp
        self.narrow(when, min(when + 1, now))

    def narrow(self, lo: float, hi: float) -> None:
        """Its end lies between these two as well."""
        self.lo, self.hi = max(self.lo, lo), min(self.hi, hi)


@attrs.define(kw_only=True, eq=False)
class Order:
    """An accepted instruction."""

    number: str
    order_id: str = ""
    content: tuple[Any, ...]  #: what the number stands for
    names: tuple[Any, ...]  #: the names that were sent, encrypted
    payment: Payment
    stamp: str  #: of its acceptance, as it has to be answered
    details: list[Detail] = attrs.field(factory=list)

    def tighten(self) -> None:
        """Details end one after the other: what is known of one narrows its neighbours."""
        pairs = list(zip(self.details, self.details[1:], strict=False))
        for before, after in pairs:
            after.narrow(before.lo + NEXT[0], before.hi + NEXT[1])
        for before, after in reversed(pairs):
            before.narrow(after.lo - NEXT[1], after.hi - NEXT[0])


@attrs.define(kw_only=True, eq=False)
class Payment:
    """A paid order of the merchant."""

    transaction_id: str
    sub_mchid: str
    sponsor: str
    amount: int  #: of the order, in the minor unit of ``currency``
    currency: str
    paid: int  #: fen
    fee: int
    cap: int  #: that may go to others
    paid_at: float
    marked: bool
    revoked: bool = False
    frozen_from: float = attrs.field(init=False)  #: freezing is done between these two
    frozen_by: float = attrs.field(init=False)
    released: bool = False
    requests: int = 0
    refunded: int = 0  #: of ``amount``
    refund_times: list[float] = attrs.field(factory=list)
    advanced: tuple[int, int] = (0, 0)  #: fen of refunds that were paid otherwise, least and most
    orders: list[Order] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.frozen_from, self.frozen_by = (self.paid_at + each for each in FREEZING)

    @property
    def ends_at(self) -> float:
        """When the system releases what is left."""
        return self.paid_at + WINDOW

    @property
    def net(self) -> int:
        """What of it was not the service's, nor went back: fen."""
        return 0 if self.revoked else self.paid - self.fee - self.net_of(self.refunded)

    def back(self, refunded: int) -> int:
        """Return the fen that the payer gets for *refunded* of the order: rounded half up."""
        return _share(self.paid, refunded, self.amount)

    def net_of(self, refunded: int) -> int:
        """Return what these take beside their share of the fee, which is in proportion, too."""
        back = self.back(refunded)
        return back - _share(self.fee, back, self.paid)

    def details(self) -> Iterator[Detail]:
        """Yield all its details."""
        for order in self.orders:
            yield from order.details


def _share(whole: int, part: int, of: int) -> int:
    return (2 * whole * part + of) // (2 * of)


@attrs.frozen(kw_only=True)
class Back:
    """A refund, whoever asked for it."""

    payment: Payment
    when: float
    amount: int  #: of the order
    before: int  #: fen that went back before
    paid: int  #: fen
    fee: int  #: of them, what was a fee


@attrs.frozen(kw_only=True)
class Given:
    """Money that went back to a payer out of its sponsor's settlement."""

    payment: Payment
    when: dt.date
    before: int  #: fen that went back before
    paid: int  #: fen that went back now
    taken: tuple[int, int]  #: fen of the sponsor's, the least and the most


@attrs.define(kw_only=True, eq=False)
class Refund:
    """A refund that was asked for."""

    number: str  #: the merchant's
    content: Any  #: what the number stands for
    payment: Payment
    amount: int  #: of the order
    paid: int  #: fen
    since: float
    until: float  #: it has arrived by then
    arrived: str | None = None  #: when, as it was answered


@attrs.define(kw_only=True, eq=False)
class Relation:
    """A receiver as it was added."""

    facts: dict[str, Any]  #: what has to come back in answers
    apps: tuple[str | None, str | None]
    named: bool
    sealed: str | None  #: its name as it was sent
    state: str = "INIT"
    reason: str | None = None
    passes_from: float = NEVER  #: its audit passes by itself between these two
    passes_by: float = NEVER

    def states(self, now: float) -> set[str]:
        """Return the states that it may have."""
        if self.state != "INIT" or now < self.passes_from - CLOSE:
            return {self.state}
        return {"EFFECTIVE"} if now > self.passes_by + CLOSE else {"INIT", "EFFECTIVE"}


@attrs.frozen
class Link:
    """What a bill's address stands for."""

    day: str  #: as it was asked
    sub_mchid: str
    made: float
    refunds: bool = False  #: it is a refund bill
