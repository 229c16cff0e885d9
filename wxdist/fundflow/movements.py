"""What came into the pools of a day, and what not yet, read from statements and bills."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Container, Iterable, Iterator

from wxdist.errors import InvalidInput
from wxdist.models import DistributionRow, StatementRow, beijing_day, model
from wxdist.models.limits import PAYMENT_LIMITS, check

from ._days import a_day, money

#: Kind, amount and fee of a row that counts.
_Counted = tuple["MovementKind", int, int]


class MovementKind(enum.StrEnum):
    """What an amount is; those without a day have not come in yet."""

    PAYMENT = "PAYMENT"  #: an ordinary payment, not marked for distribution
    RELEASED = "RELEASED"  #: what was unfrozen to the sponsor
    REFUND = "REFUND"  #: of an ordinary payment, or out of released money
    FROZEN = "FROZEN"  #: of a marked payment, neither distributed nor released
    PROCESSING = "PROCESSING"  #: a release that is accepted and not done

    @property
    def has_come(self) -> bool:
        """Whether it is in the pools: it then has a day."""
        return self not in {MovementKind.FROZEN, MovementKind.PROCESSING}


@model
class Movement:
    """One amount of the fund flow.

    Raises:
        InvalidInput: a kind with a day that needs none, the other way round, or amounts that are
            no whole numbers.
    """

    kind: MovementKind
    day: dt.date | None = None  #: Beijing day on which it came in; ``None`` of what has not
    amount: int  #: before the fee, in minor units; of a refund what went back, as positive number
    fee: int = 0  #: withheld from it; of a refund, minus what was given back of the fee
    transaction_id: str = ""
    sub_mchid: str = ""

    def __attrs_post_init__(self) -> None:
        if self.kind.has_come:
            a_day("day", self.day)
        elif self.day is not None:
            raise InvalidInput("day", f"must be left out: {self.kind} has not come in")
        money("amount", self.amount)
        money("fee", self.fee)

    @property
    def net(self) -> int:
        """What it adds to the pools; of a refund below zero, of what has not come in nothing."""
        if not self.kind.has_come:
            return 0
        return (-self.amount if self.kind == MovementKind.REFUND else self.amount) - self.fee


def movements(
    day: dt.date,
    *,
    currency: str,
    statements: Iterable[StatementRow] = (),
    releases: Iterable[DistributionRow] = (),
    marked: Container[str] | None = None,
) -> Iterator[Movement]:
    """Return what the bills of one day say came into the pools, row by row, lazily.

    These rows count: payments and refunds of the statement whose amount to settle is in
    *currency*, and released money of the distribution bill in it. Marked payments are settled in
    CNY to nobody before they are released, so they drop out by their currency; only a merchant
    that is settled in CNY must name them. A refund that is PROCESSING counts as done.

    Args:
        day: the Beijing day of both bills.
        currency: the settlement currency.
        statements: rows of the trade statement of *day*.
        releases: rows of the distribution bill of *day*.
        marked: ``transaction_id`` of the payments that are marked for distribution, their refunds
            included; ``None`` lets the currency decide, and is refused when that is CNY.

    Raises:
        InvalidInput: *currency* is not three capital letters, *marked* is missing, or, while
            reading, a payment names another day: only seen where its time comes with an offset.
    """
    a_day("day", day)
    check("currency", currency, PAYMENT_LIMITS)
    return counted((day, day), currency, statements, releases, marked)


def counted(
    days: tuple[dt.date, dt.date],
    currency: str,
    statements: Iterable[StatementRow],
    releases: Iterable[DistributionRow],
    marked: Container[str] | None,
) -> Iterator[Movement]:
    """Return the movements of all *days*, first and last, as of the first."""
    if marked is None and currency == "CNY":
        raise InvalidInput("marked", "must name the marked payments of a merchant settled in CNY")
    return _counted(days, currency, statements, releases, () if marked is None else marked)


def _counted(
    days: tuple[dt.date, dt.date],
    currency: str,
    statements: Iterable[StatementRow],
    releases: Iterable[DistributionRow],
    marked: Container[str],
) -> Iterator[Movement]:
    for row in statements:
        if not row.is_refund:
            _hold_day(row, *days)
        if row.transaction_id not in marked and (found := _of_statement(row, currency)):
            yield _movement(found, days[0], row)
    for release in releases:
        if release.released and release.settlement_currency == currency:
            found = MovementKind.RELEASED, release.settlement_amount or 0, 0
            yield _movement(found, days[0], release)


def _movement(found: _Counted, day: dt.date, row: StatementRow | DistributionRow) -> Movement:
    kind, amount, fee = found
    return Movement(
        kind=kind,
        day=day,
        amount=amount,
        fee=fee,
        transaction_id=row.transaction_id,
        sub_mchid=row.sub_mchid,
    )


def _of_statement(row: StatementRow, currency: str) -> _Counted | None:
    if row.is_refund:
        if row.refund_settlement_currency != currency:
            return None
        return MovementKind.REFUND, row.refund_settlement_amount or 0, row.fee or 0
    if row.settlement_currency != currency:
        return None
    return MovementKind.PAYMENT, row.settlement_amount or 0, row.fee or 0


def _hold_day(row: StatementRow, first: dt.date, last: dt.date) -> None:
    """Refuse a payment of another day; the form of its time is not documented."""
    try:
        when = dt.datetime.fromisoformat(row.transaction_time)
    except ValueError:
        return
    if when.tzinfo is None:
        return
    day = beijing_day(when)
    if not first <= day <= last:
        raise InvalidInput("statements", f"a payment of {day} among those of {first} to {last}")
