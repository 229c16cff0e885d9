"""Shared by the tests of the transport: calls whose attempts are written down beforehand."""

import pytest

from wxdist import FakeClock, Settings
from wxdist.transport.retrying import Flight, Shared, fly


class Script:
    """A call's attempts one after the other, the last outcome for ever; errors are raised.

    ``log`` holds the time of each attempt.
    """

    def __init__(self, *outcomes, took=0.0, leaves=True, chance=1.0, clock=None, **settings):
        self.clock = clock or FakeClock(auto=True)
        self.shared = Shared(self.clock)
        self.shared.chance = lambda: chance
        self.settings = Settings(**settings)
        self.outcomes = list(outcomes)
        self.took, self.leaves = took, leaves
        self.log = []
        self.flights = []
        self.ids = {"out_order_no": "D-1", "transaction_id": "42"}

    async def once(self, flight):
        self.log.append(self.clock.monotonic())
        flight.left = self.leaves
        await self.clock.sleep(self.took)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def flight(self, kind, *, until=None):
        made = Flight(
            name="orders.create",
            kind=kind,
            ids=self.ids,
            settings=self.settings,
            shared=self.shared,
            until=self.clock.monotonic() + self.settings.deadline if until is None else until,
            once=self.once,
        )
        self.flights.append(made)
        return made

    async def call(self, kind, **more):
        return await fly(self.flight(kind, **more))

    async def fails(self, kind, error=Exception, **more):
        """Return the error with which the call ends."""
        with pytest.raises(error) as raised:
            await self.call(kind, **more)
        return raised.value


@pytest.fixture
def script():
    """Make a call by its attempts: ``script(error, "answer", took=1.0, **settings)``."""
    return Script
