"""Money that goes back to the payer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import attrs

from wxdist.errors import InvalidInput
from wxdist.models._base import Answered, OpenEnum, hidden, model
from wxdist.models.identifiers import Mchid, OutRefundNo, OutTradeNo, RefundId, TransactionId
from wxdist.models.limits import payment_instruction
from wxdist.models.transactions import ExchangeRate


class RefundStatus(OpenEnum):
    """State of a refund; all but PROCESSING are final."""

    SUCCESS = "SUCCESS"
    REFUNDCLOSE = "REFUNDCLOSE"  #: nothing was given back
    PROCESSING = "PROCESSING"
    ABNORMAL = "ABNORMAL"  #: it did not reach the payer's account: ask WeChat Pay

    @classmethod
    def _missing_(cls, value: object) -> RefundStatus | None:
        if value == "CLOSED":
            return cls.REFUNDCLOSE
        return super()._missing_(value)


class RefundChannel(OpenEnum):
    """Where the money goes back to."""

    ORIGINAL = "ORIGINAL"
    BALANCE = "BALANCE"
    OTHER_BALANCE = "OTHER_BALANCE"
    OTHER_BANKCARD = "OTHER_BANKCARD"


class RefundSource(OpenEnum):
    """Which funds pay for the refund; read without regard to case."""

    REFUND_SOURCE_UNSETTLED_FUNDS = "REFUND_SOURCE_UNSETTLED_FUNDS"
    REFUND_SOURCE_RECHARGE_FUNDS = "REFUND_SOURCE_RECHARGE_FUNDS"

    @classmethod
    def _missing_(cls, value: object) -> RefundSource | None:
        known = cls.__members__.get(value.upper()) if isinstance(value, str) else None
        return known or super()._missing_(value)


@model
class RefundableBalance(Answered):
    """Today's advance-refund quota of the sponsor.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_13.shtml
    """

    sponsor_mchid: Mchid
    balance: int  #: fen
    currency: str  #: CNY


@model
class RechargeBalance(Answered):
    """The foreign-currency account from which refunds can be paid.

    Source: https://pay.weixin.qq.com/doc/global/v3/en/4013069215
    """

    remaining_amount: int  #: in the minor unit of ``currency``
    currency: str


@payment_instruction
class RefundAsked:
    """How much of which payment to give back."""

    refund: int  #: in the minor unit of ``currency``: fen where it is CNY; at least 1
    total: int  #: of the order, likewise
    currency: str = "CNY"  #: of the order

    def __attrs_post_init__(self) -> None:
        if self.refund > self.total:
            raise InvalidInput("refund", f"must be at most the total, {self.total}")


@payment_instruction
class CreateRefund:
    """The body of ``refunds.create`` but the ids of the merchants."""

    appid: str | None = None
    sp_appid: str | None = None
    sub_appid: str | None = None
    transaction_id: str | None = None
    out_trade_no: str | None = None
    out_refund_no: str
    reason: str | None = None
    source: str | None = None
    amount: RefundAsked = attrs.field(validator=attrs.validators.instance_of(RefundAsked))
    notify_url: str | None = None

    def __attrs_post_init__(self) -> None:
        one_payment(self.transaction_id, self.out_trade_no)


def one_payment(transaction_id: str | None, out_trade_no: str | None) -> None:
    """Raise `InvalidInput` unless a payment is named by exactly one of its numbers."""
    if (transaction_id is None) == (out_trade_no is None):
        raise InvalidInput("transaction_id", "or out_trade_no is needed: exactly one of them")


@model
class RefundAmount:
    """Amounts of a refund, each in the minor unit of its currency."""

    refund: int
    currency: str
    payer_refund: int  #: what the payer gets back, coupons taken off
    payer_currency: str
    exchange_rate: ExchangeRate | None = None


@model
class RefundCoupon:
    """The part of a refund that goes back to a coupon; which fields come is not documented."""

    promotion_id: str | None = None
    scope: str | None = None  #: GLOBAL or SINGLE
    type: str | None = None  #: COUPON or DISCOUNT
    amount: int | None = None
    refund_amount: int | None = None
    currency: str | None = None
    extra: Mapping[str, object] = attrs.field(factory=dict, eq=False, repr=False)


@model
class Refund(Answered):
    """A refund as the service knows it.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml
    """

    id: RefundId  #: WeChat Pay's number of the refund
    out_refund_no: OutRefundNo  #: ours
    transaction_id: TransactionId | None = None  #: not told by ``create``
    out_trade_no: OutTradeNo | None = None  #: not told by ``create``
    channel: RefundChannel | None = None
    recv_account: str | None = attrs.field(default=None, repr=hidden)
    fund_source: RefundSource | None = None
    success_time: dt.datetime | None = None
    create_time: dt.datetime
    status: RefundStatus | None = None  #: not told by ``create``: it was accepted, no more
    amount: RefundAmount
    detail: RefundCoupon | None = None

    @property
    def refund_id(self) -> RefundId:
        """The same as ``id``, under the name that ``refunds.get`` has for it."""
        return self.id


@model
class RefundedAmount:
    """Amounts of the payment whose refunds are listed."""

    total: int | None = None
    currency: str | None = None
    payer_total: int | None = None
    payer_currency: str | None = None


@model
class RefundPage(Answered):
    """One page of the refunds of a payment."""

    id: TransactionId  #: WeChat Pay's number of the payment
    mchid: Mchid | None = None
    sub_mchid: Mchid | None = None
    sp_mchid: Mchid | None = None
    out_trade_no: OutTradeNo | None = None
    amount: RefundedAmount
    data: tuple[Refund, ...]
    total_num: int  #: refunds of the payment
    current_total_num: int  #: refunds in this page

    @property
    def transaction_id(self) -> TransactionId:
        """The same as ``id``, under the name that all other calls have for it."""
        return self.id
