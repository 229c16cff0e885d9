"""What may be answered about the statement of a day: what was paid, and what went back."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from typing import Any

from .causes import INVALID_REQUEST, NO_STATEMENT_EXIST, PARAM_ERROR, STATEMENT_CREATING, Cause
from .memory import Memory
from .records import Back, Payment
from .refunds import OfCaller
from .returned import is_on, stands
from .sheets import Fits, Row, holds, lines_of, paired, printed, rows_of
from .timing import STATEMENT_DAYS, day, made, read_day, stamp


class Statement(OfCaller):
    """The statement of a day: chapter4_1_34."""

    of_one = False

    def judge(self) -> Iterator[Cause]:
        """The day is over, not too old, and not empty."""
        asked = self._day()
        if asked is None:
            yield Cause(PARAM_ERROR, "date is no day")
            return
        if self.now < made(asked):
            yield Cause(STATEMENT_CREATING, "the statement is not made yet")
        if asked < day(self.now) - dt.timedelta(days=STATEMENT_DAYS):
            yield Cause(INVALID_REQUEST, "the statement is too old")
        if not list(self._expected(asked)):
            yield Cause(NO_STATEMENT_EXIST, "nothing was paid or refunded that day")

    def accepted(self, said: Any) -> Iterator[str]:
        """Its rows are what was paid and what went back that day, each once."""
        asked = self._day()
        assert asked is not None  # noqa: S101 - else it would not have been accepted
        head, *lines = lines_of(said)
        yield from paired(rows_of(head, lines), self._expected(asked))

    def _day(self) -> dt.date | None:
        return read_day(self.params["date"], "%Y%m%d")

    def _expected(self, asked: dt.date) -> Iterator[Fits]:
        memory = self.memory
        for payment in memory.payments.values():
            if day(payment.paid_at) == asked and self.sub_mchid in {"", payment.sub_mchid}:
                yield functools.partial(_is_payment, memory, payment)
                if payment.revoked:
                    yield functools.partial(_is_undone, payment)
        for back in memory.backs:
            if is_on(back, asked, self.sub_mchid):
                yield functools.partial(_is_back, memory, back)


def _is_payment(memory: Memory, payment: Payment, row: Row) -> bool:
    facts = {
        **_of(payment),
        "交易时间": stamp(payment.paid_at),
        "交易状态": "SUCCESS",
        "用户支付金额": printed(payment.paid),
    }
    return holds(row, facts) and holds(row, _settled(memory, payment, row))


def _settled(memory: Memory, payment: Payment, row: Row) -> Mapping[str, str]:
    """Return how a payment must be settled: an ordinary one at the rate of its day."""
    if payment.marked:
        amounts = {"应结订单金额": printed(payment.paid), "手续费": printed(payment.fee)}
        return {**amounts, "结算币种": "CNY", "支付汇率": ""}
    rates, rate = memory.rates, int(row["支付汇率"])
    if any(rates.learn(day(payment.paid_at), rate)):
        return {"支付汇率": "a rate of that day"}
    settled = rates.exchanged(payment.paid, rate)
    return {
        "结算币种": rates.currency,
        "应结订单金额": printed(settled, rates.currency),
        "手续费": printed(memory.fee(settled), rates.currency),
    }


def _is_undone(payment: Payment, row: Row) -> bool:
    fee = {"手续费": printed(-payment.fee)} if payment.marked else {}
    facts = {"交易状态": "REVOKED", "用户退款金额": printed(payment.paid)}
    return holds(row, {**_of(payment), **facts, **fee})


def _is_back(memory: Memory, back: Back, row: Row) -> bool:
    facts = {
        **_of(back.payment),
        "交易时间": stamp(back.when),
        "交易状态": "REFUND",
        "申请退款金额": printed(back.amount, back.payment.currency),
        "用户退款金额": printed(back.paid),
    }
    numbers = (row["微信退款单号"], row["商户退款单号"])
    return (
        holds(row, facts)
        and stands(memory, back, numbers, row["退款状态"])
        and holds(row, _taken(memory, back, row))
    )


def _taken(memory: Memory, back: Back, row: Row) -> Mapping[str, str]:
    """Return what a refund must take from a settlement; of an ordinary one less its fee."""
    if back.payment.marked:
        amounts = {"退款应结订单金额": printed(back.paid), "手续费": printed(-back.fee)}
        return {**amounts, "退款结算币种": "CNY", "退款汇率": ""}
    rates, rate = memory.rates, int(row["退款汇率"])
    if any(rates.learn(day(back.when), rate)):
        return {"退款汇率": "a rate of that day"}
    before, after = (rates.exchanged(each, rate) for each in (back.before, back.before + back.paid))
    return {
        "退款结算币种": rates.currency,
        "退款应结订单金额": printed(after - before, rates.currency),
    }


def _of(payment: Payment) -> Mapping[str, str]:
    return {
        "子商户号": payment.sub_mchid,
        "微信订单号": payment.transaction_id,
        "标价币种": payment.currency,
        "订单金额(标价币种)": printed(payment.amount, payment.currency),
    }
