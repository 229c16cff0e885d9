"""Money that goes back to the payer: refunds, and what there is to pay them from."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import attrs

from wxdist.errors import InvalidInput
from wxdist.models import (
    CreateRefund,
    RechargeBalance,
    Refund,
    RefundableBalance,
    RefundAsked,
    RefundPage,
)
from wxdist.models.refunds import one_payment
from wxdist.resources._call import Endpoint, ForMerchant, Resource
from wxdist.transport.retrying import Kind
from wxdist.waiting.poller import Wait, poll
from wxdist.waiting.schedule import until
from wxdist.waiting.verdict import judge_refund, not_found_yet

_PATH = "/v3/global/refunds"
_RECHARGE = "/v3/global/refund"

REFUNDABLE_BALANCE = Endpoint(
    name="refunds.refundable_balance",
    method="GET",
    path="/v3/global/profit-sharing/refunds/refundable-balance",
    kind=Kind.READ,
    answer=RefundableBalance,
    sub_mchid=ForMerchant.NEVER,
)
CREATE = Endpoint(
    name="refunds.create",
    method="POST",
    path=_PATH,
    kind=Kind.REPEATABLE,
    answer=Refund,
    payment=True,
)
GET = Endpoint(
    name="refunds.get",
    method="GET",
    path=f"{_PATH}/id/{{refund_id}}",
    kind=Kind.READ,
    answer=Refund,
    payment=True,
)
GET_BY_OUT_REFUND_NO = Endpoint(
    name="refunds.get",
    method="GET",
    path=f"{_PATH}/out-refund-no/{{out_refund_no}}",
    kind=Kind.READ,
    answer=Refund,
    payment=True,
)
LIST = Endpoint(
    name="refunds.list",
    method="GET",
    path=_PATH,
    kind=Kind.READ,
    answer=RefundPage,
    payment=True,
)
RECHARGE_BALANCE = Endpoint(
    name="refunds.recharge_balance",
    method="GET",
    path=f"{_RECHARGE}/recharge-balance",
    kind=Kind.READ,
    answer=RechargeBalance,
)
RECHARGE_BALANCE_SUB_MERCHANT = Endpoint(
    name="refunds.recharge_balance",
    method="GET",
    path=f"{_RECHARGE}/partner/recharge-balance/sub-mchid/{{sub_mchid}}",
    kind=Kind.READ,
    answer=RechargeBalance,
)


class Refunds(Resource):
    """Refunds of payments."""

    async def create(
        self,
        *,
        out_refund_no: str,
        refund: int,
        total: int,
        currency: str = "CNY",
        transaction_id: str | None = None,
        out_trade_no: str | None = None,
        appid: str | None = None,
        sp_appid: str | None = None,
        sub_appid: str | None = None,
        reason: str | None = None,
        source: str | None = None,
        notify_url: str | None = None,
        sub_mchid: str | None = None,
    ) -> Refund:
        """Give money of a payment back to its payer; the answer means accepted, no more.

        The same ``out_refund_no`` is the same refund: repeat it as it was until it is answered.
        Within a year of payment, at most 50 times, a minute apart. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml

        Args:
            out_refund_no: our number of the refund, 1 to 64 letters, digits and ``_ - | * @``.
            refund: how much, in the minor unit of *currency*: fen where it is CNY.
            total: of the order, likewise.
            currency: of the order.
            transaction_id: WeChat Pay's number of the payment; this or *out_trade_no*.
            out_trade_no: our number of the order; this or *transaction_id*.
            appid: of the merchant; needed in common mode, and only there.
            sp_appid: of the institution; needed in the other modes, and only there.
            sub_appid: of the sub-merchant; in the other modes only, may be left out.
            reason: shown to the payer, 1 to 80 characters.
            source: a `RefundSource`; ``None`` lets the service choose the funds.
            notify_url: https, public, without a query; ``None`` for no notice.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Returns:
            The refund; its ``status`` is not told here: see `wait`.

        Raises:
            InvalidInput: an argument breaks its limit, or does not fit the mode.
            OutcomeUnknown: it may or may not be accepted: repeat it with the same number.
            ServiceError: refused, such as code NOT_ENOUGH: the day's CNY do not hold it.
        """
        self._fits_mode(appid, sp_appid, sub_appid)
        body = CreateRefund(
            appid=appid,
            sp_appid=sp_appid,
            sub_appid=sub_appid,
            transaction_id=transaction_id,
            out_trade_no=out_trade_no,
            out_refund_no=out_refund_no,
            reason=reason,
            source=source,
            amount=RefundAsked(refund=refund, total=total, currency=currency),
            notify_url=notify_url,
        )
        return await self._ask(CREATE, body=body, echo=("out_refund_no",), sub_mchid=sub_mchid)

    async def get(
        self,
        *,
        refund_id: str | None = None,
        out_refund_no: str | None = None,
        sub_mchid: str | None = None,
    ) -> Refund:
        """Ask how a refund stands, by either of its numbers.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_3_4.shtml

        Args:
            refund_id: WeChat Pay's number of the refund; this or *out_refund_no*.
            out_refund_no: our number of the refund; this or *refund_id*.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            InvalidInput: not exactly one number.
            NotFound: no such refund of this merchant.
            WxdistError: as for every read.
        """
        if refund_id is not None and out_refund_no is None:
            endpoint, ids = GET, {"refund_id": refund_id}
        elif out_refund_no is not None and refund_id is None:
            endpoint, ids = GET_BY_OUT_REFUND_NO, {"out_refund_no": out_refund_no}
        else:
            raise InvalidInput("refund_id", "or out_refund_no is needed: exactly one of them")
        return await self._ask(endpoint, ids=ids, echo=tuple(ids), sub_mchid=sub_mchid)

    async def list(
        self,
        *,
        transaction_id: str | None = None,
        out_trade_no: str | None = None,
        sub_mchid: str | None = None,
    ) -> AsyncIterator[Refund]:
        """Iterate over the refunds of one payment, page by page by itself.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_1_3.shtml

        Args:
            transaction_id: WeChat Pay's number of the payment; this or *out_trade_no*.
            out_trade_no: our number of the order; this or *transaction_id*.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            InvalidInput: not exactly one number.
            WxdistError: as for every read, at each page.
        """
        one_payment(transaction_id, out_trade_no)
        numbers = {"transaction_id": transaction_id, "out_trade_no": out_trade_no}
        count, offset = self._caller.settings.page_size, 0
        total = 1
        while offset < total:
            page = await self._ask(
                LIST,
                query={**numbers, "offset": str(offset), "count": str(count)},
                echo=[name for name, value in numbers.items() if value is not None],
                sub_mchid=sub_mchid,
            )
            if not page.data:
                return
            total = page.total_num
            offset += len(page.data)
            for refund in page.data:
                yield _listed(refund, page)

    async def wait(
        self,
        refund: Refund | str,
        *,
        deadline: float | dt.datetime | None = None,
        sub_mchid: str | None = None,
    ) -> Refund:
        """Wait until a refund is no longer PROCESSING, whatever became of it.

        Look at the ``status`` of what comes: SUCCESS, or REFUNDCLOSE and ABNORMAL, which are no
        errors here. To a balance it takes up to 20 minutes, to a card working days.

        Args:
            refund: as `create` or `get` returned it, or its ``out_refund_no``.
            deadline: seconds from now, or an aware datetime; ``None`` takes
                ``settings.refund_deadline``, 30 minutes.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            StillRunning: the deadline came first.
            NotFound: it is unknown, a minute after the wait began.
        """
        number = refund.out_refund_no if isinstance(refund, Refund) else refund
        clock, settings = self._caller.shared.clock, self._caller.settings
        wait = Wait(
            fetch=lambda: self.get(out_refund_no=number, sub_mchid=sub_mchid),
            judge=judge_refund,
            excuse=not_found_yet(settings.not_found_grace),
            delays=settings.poll_delays,
            until=until(deadline, settings.refund_deadline, clock),
            started=clock.monotonic(),
            what=f"refund {number} is PROCESSING",
        )
        return await poll(wait, clock)

    async def refundable_balance(self) -> RefundableBalance:
        """Ask for today's advance-refund quota of the sponsor.

        It is what the merchant unfroze today and has not been exchanged yet. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_13.shtml

        Returns:
            The balance in fen.

        Raises:
            WxdistError: as for every read.
        """
        return await self._ask(REFUNDABLE_BALANCE)

    async def recharge_balance(self, *, sub_mchid: str | None = None) -> RechargeBalance:
        """Ask what the foreign-currency account for refunds holds; it must be applied for.

        In the modes with sub-merchants it is asked by sub-merchant; whether the figure is that of
        the sub-merchant or of the institution is not documented. Source:
        https://pay.weixin.qq.com/doc/global/v3/en/4013069215

        Args:
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Returns:
            The balance, in the minor unit of its currency.

        Raises:
            WxdistError: as for every read.
        """
        common = self._caller.credentials.mode == "common"
        endpoint = RECHARGE_BALANCE if common else RECHARGE_BALANCE_SUB_MERCHANT
        return await self._ask(endpoint, sub_mchid=sub_mchid)

    def _fits_mode(self, appid: str | None, sp_appid: str | None, sub_appid: str | None) -> None:
        """Refuse app ids that do not belong to the mode, and the lack of the one that does."""
        common = self._caller.credentials.mode == "common"
        given = {"appid": appid, "sp_appid": sp_appid, "sub_appid": sub_appid}
        needed, others = (
            ("appid", ("sp_appid", "sub_appid")) if common else ("sp_appid", ("appid",))
        )
        where = "in common mode" if common else "in the modes with sub-merchants"
        if given[needed] is None:
            raise InvalidInput(needed, f"is needed by refunds.create {where}")
        for name in others:
            if given[name] is not None:
                raise InvalidInput(name, f"is not taken {where}: leave it out")


def _listed(refund: Refund, page: RefundPage) -> Refund:
    """Return an entry of *page* with the order's numbers, which stand in the page alone."""
    facts = {"transaction_id": page.id, "out_trade_no": page.out_trade_no, "meta": page.meta}
    return attrs.evolve(refund, **facts)  # type: ignore[misc]  # a model
