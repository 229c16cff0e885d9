"""The trade statement: the payments of a day, and the refunds that were accepted on it.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_34.shtml. What its
columns hold is documented by their names alone: the values, and which are left empty, are ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from wxdist.models import RefundStatus, TradeState

from ..records import Payment, Refund, Terms
from ..rules import calendar
from ..rules.bills import made_at
from ..state import State
from .refunds import accepted
from .writing import Section, amount, percent, sheet, yuan

COLUMNS = (
    *("交易时间", "公众账号ID", "商户号", "子商户号", "设备号", "微信订单号", "商户订单号"),
    *("用户标识", "交易类型", "交易状态", "付款银行", "充值券币种", "充值券金额", "优惠券币种"),
    *("优惠券金额", "微信退款单号", "商户退款单号", "退款类型", "退款状态", "商品名称"),
    *("商户数据包", "手续费", "费率", "标价币种", "订单金额(标价币种)", "用户支付币种"),
    *("用户支付金额", "结算币种", "应结订单金额", "支付汇率", "退款汇率", "申请退款金额"),
    *("用户退款币种", "用户退款金额", "退款结算币种", "退款应结订单金额"),
    *("充值券退款金额", "优惠券退款金额"),
)

Row = tuple[float, Mapping[str, str]]


def text(state: State, day: dt.date, sub_mchid: str) -> str:
    """Return the statement of *day*, as it was when it was made; no *sub_mchid*: of all."""
    found = sorted(rows(state, day, sub_mchid), key=lambda row: row[0])
    return sheet(Section(COLUMNS, (_line(row) for _, row in found)))


def rows(state: State, day: dt.date, sub_mchid: str) -> Iterator[Row]:
    """Yield what stands in the statement of *day*, each with its time; no order."""
    for payment in state.payments.values():
        if calendar.day_of(payment.paid_at) == day and sub_mchid in {"", payment.sub_mchid}:
            yield payment.paid_at, _payment(state.terms, payment)
            if payment.revoked_at is not None:  # on that day, too
                yield payment.revoked_at, _revoked(state.terms, payment, payment.revoked_at)
    for payment, refund in accepted(state, day, sub_mchid):
        yield refund.create_time, _refund(state.terms, payment, refund, made_at(day))


def _line(row: Mapping[str, str]) -> Sequence[str]:
    return [row.get(column, "") for column in COLUMNS]


def _payment(terms: Terms, payment: Payment) -> Mapping[str, str]:
    settled, fee = _settled(payment, payment)
    currency = _settled_in(terms, payment)
    return {
        **_order(terms, payment),
        "交易时间": calendar.stamp(payment.paid_at),
        "交易状态": TradeState.SUCCESS.value,
        "手续费": amount(fee, currency),
        "用户支付币种": "CNY",
        "用户支付金额": yuan(payment.payer_amount),
        "应结订单金额": amount(settled, currency),
        "支付汇率": _rate(payment, payment),
    }


def _refund(terms: Terms, payment: Payment, refund: Refund, made: float) -> Mapping[str, str]:
    return {
        **_back(terms, payment, refund),
        "交易时间": calendar.stamp(refund.create_time),
        "交易状态": TradeState.REFUND.value,
        "微信退款单号": refund.refund_id,
        "商户退款单号": refund.out_refund_no,
        "退款状态": refund.status_at(made).value,
    }


def _revoked(terms: Terms, payment: Payment, when: float) -> Mapping[str, str]:
    """Return the row of a payment that was undone: a refund of all, under the payment's number."""
    return {
        **_back(terms, payment, payment),
        "交易时间": calendar.stamp(when),
        "交易状态": TradeState.REVOKED.value,
        "微信退款单号": payment.transaction_id,
        "退款状态": RefundStatus.SUCCESS.value,
    }


def _back(terms: Terms, payment: Payment, gone: Refund | Payment) -> Mapping[str, str]:
    """Return what a row tells of money that went back.

    Of the payment it repeats the amount of the order alone; the fee is what was returned, below
    zero.
    """
    settled, fee = _settled(payment, gone)
    currency = _settled_in(terms, payment)
    return {
        **_order(terms, payment),
        "退款类型": "ORIGINAL",
        "手续费": amount(-fee, currency),
        "退款汇率": _rate(payment, gone),
        "申请退款金额": amount(gone.amount, payment.currency),
        "用户退款币种": "CNY",
        "用户退款金额": yuan(gone.payer_amount),
        "退款结算币种": currency,
        "退款应结订单金额": amount(settled, currency),
    }


def _order(terms: Terms, payment: Payment) -> Mapping[str, str]:
    """Return what the row of a payment and those of its refunds have in common."""
    return {
        "商户号": terms.mchid,
        "子商户号": payment.sub_mchid,
        "微信订单号": payment.transaction_id,
        "商户订单号": payment.out_trade_no,
        "交易类型": "NATIVE",
        "付款银行": "OTHERS",
        "费率": percent(terms.fee_rate),
        "标价币种": payment.currency,
        "订单金额(标价币种)": amount(payment.amount, payment.currency),
        "结算币种": _settled_in(terms, payment),
    }


def _settled_in(terms: Terms, payment: Payment) -> str:
    """Return the currency in which *payment* is settled: a marked one is split as it was paid."""
    return "CNY" if payment.marked else terms.settlement_currency


def _settled(payment: Payment, moved: Refund | Payment) -> tuple[int, int]:
    """Return what *moved*, of *payment*, makes in that currency, and the fee in it."""
    if payment.marked:
        return moved.payer_amount, moved.fee
    return moved.settled, moved.settled_fee


def _rate(payment: Payment, moved: Refund | Payment) -> str:
    return "" if payment.marked else str(moved.rate)
