"""Shared by the tests of the transport: calls whose attempts are written down beforehand."""

import pytest

from wxdist import FakeClock, Settings
from wxdist.transport.retrying import Flight, Shared, fly
from wxdist.transport.trusted import TrustedKeys
from wxdist.wire.keys import load_platform_key
from wxdist.wire.message import Response

BODY = b'{"state":"FINISHED"}'


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


class Platform:
    """The service's certificates: a fetch of them, counted, and answers signed under them."""

    def __init__(self, keys, service, clock):
        self.keys, self.service, self.clock = keys, service, clock
        self.old = load_platform_key(keys.certificate[1].encode())
        self.new = self.certificate(keys.stranger, 0xB0B, 2026, 2031)
        self.offer = [self.old]
        self.error = None
        self.took = 0.0
        self.log = []
        self.attempts = []

    def certificate(self, key, serial, first, last):
        return load_platform_key(self.keys.certify(key, serial, first, last)[1].encode())

    async def fetch(self, attempts):
        self.log.append(self.clock.monotonic())
        self.attempts.append(attempts)
        await self.clock.sleep(self.took)
        if self.error is not None:
            raise self.error
        return tuple(self.offer)

    def trusted(self, *given, most_age=36_000.0, **changes):
        """Return keys as a session holds them, with *given* certificates known beforehand."""
        pems = {each.id: each.pem for each in given}
        credentials = self.keys.credentials(platform_keys=pems, **changes)
        return TrustedKeys(credentials, clock=self.clock, fetch=self.fetch, most_age=most_age)

    def answer(self, serial=None, body=BODY, **facts):
        """Return an answer signed by the old key, or by the new one under its serial."""
        key = self.keys.stranger if serial == self.new.id else self.keys.platform
        headers = self.service.seal(body, key=key, serial=serial or self.old.id, **facts)
        return Response(
            status=200, headers={name.lower(): value for name, value in headers.items()}, body=body
        )


@pytest.fixture
def platform(keys, service, clock):
    """Make the service's certificates."""
    return Platform(keys, service, clock)
