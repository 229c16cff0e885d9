"""The simulated service's business: everything that happens, at the time it is told; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wxdist.models import DetailResult

from .bills import Bills
from .ledger import LedgerBroken
from .orders import Orders
from .payments import Payments
from .receivers import Receivers
from .settlement import Settlement
from .state import Detail, State, Terms

#: How the money of a detail must have ended in the books.
_ENDS = {DetailResult.PENDING: None, DetailResult.SUCCESS: "post", DetailResult.CLOSED: "void"}


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
        self.bills = Bills(self.state)
        self._happens: Mapping[str, Callable[..., None]] = {
            "freeze": self.payments.freeze,
            "process": self.orders.process,
            "expire": self.orders.expire,
            "audit": self.receivers.audited,
            "exchange": self.settlement.exchange,
            "payout": self.settlement.pay_out,
        }

    def run_until(self, now: float) -> World:
        """Let happen what is due by *now* (Unix seconds), each at its own time; return self.

        Whoever asks the world anything calls this first, so nothing has to run in between.
        """
        for event in self.state.due(now):
            self._happens[event.kind](*event.subject)
        return self

    def check(self) -> None:
        """Hold the books against the orders; raise `LedgerBroken` when they disagree.

        A SUCCESS has exactly one posting, a CLOSED exactly one void, a PENDING neither; and the
        ledger's own invariants hold.
        """
        self.state.ledger.check()
        for order in self.state.orders.values():
            for detail in order.details:
                self._check(detail)

    def _check(self, detail: Detail) -> None:
        ended = self.state.ledger.ended(detail.detail_id)
        if ended != _ENDS[detail.result]:
            raise LedgerBroken(f"{detail.detail_id} is {detail.result}, its money: {ended}")
