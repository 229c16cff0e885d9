"""The calls beside distribution: payments, refunds, and what there is to refund from."""

from __future__ import annotations

from typing import Any

from . import answers
from .asking import Request
from .records import RefundAsk
from .rules.fields import Fields
from .rules.receivers import child_of_caller
from .rules.refusal import ours
from .world import World


class Companions:
    """A part of `Endpoints`: each method is one API."""

    _world: World

    def get_transaction(self, request: Request, path: Fields) -> Any:
        """Query a payment by the service's number: chapter3_5_2."""
        child, transaction_id = self._caller(request.query()), path.text("id")
        payment = self._world.payments.own(child, transaction_id)
        return answers.transaction(payment, self._world.terms)

    def get_transaction_by_trade(self, request: Request, path: Fields) -> Any:
        """Query a payment by the merchant's number: chapter3_5_2."""
        child, out_trade_no = self._caller(request.query()), path.text("out_trade_no")
        payment = self._world.payments.own(child, "", out_trade_no)
        return answers.transaction(payment, self._world.terms)

    def refundable(self, request: Request, path: Fields) -> Any:
        """Tell what of a distributed payment can be given back: chapter4_1_12."""
        transaction_id = path.text("transaction_id")
        payment = self._world.payments.get(transaction_id, self._child(request.query()))
        return answers.refundable_amounts(payment, *self._world.refunds.most(payment))

    def create_refund(self, request: Request, _: Fields) -> Any:
        """Give money back: chapter3_1_3."""
        body = request.json()
        amount = body.part("amount")
        asked = RefundAsk(
            sub_mchid=self._caller(body),
            transaction_id=body.maybe_text("transaction_id") or "",
            out_trade_no=body.maybe_text("out_trade_no") or "",
            out_refund_no=body.text("out_refund_no"),
            refund=amount.whole("refund"),
            total=amount.whole("total"),
            currency=amount.text("currency"),
            source=body.maybe_text("source"),
            rest=(*self._apps_of(body), body.maybe_text("reason"), body.maybe_text("notify_url")),
        )
        _one_payment(asked.transaction_id, asked.out_trade_no)
        return answers.new_refund(self._world.refunds.create(asked))

    def get_refund(self, request: Request, path: Fields) -> Any:
        """Query a refund by the service's number: chapter3_3_4."""
        return self._refund(self._caller(request.query()), path.text("refund_id"))

    def get_refund_by_number(self, request: Request, path: Fields) -> Any:
        """Query a refund by the merchant's number: chapter3_3_4."""
        child, number = self._caller(request.query()), path.text("out_refund_no")
        return self._refund(child, self._world.state.refund_numbers.get(number))

    def list_refunds(self, request: Request, _: Fields) -> Any:
        """List the refunds of a payment."""
        query = request.query()
        child, window = self._caller(query), (query.whole("offset"), query.whole("count"))
        transaction_id = query.maybe_text("transaction_id") or ""
        out_trade_no = query.maybe_text("out_trade_no") or ""
        _one_payment(transaction_id, out_trade_no)
        payment = self._world.payments.own(child, transaction_id, out_trade_no)
        found = self._world.refunds.of(payment)
        return answers.refunds(payment, found, self._world.terms, window)

    def recharge_balance(self, _: Request, path: Fields) -> Any:
        """Tell what the account for refunds holds."""
        child = self._child(path)
        held = self._world.state.recharged.get(child, 0)
        return answers.recharge_balance(held, self._world.terms)

    def _refund(self, child: str, refund_id: str | None) -> Any:
        refund = self._world.refunds.get(child, refund_id)
        return answers.refund(refund, self._world.state.payments[refund.transaction_id])

    def _caller(self, fields: Fields, *, must: bool = True) -> str:
        """Return the sub-merchant, once the caller has named itself.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_5_2.shtml; the
        text for another caller is ours.
        """
        terms = self._world.terms
        name = "mchid" if terms.mode == "common" else "sp_mchid"
        if fields.text(name) != terms.mchid:
            raise ours(f"{name} is not the calling merchant")
        return self._child(fields, must=must)

    def _apps_of(self, body: Fields) -> tuple[str | None, str | None]:
        """Return the app ids, of which the caller's own is required."""
        if self._world.terms.mode == "common":
            return body.text("appid"), None
        return body.text("sp_appid"), body.maybe_text("sub_appid")

    def _child(self, fields: Fields, *, must: bool = True) -> str:
        sub_mchid = fields.maybe_text("sub_mchid")
        return child_of_caller(self._world.terms, sub_mchid, fields.place, must=must)


def _one_payment(transaction_id: str, out_trade_no: str) -> None:
    """A payment is named by exactly one of its numbers (text ours)."""
    if bool(transaction_id) == bool(out_trade_no):
        raise ours("exactly one of transaction_id and out_trade_no names the payment")
