"""A payment: mark it for distribution, and learn what of it can be distributed."""

from __future__ import annotations

import datetime as dt

from wxdist.models import Mark, Refundable, Remaining, Transaction
from wxdist.models.limits import check
from wxdist.resources._call import Endpoint, Resource
from wxdist.transport.retrying import Kind
from wxdist.waiting.poller import Wait, poll
from wxdist.waiting.schedule import unix, until
from wxdist.waiting.verdict import judge_anything, not_frozen_yet

MARK = Endpoint(
    name="transactions.mark",
    method="POST",
    path="/v3/global/profit-sharing/transactions/mark",
    kind=Kind.REPEATABLE,
    answer=type(None),
)
REMAINING = Endpoint(
    name="transactions.remaining",
    method="GET",
    path="/v3/global/profit-sharing/transactions/{transaction_id}/amounts",
    kind=Kind.READ,
    answer=Remaining,
)
REFUNDABLE = Endpoint(
    name="transactions.refundable",
    method="GET",
    path="/v3/global/profit-sharing/transactions/{transaction_id}/refundable-amounts",
    kind=Kind.READ,
    answer=Refundable,
)
GET = Endpoint(
    name="transactions.get",
    method="GET",
    path="/v3/global/transactions/id/{id}",
    kind=Kind.READ,
    answer=Transaction,
    payment=True,
)
GET_BY_OUT_TRADE_NO = Endpoint(
    name="transactions.get_by_out_trade_no",
    method="GET",
    path="/v3/global/transactions/out-trade-no/{out_trade_no}",
    kind=Kind.READ,
    answer=Transaction,
    payment=True,
)


class Transactions(Resource):
    """Payments whose money is shared."""

    async def mark(
        self, out_trade_no: str, *, currency: str = "CNY", sub_mchid: str | None = None
    ) -> None:
        """Mark an order for funds distribution, before it is placed.

        The mark is void unless the order is then placed with the same ``sub_mchid``,
        ``out_trade_no`` and ``currency``. May be repeated. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_1.shtml

        Args:
            out_trade_no: our number of the order to come, 6 to 32 characters.
            currency: of that order; only CNY.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            InvalidInput: an argument breaks its limit.
            OutcomeUnknown: it may or may not be marked: mark it again.
            ServiceError: refused, such as for an order that was already placed.
        """
        await self._ask(
            MARK, body=Mark(out_trade_no=out_trade_no, currency=currency), sub_mchid=sub_mchid
        )

    async def remaining(self, transaction_id: str, *, sub_mchid: str | None = None) -> Remaining:
        """Ask how much of a payment can still be distributed.

        A refusal means that it cannot be distributed, or not yet. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_5.shtml

        Args:
            transaction_id: WeChat Pay's number of the payment, 1 to 32 characters.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Returns:
            The amount in fen, net of the acquiring fee.

        Raises:
            RequestRefused: not distributable, not yet, or of another merchant.
            WxdistError: as for every read.
        """
        return await self._ask(
            REMAINING,
            ids={"transaction_id": transaction_id},
            echo=("transaction_id",),
            sub_mchid=sub_mchid,
        )

    async def get(self, transaction_id: str, *, sub_mchid: str | None = None) -> Transaction:
        """Ask how a payment stands, by WeChat Pay's number.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_5_2.shtml

        Args:
            transaction_id: WeChat Pay's number of the payment, 1 to 32 characters.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            NotFound: no such payment of this merchant.
            WxdistError: as for every read.
        """
        check("transaction_id", transaction_id)
        return await self._ask(GET, ids={"id": transaction_id}, echo=("id",), sub_mchid=sub_mchid)

    async def get_by_out_trade_no(
        self, out_trade_no: str, *, sub_mchid: str | None = None
    ) -> Transaction:
        """Ask how a payment stands, by our number; also of one that was not distributed.

        Right after the order was placed the service may not know it for 30 seconds. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_5_2.shtml

        Args:
            out_trade_no: our number of the order, 1 to 32 characters.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            NotFound: no such order of this merchant.
            WxdistError: as for every read.
        """
        return await self._ask(
            GET_BY_OUT_TRADE_NO,
            ids={"out_trade_no": out_trade_no},
            echo=("out_trade_no",),
            sub_mchid=sub_mchid,
        )

    async def refundable(self, transaction_id: str, *, sub_mchid: str | None = None) -> Refundable:
        """Ask how much of a distributed payment can still be refunded.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_12.shtml

        Args:
            transaction_id: WeChat Pay's number of the payment, 1 to 32 characters.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Returns:
            Amounts in fen; ``None`` where the service does not tell one.

        Raises:
            RequestRefused: as of `remaining`.
            WxdistError: as for every read.
        """
        return await self._ask(
            REFUNDABLE,
            ids={"transaction_id": transaction_id},
            echo=("transaction_id",),
            sub_mchid=sub_mchid,
        )

    async def wait_until_distributable(
        self,
        transaction_id: str,
        *,
        paid_at: dt.datetime | None = None,
        deadline: float | dt.datetime | None = None,
        sub_mchid: str | None = None,
    ) -> Remaining:
        """Wait until the money of a payment is frozen and can be distributed.

        Freezing takes 3 to 5 minutes. With *paid_at* nothing is asked before the window opens,
        and then with growing pauses (``settings.poll_delays``). Until the window and its grace
        are over, any INVALID_REQUEST counts as *not yet*.

        Args:
            transaction_id: WeChat Pay's number of the payment.
            paid_at: when it was paid, with its time zone; ``None`` asks at once, and counts the
                window from the start of the wait.
            deadline: seconds from now, or an aware datetime; ``None`` takes
                ``settings.distributable_deadline`` after the payment (or the start), and at least
                the time of one call, ``settings.deadline``.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Returns:
            What can be distributed, in fen.

        Raises:
            NotDistributable: window and grace are over and it is still refused.
            StillRunning: the deadline came first.
            SignatureRefused, NoPermission: verified, at once.
        """
        clock, settings = self._caller.shared.clock, self._caller.settings
        now = clock.now()
        paid = 0.0 if paid_at is None else unix(paid_at, "paid_at") - now  # seconds from now
        # a payment of long ago still gets the time of one call
        default = max(paid + settings.distributable_deadline, settings.deadline)
        opens, closes = settings.freeze_window
        wait = Wait(
            fetch=lambda: self.remaining(transaction_id, sub_mchid=sub_mchid),
            judge=judge_anything,
            excuse=not_frozen_yet(closes + settings.freeze_grace, paid),
            delays=settings.poll_delays,
            until=until(deadline, default, clock),
            started=clock.monotonic(),
            what=f"transaction {transaction_id} is not distributable yet",
        )
        first = 0.0 if paid_at is None else max(0.0, paid + opens)
        return await poll(wait, clock, first=first)
