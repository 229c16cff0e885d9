"""Who plays the payer, and the platform where it gives money back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from wxdist.errors import InvalidInput
from wxdist.models.limits import check

from .. import view
from ..rules import rates
from ..rules.calendar import beijing
from .ordering import Ordering, told


@attrs.frozen(kw_only=True)
class Paid:
    """What the payer's side tells the merchant."""

    transaction_id: str  #: WeChat Pay's number of the payment
    paid_at: dt.datetime  #: Beijing time
    out_trade_no: str
    amount: int  #: fen, or the minor unit of another currency


class Money(Ordering):
    """The orders that move money."""

    def pay(
        self,
        out_trade_no: str,
        *,
        amount: int,
        currency: str = "CNY",
        sub_mchid: str | None = None,
    ) -> Paid:
        """Play the payer of the merchant's order.

        Args:
            out_trade_no: the merchant's number of the order, each to be paid once.
            amount: whole fen, or the minor unit of another currency.
            currency: of the order; only one in CNY can be distributed. Paid is CNY.
            sub_mchid: whose order it is; required in every mode but common.
        """
        check("out_trade_no", out_trade_no)
        check("amount", amount)
        told("currency", rates.known, currency)
        child = self._child(sub_mchid)
        pay = self.world.payments.pay
        payment = self._do("out_trade_no", pay, child, out_trade_no, currency, amount)
        return Paid(
            transaction_id=payment.transaction_id,
            paid_at=beijing(payment.paid_at),
            out_trade_no=out_trade_no,
            amount=amount,
        )

    def refund(
        self, out_trade_no: str, *, amount: int, sub_mchid: str | None = None, owing: bool = False
    ) -> dict[str, Any]:
        """Give *amount* of an order's currency back to its payer, with its share of the fee.

        Of a marked payment out of what is frozen, then out of what its sponsor had released today;
        of another one out of what ordinary payments brought its sponsor today. At most 50 times in
        a year, a minute apart.

        Args:
            out_trade_no: the merchant's number of the order.
            amount: fen, or the minor unit of the order's other currency.
            sub_mchid: whose order it is; required in every mode but common.
            owing: the platform refunds it: what is not there now, later settlements pay.

        Returns:
            ``refund_id``, ``transaction_id``, ``amount``, ``currency``, ``create_time``; in fen
            ``payer_amount`` and what it consists of: ``fee`` (its share), ``frozen``,
            ``released``, ``pool``, ``owed``.
        """
        check("amount", amount)
        transaction_id = self._paid(out_trade_no, sub_mchid)
        refunds = self._world.refunds
        act = refunds.force if owing else refunds.refund
        return view.refund(self._do("amount", act, transaction_id, amount))

    def revoke(self, out_trade_no: str, sub_mchid: str | None = None) -> None:
        """Undo a payment of today that was neither distributed nor refunded; its fee goes back."""
        transaction_id = self._paid(out_trade_no, sub_mchid)
        self._do("out_trade_no", self._world.refunds.revoke, transaction_id)

    def recharge(self, amount: int, *, sub_mchid: str | None = None) -> None:
        """Let the account for refunds by recharge hold *amount*, in the settlement currency.

        It may be 0. ``sub_mchid`` is required in every mode but common.
        """
        if type(amount) is not int or amount:
            check("amount", amount)
        self._do("amount", self.world.refunds.recharge, self._child(sub_mchid), amount)

    def _paid(self, out_trade_no: str, sub_mchid: str | None) -> str:
        """Return the service's number of a payment."""
        check("out_trade_no", out_trade_no)
        found = self.world.state.trades.get((self._child(sub_mchid), out_trade_no))
        if found is None:
            raise InvalidInput("out_trade_no", "was not paid")
        return found
