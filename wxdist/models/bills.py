"""A bill's address, its rows and its summary.

Amounts are whole minor units of the currency that the row names for them (ISO 4217: fen of CNY,
cents of HKD, yen of JPY), read exactly from the decimals that the bill prints; ``None`` where the
column is empty. Where the row names no currency for an amount, or one that nobody knows, it is
read with two decimals, as of CNY: so a yen amount without its currency counts a hundredfold. Texts
stand as printed, times too (their form is not documented); an empty column is an empty text.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import attrs

from wxdist.models._base import Answered, hidden, masked, model


class BillKind(enum.StrEnum):
    """Which of the three daily bills."""

    DISTRIBUTION = "distribution"
    REFUNDS = "refunds"
    STATEMENT = "statement"


@model
class BillLink(Answered):
    """Where a bill can be fetched, for 30 s."""

    download_url: str = attrs.field(repr=False)  # its token lets anyone fetch the bill


@model
class BillRow:
    """What every row of a bill has."""

    extra: Mapping[str, str] = attrs.field(factory=dict, eq=False, repr=False)
    """Columns that came later, by their header; without their backticks."""


@model
class DistributionRow(BillRow):
    """One successful detail of the day, as the funds-distribution bill prints it.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml
    """

    create_time: str  #: when the request was accepted, or an overdue unfreeze began
    initiator: str  #: merchant id, or ``system`` for an overdue unfreeze
    sponsor: str  #: the merchant that really pays
    sub_mchid: str
    transaction_id: str
    order_id: str
    out_order_no: str
    detail_id: str
    receiver_account: str = attrs.field(repr=masked)
    amount: int  #: fen
    currency: str  #: CNY
    settlement_amount: int | None  #: of ``settlement_currency``; only of money that was released
    settlement_currency: str
    exchange_rate: str  #: as printed
    business_type: str  #: its values are not documented
    status: str  #: likewise
    description: str

    @property
    def released(self) -> bool:
        """Whether the row is money that was unfrozen to the sponsor: only that is exchanged."""
        return bool(self.settlement_currency)


@model
class RefundRow(BillRow):
    """One refund, as the funds-distribution refund bill prints it.

    The documentation is cut after ``refund_source``: what follows stands in ``extra``. Source:
    https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_14.shtml
    """

    refund_apply_time: str
    refund_success_time: str
    refund_id: str  #: WeChat Pay's number of the refund
    out_refund_no: str  #: the merchant's
    transaction_id: str
    out_transaction_id: str  #: the merchant's number of the order: ``out_trade_no``
    refund_fee: int  #: how much was asked to go back, in ``currency``
    currency: str
    coupon_refund_amount: int | None
    payer_refund_amount: int | None  #: in ``payer_refund_currency``
    payer_refund_currency: str
    rate: str  #: as printed
    refund_source: str  #: its values are not documented


@model
class StatementRow(BillRow):
    """One payment, or one refund, as the trade statement prints it: 38 columns.

    A refund row names its refund (``refund_id``) and is never updated: PROCESSING counts as settled
    on the merchant's side. Source:
    https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_34.shtml
    """

    transaction_time: str
    appid: str
    mchid: str
    sub_mchid: str
    device_id: str
    transaction_id: str
    out_trade_no: str
    openid: str = attrs.field(repr=hidden)
    trade_type: str
    trade_state: str
    bank_type: str
    prepaid_coupon_currency: str
    prepaid_coupon_amount: int | None
    coupon_currency: str
    coupon_amount: int | None
    refund_id: str  #: empty of a payment
    out_refund_no: str
    refund_type: str
    refund_state: str  #: SUCCESS or PROCESSING
    goods_name: str
    attach: str
    fee: int | None
    """In which currency is not documented: read in ``settlement_currency``, of a refund that leaves
    it empty in ``refund_settlement_currency``."""
    fee_rate: str  #: as printed
    currency: str  #: in which the order was priced
    amount: int | None  #: of the order, in ``currency``
    payer_currency: str
    payer_amount: int | None  #: what the payer paid
    settlement_currency: str
    settlement_amount: int | None  #: to be settled for the order
    payment_rate: str  #: as printed
    refund_rate: str  #: as printed
    refund_amount: int | None  #: asked to go back, in ``currency``
    payer_refund_currency: str
    payer_refund_amount: int | None  #: without a currency of its own, in ``payer_currency``
    refund_settlement_currency: str
    refund_settlement_amount: int | None
    """To be settled for the refund; without a currency of its own, in ``settlement_currency``."""
    prepaid_coupon_refund: int | None
    coupon_refund: int | None

    @property
    def is_refund(self) -> bool:
        """Whether the row is a refund, and not a payment."""
        return bool(self.refund_id or self.out_refund_no)
