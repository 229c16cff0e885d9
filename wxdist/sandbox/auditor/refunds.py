"""What may be answered about payments and refunds."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping
from typing import Any

from .case import OfMerchant, child, differs
from .causes import (
    INVALID_REQUEST,
    ORDER_NOT_EXIST,
    OUT_REFUND_NO_USED,
    PARAM_ERROR,
    RESOURCE_NOT_EXISTS,
    TRADE_OVERDUE,
    Cause,
)
from .giving import take, too_much
from .instructions import Remaining
from .records import Payment, Refund
from .timing import CLOSE, DAY, stamp

#: Within a year, so many refunds, so many seconds apart.
#: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml
YEAR, MOST, APART = 365 * DAY, 50, 60.0
#: Seconds until a refund has arrived: figures that this sandbox promises.
ARRIVES = (120.0, 1200.0)


#: What the number of a refund stands for, beside app ids.
_CONTENT = (
    *("sub_mchid", "transaction_id", "out_trade_no", "amount"),
    *("source", "reason", "notify_url"),
)


class OfCaller(OfMerchant):
    """A payment or refund call: the caller names itself."""

    of_one = True  #: it is about one of the sub-merchants

    def strangers(self) -> Iterator[Cause]:
        """The caller, and its sub-merchant where there are any."""
        yield from child(self.memory, self.params, must=self.of_one)
        terms = self.memory.terms
        own = self.params.get("mchid" if terms.mode == "common" else "sp_mchid")
        if own is None:
            yield Cause(PARAM_ERROR, "the caller does not name itself")
        elif own != terms.mchid:
            yield Cause(INVALID_REQUEST, "the caller names another one")

    def named(self) -> str:
        """Return the service's number of the payment that is asked about; empty for none."""
        number = self.params.get("transaction_id") or self.params.get("id")
        trade = (self.sub_mchid, self.params.get("out_trade_no", ""))
        return str(number or self.memory.by_trade.get(trade, ""))

    def payment(self) -> Payment | None:
        """Return the payment that is asked about, whoever's it is."""
        return self.memory.payments.get(self.named())

    def own_payment(self) -> Iterator[Cause]:
        """Yield why there is none of this merchant."""
        payment = self.payment()
        if payment is None or payment.sub_mchid != self.sub_mchid:
            yield Cause(ORDER_NOT_EXIST, "this merchant has no such payment")

    def one_number(self) -> Iterator[Cause]:
        """Yield what is wrong with how the payment is named."""
        if ("transaction_id" in self.params) == ("out_trade_no" in self.params):
            yield Cause(INVALID_REQUEST, "not exactly one number names the payment")

    def about(self, payment: Payment) -> Mapping[str, Any]:
        """Return what answers tell of merchants and payment."""
        terms = self.memory.terms
        common = terms.mode == "common"
        own = {"mchid": terms.mchid} if common else {"sp_mchid": terms.mchid}
        sub_mchid = payment.sub_mchid or None
        return {**own, "sub_mchid": sub_mchid, "id": payment.transaction_id}


class QueryPayment(OfCaller):
    """A query of a payment: chapter3_5_2."""

    def judge(self) -> Iterator[Cause]:
        """It is there, and this merchant's."""
        yield from self.own_payment()

    def accepted(self, said: Any) -> Iterator[str]:
        """It was paid as it was paid."""
        payment = self.memory.payments[self.named()]
        paid_back = "REFUND" if payment.refunded else "SUCCESS"
        state = "REVOKED" if payment.revoked else paid_back
        facts = {"trade_state": state, "success_time": stamp(payment.paid_at)}
        yield from differs(said, {**self.about(payment), **facts})
        expected = {"total": payment.amount, "currency": payment.currency}
        expected |= {"payer_total": payment.paid, "payer_currency": "CNY"}
        yield from differs(said["amount"], expected)


class RefundableAmounts(Remaining):
    """What can be given back of a distributed payment: chapter4_1_12."""

    def accepted(self, said: Any) -> Iterator[str]:
        """As much as what is left allows, and the rest by advance funds."""
        self.opened()
        payment, frozen = self.payment, said["refundable_amount"]
        least, most = (_most(payment, each) for each in (self.left.least, self.left.most))
        if not least <= frozen <= most:
            yield f"{frozen} is not {least} to {most}"
        expected = {
            "transaction_id": payment.transaction_id,
            "funds_refundable_amount": payment.amount - payment.refunded - frozen,
        }
        yield from differs(said, expected)


class RefundOrder(OfCaller):
    """A refund: chapter3_1_3."""

    def judge(self) -> Iterator[Cause]:
        """Its number is new, or the same as before; its money is there."""
        yield from self._apps()
        yield from self.one_number()
        before, payment = self._before(), self.payment()
        if before is not None:
            if before.content != self._content():
                yield Cause(OUT_REFUND_NO_USED, "the number stands for another refund")
        elif payment is None:
            yield Cause(ORDER_NOT_EXIST, "there is no such payment")
        else:
            yield from self._order(payment)
            amount = self.params["amount"]["refund"]
            yield from too_much(self.memory, payment, amount, self.now)

    def _apps(self) -> Iterator[Cause]:
        name = "appid" if self.memory.terms.mode == "common" else "sp_appid"
        if name not in self.params:
            yield Cause(PARAM_ERROR, "the app of the caller is missing")

    def _before(self) -> Refund | None:
        number = self.params["out_refund_no"]
        return next((each for each in self.memory.refunds.values() if each.number == number), None)

    def _content(self) -> Mapping[str, Any]:
        common = self.memory.terms.mode == "common"
        read = (*_CONTENT, *(("appid",) if common else ("sp_appid", "sub_appid")))
        return {name: self.params[name] for name in read if name in self.params}

    def _order(self, payment: Payment) -> Iterator[Cause]:
        amount = self.params["amount"]
        own = (payment.amount, payment.currency)
        if payment.sub_mchid != self.sub_mchid:
            yield Cause(INVALID_REQUEST, "the payment is another merchant's")
        if (amount["total"], amount["currency"]) != own:
            yield Cause(INVALID_REQUEST, "the order is of another amount")
        if self.params.get("source", "").upper() == "REFUND_SOURCE_RECHARGE_FUNDS":
            yield Cause(INVALID_REQUEST, "recharge funds are not simulated")
        if self.now > payment.paid_at + YEAR:
            yield Cause(TRADE_OVERDUE, "it was paid more than a year ago")
        times = payment.refund_times
        if len(times) >= MOST or (times and self.now < times[-1] + APART):
            yield Cause(INVALID_REQUEST, "it was refunded too often, or just now")

    def accepted(self, said: Any) -> Iterator[str]:
        """It is told as it was asked for; a new one takes its money."""
        amount, number = self.params["amount"]["refund"], self.params["out_refund_no"]
        if self._before() is None:
            payment = self.memory.payments[self.named()]
            before = payment.back(payment.refunded)
            yield from take(self.memory, payment, amount, self.now)
            self.memory.refunds[said["id"]] = Refund(
                number=number,
                content=self._content(),
                payment=payment,
                amount=amount,
                paid=payment.back(payment.refunded) - before,
                since=self.now,
                until=self.now + ARRIVES[1] * self.memory.slow_refund,
            )
        known = self.memory.refunds.get(said["id"])
        if known is None:
            yield "id is another one than before"
        else:
            yield from _told(said, known)


class QueryRefund(OfCaller):
    """A query of a refund: chapter3_3_4."""

    def judge(self) -> Iterator[Cause]:
        """It is there; a played one may be, too, which was not answered."""
        number, refund_id = self.params.get("out_refund_no"), self.params.get("refund_id")
        found = [
            each
            for key, each in self.memory.refunds.items()
            if number == each.number or refund_id == key
        ]
        if not found or found[0].payment.sub_mchid != self.sub_mchid:
            sure = bool(found) or refund_id is None
            yield Cause(RESOURCE_NOT_EXISTS, "this merchant has no such refund", sure)

    def accepted(self, said: Any) -> Iterator[str]:
        """It stands as it may."""
        known = self.memory.refunds.get(said["id"])
        if known is not None:
            facts = {"transaction_id": known.payment.transaction_id}
            yield from differs(said, facts)
            yield from _stands(said, known, self.now)


class QueryRefunds(OfCaller):
    """The refunds of a payment."""

    def judge(self) -> Iterator[Cause]:
        """The payment is there, and this merchant's."""
        yield from self.one_number()
        yield from self.own_payment()

    def accepted(self, said: Any) -> Iterator[str]:
        """All are there, and each stands as it may."""
        payment, found = self.memory.payments[self.named()], said["data"]
        count = len(payment.refund_times)
        shown = min(max(count - self.params["offset"], 0), self.params["count"])
        facts = {"total_num": count, "current_total_num": shown}
        yield from differs(said, {**self.about(payment), **facts})
        if len(found) != shown:
            yield f"{len(found)} refunds are shown, not {shown}"
        for each in found:
            known = self.memory.refunds.get(each["id"])
            if known is not None:
                yield from _stands(each, known, self.now)


class Recharge(OfMerchant):
    """The account for refunds by recharge."""

    def accepted(self, said: Any) -> Iterator[str]:
        """It holds what it was ordered to."""
        amount = self.memory.recharged.get(self.sub_mchid, 0)
        currency = self.memory.rates.currency
        yield from differs(said, {"remaining_amount": amount, "currency": currency})


def _most(payment: Payment, left: int) -> int:
    """Return the most that *left* fen and their share of the fee can give back."""
    gone = payment.net_of(payment.refunded)
    rest = range(payment.refunded, payment.amount + 1)
    found = bisect.bisect_right(rest, left, key=lambda whole: payment.net_of(whole) - gone)
    return found - 1


def _told(said: Any, known: Refund) -> Iterator[str]:
    facts = {"out_refund_no": known.number, "create_time": stamp(known.since)}
    yield from differs(said, facts)
    expected = {"refund": known.amount, "currency": known.payment.currency}
    expected |= {"payer_refund": known.paid, "payer_currency": "CNY"}
    yield from differs(said["amount"], expected)


def _stands(said: Any, known: Refund, now: float) -> Iterator[str]:
    """Yield what is wrong with how a refund stands; learn when it arrived."""
    yield from _told(said, known)
    first, last = known.since + ARRIVES[0], known.until
    if said["status"] == "PROCESSING":
        if known.arrived or now > last + CLOSE:
            yield "it has arrived"
        yield from differs(said, {"success_time": None})
        return
    yield from differs(said, {"status": "SUCCESS"})
    if now < first - CLOSE:
        yield "it cannot have arrived"
    if known.arrived not in {None, said["success_time"]}:
        yield "it arrived at another time before"
    known.arrived = said["success_time"]
