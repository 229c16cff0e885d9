"""The calls for papers: addresses of bills, the bills, the statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wxdist.models import BillKind

from .asking import Request
from .companions import Companions
from .rules import calendar
from .rules.fields import Fields

BILL_PATH = "/v3/bill/downloadurl"
STATEMENT_PATH = "/v3/global/statements"


class Billing(Companions):
    """A part of `Endpoints`: each method is one API."""

    _wall: Callable[[], float]
    base_url: str

    def bill_link(self, request: Request, _: Fields) -> Any:
        """Hand out the address of a bill of funds distribution: chapter4_1_9."""
        return self._link(request, BillKind.DISTRIBUTION)

    def refund_bill_link(self, request: Request, _: Fields) -> Any:
        """Hand out the address of a refund bill: chapter4_1_14."""
        return self._link(request, BillKind.REFUNDS)

    def bill(self, request: Request, _: Fields) -> str:
        """Hand out the bill behind an address, used as it was given."""
        token = request.query_text().removeprefix("token=")
        return self._world.bills.file(token, self._wall())

    def statement(self, request: Request, _: Fields) -> str:
        """Hand out the statement of a day: chapter4_1_34."""
        query = request.query()
        child = self._caller(query, must=False)
        day = calendar.day_in(query.text("date"), "%Y%m%d", "date")
        return self._world.bills.statement(day, child)

    def _link(self, request: Request, kind: BillKind) -> Any:
        query = request.query()
        day = calendar.day_in(query.text("bill_date"), "%Y-%m-%d", "bill_date")
        child = self._child(query, must=False)
        token = self._world.bills.link(day, child, self._wall(), kind)
        return {"download_url": f"{self.base_url}{BILL_PATH}?token={token}"}
