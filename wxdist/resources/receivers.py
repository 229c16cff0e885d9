"""Receivers of money: add, ask, wait for the audit, delete."""

from __future__ import annotations

import datetime as dt

from wxdist.errors import InvalidInput
from wxdist.models import Receiver, ReceiverKey, Relation
from wxdist.resources._call import Endpoint, Resource
from wxdist.transport.retrying import Kind
from wxdist.waiting.poller import Wait, poll
from wxdist.waiting.schedule import until
from wxdist.waiting.verdict import judge_relation, not_found_yet

_PATH = "/v3/global/profit-sharing/receivers"

ADD = Endpoint(name="receivers.add", method="POST", path=_PATH, kind=Kind.ONCE, answer=Relation)
GET = Endpoint(
    name="receivers.get",
    method="GET",
    path=f"{_PATH}/{{account}}",
    kind=Kind.READ,
    answer=Relation,
)
DELETE = Endpoint(
    name="receivers.delete", method="DELETE", path=_PATH, kind=Kind.ONCE, answer=type(None)
)


class Receivers(Resource):
    """Who may receive money, by caller, sub-merchant and account."""

    async def add(self, receiver: Receiver, *, sub_mchid: str | None = None) -> Relation:
        """Add a receiver; its audit takes 3 to 5 working days.

        Upload its two documents first (``files.upload``). The name leaves encrypted. Not
        repeatable: after `OutcomeUnknown` ask `get`. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_6.shtml

        Args:
            receiver: whom to add.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            InvalidInput: such as a name longer than one block holds (214 bytes).
            OutcomeUnknown: it may or may not be added: ask `get`.
            RequestRefused: such as one that is already added.
        """
        if not isinstance(receiver, Receiver):
            raise InvalidInput("receiver", "must be a wxdist.Receiver")
        return await self._ask(ADD, body=receiver, echo=("type", "account"), sub_mchid=sub_mchid)

    async def get(
        self,
        account: str,
        *,
        type: str,
        appid: str | None = None,
        sub_appid: str | None = None,
        sub_mchid: str | None = None,
    ) -> Relation:
        """Ask how the service knows a receiver, and how far its audit is.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_7.shtml

        Args:
            account: merchant id or OpenID, 1 to 64 characters.
            type: a `ReceiverType`.
            appid: needed for a PERSONAL_OPENID.
            sub_appid: needed for a PERSONAL_SUB_OPENID.
            sub_mchid: the sub-merchant; ``None`` takes the session's.

        Raises:
            NotFound: no such receiver of this merchant.
            WxdistError: as for every read.
        """
        key = ReceiverKey(type=type, account=account, appid=appid, sub_appid=sub_appid)
        query = {"type": key.type, "appid": appid, "sub_appid": sub_appid}
        return await self._ask(
            GET,
            ids={"account": account},
            query=query,
            echo=("type", "account"),
            sub_mchid=sub_mchid,
        )

    async def delete(
        self,
        account: str,
        *,
        type: str,
        appid: str | None = None,
        sub_appid: str | None = None,
        sub_mchid: str | None = None,
    ) -> None:
        """Delete a receiver: nothing can be distributed to it afterwards.

        What becomes of a distribution under way is not documented. Not repeatable: after
        `OutcomeUnknown` ask `get`. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_8.shtml

        Args:
            account: as `get`.
            type: as `get`.
            appid: as `get`.
            sub_appid: as `get`.
            sub_mchid: as `get`.

        Raises:
            OutcomeUnknown: it may or may not be deleted.
            ServiceError: refused.
        """
        key = ReceiverKey(type=type, account=account, appid=appid, sub_appid=sub_appid)
        await self._ask(DELETE, body=key, sub_mchid=sub_mchid)

    async def wait(
        self,
        account: str,
        *,
        type: str,
        appid: str | None = None,
        sub_appid: str | None = None,
        deadline: float | dt.datetime | None = None,
        sub_mchid: str | None = None,
    ) -> Relation:
        """Wait until a receiver is EFFECTIVE.

        Asks at once, then every hour (``settings.receiver_poll_delays``): the audit takes days.

        Args:
            account: as `get`.
            type: as `get`.
            appid: as `get`.
            sub_appid: as `get`.
            sub_mchid: as `get`.
            deadline: seconds from now, or an aware datetime; ``None`` takes
                ``settings.receiver_deadline``, 7 days.

        Raises:
            ReceiverRefused: the audit failed; says why.
            StillRunning: the deadline came first.
        """
        clock, settings = self._caller.shared.clock, self._caller.settings
        wait = Wait(
            fetch=lambda: self.get(
                account, type=type, appid=appid, sub_appid=sub_appid, sub_mchid=sub_mchid
            ),
            judge=judge_relation,
            excuse=not_found_yet(settings.not_found_grace),
            delays=settings.receiver_poll_delays,
            until=until(deadline, settings.receiver_deadline, clock),
            started=clock.monotonic(),
            what="the receiver is not EFFECTIVE yet",
        )
        return await poll(wait, clock)
