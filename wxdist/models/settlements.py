"""What was settled, and when.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml
"""

from __future__ import annotations

import datetime as dt

from wxdist.models._base import Answered, OpenEnum, model
from wxdist.models.identifiers import BatchId


class SettleState(OpenEnum):
    """Which records to ask for."""

    SETTLED = "SETTLED"
    UNSETTLE = "UNSETTLE"


class WalletRegion(OpenEnum):
    """The wallet with which the payers paid."""

    CHINA_MAINLAND = "CHINA_MAINLAND"
    CHINA_HONGKONG = "CHINA_HONGKONG"


@model
class SplitAmount:
    """The funds-distribution part of a settlement, in the minor unit of ``currency``."""

    settled: int
    unsettle: int
    currency: str
    pay: int
    refund: int


@model
class SettlementAmount:
    """Amounts of a settlement, in the minor unit of ``currency``; signs are not documented."""

    settled: int
    unsettle: int
    currency: str
    pay: int
    refund: int
    net: int
    fee: int


@model
class Settlement(Answered):
    """One settlement record."""

    batch_id: BatchId
    settlement_date: dt.date  #: Beijing day
    trade_start_date: dt.date
    trade_end_date: dt.date
    amount: SettlementAmount
    wallet_region: WalletRegion | None = None
    split_amount: SplitAmount | None = None  #: only for merchants with funds distribution


@model
class SettlementPage(Answered):
    """One page of records."""

    data: tuple[Settlement, ...] = ()
    total_count: int | None = None  #: only reliable when ``offset`` is 0 or the page is empty
    offset: int
    limit: int  #: records in this page
