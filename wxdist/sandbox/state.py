"""What the simulated service remembers: its terms, its records, what is due; pure."""

from __future__ import annotations

import contextlib
import datetime as dt
import heapq
import random
import uuid
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import attrs

from wxdist.models import (
    DetailResult,
    DetailType,
    OrderState,
    ReceiverType,
    RefundStatus,
    RelationState,
    RelationType,
)
from wxdist.models.orders import DETAIL_MOVES

from .ledger import Ledger
from .log import Fact, Log
from .rules import calendar
from .rules.refusal import Refused

#: State of a relation whose audit failed: the service's own spelling is not documented.
SANDBOX_REFUSED = RelationState("SANDBOX_REFUSED")
#: Who starts the release of what is overdue, as the bill prints it.
#: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml
SYSTEM = "system"

#: Which relation is meant: sub_mchid (empty in common mode), type, account.
RelationKey = tuple[str, ReceiverType, str]


@attrs.frozen(kw_only=True)
class Terms:
    """The contract between the simulated merchant and the service."""

    mchid: str
    mode: str = "common"
    sub_mchids: tuple[str, ...] = ()
    fee_rate: Fraction = Fraction(0)  #: of each payment
    max_ratio: Fraction = Fraction(3, 10)  #: of a payment, that may go to others
    audit: str = "manual"  #: or ``auto``: passes by itself after three working days
    closed_money: str = "frozen"  #: where the money of a CLOSED detail goes; or ``sponsor``

    def sponsor(self, sub_mchid: str) -> str:
        """Return who is settled with: the sub-merchant for service providers, else the caller.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml
        """
        return sub_mchid if self.mode == "service_provider" else self.mchid


@attrs.define(kw_only=True)
class Payment:
    """A paid order of the merchant."""

    transaction_id: str
    out_trade_no: str
    sub_mchid: str  #: empty in common mode
    sponsor: str
    amount: int  #: what the payer paid, fen
    paid_at: float
    currency: str = "CNY"
    fee: int = 0  #: of it, what the service kept, fen
    marked: bool  #: whether a mark with the same values came before it
    ready: bool = False  #: freezing is done
    released: bool = False  #: all was unfrozen: nothing can be distributed any more
    overdue: bool = False  #: the 180 days are over
    order_ids: list[str] = attrs.field(factory=list)
    requests: int = 0  #: accepted requests to distribute
    refund_ids: list[str] = attrs.field(factory=list)


@attrs.define(kw_only=True)
class Detail:
    """One part of an order."""

    detail_id: str
    detail_type: DetailType
    type: ReceiverType
    account: str
    amount: int
    description: str
    create_time: float
    result: DetailResult = DetailResult.PENDING
    fail_reason: str | None = None
    finish_time: float | None = None

    def end(self, result: DetailResult, now: float, fail_reason: str | None = None) -> None:
        """Move to *result*, forwards only."""
        if result not in DETAIL_MOVES[self.result]:
            raise ValueError(f"{self.detail_id} cannot go from {self.result} to {result}")
        self.result, self.finish_time, self.fail_reason = result, now, fail_reason


@attrs.frozen
class Content:
    """What an instruction says: the same number with the same content is the same one."""

    sub_mchid: str
    transaction_id: str
    rest: tuple[object, ...]


@attrs.define(kw_only=True)
class Order:
    """An accepted instruction to distribute or to unfreeze."""

    order_id: str
    out_order_no: str  #: empty of the system's own
    initiator: str
    sponsor: str
    content: Content
    create_time: float
    details: list[Detail] = attrs.field(factory=list)

    @property
    def state(self) -> OrderState:
        """FINISHED once every detail is final."""
        pending = any(detail.result == DetailResult.PENDING for detail in self.details)
        return OrderState.PROCESSING if pending else OrderState.FINISHED


@attrs.define(kw_only=True)
class Relation:
    """A receiver as the merchant added it."""

    sub_mchid: str
    type: ReceiverType
    account: str
    name: str | None
    appid: str | None
    sub_appid: str | None
    relation_type: RelationType
    custom_relation: str | None
    scene: str | None
    major_service: str | None
    expected_ratio: int | None
    application_file_id: str | None
    partnership_file_id: str | None
    added: float = 0.0  #: Unix time at which its audit began
    state: RelationState = RelationState.INIT
    fail_reason: str | None = None
    fail_description: str | None = None


@attrs.define(kw_only=True)
class Batch:
    """The released money of one sponsor's day, on its way to the bank."""

    batch_id: str
    sponsor: str
    day: dt.date
    fen: int = 0
    split_fen: int = 0  #: of it, money that was unfrozen
    pay: int = 0  #: in the settlement currency's minor unit
    split_pay: int = 0
    exchanged: bool = False
    settled_on: dt.date | None = None


@attrs.frozen(kw_only=True)
class RefundAsk:
    """What a merchant's refund says: the same number with the same content is the same one."""

    sub_mchid: str  #: empty in common mode
    transaction_id: str  #: empty where the order's number is given
    out_trade_no: str  #: empty where the payment's number is given
    out_refund_no: str
    refund: int
    total: int
    currency: str
    source: str | None
    rest: tuple[str | None, ...]  #: app ids, reason, address of notices


@attrs.define(kw_only=True)
class Refund:
    """Money that went back to the payer, or is on its way there."""

    refund_id: str
    transaction_id: str
    amount: int  #: fen, the returned fee included
    fee: int  #: of it, the fee that was returned
    create_time: float
    asked: RefundAsk | None = None  #: ``None``: it was played, not asked for
    success_time: float | None = None  #: when it arrived

    @property
    def status(self) -> RefundStatus:
        """PROCESSING until it arrives."""
        return RefundStatus.PROCESSING if self.success_time is None else RefundStatus.SUCCESS

    @property
    def out_refund_no(self) -> str:
        """The merchant's number; of a played one the service's own."""
        return self.refund_id if self.asked is None else self.asked.out_refund_no


@attrs.frozen
class Link:
    """What the token in a bill's address stands for."""

    day: dt.date
    sub_mchid: str  #: empty for all
    made: float  #: Unix time, by which its life goes


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
