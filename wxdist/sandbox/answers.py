"""What the service answers, as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wxdist.models import DetailType, WalletRegion

from .rules import calendar, money
from .state import Batch, Detail, Order, Payment, Relation


def order(order: Order) -> dict[str, Any]:
    """Return the order object.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_4.shtml
    """
    content = order.content
    return _without_none(
        sub_mchid=content.sub_mchid or None,
        transaction_id=content.transaction_id,
        out_order_no=order.out_order_no,
        order_id=order.order_id,
        state=order.state,
        receivers=[_detail(each) for each in order.details],
    )


def remaining(payment: Payment, left: int) -> dict[str, Any]:
    """Return what is left.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_5.shtml
    """
    return {
        "transaction_id": payment.transaction_id,
        "unsplit_amount": left,
        "currency": "CNY",
    }


def relation(relation: Relation, name: str | None) -> dict[str, Any]:
    """Return the relation object; *name* as it may leave the service.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_7.shtml
    """
    return _without_none(
        sub_mchid=relation.sub_mchid or None,
        type=relation.type,
        account=relation.account,
        name=name,
        relation_type=relation.relation_type,
        custom_relation=relation.custom_relation,
        scene=relation.scene,
        major_service=relation.major_service,
        expected_ratio=relation.expected_ratio,
        application_file_id=relation.application_file_id,
        partnership_file_id=relation.partnership_file_id,
        state=relation.state,
        fail_reason=relation.fail_reason,
        fail_description=relation.fail_description,
    )


def settlements(batches: Sequence[Batch], offset: int, limit: int) -> dict[str, Any]:
    """Return one page of settlements.

    ``total_count`` only where the documentation promises it: on the first page and an empty one.
    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml
    """
    page = batches[offset : offset + limit]
    total = None if offset and page else len(batches)
    return _without_none(
        data=[_batch(each) for each in page],
        total_count=total,
        offset=offset,
        limit=len(page),
    )


def refundable(mchid: str, balance: int) -> dict[str, Any]:
    """Return the quota of the day.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_13.shtml
    """
    return {"sponsor_mchid": mchid, "balance": balance, "currency": "CNY"}


def _detail(detail: Detail) -> dict[str, Any]:
    ended = detail.finish_time
    return _without_none(
        currency="CNY",
        amount=detail.amount,
        description=detail.description,
        type=detail.type,
        account=detail.account,
        result=detail.result,
        fail_reason=detail.fail_reason,
        create_time=calendar.stamp(detail.create_time),
        finish_time=None if ended is None else calendar.stamp(ended),
        detail_id=detail.detail_id,
        detail_type=detail.detail_type,
        **_settled(detail),
    )


def _settled(detail: Detail) -> Mapping[str, Any]:
    """Only for UNFREEZE_TO_SPONSOR; the rate's key is that of the samples."""
    if detail.detail_type != DetailType.UNFREEZE_TO_SPONSOR:
        return {}
    return {
        "settlement_currency": money.SETTLEMENT_CURRENCY,
        "settlement_amount": money.exchanged(detail.amount),
        "rate_value": money.RATE,
    }


def _batch(batch: Batch) -> dict[str, Any]:
    """One record is one day's money; the fee was withheld at payment (ours)."""
    paid_out = batch.settled_on is not None
    day = batch.settled_on or calendar.day_of(calendar.exchange_time(batch.day))
    traded = f"{batch.day:%Y%m%d}"
    return {
        "batch_id": batch.batch_id,
        "settlement_date": f"{day:%Y%m%d}",
        "trade_start_date": traded,
        "trade_end_date": traded,
        "amount": {**_amount(batch.pay, paid_out=paid_out), "net": batch.pay, "fee": 0},
        "wallet_region": WalletRegion.CHINA_MAINLAND,
        "split_amount": _amount(batch.split_pay, paid_out=paid_out),
    }


def _amount(pay: int, *, paid_out: bool) -> dict[str, Any]:
    return {
        "settled": pay if paid_out else 0,
        "unsettle": 0 if paid_out else pay,
        "currency": money.SETTLEMENT_CURRENCY,
        "pay": pay,
        "refund": 0,
    }


def _without_none(**values: Any) -> dict[str, Any]:
    """A null is never sent: the key is left out."""
    return {name: value for name, value in values.items() if value is not None}
