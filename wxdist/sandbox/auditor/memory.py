"""All that the auditor knows, and what follows from it for money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import attrs

from ..records import Terms
from . import timing
from .causes import Amounts
from .exchange import Rates
from .records import (
    CLOSED,
    PENDING,
    REFUSED,
    SUCCESS,
    Back,
    Detail,
    Gap,
    Given,
    Key,
    Link,
    Order,
    Payment,
    Refund,
    Relation,
)
from .timing import FIRST, day


@attrs.frozen(kw_only=True)
class Receipt:
    """Money that reached a sponsor, or may have."""

    payment: Payment
    order: Order | None  #: ``None``: the system's own, or an ordinary payment
    detail: Detail | None
    amounts: Amounts  #: zero: it may not have come
    first: dt.date  #: it came between these two days
    last: dt.date
    priced: dt.date | None = None  #: from whose rate on; ``None``: that of the day it came
    exactly: bool = True  #: at that day's rate
    split: bool = True  #: money that was unfrozen

    def may_be_on(self, when: dt.date) -> bool:
        """Tell whether it may have come on a day."""
        return self.first <= when <= self.last

    def is_on(self, when: dt.date) -> bool:
        """Tell whether it came on a day, if it did."""
        return self.first == when == self.last


class Memory:
    """Everything that was seen."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.marks: set[tuple[str, str]] = set()
        self.by_trade: dict[tuple[str, str], str] = {}
        self.payments: dict[str, Payment] = {}
        self.orders: dict[str, Order] = {}
        self.arms: dict[tuple[str, str], str] = {}
        self.ids: set[str] = set()
        self.relations: dict[Key, Relation] = {}
        self.gaps: dict[Key, list[Gap]] = {}
        self.files: set[str] = set()
        self.links: dict[str, Link] = {}
        self.batches: dict[str, tuple[str, dt.date]] = {}
        self.settled: dict[tuple[str, dt.date], dt.date] = {}
        self.given: list[Given] = []
        self.backs: list[Back] = []
        self.rates = Rates(terms)
        self.refunds: dict[str, Refund] = {}  #: by the service's number
        self.recharged: dict[str, int] = {}
        self.slow_processing = self.slow_audit = self.slow_refund = (
            1.0  #: ordered by faults for the next call
        )

    def sponsor(self, sub_mchid: str) -> str:
        """Return who is settled with."""
        return sub_mchid if self.terms.mode == "service_provider" else self.terms.mchid

    def pay(
        self,
        now: float,
        *,
        transaction_id: str,
        sub_mchid: str,
        out_trade_no: str,
        amount: int,
        currency: str,
        paid: int,
    ) -> None:
        """Take note of a payment."""
        self.by_trade[sub_mchid, out_trade_no] = transaction_id
        ratio, known = self.terms.max_ratio, (sub_mchid, out_trade_no) in self.marks
        self.payments[transaction_id] = Payment(
            transaction_id=transaction_id,
            sub_mchid=sub_mchid,
            sponsor=self.sponsor(sub_mchid),
            amount=amount,
            currency=currency,
            paid=paid,
            fee=self.fee(paid),
            cap=ratio.numerator * paid // ratio.denominator,
            paid_at=now,
            marked=currency == "CNY" and known,
        )

    def fee(self, amount: int) -> int:
        """Return the fee of an amount: rounded half up."""
        rate = self.terms.fee_rate
        return (2 * rate.numerator * amount + rate.denominator) // (2 * rate.denominator)

    def slowest(self, now: float) -> float:
        """Return by when the first detail of an order of now has ended."""
        factor, self.slow_processing = self.slow_processing, 1.0
        return now + FIRST[1] * factor

    def add(self, key: Key, relation: Relation, now: float) -> None:
        """Take note of a new receiver."""
        factor, self.slow_audit = self.slow_audit, 1.0
        if self.terms.audit == "auto":
            shortest, longest = timing.AUDIT
            relation.passes_from = timing.working_days_after(now, shortest)
            relation.passes_by = now + factor * (timing.working_days_after(now, longest) - now)
            for gap in self.gaps.get(key, [])[-1:]:
                gap.ends_from, gap.ends_by = relation.passes_from, relation.passes_by
        self.relations[key] = relation

    def passed(self, key: Key, now: float, since: float | None = None) -> None:
        """Take note that a receiver is effective *now*, and was not *since*; ``None``: unknown."""
        relation = self.relations[key]
        relation.state = "EFFECTIVE"
        for gap in self.gaps.get(key, [])[-1:]:
            gap.ends_from = max(relation.passes_from if since is None else since, gap.since)
            gap.ends_by = min(gap.ends_by, now)

    def refused(self, key: Key, reason: str) -> None:
        """Take note that an audit failed."""
        relation = self.relations[key]
        relation.state, relation.reason = REFUSED, reason
        self._lasts(key)

    def ended(self, key: Key, now: float) -> None:
        """Take note that a relation ended."""
        relation = self.relations.pop(key)
        gaps = self.gaps.setdefault(key, [])
        if gaps and "EFFECTIVE" not in relation.states(now):
            self._lasts(key)
            return
        for gap in gaps[-1:]:
            gap.ends_by = min(gap.ends_by, now)
        gaps.append(Gap(now))

    def _lasts(self, key: Key) -> None:
        """The last gap did not end as it might have."""
        for gap in self.gaps.get(key, [])[-1:]:
            gap.ends_from = gap.ends_by = timing.NEVER

    def gaps_of(self, detail: Detail) -> Sequence[Gap]:
        """Return when the relation of a detail was not effective."""
        return self.gaps.get(detail.key, ())

    def left(self, payment: Payment, at: float) -> Amounts:
        """Return what could be distributed *at* a time, had nothing been released by the system."""
        base, doubtful = payment.net, []
        for detail in payment.details():
            base -= detail.amount
            back = self._comes_back(detail, at)
            if back is None:
                doubtful.append(detail.amount)
            elif back:
                base += detail.amount
        return Amounts.of(base, doubtful).more(*payment.advanced)

    def remaining(self, payment: Payment, now: float) -> Amounts:
        """Return what can be distributed now."""
        return Amounts.of(0) if now >= payment.ends_at else self.left(payment, now)

    def sent(self, payment: Payment, now: float) -> Amounts:
        """Return what went to others, or is on its way: closed details do not count."""
        base, doubtful = 0, []
        for detail in payment.details():
            if not detail.unfreezes:
                closes = self._closes(detail, now)
                base += 0 if closes else detail.amount
                doubtful += [-detail.amount] if closes is None else []
        return Amounts.of(base, doubtful)

    def _closes(self, detail: Detail, at: float) -> bool | None:
        results = {result for result, _ in detail.outcomes(at, self.gaps_of(detail))}
        return CLOSED in results if len(results) == 1 or CLOSED not in results else None

    def _comes_back(self, detail: Detail, at: float) -> bool | None:
        return self.terms.closed_money == "frozen" and self._closes(detail, at)

    def receipts(self, now: float) -> Iterator[Receipt]:
        """Yield all that reached sponsors, or may have, by *now*."""
        for payment in self.payments.values():
            if not payment.marked:
                yield from self._ordinary(payment)
            for order in payment.orders:
                for detail in order.details:
                    yield from self._received(order, detail, now)
            if payment.marked and now >= payment.ends_at:
                yield from self._overdue(payment, now)

    def successes(self, now: float) -> Iterator[Receipt]:
        """Yield all details that succeeded, or may have, by *now*: the rows of bills."""
        for payment in self.payments.values():
            for order in payment.orders:
                for detail in order.details:
                    yield from self._receipt(order, detail, now, {SUCCESS})
            if payment.marked and now >= payment.ends_at:
                yield from self._overdue(payment, now)

    def _ordinary(self, payment: Payment) -> Iterator[Receipt]:
        came = day(payment.paid_at)
        yield Receipt(
            payment=payment,
            order=None,
            detail=None,
            amounts=Amounts.of(payment.paid),
            first=came,
            last=came,
            split=False,
        )

    def _received(self, order: Order, detail: Detail, now: float) -> Iterator[Receipt]:
        counted = {SUCCESS} if detail.unfreezes else set()
        if self.terms.closed_money == "sponsor":
            counted.add(CLOSED)
        return self._receipt(order, detail, now, counted)

    def _receipt(
        self, order: Order, detail: Detail, now: float, counted: set[str]
    ) -> Iterator[Receipt]:
        results = {result for result, _ in detail.outcomes(now, self.gaps_of(detail))}
        if results & counted:
            sure = results <= counted
            yield Receipt(
                payment=order.payment,
                order=order,
                detail=detail,
                amounts=Amounts.of(detail.amount) if sure else Amounts.of(0, [detail.amount]),
                first=day(detail.lo),
                last=day(min(detail.hi, now)),
                priced=day(timing.unix(order.stamp)) if detail.unfreezes else None,
            )

    def _overdue(self, payment: Payment, now: float) -> Iterator[Receipt]:
        """The system releases what is left when the time is up, and what comes back later."""
        end = payment.ends_at
        yield from self._released(payment, self.left(payment, end), end, end, now)
        for detail in payment.details():
            flew = (PENDING, None) in detail.outcomes(end, self.gaps_of(detail))
            back = self._comes_back(detail, now)
            if flew and back is not False:
                sure = back and detail.lo > end
                amounts = Amounts.of(detail.amount) if sure else Amounts.of(0, [detail.amount])
                since = max(detail.lo, end)
                yield from self._released(payment, amounts, since, detail.hi, now)

    def _released(
        self, payment: Payment, amounts: Amounts, since: float, until: float, now: float
    ) -> Iterator[Receipt]:
        if amounts.most and now > since + FIRST[0] - timing.CLOSE:
            done = now > until + FIRST[1] + timing.CLOSE
            yield Receipt(
                payment=payment,
                order=None,
                detail=None,
                amounts=amounts if done else Amounts(0, amounts.most),
                first=day(since + FIRST[0]),
                last=day(min(until + FIRST[1], now)),
                priced=day(since),
                exactly=day(since) == day(until),
            )
