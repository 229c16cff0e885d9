"""What we know, and what came of holding it against bills and settlements."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Self, TypeAlias

import attrs

from wxdist.errors import InvalidInput
from wxdist.models import (
    Distribution,
    Mchid,
    OutTradeNo,
    RateType,
    Refund,
    Remaining,
    TradeState,
    Transaction,
    TransactionId,
    model,
)


@model
class KnownPayment:
    """A payment as our own books have it."""

    transaction_id: TransactionId
    out_trade_no: OutTradeNo
    amount: int  #: of the order, in the minor unit of ``currency``
    currency: str  #: in which the order was priced
    paid_at: dt.datetime  #: aware
    marked: bool  #: whether it was marked for funds distribution
    sub_mchid: Mchid | None = None  #: ``None`` in common mode
    fee: int | None = None
    """The acquiring fee of a marked payment when it was paid, fen; ``None`` takes the statement's,
    or what the sums leave for it."""
    remaining: int | None = None
    """Fen that can still be distributed after all orders and refunds that are known; ``None`` takes
    what a `Remaining` tells, or computes them."""
    rate: int | None = None  #: of the exchange, times 10^8; ``None`` when not told
    state: TradeState | None = None

    def __attrs_post_init__(self) -> None:
        if self.paid_at.tzinfo is None:
            raise InvalidInput("paid_at", "needs a time zone")

    @classmethod
    def of(
        cls,
        transaction: Transaction,
        *,
        marked: bool,
        remaining: Remaining | None = None,
        fee: int | None = None,
    ) -> Self:
        """Return what ``transactions.get`` and ``transactions.remaining`` told of a payment.

        Args:
            transaction: a payment that was paid.
            marked: whether it was marked for funds distribution: no answer tells that.
            remaining: what of it can still be distributed; ``None`` when not asked for.
            fee: see the field.

        Raises:
            InvalidInput: it was not paid, or *remaining* is of another payment.
        """
        if transaction.success_time is None:
            raise InvalidInput("transaction", "was not paid: it has no success_time")
        if remaining is not None and remaining.transaction_id != transaction.id:
            raise InvalidInput("remaining", "is of another payment")
        rate = transaction.amount.exchange_rate
        return cls(
            transaction_id=transaction.id,
            out_trade_no=transaction.out_trade_no,
            amount=transaction.amount.total,
            currency=transaction.amount.currency,
            paid_at=transaction.success_time,
            marked=marked,
            sub_mchid=transaction.sub_mchid,
            fee=fee,
            remaining=None if remaining is None else remaining.unsplit_amount,
            rate=rate.rate if rate is not None and rate.type == RateType.SETTLEMENT_RATE else None,
            state=transaction.trade_state,
        )


#: What `reconcile` takes as known; a later one about the same thing replaces an earlier one, and
#: an order or a refund of a payment makes a `Remaining` that came before it count no more.
Known: TypeAlias = KnownPayment | Distribution | Refund | Remaining


class Source(enum.StrEnum):
    """What our books were held against."""

    DISTRIBUTION = "distribution"  #: the funds-distribution bill
    REFUNDS = "refunds"  #: the funds-distribution refund bill
    STATEMENT = "statement"  #: the trade statement
    SETTLEMENT = "settlement"  #: the settlement records
    SUM = "sum"  #: the identity of a payment


class DifferenceKind(enum.StrEnum):
    """What is wrong, in the order of a report."""

    DAMAGED = "damaged"  #: a bill that cannot be read to its end: its day is not checked
    FOREIGN = "foreign"  #: a row of another merchant
    MISSING_HERE = "missing_here"  #: the service has it, we do not
    MISSING_THERE = "missing_there"  #: we have it, the service does not
    DOUBLED = "doubled"  #: the same thing twice
    DIFFERS = "differs"  #: both have it, a field is not the same
    SUM = "sum"  #: parts that do not add up


class OpenReason(enum.StrEnum):
    """Why something has not come to its end, and need not have."""

    FROZEN = "frozen"  #: paid, neither distributed nor released yet
    PROCESSING = "processing"  #: a detail under way
    REFUND_PROCESSING = "refund_processing"  #: settled on our side, not yet with the payer
    NOT_BILLED_YET = "not_billed_yet"  #: it happened after the period: in no bill of it
    NOT_YET_SETTLED = "not_yet_settled"  #: not exchanged yet, or below the threshold of a payout


@model
class Difference:
    """One thing that is not as we know it; one cause gives one."""

    kind: DifferenceKind
    source: Source
    key: Mapping[str, str]  #: the ids of what differs, by the names of the wire
    field: str | None = None  #: which field; ``None`` of a whole row
    here: str | int | None = None  #: as we know it; accounts of persons are masked
    there: str | int | None = None  #: as the service has it
    day: dt.date | None = None  #: Beijing day of the bill or the batch
    text: str = ""  #: the same in a sentence


@model
class Open:
    """Something that is still on its way."""

    reason: OpenReason
    key: Mapping[str, str]  #: its ids, by the names of the wire
    amount: int  #: in the minor unit of ``currency``
    currency: str
    day: dt.date | None  #: Beijing day on which it began
    text: str = ""  #: the reason in a sentence


@model
class Sums:
    """Where the money of marked payments is, in fen: both sides are the same when it closes."""

    sub_mchid: str = ""  #: empty in common mode, and of the total
    currency: str = "CNY"
    payments: int = 0
    paid: int = 0
    advanced: int = 0  #: refunds that were paid out of other money than the payment's own
    distributed: int = 0  #: arrived at receivers
    released: int = 0  #: unfrozen to the sponsor
    refunded: int = 0
    fee: int = 0  #: less what was returned with refunds
    frozen: int = 0  #: details under way included

    @property
    def difference(self) -> int:
        """What is left over: 0 when all money was found."""
        found = self.distributed + self.released + self.refunded + self.fee + self.frozen
        return self.paid + self.advanced - found

    @property
    def closes(self) -> bool:
        """Whether nothing is left over."""
        return self.difference == 0


@model
class Ordinary:
    """Payments without funds distribution, in the minor unit of ``currency``."""

    sub_mchid: str = ""  #: empty in common mode
    currency: str  #: in which they were priced
    payments: int
    paid: int
    refunded: int


@model
class DayLine:
    """One Beijing day of the period; amounts of marked payments, in fen."""

    day: dt.date
    paid: int = 0
    distributed: int = 0
    released: int = 0
    refunded: int = 0
    fee: int | None = None  #: charged less returned; ``None`` without the day's statement
    settled: Mapping[str, int] = attrs.field(factory=dict)
    """What the batches settled on this day brought, ordinary payments included, by currency."""
    differences: int = 0
