"""Shared by the tests of the resources: a merchant at a sandbox, whose requests are noted."""

import pytest

from wxdist import Credentials, Receiver, Session, Share
from wxdist.sandbox import Sandbox

from .odd import Odd
from .posted import Post

TRADE = "P20150806125346"


class LoggingSigner:
    """The merchant's key, which notes when it signs what: every attempt is signed once."""

    def __init__(self, signer, clock):
        self._signer = signer
        self._clock = clock
        self.log = []

    async def sign(self, message):
        method, target, *_ = message.decode().split("\n")
        self.log.append((self._clock.monotonic(), method, target))
        return await self._signer.sign(message)


class Shop:
    """A merchant at a sandbox, with a log of its requests as (seconds, method, target)."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.clock = sandbox.clock
        known = sandbox.credentials
        self.signer = LoggingSigner(known.signer, sandbox.clock)
        credentials = Credentials(
            known.mchid, known.serial_no, self.signer, known.api_v3_key, mode=known.mode
        )
        self.session = Session(credentials, settings=sandbox.settings, clock=sandbox.clock)

    def asked(self, part="", *, digits=1):
        """Return when requests were made whose target holds *part*, paces rounded away."""
        return [round(at, digits) for at, _, target in self.signer.log if part in target]

    async def paid(self, trade=TRADE, *, amount=1000, mark=True):
        if mark:
            await self.session.transactions.mark(trade)
        return await self.sandbox.pay(trade, amount=amount)

    async def add(self, account):
        file = await self.session.files.upload(b"%PDF", filename="a.pdf")
        return await self.session.receivers.add(
            Receiver(
                type="MERCHANT_ID",
                account=account,
                name="Shop",
                relation_type="SUPPLIER",
                application_file_id=file,
                partnership_file_id=file,
            )
        )

    async def frozen(self, *accounts):
        """Return a payment that can be distributed to *accounts*."""
        for account in accounts:
            await self.add(account)
            await self.sandbox.approve(account)
        paid = await self.paid()
        await self.sandbox.advance(minutes=6)
        return paid

    async def share(self, paid, number, *accounts, amount=50):
        shares = [
            Share(type="MERCHANT_ID", account=each, amount=amount, description="a share")
            for each in accounts
        ]
        return await self.session.orders.create(
            paid.transaction_id, number, shares, unfreeze_unsplit=False
        )


@pytest.fixture
def shop_at():
    """Make a merchant at a given sandbox."""
    return Shop


@pytest.fixture(params=["auto"])
async def shop(request):
    """Make a merchant at a sandbox."""
    async with Sandbox(clock=request.param) as sandbox:
        made = Shop(sandbox)
        async with made.session:
            yield made
        sandbox.check()


@pytest.fixture
async def odd(serve, service, connect):
    """Make a session with a service that answers in the given ways; return it and the server."""

    async def start(*ways, **settings):
        wire = await serve(Odd(service, *ways))
        return connect(wire, **{"attempts": 1, **settings}), wire

    return start


@pytest.fixture
def post(keys, service):
    """Make the service's side of notices."""
    return Post(keys, service)


@pytest.fixture
def notified(keys, clock):
    """Make a session that is only ever told of something; it opens no connection."""
    return lambda mode="common", **changes: Session(keys.credentials(mode, **changes), clock=clock)


@pytest.fixture
def answering(serve, service, connect):
    """Make a session whose bill files, or all at another path, are answered as told.

    The last answer stays; ``None`` among them is the true one.
    """

    async def make(*answers, at="/v3/bill/downloadurl", mode="common", **settings):
        left = iter(answers)

        def answer(sent):
            told = next(left, answers[-1]) if answers and sent.path == at else None
            return service(sent) if told is None else told

        wire = await serve(answer)
        service.url = wire.url
        return wire, connect(wire, mode, **settings)

    return make
