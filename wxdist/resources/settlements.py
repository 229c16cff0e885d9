"""What was settled, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

from wxdist.errors import InvalidInput
from wxdist.models import Settlement, SettlementPage, SettleState
from wxdist.models.limits import documented
from wxdist.resources._call import Endpoint, ForMerchant, Resource
from wxdist.transport.retrying import Kind

LIST = Endpoint(
    name="settlements.list",
    method="GET",
    path="/v3/global/settle/settlements",
    kind=Kind.READ,
    answer=SettlementPage,
    sub_mchid=ForMerchant.BY_PROVIDER,
)


class Settlements(Resource):
    """Settlement records."""

    async def list(
        self,
        state: str,
        *,
        start: dt.date | None = None,
        end: dt.date | None = None,
        sub_mchid: str | None = None,
    ) -> AsyncIterator[Settlement]:
        """Iterate over the settlement records, page by page by itself.

        Records that are added meanwhile shift the pages. One that is answered twice, all alike,
        comes once; the newest may be missing, and one that changed meanwhile comes as it was and
        as it is. Ask for days that are over. How long a range may be is not documented: it is sent
        as it is given.

        Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml

        Args:
            state: a `SettleState`: ``SETTLED``, or ``UNSETTLE`` for what is still to come.
            start: first Beijing day, of SETTLED alone, where it is needed.
            end: last Beijing day, not before *start*; likewise.
            sub_mchid: the sub-merchant; needed for service providers, else usually left out.

        Raises:
            InvalidInput: a state or a range that the service would refuse.
            WxdistError: as for every read, at each page.
        """
        query = _range(state, start, end)
        limit, offset = self._caller.settings.page_size, 0
        total: int | None = None
        seen: set[Settlement] = set()
        while total is None or offset < total:
            page = await self._ask(
                LIST,
                query={**query, "limit": str(limit), "offset": str(offset)},
                sub_mchid=sub_mchid,
            )
            fresh = [record for record in dict.fromkeys(page.data) if record not in seen]
            if not fresh:
                return
            if offset == 0:  # only then is the total reliable
                total = page.total_count
            elif total is not None:  # what comes again has pushed as many others back
                total += len(page.data) - len(fresh)
            offset += len(page.data)
            seen.update(fresh)
            for record in fresh:
                yield record


def _range(state: str, start: dt.date | None, end: dt.date | None) -> dict[str, str | None]:
    """Return the query of a list, checked."""
    try:
        kind = documented(SettleState)(state)
    except InvalidInput as error:
        raise InvalidInput("state", error.problem) from None
    if kind == SettleState.UNSETTLE:
        if start is not None or end is not None:
            raise InvalidInput("start", "and end have no effect with UNSETTLE: leave them out")
        return {"settle_state": kind.value}
    first, last = _day("start", start), _day("end", end)
    if last < first:
        raise InvalidInput("end", "must not be before start")
    return {
        "settle_state": kind.value,
        "settle_start_date": f"{first:%Y%m%d}",
        "settle_end_date": f"{last:%Y%m%d}",
    }


def _day(field: str, day: object) -> dt.date:
    if not isinstance(day, dt.date) or isinstance(day, dt.datetime):
        raise InvalidInput(field, "must be a datetime.date (a Beijing day), with SETTLED")
    return day
