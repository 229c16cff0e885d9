"""Whose a settlement batch is: what an institution owes to each of its sub-merchants."""

from __future__ import annotations

from collections.abc import Container, Iterable

from wxdist.errors import InvalidInput
from wxdist.models import DistributionRow, Settlement, StatementRow, model

from .movements import Movement, MovementKind, counted


@model
class Part:
    """The part of one sub-merchant, in minor units of the settlement currency."""

    sub_mchid: str
    ordinary: int  #: its ordinary payments, before fees
    split_pay: int  #: what was released of its marked payments
    refund: int  #: what went back, as positive number
    fee: int  #: of its ordinary payments, less what was given back of it

    @property
    def pay(self) -> int:
        """All that came in."""
        return self.ordinary + self.split_pay

    @property
    def net(self) -> int:
        """What it is owed of the batch; below zero when it owes."""
        return self.pay - self.refund - self.fee


@model
class Unassigned:
    """What of a batch the rows give to nobody, by column; below zero where they give too much."""

    pay: int
    split_pay: int  #: of ``pay``
    refund: int
    fee: int
    net: int


@model
class BatchParts:
    """A settlement batch, divided: the parts and what is unassigned are the batch, to the unit."""

    settlement: Settlement
    parts: tuple[Part, ...]  #: by ``sub_mchid``
    unassigned: Unassigned

    @property
    def adds_up(self) -> bool:
        """Whether nothing is unassigned in any column."""
        nothing = Unassigned(pay=0, split_pay=0, refund=0, fee=0, net=0)
        return self.unassigned == nothing


def parts(
    settlement: Settlement,
    statements: Iterable[StatementRow],
    releases: Iterable[DistributionRow],
    *,
    marked: Container[str] | None = None,
) -> BatchParts:
    """Divide a batch that was paid to an institution among its sub-merchants.

    The rows are those of the batch's days, ``trade_start_date`` to ``trade_end_date``, and of its
    wallet region where the institution has both; each is read once, and only sums are kept. Which
    rows count is said at `movements`. Nothing is spread: a row without ``sub_mchid``, a refund out
    of released money (its statement row is in CNY) or a missing bill shows as unassigned.

    The service does not document the signs of a batch; a refund is taken as a positive number, and
    ``net`` as ``pay - refund - fee``. Source:
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_4_10.shtml

    Args:
        settlement: the batch, settled or not.
        statements: rows of the trade statements of its days.
        releases: rows of the distribution bills of its days.
        marked: as for `movements`.

    Raises:
        InvalidInput: *marked* is missing, or a payment is of another day.
    """
    first, last = settlement.trade_start_date, settlement.trade_end_date
    if last < first:
        raise InvalidInput("settlement", "its trade_end_date is before its trade_start_date")
    currency = settlement.amount.currency
    sums: dict[str, dict[str, int]] = {}
    for each in counted((first, last), currency, statements, releases, marked):
        if each.sub_mchid:
            _add(sums.setdefault(each.sub_mchid, _nothing()), each)
    found = tuple(Part(sub_mchid=name, **sums[name]) for name in sorted(sums))
    return BatchParts(settlement=settlement, parts=found, unassigned=_rest(settlement, found))


def _nothing() -> dict[str, int]:
    return {"ordinary": 0, "split_pay": 0, "refund": 0, "fee": 0}


_COLUMN = {
    MovementKind.PAYMENT: "ordinary",
    MovementKind.RELEASED: "split_pay",
    MovementKind.REFUND: "refund",
}


def _add(sums: dict[str, int], each: Movement) -> None:
    sums[_COLUMN[each.kind]] += each.amount
    sums["fee"] += each.fee


def _rest(settlement: Settlement, found: Iterable[Part]) -> Unassigned:
    amount, split = settlement.amount, settlement.split_amount
    parts = tuple(found)
    return Unassigned(
        pay=amount.pay - sum(each.pay for each in parts),
        split_pay=(0 if split is None else split.pay) - sum(each.split_pay for each in parts),
        refund=amount.refund - sum(each.refund for each in parts),
        fee=amount.fee - sum(each.fee for each in parts),
        net=amount.net - sum(each.net for each in parts),
    )
