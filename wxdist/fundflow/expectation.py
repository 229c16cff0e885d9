"""Where money stands on its way to the bank, and why it is not there yet."""

from __future__ import annotations

import bisect
import datetime as dt
import enum
from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from wxdist.errors import InvalidInput
from wxdist.models import model

from ._days import ONE_DAY
from .movements import Movement


class FundState(enum.StrEnum):
    """Where money is."""

    OUTSIDE = "OUTSIDE"  #: in no pool yet
    IN_CNY_POOL = "IN_CNY_POOL"
    EXCHANGED = "EXCHANGED"  #: in the settlement pool
    PAID_OUT = "PAID_OUT"


class WaitReason(enum.StrEnum):
    """Why money is not paid out."""

    FROZEN = "FROZEN"  #: neither distributed nor released
    PROCESSING = "PROCESSING"  #: its release is accepted and not done
    NOT_EXCHANGED_YET = "NOT_EXCHANGED_YET"
    BELOW_THRESHOLD = "BELOW_THRESHOLD"  #: the pool holds too little
    NOT_A_BUSINESS_DAY = "NOT_A_BUSINESS_DAY"
    DUE = "DUE"  #: it is due, today or earlier, and nothing says that it was paid out


@model
class Day:
    """One day of a fund flow; amounts in minor units of the settlement currency."""

    day: dt.date
    came_in: int  #: into the CNY pool, where it lies until the next day
    exchanged: int  #: moved from the CNY pool to the settlement pool
    paid_out: int
    pool: int  #: what the settlement pool holds at its end
    missing: int  #: how much the pool lacked for a payout
    reason: WaitReason | None  #: why nothing was paid out; ``None``: it was


@model
class Arrival:
    """Between which days a payout reaches the bank."""

    earliest: dt.date
    latest: dt.date


@model
class Standing:
    """Where the money of a day, or of a transaction, stands."""

    state: FundState
    reason: WaitReason | None = None  #: why it is not paid out; ``None``: it is
    exchange_day: dt.date | None = None  #: ``None``: not foreseeable
    payout_day: dt.date | None = None  #: ``None``: not foreseeable from what has come in
    known: bool = False  #: whether a settlement record says so, and not only the rules
    missing: int = 0  #: how much the pool lacks for a payout, where that is the reason
    arrival: Arrival | None = None  #: at the bank; ``None``: not foreseeable


@model
class Expectation:
    """What is to be expected on one day; amounts in minor units of ``currency``."""

    today: dt.date
    currency: str
    days: Mapping[dt.date, Standing]  #: by the day on which money came in
    waiting: int  #: came in today and is not exchanged
    pool: int  #: exchanged and not paid out
    missing: int  #: how much the pool lacks for a payout
    next_payout: dt.date | None  #: from what has come in; ``None``: more is needed first

    def of(self, movement: Movement) -> Standing:
        """Return where one movement stands: as all that came in on its day.

        Raises:
            InvalidInput: nothing of its day was handed in.
        """
        if movement.day is None:
            return Standing(state=FundState.OUTSIDE, reason=WaitReason(movement.kind.value))
        if movement.day not in self.days:
            raise InvalidInput("movement", f"of {movement.day}: nothing of that day is known")
        return self.days[movement.day]


@attrs.frozen(kw_only=True)
class Outlook:
    """A run of the fund flow around one day, and what is known of payouts: what follows."""

    today: dt.date
    run: Sequence[Day]  #: up to the first payout day after *today*
    known: Mapping[dt.date, dt.date]  #: payout days by the day on which money came in
    assumes: bool  #: whether payouts before *today* are taken for done
    arrival: Callable[[dt.date], Arrival]
    leaving: Sequence[dt.date] = attrs.field(init=False)  #: when all leaves by the run, or should
    left: Sequence[dt.date] = attrs.field(init=False)  #: when it is known to have left

    @leaving.default
    def _leaving(self) -> list[dt.date]:
        return [each.day for each in self.run if each.paid_out or each.reason == WaitReason.DUE]

    @left.default
    def _left(self) -> list[dt.date]:
        return sorted(set(self.known.values()))

    def expectation(self, currency: str, days: Iterable[dt.date]) -> Expectation:
        """Return what is to be expected of the money of *days*."""
        now = self._now
        coming = (each.day for each in self.run if each.day >= self.today and each.paid_out)
        return Expectation(
            today=self.today,
            currency=currency,
            days={day: self._standing(day) for day in sorted(days)},
            waiting=now.came_in,
            pool=now.pool + now.paid_out,
            missing=now.missing,
            next_payout=next(coming, None),
        )

    @property
    def _now(self) -> Day:
        return self.run[(self.today - self.run[0].day).days]

    def _payout(self, day: dt.date) -> dt.date | None:
        """Return when the money of *day* leaves, or should have left.

        A known payout took all that was exchanged before; what was exchanged on its very day may
        have come too late for it.
        """
        exchanged = day + ONE_DAY
        ours = bisect.bisect_left(self.leaving, exchanged)
        known = bisect.bisect_right(self.left, exchanged)
        return min((*self.leaving[ours : ours + 1], *self.left[known : known + 1]), default=None)

    def _standing(self, day: dt.date) -> Standing:
        exchanged = day + ONE_DAY
        if (paid := self.known.get(day)) is not None:
            return self._paid(exchanged, paid, known=True)
        payout = self._payout(day)
        if self.assumes and payout is not None and payout < self.today:
            return self._paid(exchanged, payout, known=False)
        state, reason, missing = self._open(exchanged, payout)
        return Standing(
            state=state,
            reason=reason,
            missing=missing,
            exchange_day=exchanged,
            payout_day=payout,
            arrival=None if payout is None or payout < self.today else self.arrival(payout),
        )

    def _open(
        self, exchanged: dt.date, payout: dt.date | None
    ) -> tuple[FundState, WaitReason | None, int]:
        """Return where money that is not paid out is, why, and what is missing."""
        if exchanged > self.today:
            return FundState.IN_CNY_POOL, WaitReason.NOT_EXCHANGED_YET, 0
        if payout is not None and payout <= self.today:
            return FundState.EXCHANGED, WaitReason.DUE, 0
        return FundState.EXCHANGED, self._now.reason, self._now.missing

    def _paid(self, exchanged: dt.date, payout: dt.date, *, known: bool) -> Standing:
        return Standing(
            state=FundState.PAID_OUT,
            exchange_day=exchanged,
            payout_day=payout,
            known=known,
            arrival=self.arrival(payout),
        )
