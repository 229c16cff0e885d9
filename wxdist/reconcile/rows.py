"""Rows of bills as rows of the store."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from wxdist.errors import BillRefused
from wxdist.models import DistributionRow, RefundRow, StatementRow, TradeState, beijing_day
from wxdist.wire.csv import minor_units

from .models import Source

#: The most of one amount in minor units: nine million of them add up within 64 bits.
MOST = 10**12

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\+08:?00)?)?")


def printed_day(text: str) -> int | None:
    """Return the ordinal of the Beijing day in a time as a bill prints it; ``None`` if unclear.

    The form of times is not documented: ISO 8601 with or without a zone is understood, without
    one as Beijing time.
    """
    if found := _STAMP.fullmatch(text):
        return _ordinal(found[1])
    try:
        moment = dt.datetime.fromisoformat(text)
        return moment.toordinal() if moment.tzinfo is None else beijing_day(moment).toordinal()
    except (ValueError, OverflowError):  # no time, or one at the end of time
        return None


@functools.lru_cache(maxsize=1024)
def _ordinal(text: str) -> int | None:
    try:
        return dt.date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def _fits(*amounts: int | None) -> None:
    for amount in amounts:
        if amount is not None and abs(amount) > MOST:
            raise BillRefused(f"an amount beyond {MOST}: not of this world")


def _distribution_row(row: DistributionRow) -> tuple[str, tuple[Any, ...]]:
    _fits(row.amount, row.settlement_amount)
    return "drow", (
        printed_day(row.create_time),
        row.initiator,
        row.sponsor,
        row.sub_mchid,
        row.transaction_id,
        row.order_id,
        row.out_order_no,
        row.detail_id,
        row.receiver_account,
        row.amount,
        row.currency,
        row.settlement_amount,
        row.settlement_currency,
        row.exchange_rate,
        row.business_type,
        row.status,
        row.description,
    )


def _refund_row(row: RefundRow) -> tuple[str, tuple[Any, ...]]:
    _fits(row.refund_fee, row.payer_refund_amount)
    return "rrow", (
        printed_day(row.refund_apply_time),
        row.refund_id,
        row.out_refund_no,
        row.transaction_id,
        row.out_transaction_id,
        row.refund_fee,
        row.currency,
        row.payer_refund_amount,
        row.payer_refund_currency,
        *_advanced(row.extra),
    )


def _advanced(extra: Mapping[str, str]) -> tuple[int | None, int | None, str]:
    """Return what of a refund was paid out of released money: fen, then as it is settled.

    The columns behind the refund source are not documented: read where they are called so.
    """
    currency = extra.get("settlement_currency", "")
    fen = _printed(extra.get("advanced", ""), "CNY")
    return fen, _printed(extra.get("settlement_amount", ""), currency), currency


def _printed(text: str, currency: str) -> int | None:
    try:
        amount = minor_units(text, currency)
    except ValueError:
        return None
    _fits(amount)
    return amount


def _statement_row(row: StatementRow) -> tuple[str, tuple[Any, ...]]:
    _fits(row.amount, row.settlement_amount, row.fee)
    revoked = row.trade_state == TradeState.REVOKED
    if not row.is_refund and not revoked:
        return "prow", (
            printed_day(row.transaction_time),
            row.mchid,
            row.sub_mchid,
            row.transaction_id,
            row.out_trade_no,
            row.amount,
            row.currency,
            row.fee,
            row.settlement_amount,
            row.settlement_currency,
            row.payment_rate,
            row.trade_state,
        )
    _fits(row.refund_amount, row.payer_refund_amount, row.refund_settlement_amount)
    return "srow", (
        printed_day(row.transaction_time),
        row.mchid,
        row.sub_mchid,
        row.transaction_id,
        row.out_trade_no,
        row.transaction_id if revoked else row.refund_id,
        row.out_refund_no,
        row.refund_state,
        row.amount,
        row.currency,
        row.refund_amount if row.refund_amount is not None or not revoked else row.amount,
        row.payer_refund_amount,
        row.payer_refund_currency,
        row.refund_settlement_amount,
        row.refund_settlement_currency,
        row.fee,
    )


FORMS: Mapping[Source, tuple[type, Callable[[Any], tuple[str, tuple[Any, ...]]]]] = {
    Source.DISTRIBUTION: (DistributionRow, _distribution_row),
    Source.REFUNDS: (RefundRow, _refund_row),
    Source.STATEMENT: (StatementRow, _statement_row),
}
#: Where the rows of a bill go.
TABLES: Mapping[Source, tuple[str, ...]] = {
    Source.DISTRIBUTION: ("drow",),
    Source.REFUNDS: ("rrow",),
    Source.STATEMENT: ("prow", "srow"),
}
