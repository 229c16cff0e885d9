"""The simulated service's business: everything that happens, at the time it is told; pure."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping

from .bills import Bills
from .inputs import INPUTS, an_input
from .invariants import Invariants
from .ledger import LedgerBroken
from .observation import Ordered
from .orders import Orders
from .payments import Payments
from .processing import Processing
from .receivers import Receivers
from .records import Terms
from .refunds import Refunds
from .rules.refusal import Refused
from .settlement import Settlement
from .state import Input, State


class Turns:
    """Who turned the clock, for the log."""

    def __init__(self, state: State) -> None:
        self._state = state

    @an_input
    def turn(self, runs: str | float) -> None:
        """Write down that the clock was turned to now, and how it goes on."""
        self._state.note("clock", runs=str(runs))


class World:
    """All parts of the service, moved on together.

    Args:
        terms: the contract with the merchant.
        seed: the same seed and the same calls give the same ids, times and results.
        start: Unix time at which it begins.
    """

    def __init__(self, terms: Terms, *, seed: int = 0, start: float) -> None:
        self.terms = terms
        self.state = State(terms, seed=seed, start=start)
        self.settlement = Settlement(self.state)
        self.payments = Payments(self.state, self.settlement)
        self.receivers = Receivers(self.state)
        self.orders = Orders(self.state, self.payments, self.settlement)
        self.processing = Processing(self.state, self.settlement, self.orders.expire)
        self.refunds = Refunds(self.state, self.payments, self.settlement)
        self.bills = Bills(self.state)
        self.turns = Turns(self.state)
        self.invariants = Invariants(self.state, self.bills)
        self._happens: Mapping[str, Callable[..., None]] = {
            "freeze": self.payments.freeze,
            "process": self.processing.process,
            "expire": self.orders.expire,
            "audit": self.receivers.audited,
            "exchange": self.settlement.exchange,
            "payout": self.settlement.pay_out,
            "arrive": self.refunds.arrive,
        }

    def run_until(self, now: float) -> World:
        """Let happen what is due by *now* (Unix seconds), each at its own time; return self.

        Whoever asks the world anything calls this first, so nothing has to run in between.
        """
        with self._marked():
            for event in self.state.due(now):
                self._happens[event.kind](*event.subject)
        return self

    @contextlib.contextmanager
    def acting(self) -> Iterator[None]:
        """Let the block act, then hold what changed since the last time against the rest.

        Raises `LedgerBroken` on a contradiction, and from then on each time, until `adopt`.
        """
        with self._marked():
            yield
            self.invariants.step()

    @contextlib.contextmanager
    def _marked(self) -> Iterator[None]:
        try:
            yield
        except LedgerBroken as error:
            self.state.broken = str(error)
            raise

    def perform(self, asked: Input) -> None:
        """Do again what was done before; what was refused then is refused again."""
        self.run_until(asked.at)
        parts = (self.payments, self.receivers, self.orders, self.refunds, self.bills, self.turns)
        part = next(each for each in parts if type(each).__name__ == asked.name.partition(".")[0])
        slowed = contextlib.nullcontext() if asked.slow is None else self.state.slowed(*asked.slow)
        with slowed, contextlib.suppress(Refused, ValueError):
            INPUTS[asked.name](part, *asked.arguments, **asked.named)

    def adopt(self, state: State) -> None:
        """Go on from *state*, of the same terms, as if it had always been this world's."""
        inputs, observer = self.state.inputs, self.state.observer
        vars(self.state).update(vars(state))
        self.state.inputs, self.state.observer = inputs, observer
        if observer is not None:
            observer(Ordered(state.now, "restore", {}))
        self.invariants = Invariants(self.state, self.bills)

    def check(self) -> None:
        """Hold books, orders and bills against each other; raise `LedgerBroken` on a contradiction.

        All of them: `invariants.step()` holds only what changed, and costs no more than that.
        """
        self.invariants.check()
