"""How a story of money ends: who got what, and whether it adds up."""

from __future__ import annotations

from wxdist import DetailResult
from wxdist.models import model


@model
class Received:
    """What one receiver was to get, and got; amounts in fen."""

    account: str
    name: str
    asked: int
    paid: int
    result: DetailResult
    fail_reason: str | None
    advice: str | None


@model
class Change:
    """What was seen to change, and when."""

    at: str  #: Beijing time
    out_order_no: str
    account: str | None  #: of a detail; ``None``: the order itself
    state: str


@model
class Bill:
    """The day's bill; amounts in fen."""

    day: str
    rows: int
    total: int


@model
class Ending:
    """Where all the money went; amounts in fen."""

    transaction_id: str
    payer: int  #: what was paid
    fee: int
    sponsor: str
    receivers: tuple[Received, ...]
    released: int  #: to the sponsor
    remaining: int  #: what could still be distributed after all that
    bill: Bill
    changes: tuple[Change, ...]

    @property
    def distributed(self) -> int:
        """What the receivers got."""
        return sum(each.paid for each in self.receivers)

    @property
    def total(self) -> int:
        """Everything that arrived somewhere."""
        return self.distributed + self.released + self.fee

    @property
    def closes(self) -> bool:
        """Whether the total is what was paid, and the bill and the remaining amount agree."""
        return (
            self.total == self.payer
            and self.bill.total == self.distributed + self.released
            and self.remaining == 0
        )
