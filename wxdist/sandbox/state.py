"""What the simulated service remembers, the dice it throws, and what is due; pure."""

from __future__ import annotations

import contextlib
import datetime as dt
import heapq
import random
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from wxdist.models import BillKind

from .ledger import Ledger
from .log import Fact, Log
from .records import Batch, Order, Payment, Refund, Relation, RelationKey, Terms
from .rules import calendar, rates
from .rules.refusal import Refused


@attrs.frozen
class Link:
    """What the token in a bill's address stands for."""

    day: dt.date
    sub_mchid: str  #: empty for all
    made: float  #: Unix time, by which its life goes
    kind: BillKind = BillKind.DISTRIBUTION


@attrs.frozen
class Event:
    """Something that will happen by itself."""

    due: float
    number: int  #: what was scheduled first happens first
    kind: str
    subject: tuple[str, ...]

    def __lt__(self, other: Event) -> bool:
        return (self.due, self.number) < (other.due, other.number)


@attrs.frozen
class Input:
    """One call of a part of the business from outside."""

    at: float  #: Unix time of the business
    name: str  #: class and method
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    slow: tuple[str, float] | None  #: what was `slowed` meanwhile


class State:
    """Everything that the service remembers, and the dice it throws."""

    def __init__(self, terms: Terms, *, seed: int, start: float) -> None:
        self.terms = terms
        self.now = start
        self.seed = seed
        self.dice = random.Random(seed)
        self.ledger = Ledger()
        self.log = Log()
        self.marks: set[tuple[str, str, str]] = set()
        self.payments: dict[str, Payment] = {}
        self.trades: dict[tuple[str, str], str] = {}
        self.orders: dict[str, Order] = {}
        self.touched: set[str] = set()  #: orders that changed since the invariants were last held
        self.numbers: dict[str, str] = {}
        self.armed: dict[tuple[str, str], str] = {}
        self.relations: dict[RelationKey, Relation] = {}
        self.files: set[str] = set()
        self.batches: dict[tuple[str, dt.date], Batch] = {}
        self.refunds: dict[str, Refund] = {}
        self.refund_numbers: dict[str, str] = {}
        self.recharged: dict[str, int] = {}  #: by sub-merchant; in the settlement currency
        self.links: dict[str, Link] = {}
        self.queue: list[Event] = []  #: a heap
        self.count = 0  #: of what got a number: events to come, ids
        self.observer: Callable[[Any], None] | None = None  #: is told what is ordered
        self.answering = False  #: the service is at work, and will show the observer the call
        self.inputs: list[Input] | None = None  #: what was asked of the business, while kept
        self.slow: tuple[str, float] | None = None
        self.broken: str | None = None  #: how the state was first found to contradict itself

    def schedule(self, due: float, kind: str, *subject: str) -> None:
        """Let *kind* happen to *subject* at *due*."""
        if self.slow is not None and self.slow[0] == kind:
            due = self.now + (due - self.now) * self.slow[1]
        heapq.heappush(self.queue, Event(min(due, calendar.NEVER), self._number(), kind, subject))

    def due(self, now: float) -> Iterator[Event]:
        """Yield what is due by *now*, in its order, the clock standing at each one's time."""
        while self.queue and self.queue[0].due <= now:
            event = heapq.heappop(self.queue)
            self.now = max(self.now, event.due)
            yield event
        self.now = max(self.now, now)

    @contextlib.contextmanager
    def slowed(self, kind: str, factor: float) -> Iterator[None]:
        """Let *kind*, where the block schedules it, take *factor* times as long."""
        self.slow = kind, factor
        try:
            yield
        finally:
            self.slow = None

    def upcoming(self) -> list[Event]:
        """Return what will happen by itself, the earliest first."""
        return sorted(self.queue)

    def note(self, kind: str, **facts: Fact) -> None:
        """Write down what happens now: ids and fen, never a name or a key."""
        self.log.note(self.now, kind, **facts)

    @contextlib.contextmanager
    def refusals(self, kind: str, **facts: Fact) -> Iterator[None]:
        """Write down why the block refuses *kind*, if it does."""
        try:
            yield
        except Refused as refusal:
            self.note(kind, **facts, refused=refusal.message)
            raise

    def rate(self, currency: str) -> int:
        """Return the rate of *currency* on the day of now."""
        daily = self.terms.rates == "daily"
        return rates.of_day(currency, calendar.day_of(self.now), seed=self.seed, daily=daily)

    def exchanged(self, fen: int) -> int:
        """Return *fen* in the settlement currency's minor unit, at the rate of the day of now."""
        currency = self.terms.settlement_currency
        return rates.exchanged(fen, self.rate(currency), currency)

    def between(self, window: tuple[float, float]) -> float:
        """Return a moment in *window* seconds from now."""
        return self.now + self.dice.uniform(*window)

    def new_id(self, head: str, length: int) -> str:
        """Return an id as the service's look: *head*, the day, digits of dice and of a counter."""
        day = f"{calendar.day_of(self.now):%Y%m%d}"
        number = f"{self._number():06}"
        free = length - len(head) - len(day) - len(number)
        return f"{head}{day}{self.dice.randrange(10**free):0{free}}{number}"

    def new_file_id(self) -> str:
        """Return a file id as the service's look."""
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def _number(self) -> int:
        self.count += 1
        return self.count
