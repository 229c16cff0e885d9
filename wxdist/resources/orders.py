"""Distribute money, release the rest, and wait until it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from wxdist.errors import InvalidInput
from wxdist.models import CreateOrder, Distribution, OrderRef, OrderState, Share, Unfreeze
from wxdist.models.limits import check
from wxdist.models.orders import shares_of
from wxdist.resources._call import Endpoint, Resource
from wxdist.transport.retrying import Kind
from wxdist.waiting.poller import Changes, Many, Wait, poll
from wxdist.waiting.schedule import series, until
from wxdist.waiting.verdict import Judge, judge_order, judge_paid, not_found_yet

_PATH = "/v3/global/profit-sharing/orders"
_ECHO = ("transaction_id", "out_order_no")

CREATE = Endpoint(
    name="orders.create", method="POST", path=_PATH, kind=Kind.REPEATABLE, answer=Distribution
)
UNFREEZE = Endpoint(
    name="orders.unfreeze",
    method="POST",
    path=f"{_PATH}/unfreeze",
    kind=Kind.REPEATABLE,
    answer=Distribution,
)
GET = Endpoint(
    name="orders.get",
    method="GET",
    path=f"{_PATH}/{{out_order_no}}",
    kind=Kind.READ,
    answer=Distribution,
)


class Orders(Resource):
    """Funds-distribution orders."""

    async def create(
        self,
        transaction_id: str,
        out_order_no: str,
        shares: Sequence[Share],
        *,
        unfreeze_unsplit: bool,
        appid: str | None = None,
        sub_appid: str | None = None,
        sub_mchid: str | None = None,
    ) -> Distribution:
        """Distribute money of a paid order; the answer only says that it was accepted.

        The same number with the same content is the same instruction, so it may be repeated after
        `OutcomeUnknown`. Derive it with `order_no`. A name is encrypted anew by each call, though
        not by its own attempts; whether the service compares names is not documented. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml

        Args:
            transaction_id: WeChat Pay's number of the payment.
            out_order_no: our number of this instruction, 1 to 64 of ``[0-9A-Za-z_-]``; shared
                with `unfreeze`.
            shares: 1 to 50 parts, each for another receiver. An empty list is allowed when
                everything is released.
            unfreeze_unsplit: ``True`` releases the rest to the sponsor, and nothing can be
                distributed afterwards; ``False`` keeps it frozen, for up to 50 orders in all.
            appid: needed when a receiver is a PERSONAL_OPENID.
            sub_appid: needed when a receiver is a PERSONAL_SUB_OPENID.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            InvalidInput: an argument breaks its limit; nothing was sent.
            OutcomeUnknown: query it, or repeat it unchanged.
            RequestRefused: a rule of the product, or other content under this number.
        """
        if sub_appid is not None and self._caller.credentials.mode == "common":
            raise InvalidInput("sub_appid", "is not taken in common mode: leave it out")
        body = CreateOrder(
            appid=appid,
            sub_appid=sub_appid,
            transaction_id=transaction_id,
            out_order_no=out_order_no,
            receivers=shares_of(shares, unfreeze_unsplit=unfreeze_unsplit),
            unfreeze_unsplit=unfreeze_unsplit,
        )
        return await self._ask(CREATE, body=body, echo=_ECHO, sub_mchid=sub_mchid)

    async def get(
        self, out_order_no: str, *, transaction_id: str, sub_mchid: str | None = None
    ) -> Distribution:
        """Ask what became of an order or an unfreezing.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_4.shtml

        Args:
            out_order_no: our number of it.
            transaction_id: WeChat Pay's number of the payment.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            NotFound: there is no such order, or not yet.
            WxdistError: as for every read.
        """
        check("transaction_id", transaction_id)  # not one that may be left out
        return await self._ask(
            GET,
            ids={"out_order_no": out_order_no},
            query={"transaction_id": transaction_id},
            echo=_ECHO,
            sub_mchid=sub_mchid,
        )

    async def unfreeze(
        self,
        transaction_id: str,
        out_order_no: str,
        *,
        description: str,
        sub_mchid: str | None = None,
    ) -> Distribution:
        """Release all that is left of a payment to the sponsor; nothing can be shared afterwards.

        Use a new number: one that an earlier order had is a repeat of that order, and releases
        nothing. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_3.shtml

        Args:
            transaction_id: WeChat Pay's number of the payment.
            out_order_no: our number of this instruction, as in `create`.
            description: 1 to 80 characters, shown in the record and the bill.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            InvalidInput, OutcomeUnknown, RequestRefused: as `create`.
        """
        body = Unfreeze(
            transaction_id=transaction_id, out_order_no=out_order_no, description=description
        )
        return await self._ask(UNFREEZE, body=body, echo=_ECHO, sub_mchid=sub_mchid)

    async def wait(
        self,
        order: Distribution | OrderRef,
        *,
        deadline: float | dt.datetime | None = None,
        allow_closed: bool = False,
    ) -> Distribution:
        """Wait until an order is FINISHED, which is not yet success.

        Args:
            order: what `create` or `unfreeze` gave, or its ``ref``.
            deadline: seconds from now, or an aware datetime; ``None`` takes
                ``settings.order_deadline``.
            allow_closed: return an order with CLOSED details instead of raising.

        Raises:
            DetailsClosed: FINISHED, but part of the money was not paid.
            StillRunning: the deadline came first; wait again with the same ``ref``.
            NotFound: verified, later than ``settings.not_found_grace``.
        """
        judge = judge_order if allow_closed else judge_paid
        wait, first = self._waiting(order, judge, deadline)
        if isinstance(order, Distribution) and order.state == OrderState.FINISHED:
            judge(order)
            return order
        return await poll(wait, self._caller.shared.clock, first=first)

    def watch(
        self, order: Distribution | OrderRef, *, deadline: float | dt.datetime | None = None
    ) -> Changes[Distribution]:
        """Return an iterator over what the order becomes: one item a change, FINISHED the last.

        Usable as ``async with`` too. Of a `Distribution` that is not FINISHED the first item is
        the first change; of an `OrderRef` it is the first answer.

        Args:
            order: as `wait`.
            deadline: as `wait`.

        Raises:
            StillRunning, NotFound: as `wait`, by the iteration.
        """
        wait, first = self._waiting(order, judge_order, deadline)
        return Changes(wait, self._caller.shared.clock, first=first)

    def wait_many(
        self,
        orders: Iterable[Distribution | OrderRef],
        *,
        deadline: float | dt.datetime | None = None,
        concurrency: int = 16,
    ) -> Many[OrderRef, Distribution]:
        """Return an iterator over ``(ref, Distribution or error)``, as each wait ends.

        One scheduler serves them all; queries are paced by ``settings.query_rate``. The errors are
        those of `wait`; none ends the iteration. Use ``async with`` to leave early.

        Args:
            orders: what to wait for, any number.
            deadline: of each, as in `wait`.
            concurrency: queries in flight at once, at least 1.
        """
        if type(concurrency) is not int or concurrency < 1:
            raise InvalidInput("concurrency", "must be a whole number of at least 1")
        waits = []
        for order in orders:
            wait, first = self._waiting(order, judge_paid, deadline)
            ref = order.ref if isinstance(order, Distribution) else order
            waits.append((ref, wait, first))
        return Many(waits, self._caller.shared.clock, concurrency=concurrency)

    def _waiting(
        self,
        order: Distribution | OrderRef,
        judge: Judge[Distribution],
        deadline: float | dt.datetime | None,
    ) -> tuple[Wait[Distribution], float]:
        """Return the wait for *order*, and the seconds before its first look."""
        if not isinstance(order, Distribution | OrderRef):
            raise InvalidInput("order", "must be a Distribution or an OrderRef")
        clock, settings = self._caller.shared.clock, self._caller.settings
        ref = order.ref if isinstance(order, Distribution) else order
        common = self._caller.credentials.mode == "common"  # the service may echo one even so
        wait = Wait(
            fetch=lambda: self.get(
                ref.out_order_no,
                transaction_id=ref.transaction_id,
                sub_mchid=None if common else ref.sub_mchid,
            ),
            judge=judge,
            excuse=not_found_yet(settings.not_found_grace),
            delays=settings.poll_delays,
            until=until(deadline, settings.order_deadline, clock),
            started=clock.monotonic(),
            what=f"order {ref.out_order_no} is not FINISHED",
        )
        if isinstance(order, Distribution) and order.state != OrderState.FINISHED:
            wait.last = order
            return wait, next(series(settings.poll_delays))
        return wait, 0.0
