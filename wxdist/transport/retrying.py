"""What may be sent again, when, and what a failed call means.

Retrying a call and waiting for a state are two things; this is the first. ``backoff`` drives the
attempts: it sleeps nothing itself, the pauses are ours and on our clock.
"""

from __future__ import annotations

import asyncio
import enum
import math
import random
from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any, Generic, TypeVar

import attrs
import backoff

from wxdist.errors import (
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    ServiceBroken,
    ServiceError,
    TooManyRequests,
    VerificationFailed,
    WxdistError,
)
from wxdist.settings import Settings
from wxdist.waiting.clock import Clock

T = TypeVar("T")


class Kind(enum.Enum):
    """What repeating a call would mean."""

    READ = "read"  #: changes nothing
    REPEATABLE = "repeatable"  #: carries a number, or sets what is set: the same instruction
    ONCE = "once"  #: might be carried out twice


_ALL = frozenset(Kind)
_HARMLESS = frozenset({Kind.READ, Kind.REPEATABLE})

#: The table: after which failure which kind of call may be sent again. What is not here is final.
#: Source: https://pay.weixin.qq.com/wiki/doc/api/wxpay/ch/pages/ico-guide/chapter1_6.shtml
REPEAT: Mapping[type[WxdistError], frozenset[Kind]] = {
    NotSent: _ALL,  # nothing left
    TooManyRequests: _ALL,  # not accepted
    NoAnswer: _HARMLESS,
    ServiceBroken: _HARMLESS,  # of these statuses only:
    VerificationFailed: frozenset({Kind.READ}),  # once; a signature probe comes alone
}
REPEATED_STATUSES = frozenset({500, 502, 503, 504})

# The budget for all repeats of a session: an outage must not become a storm.
BUDGET, COST, COST_THROTTLED, INCOME = 500, 14, 5, 1


@attrs.define
class Budget:
    """Tokens that repeats cost and successes bring back."""

    tokens: int = BUDGET

    def take(self, cost: int) -> bool:
        """Take *cost* tokens if there are as many."""
        if cost > self.tokens:
            return False
        self.tokens -= cost
        return True

    def give(self, tokens: int) -> None:
        """Put *tokens* back, up to the full budget."""
        self.tokens = min(BUDGET, self.tokens + tokens)


@attrs.define
class Pacer:
    """Turns at even distances, in the order in which they are asked for.

    Who gives up while it waits takes no turn: else a flood of reads that run into their deadlines
    would use up the turns of those that come after.
    """

    clock: Clock
    _queue: asyncio.Lock = attrs.field(init=False, factory=asyncio.Lock)
    _last: float = attrs.field(init=False, default=-math.inf)  #: when the last turn was

    async def turn(self, rate: float | None) -> None:
        """Wait for a turn at *rate* a second; ``None``: at once."""
        if rate is None:
            return
        async with self._queue:
            now = self.clock.monotonic()
            turn = max(now, self._last + 1 / rate)  # each by its own rate: views may differ
            if turn > now:
                await self.clock.sleep(turn - now)
            self._last = turn


@attrs.define
class Shared:
    """What all calls of a session share."""

    clock: Clock
    budget: Budget = attrs.field(factory=Budget)
    pacer: Pacer = attrs.field(init=False)
    chance: Callable[[], float] = random.random  #: 0 to 1, shortens pauses

    def __attrs_post_init__(self) -> None:
        self.pacer = Pacer(self.clock)


@attrs.define
class Flight(Generic[T]):
    """One call on its way, all its attempts included."""

    name: str  #: such as ``orders.create``
    kind: Kind
    ids: Mapping[str, str]  #: what it is about
    settings: Settings
    shared: Shared
    until: float  #: monotonic; nothing of the call goes on after it
    once: Callable[[Flight[T]], Awaitable[T]]  #: one attempt
    attempts: int = 0
    unreached: int = 0  #: attempts for which no connection was made
    queued: bool = False  #: whether it waits for its turn
    left: bool = False  #: whether the attempt under way has left this machine
    last: WxdistError | None = None
    unsure: WxdistError | None = None  #: the last failure after which a write may have happened
    distrusted: bool = False  #: an answer has failed verification before
    spent: int = 0  #: tokens that the last repeat cost
    pause: float = 0.0

    async def attempt(self) -> T:
        """Send once; note how it failed."""
        if self.kind is Kind.READ:
            self.queued = True
            await self.shared.pacer.turn(self.settings.query_rate)
            self.queued = False
        self.attempts += 1
        try:
            answer = await self._in_time()
        except WxdistError as error:
            self._failed(error)
            raise _Failed(self) from error
        except Exception as error:
            if self.kind is Kind.READ or not self.left:
                raise
            # A fault of ours must not hide that a write left.
            fault = NoAnswer(f"{type(error).__name__} inside wxdist")
            fault.__cause__ = error
            self._failed(fault)
            raise _Failed(self) from error
        self.shared.budget.give(self.spent or INCOME)
        return answer

    async def _in_time(self) -> T:
        if self.shared.clock.monotonic() >= self.until:
            raise NotSent("the deadline came first")
        return await self.once(self)

    def _failed(self, error: WxdistError) -> None:
        self.note(error)
        self.left = False

    def note(self, error: WxdistError) -> None:
        """Remember *error* as how the last attempt ended."""
        self.last = error
        self.unreached += isinstance(error, NotSent)
        if leaves_unsure(error):
            self.unsure = error

    def late(self) -> WxdistError:
        """Return what the deadline means for the attempt that it ended."""
        if self.left:
            return NoAnswer("the deadline came first")
        slow = ", before a turn: reads are paced by settings.query_rate" if self.queued else ""
        return self.last or NotSent(f"the deadline came first{slow}")

    def may_repeat(self) -> bool:
        """Decide whether to send again, and after which pause."""
        error, settings = self.last, self.settings
        if error is None or self.attempts >= settings.attempts or not self._harmless(error):
            return False
        asked = error.retry_after or 0.0 if isinstance(error, ServiceError) else 0.0
        own = min(settings.retry_delay_most, settings.retry_delay * 2 ** (self.attempts - 1))
        self.pause = max(asked, own * (0.5 + self.shared.chance() / 2))
        if self.shared.clock.monotonic() + self.pause >= self.until:
            return False
        self.spent = COST_THROTTLED if isinstance(error, TooManyRequests) else COST
        return self.shared.budget.take(self.spent)

    def _harmless(self, error: WxdistError) -> bool:
        if isinstance(error, ServiceBroken) and error.status not in REPEATED_STATUSES:
            return False
        if isinstance(error, NotSent) and not error.again:
            return False
        if isinstance(error, VerificationFailed):
            before, self.distrusted = self.distrusted, True
            if before:
                return False
        return any(self.kind in kinds for cls, kinds in REPEAT.items() if isinstance(error, cls))

    def verdict(self) -> WxdistError:
        """Return what the failed call means to its caller."""
        if self.kind is not Kind.READ and self.unsure is not None:
            again = self.kind is Kind.REPEATABLE
            return OutcomeUnknown(self.name, self.ids, self.unsure, repeatable=again)
        assert self.last is not None  # noqa: S101 - a failed flight has noted why
        return self.last


def leaves_unsure(error: WxdistError) -> bool:
    """Tell whether a write that failed so may have been carried out."""
    if isinstance(error, ServiceError):
        return error.status >= 500 or error.status < 400 or error.status == 408
    return isinstance(error, NoAnswer | VerificationFailed)


class _Failed(Exception):
    """Carries a flight whose last attempt failed; backoff knows nothing else."""

    def __init__(self, flight: Flight[Any]) -> None:
        self.flight = flight


def _no_wait() -> Generator[float, Any, None]:
    """Yield the pauses that backoff itself makes: none."""
    yield 0  # primes the generator, as backoff expects
    while True:
        yield 0


def _is_final(failed: Any) -> bool:
    return not failed.flight.may_repeat()


async def _pause(details: Any) -> None:
    flight: Flight[Any] = details["args"][0]
    await flight.shared.clock.sleep(flight.pause)


@backoff.on_exception(
    _no_wait,
    _Failed,
    giveup=_is_final,
    on_backoff=_pause,
    jitter=None,
    logger=None,
)
async def _attempts(flight: Flight[T]) -> T:
    return await flight.attempt()


async def fly(flight: Flight[T]) -> T:
    """Carry *flight* through its attempts, and nothing of it past its deadline.

    Raises:
        WxdistError: of a read, why it failed; of a write whose outcome is not certain,
            `OutcomeUnknown`.
    """
    try:
        async with flight.shared.clock.timeout_at(flight.until):
            return await _attempts(flight)
    except TimeoutError:
        flight.note(flight.late())
    except _Failed:
        pass
    error = flight.verdict()
    raise error from (error.__cause__ if error is flight.last else flight.last)
