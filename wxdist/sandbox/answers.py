"""What the service answers, as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wxdist.models import DetailType, RateType, RefundSource, TradeState, WalletRegion

from .records import Batch, Detail, Order, Payment, Refund, Relation, Terms
from .rules import calendar


def order(order: Order, terms: Terms) -> dict[str, Any]:
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
        receivers=[_detail(each, terms) for each in order.details],
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


def settlements(batches: Sequence[Batch], terms: Terms, offset: int, limit: int) -> dict[str, Any]:
    """Return one page of settlements.

    ``total_count`` only where the documentation promises it: on the first page and an empty one.
    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml
    """
    page = batches[offset : offset + limit]
    total = None if offset and page else len(batches)
    return _without_none(
        data=[_batch(each, terms.settlement_currency) for each in page],
        total_count=total,
        offset=offset,
        limit=len(page),
    )


def refundable(mchid: str, balance: int) -> dict[str, Any]:
    """Return the quota of the day.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_13.shtml
    """
    return {"sponsor_mchid": mchid, "balance": balance, "currency": "CNY"}


def refundable_amounts(payment: Payment, frozen: int, advance: int) -> dict[str, Any]:
    """Return what can be given back of a distributed payment.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_12.shtml
    """
    return {
        "transaction_id": payment.transaction_id,
        "refundable_amount": frozen,
        "currency": "CNY",
        "funds_refundable_amount": advance,
    }


def transaction(payment: Payment, terms: Terms) -> dict[str, Any]:
    """Return the payment (product, bank, the payer's currency, and when there is a rate: ours).

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_5_2.shtml
    """
    state, words = _trade_state(payment)
    return {
        **_merchants(payment, terms),
        "out_trade_no": payment.out_trade_no,
        "id": payment.transaction_id,
        "trade_type": "NATIVE",
        "bank_type": "OTHERS",
        "success_time": calendar.stamp(payment.paid_at),
        "trade_state": state,
        "trade_state_desc": words,
        "amount": _paid(payment) | _exchange(payment),
    }


def new_refund(refund: Refund) -> dict[str, Any]:
    """Return what is told of a refund that was accepted.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml
    """
    amounts = {"refund": refund.amount, "payer_refund": refund.payer_amount}
    return {
        "id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "create_time": calendar.stamp(refund.create_time),
        "amount": {**amounts, "currency": refund.currency, "payer_currency": "CNY"},
    }


def refund(refund: Refund, payment: Payment) -> dict[str, Any]:
    """Return a refund.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_3_4.shtml
    """
    numbers = {"transaction_id": payment.transaction_id, "out_trade_no": payment.out_trade_no}
    return {**_refund(refund), **numbers}


def refunds(
    payment: Payment, found: Sequence[Refund], terms: Terms, window: tuple[int, int]
) -> dict[str, Any]:
    """Return one page of the refunds of a payment; *window* is offset and count.

    Source: https://wechatpay.im/openapi/v3/global/refunds
    """
    offset, count = window
    page = found[offset : offset + count]
    return {
        **_merchants(payment, terms),
        "id": payment.transaction_id,
        "out_trade_no": payment.out_trade_no,
        "amount": _paid(payment),
        "data": [_refund(each) for each in page],
        "total_num": len(found),
        "current_total_num": len(page),
    }


def recharge_balance(amount: int, terms: Terms) -> dict[str, Any]:
    """Return what the account for refunds holds.

    Source: https://pay.weixin.qq.com/doc/global/v3/en/4013069215
    """
    return {"remaining_amount": amount, "currency": terms.settlement_currency}


def _refund(refund: Refund) -> dict[str, Any]:
    ended = refund.success_time
    return _without_none(
        **new_refund(refund),
        channel="ORIGINAL",
        fund_source=RefundSource.REFUND_SOURCE_UNSETTLED_FUNDS,
        status=refund.status,
        success_time=None if ended is None else calendar.stamp(ended),
    )


def _trade_state(payment: Payment) -> tuple[TradeState, str]:
    if payment.revoked_at is not None:
        return TradeState.REVOKED, "Revoked"
    if payment.refund_ids:
        return TradeState.REFUND, "Refunded"
    return TradeState.SUCCESS, "Paid"


def _paid(payment: Payment) -> dict[str, Any]:
    return {
        "total": payment.amount,
        "payer_total": payment.payer_amount,
        "currency": payment.currency,
        "payer_currency": "CNY",
    }


def _exchange(payment: Payment) -> dict[str, Any]:
    """Return the rate that the statement prints; a marked payment is not exchanged."""
    if payment.marked:
        return {}
    return {"exchange_rate": {"type": RateType.SETTLEMENT_RATE, "rate": payment.rate}}


def _merchants(payment: Payment, terms: Terms) -> dict[str, Any]:
    if terms.mode == "common":
        return {"mchid": terms.mchid}
    return {"sp_mchid": terms.mchid, "sub_mchid": payment.sub_mchid}


def _detail(detail: Detail, terms: Terms) -> dict[str, Any]:
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
        **_settled(detail, terms),
    )


def _settled(detail: Detail, terms: Terms) -> Mapping[str, Any]:
    """Only for UNFREEZE_TO_SPONSOR; the rate's key is that of the samples."""
    if detail.detail_type != DetailType.UNFREEZE_TO_SPONSOR:
        return {}
    return {
        "settlement_currency": terms.settlement_currency,
        "settlement_amount": detail.settled,
        "rate_value": detail.rate,
    }


def _batch(batch: Batch, currency: str) -> dict[str, Any]:
    """One record is one day's money; fees of marked payments were withheld in CNY (ours)."""
    paid_out = batch.settled_on is not None
    day = batch.settled_on or calendar.day_of(calendar.exchange_time(batch.day))
    traded = f"{batch.day:%Y%m%d}"
    amount = _amount(batch.pay, batch.refund, batch.net, paid_out=paid_out)
    split = _amount(batch.split_pay, batch.split_refund, batch.split_net, paid_out=paid_out)
    return {
        "batch_id": batch.batch_id,
        "settlement_date": f"{day:%Y%m%d}",
        "trade_start_date": traded,
        "trade_end_date": traded,
        "amount": {**amount, "currency": currency, "net": batch.net, "fee": batch.fee},
        "wallet_region": WalletRegion.CHINA_MAINLAND,
        "split_amount": {**split, "currency": currency},
    }


def _amount(pay: int, refund: int, net: int, *, paid_out: bool) -> dict[str, int]:
    """Return what a record tells of a day; refunds stand above zero (signs: ours)."""
    return {
        "settled": net if paid_out else 0,
        "unsettle": 0 if paid_out else net,
        "pay": pay,
        "refund": refund,
    }


def _without_none(**values: Any) -> dict[str, Any]:
    """A null is never sent: the key is left out."""
    return {name: value for name, value in values.items() if value is not None}
