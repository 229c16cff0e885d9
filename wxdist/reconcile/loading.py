"""Everything into the store: what we know, and the rows of the bills."""

# ruff: noqa: S608 - the statements are put together from names of ours alone

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeAlias, runtime_checkable

import attrs

from wxdist.errors import BillRefused, InvalidInput
from wxdist.models import (
    Detail,
    DetailType,
    Distribution,
    Refund,
    RefundStatus,
    Remaining,
    TradeState,
    beijing_day,
)

from .findings import Findings
from .models import Known, KnownPayment, Source
from .rows import FORMS, MOST, TABLES
from .store import Store

#: Rows between two calls of a progress function.
STEP = 20_000

#: Told what is being done, and how much of it is done.
Progress: TypeAlias = Callable[[str, int], object]


class DayBill(Protocol):
    """A bill of one day, such as a `wxdist.BillFile`."""

    @property
    def day(self) -> dt.date | None:
        """Its Beijing day."""

    def rows(self) -> Iterator[Any]:
        """Iterate over its rows."""


@runtime_checkable
class Checked(Protocol):
    """A bill that can be held against its own summary."""

    def check(self) -> None:
        """Raise `BillRefused` when it is not whole."""


#: A bill, or its day and its rows.
Given: TypeAlias = DayBill | tuple[dt.date, Iterable[Any]]


@attrs.frozen
class Loading:
    """Fills a store for one period."""

    store: Store
    findings: Findings
    first: dt.date
    last: dt.date
    progress: Progress

    def known(self, items: Iterable[Known]) -> None:
        """Take what we know; a later item about the same thing replaces an earlier one.

        Raises:
            InvalidInput: an item that is none, or an amount beyond `MOST`.
        """
        told = False  # whether any `Remaining` was there: else none can be out of date
        for number, item in enumerate(items, 1):
            match item:
                case KnownPayment():
                    self._payment(item)
                case Distribution():
                    self._distribution(item, number)
                case Refund():
                    self._refund(item)
                case Remaining():
                    told = True
                    self.store.put("remaining", (item.transaction_id, held(item.unsplit_amount)))
                case _:
                    raise InvalidInput("known", f"item {number} is a {type(item).__name__}")
            if told and isinstance(item, Distribution | Refund):
                self.store.put("remaining", (item.transaction_id or "", None))
            if number % STEP == 0:
                self.progress("known", number)
        self.store.flush()
        self.store.run("DELETE FROM detail WHERE ordr NOT IN (SELECT seq FROM ordr)")

    def bills(self, source: Source, given: Iterable[Given]) -> None:
        """Take the bills of one kind; what cannot be read to its end is a finding.

        Raises:
            InvalidInput: a bill without a day or of one outside the period, or of another kind.
        """
        done = 0
        for number, each in enumerate(given, 1):
            done += self._bill(source, number, each, done)
            self.progress(source, done)

    def _bill(self, source: Source, number: int, given: Given, before: int) -> int:
        """Take one bill; return how many rows it has, 0 of a damaged one: it proves nothing."""
        day, rows = _opened(given)
        if day is None or not self.first <= day <= self.last:
            raise InvalidInput(source, f"has a bill of {day}, which is not in the period")
        whose = getattr(given, "sub_mchid", None) or ""
        at, count = (number, day.toordinal()), 0
        kind, values = FORMS[source]
        try:
            for count, row in enumerate(rows, 1):
                if not isinstance(row, kind):
                    raise InvalidInput(source, f"has rows of another bill: {type(row).__name__}")
                table, told = values(row)
                self.store.put(table, at + told)
                if count % STEP == 0:
                    self.progress(source, before + count)
            self._summary(source, day, whose, given)
        except (BillRefused, OSError, EOFError) as error:
            self._damaged(source, number, day, whose, error)
            return 0
        self.store.put("bill", (number, source, day.toordinal(), whose, count))
        return count

    def _summary(self, source: Source, day: dt.date, whose: str, given: Given) -> None:
        """Hold a bill against its own summary, where it is a file that has one."""
        if source is Source.STATEMENT or not isinstance(given, Checked):
            return
        try:
            given.check()
        except BillRefused as error:
            if "printed" not in error.facts:
                raise
            self.findings.summary(source, day, whose, error)

    def _damaged(
        self, source: Source, number: int, day: dt.date, whose: str, error: Exception
    ) -> None:
        self.store.flush()
        for table in TABLES[source]:
            self.store.run(f"DELETE FROM {table} WHERE bill = ?", (number,))
        self.store.put("shut", (source, day.toordinal(), whose))
        self.findings.damaged(source, day, whose, error)

    def _payment(self, payment: KnownPayment) -> None:
        self.store.put(
            "payment",
            (
                payment.transaction_id,
                payment.out_trade_no,
                held(payment.amount),
                payment.currency,
                beijing_day(payment.paid_at).toordinal(),
                int(payment.marked),
                payment.sub_mchid or "",
                held(payment.fee),
                held(payment.rate),
                held(payment.remaining),
            ),
        )
        if payment.state == TradeState.REVOKED:
            self._revoked(payment)

    def _revoked(self, payment: KnownPayment) -> None:
        """A payment that was undone is a refund of all of it, under the payment's own number."""
        number, day = payment.transaction_id, beijing_day(payment.paid_at).toordinal()
        amounts = (payment.amount, payment.currency, None, "")
        self.store.put(
            "refund",
            (number, "", number, payment.out_trade_no, *amounts, day, RefundStatus.SUCCESS),
        )

    def _distribution(self, order: Distribution, number: int) -> None:
        self.store.put("ordr", (number, order.transaction_id, order.out_order_no))
        for detail in order.receivers:
            self.store.put("detail", _detail(order, detail, number))

    def _refund(self, refund: Refund) -> None:
        amount = refund.amount
        self.store.put(
            "refund",
            (
                refund.id,
                refund.out_refund_no,
                refund.transaction_id or "",
                refund.out_trade_no or "",
                held(amount.refund),
                amount.currency,
                held(amount.payer_refund),
                amount.payer_currency,
                beijing_day(refund.create_time).toordinal(),
                refund.status or "",
            ),
        )


def held(number: int | None) -> int | None:
    """Return an amount or a rate that is not beyond `MOST`; raise `InvalidInput` for another."""
    if number is not None and abs(number) > MOST:
        raise InvalidInput("known", f"has an amount or a rate beyond {MOST}")
    return number


def _opened(given: Given) -> tuple[dt.date | None, Iterable[Any]]:
    if isinstance(given, tuple):
        return given
    return given.day, given.rows()


def _detail(order: Distribution, detail: Detail, number: int) -> tuple[Any, ...]:
    released = DetailType.UNFREEZE_TO_SPONSOR
    kind = detail.detail_type or (released if detail.settlement_currency else None)
    return (
        number,
        order.transaction_id,
        order.out_order_no,
        order.order_id,
        order.sub_mchid or "",
        detail.detail_id or "",
        detail.account,
        held(detail.amount),
        detail.currency,
        kind or "",
        detail.result,
        beijing_day(detail.create_time).toordinal(),
        beijing_day(detail.finish_time or detail.create_time).toordinal(),
        held(detail.settlement_amount),
        detail.settlement_currency or "",
        held(detail.rate),
        detail.description,
    )
