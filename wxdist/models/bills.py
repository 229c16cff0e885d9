"""A bill's address, its rows and its summary.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from wxdist.models._base import Answered, masked, model


@model
class BillLink(Answered):
    """Where a bill can be fetched, for 30 s."""

    download_url: str = attrs.field(repr=False)  # its token lets anyone fetch the bill


@model
class DistributionRow:
    """One successful detail of the day, as the funds-distribution bill prints it.

    Text fields stand as printed, times too (their form is not documented); an empty column is an
    empty text. ``amount`` is read exactly from the bill's yuan.
    """

    create_time: str
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
    settlement_amount: str  #: as printed: the decimals of its currency are not documented
    settlement_currency: str
    exchange_rate: str
    business_type: str
    status: str
    description: str
    extra: Mapping[str, str] = attrs.field(factory=dict, eq=False, repr=False)
    """Columns that came later."""
