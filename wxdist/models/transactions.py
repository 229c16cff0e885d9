"""The payment that is shared, and what is left of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import attrs

from wxdist.models._base import Answered, OpenEnum, hidden, model
from wxdist.models.identifiers import AppId, Mchid, OutTradeNo, TransactionId
from wxdist.models.limits import instruction


class TradeState(OpenEnum):
    """State of a payment. All but NOTPAY and USERPAYING are final."""

    SUCCESS = "SUCCESS"
    REFUND = "REFUND"  #: paid, and given back in whole or in part
    NOTPAY = "NOTPAY"
    CLOSED = "CLOSED"
    REVOKED = "REVOKED"
    USERPAYING = "USERPAYING"
    PAYERROR = "PAYERROR"


class TradeType(OpenEnum):
    """By which payment product it was paid."""

    JSAPI = "JSAPI"
    NATIVE = "NATIVE"
    APP = "APP"
    MWEB = "MWEB"
    MICROPAY = "MICROPAY"


class RateType(OpenEnum):
    """Which exchange rate is meant; a payment has SETTLEMENT_RATE alone."""

    USERPAYMENT_RATE = "USERPAYMENT_RATE"
    SETTLEMENT_RATE = "SETTLEMENT_RATE"


@instruction
class Mark:
    """The body of ``transactions.mark`` but ``sub_mchid``."""

    out_trade_no: str
    currency: str = "CNY"


@model
class Remaining(Answered):
    """What of a payment can still be distributed.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_5.shtml
    """

    transaction_id: TransactionId
    unsplit_amount: int  #: fen, net of the acquiring fee
    currency: str  #: CNY


@model
class Refundable(Answered):
    """What of a distributed payment can still be refunded.

    The service's figures rule: over a full refund the returned fees equal the fee charged. Source:
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_12.shtml
    """

    transaction_id: TransactionId
    refundable_amount: int | None = None
    """Fen of frozen money that may be refunded, the fee share that would be returned included."""
    currency: str | None = None  #: CNY
    funds_refundable_amount: int | None = None  #: fen that may be refunded with advance funds


@model
class ExchangeRate:
    """The rate between the order's currency and another one."""

    type: RateType | None = None
    rate: int | None = None  #: times 10^8


@model
class Payer:
    """Who paid, as the apps of the merchant know him; never shown."""

    openid: str | None = attrs.field(default=None, repr=hidden)
    sp_openid: str | None = attrs.field(default=None, repr=hidden)
    sub_openid: str | None = attrs.field(default=None, repr=hidden)


@model
class TransactionAmount:
    """Amounts of a payment, each in the minor unit of its currency."""

    total: int  #: of the order, fen where ``currency`` is CNY
    payer_total: int  #: what the payer paid, coupons taken off
    currency: str
    payer_currency: str
    exchange_rate: ExchangeRate | None = None


@model
class Promotion:
    """A coupon that was used; which of its fields come is not documented."""

    promotion_id: str | None = None
    name: str | None = None
    scope: str | None = None
    type: str | None = None  #: COUPON or DISCOUNT
    amount: int | None = None
    currency: str | None = None
    activity_id: str | None = None
    wxpay_contribute_amount: int | None = None
    merchant_contribute_amount: int | None = None
    other_contribute_amount: int | None = None
    goods_detail: tuple[Mapping[str, object], ...] = ()
    extra: Mapping[str, object] = attrs.field(factory=dict, eq=False, repr=False)


@model
class Transaction(Answered):
    """A payment as the service knows it.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_5_2.shtml
    """

    mchid: Mchid | None = None  #: common mode
    appid: AppId | None = None  #: common mode
    sp_mchid: Mchid | None = None  #: the other modes
    sub_mchid: Mchid | None = None  #: the other modes
    sp_appid: AppId | None = None
    sub_appid: AppId | None = None
    out_trade_no: OutTradeNo
    id: TransactionId  #: WeChat Pay's number: what the distribution calls name ``transaction_id``
    attach: str | None = None
    trade_type: TradeType
    bank_type: str
    success_time: dt.datetime | None = None  #: when it was paid
    trade_state: TradeState
    trade_state_desc: str
    payer: Payer | None = None
    amount: TransactionAmount
    promotion_detail: tuple[Promotion, ...] = ()

    @property
    def transaction_id(self) -> TransactionId:
        """The same as ``id``, under the name that all other calls have for it."""
        return self.id
