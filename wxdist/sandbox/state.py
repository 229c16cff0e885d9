"""What the simulated service remembers: its terms, its records, what is due; pure."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
import uuid
from collections.abc import Iterator
from fractions import Fraction

import attrs

from wxdist.models import (
    DetailResult,
    DetailType,
    OrderState,
    ReceiverType,
    RelationState,
    RelationType,
)
from wxdist.models.orders import DETAIL_MOVES

from .ledger import Ledger
from .rules import calendar

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
    marked: bool  #: whether a mark with the same values came before it
    ready: bool = False  #: freezing is done
    released: bool = False  #: all was unfrozen: nothing can be distributed any more
    overdue: bool = False  #: the 180 days are over
    order_ids: list[str] = attrs.field(factory=list)
    requests: int = 0  #: accepted requests to distribute


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


@attrs.frozen(order=True)
class Event:
    """Something that will happen by itself."""

    due: float
    number: int  #: what was scheduled first happens first
    kind: str = attrs.field(order=False)
    subject: tuple[str, ...] = attrs.field(order=False)


class State:
    """Everything that the service remembers, and the dice it throws."""

    def __init__(self, terms: Terms, *, seed: int, start: float) -> None:
        self.terms = terms
        self.now = start
        self.dice = random.Random(seed)
        self.ledger = Ledger()
        self.marks: set[tuple[str, str, str]] = set()
        self.payments: dict[str, Payment] = {}
        self.trades: dict[tuple[str, str], str] = {}
        self.orders: dict[str, Order] = {}
        self.numbers: dict[str, str] = {}
        self.armed: dict[tuple[str, str], str] = {}
        self.relations: dict[RelationKey, Relation] = {}
        self.files: set[str] = set()
        self.batches: dict[tuple[str, dt.date], Batch] = {}
        self._queue: list[Event] = []
        self._count = itertools.count(1)

    def schedule(self, due: float, kind: str, *subject: str) -> None:
        """Let *kind* happen to *subject* at *due*."""
        heapq.heappush(self._queue, Event(due, next(self._count), kind, subject))

    def due(self, now: float) -> Iterator[Event]:
        """Yield what is due by *now*, in its order, the clock standing at each one's time."""
        while self._queue and self._queue[0].due <= now:
            event = heapq.heappop(self._queue)
            self.now = max(self.now, event.due)
            yield event
        self.now = max(self.now, now)

    def between(self, window: tuple[float, float]) -> float:
        """Return a moment in *window* seconds from now."""
        return self.now + self.dice.uniform(*window)

    def new_id(self, head: str, length: int) -> str:
        """Return an id as the service's look: *head*, the day, digits of dice and of a counter."""
        day = f"{calendar.day_of(self.now):%Y%m%d}"
        number = f"{next(self._count):06}"
        free = length - len(head) - len(day) - len(number)
        return f"{head}{day}{self.dice.randrange(10**free):0{free}}{number}"

    def new_file_id(self) -> str:
        """Return a file id as the service's look."""
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
