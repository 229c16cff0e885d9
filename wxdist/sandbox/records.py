"""The records that the simulated service keeps: terms, payments, orders, refunds, batches; pure."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

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
    settlement_currency: str = "HKD"
    holidays: tuple[dt.date, ...] = ()  #: beside weekends: banks pay nothing out
    rates: str = "fixed"  #: or ``daily``: they differ from day to day

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
    amount: int  #: of the order, in the minor unit of ``currency``
    currency: str = "CNY"
    payer_amount: int  #: what the payer paid, fen
    paid_at: float
    fee: int  #: of what was paid, what the service kept, fen
    rate: int = 0  #: of the day, CNY per unit of the settlement currency x 10^8; 0: marked
    settled: int = 0  #: to be settled, the fee included, in the settlement currency; 0: marked
    settled_fee: int = 0  #: of it, the fee; 0: marked, its fee is in CNY
    marked: bool  #: whether a mark with the same values came before it
    revoked_at: float | None = None
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
    rate: int = 0  #: of the day, as of a `Payment`; 0: it is not exchanged
    settled: int = 0  #: in the settlement currency, where it is exchanged
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
    """The money of one sponsor's day, on its way to the bank.

    ``fen`` counts what is left to be exchanged: fees and refunds taken off. The other amounts are
    in the minor unit of the settlement currency, each at the rate of its own event.
    """

    batch_id: str
    sponsor: str
    day: dt.date
    fen: int = 0  #: below zero: more went back than came
    split_fen: int = 0  #: of it, money that was unfrozen
    pay: int = 0  #: ordinary payments, fees included, and unfrozen money
    refund: int = 0  #: what went back of both; above zero
    fee: int = 0  #: of the ordinary payments, less what was returned
    split_pay: int = 0  #: of ``pay``, unfrozen money
    split_refund: int = 0  #: of ``refund``, what was paid out of unfrozen money
    exchanged: bool = False
    settled_on: dt.date | None = None

    @property
    def net(self) -> int:
        """What the batch brings; below zero it takes from the others."""
        return self.pay - self.refund - self.fee

    @property
    def split_net(self) -> int:
        """Of it, what unfrozen money brings."""
        return self.split_pay - self.split_refund


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
    amount: int  #: of the order, in the minor unit of ``currency``
    currency: str  #: of the order
    payer_amount: int  #: what the payer gets, fen: the sum of the next five
    fee: int  #: the fee that was returned
    frozen: int = 0  #: out of what was frozen of the payment
    released: int = 0  #: out of what its sponsor had released today: advance funds
    pool: int = 0  #: out of what its sponsor's ordinary payments brought today
    owed: int = 0  #: out of what comes later: negative settlement
    rate: int = 0  #: of the day, as of a `Payment`; 0: nothing is taken from a settlement
    settled: int = 0  #: taken from the day's settlement, in its currency, the fee included
    settled_fee: int = 0  #: of it, the fee that was returned; 0: marked, its fee is in CNY
    create_time: float
    asked: RefundAsk | None = None  #: ``None``: it was played, not asked for
    success_time: float | None = None  #: when it arrived

    @property
    def status(self) -> RefundStatus:
        """PROCESSING until it arrives."""
        return RefundStatus.PROCESSING if self.success_time is None else RefundStatus.SUCCESS

    def status_at(self, when: float) -> RefundStatus:
        """Return the status that it had at Unix time *when*."""
        arrived = self.success_time is not None and self.success_time <= when
        return RefundStatus.SUCCESS if arrived else RefundStatus.PROCESSING

    @property
    def out_refund_no(self) -> str:
        """The merchant's number; of a played one the service's own."""
        return self.refund_id if self.asked is None else self.asked.out_refund_no
