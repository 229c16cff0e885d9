"""Cancelled at any await, a call leaves no task, no connection in use, no file and no warning."""

import asyncio
import contextlib
import datetime as dt
import gc
import gzip
import tempfile
from pathlib import Path

import aiohttp
import pytest

from wxdist import Receiver, Session, Settings, Share

from .bill_texts import DISTRIBUTION, REFUNDS, STATEMENT

TRANSACTION = "4200000001202601050000000001"
SHARES = [Share(type="MERCHANT_ID", account="86693852", amount=1, description="a share")]
RECEIVER = Receiver(
    type="MERCHANT_ID", account="86693852", name="Shop Co", relation_type="SUPPLIER"
)
DAY = dt.date(2026, 1, 1)


async def settled(session):
    return [record async for record in session.settlements.list("UNSETTLE")]


async def stated(session):
    with tempfile.TemporaryDirectory() as folder:
        await session.bills.statement(DAY).download(Path(folder, "bill.csv"))


FETCH = "certificates.list"  # needs the mode in which certificates are fetched
CALLS = {
    "transactions.mark": lambda session: session.transactions.mark("P20150806125346"),
    "transactions.remaining": lambda session: session.transactions.remaining(TRANSACTION),
    "orders.create": lambda session: session.orders.create(
        TRANSACTION, "D-1", SHARES, unfreeze_unsplit=False
    ),
    "receivers.add": lambda session: session.receivers.add(RECEIVER),
    "receivers.delete": lambda session: session.receivers.delete("86693852", type="MERCHANT_ID"),
    "files.upload": lambda session: session.files.upload(bytes(300_000), filename="a.pdf"),
    "settlements.list": settled,
    "bills.statement": stated,
    FETCH: lambda session: session.certificates.list(),
}


def steps():
    """Yield numbers of passes: each one at first, then ever longer steps."""
    passes = 0
    while True:
        yield passes
        passes += 1 + passes // 40


async def cancelled(work, passes):
    """Cancel *work* after some passes of the loop; tell whether it was still going on."""
    task = asyncio.create_task(work)
    for _ in range(passes):
        await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    for _ in range(3):  # python-backoff 3 leaves an async generator, which the loop closes at once
        await asyncio.sleep(0)
    return task.cancelled()


def others():
    """Return the tasks beside the test itself and those of the server."""
    servers = ("Wire._serve", "BaseSelectorEventLoop._accept_connection2")
    return {
        task
        for task in asyncio.all_tasks() - {asyncio.current_task()}
        if task.get_coro().__qualname__ not in servers
    }


@pytest.fixture
def lent(clock):
    """Open a session that has a single connection: one that stays in use is missed at once."""

    @contextlib.asynccontextmanager
    async def session(wire, credentials):
        async with (
            aiohttp.TCPConnector(limit=1, keepalive_timeout=6) as connector,
            Session(
                credentials,
                settings=Settings(base_url=wire.url),
                connector=connector,
                clock=clock,
            ) as opened,
        ):
            yield opened

    return session


@pytest.mark.parametrize(
    ("name", "fetched"),
    [(name, fetched) for name in CALLS for fetched in (False, True) if fetched or name != FETCH],
)
async def test_a_cancelled_call(serve, service, lent, fetched, name):
    """After a cancellation at any await no task is left, and the one connection is free again."""
    credentials = service.keys.credentials(**{"platform_keys": ()} if fetched else {})
    service.serial = service.keys.certificate[0] if fetched else service.keys.public_key_id
    service.settled = 25
    wire = await serve(service)
    cut = 0
    for passes in steps():
        async with lent(wire, credentials) as session:
            going_on = await cancelled(CALLS[name](session), passes)
            assert set() == others()
            async with asyncio.timeout(20):
                await session.transactions.mark("P20150806125346")
        if not going_on:
            break
        cut += 1
    gc.collect()  # what was not closed would warn, and each warning is an error

    assert cut >= 10


async def test_a_cancelled_repeat(serve, service, lent, clock, keys):
    """A call that is cancelled during the pause before its repeat sends nothing more."""
    wire = await serve(lambda _: service.http(503))
    cut = 0
    for passes in steps():
        async with lent(wire, keys.credentials()) as session:
            going_on = await cancelled(tried(session), passes)
            before = len(wire.sent)
            await clock.advance(60)
            assert before == len(wire.sent)
            assert set() == others()
        if not going_on:
            break
        cut += 1

    assert cut >= 20


async def tried(session):
    with contextlib.suppress(Exception):
        await CALLS["transactions.remaining"](session)


TEXTS = {"distribution": DISTRIBUTION, "refunds": REFUNDS, "statement": STATEMENT}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("existing", [None, "an earlier bill"])
async def test_a_cancelled_download(serve, service, lent, tmp_path, *, kind, packed, existing):
    """A cancelled download leaves the folder as it was; one that ended leaves the whole bill."""
    service.bill = service.statement = gzip.compress(TEXTS[kind]) if packed else TEXTS[kind]
    target = tmp_path / "bill.csv"
    wire = await serve(service)
    cut = 0
    for passes in steps():
        if existing:
            target.write_text(existing)
        async with lent(wire, service.keys.credentials()) as session:
            bill = getattr(session.bills, kind)(DAY)
            going_on = await cancelled(bill.download(target), passes)
            assert set() == others()
        names = [path.name for path in tmp_path.iterdir()]
        if not going_on:
            break
        cut += 1
        assert (["bill.csv"] if existing else []) == names
        assert existing is None or existing == target.read_text()

    assert cut >= 10
    assert (["bill.csv"], TEXTS[kind]) == (names, target.read_bytes())


def grown(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


async def test_cancelled_while_it_unpacks(serve, service, lent, tmp_path):
    """A thread that is still at work when its download is cancelled leaves nothing either."""
    service.bill = gzip.compress(DISTRIBUTION + b"\r\n" * 25_000_000)
    wire = await serve(service)
    async with lent(wire, service.keys.credentials()) as session:
        bill = session.bills.distribution(DAY).download(tmp_path / "bill.csv")
        task = asyncio.create_task(bill)
        async with asyncio.timeout(20):
            while grown(tmp_path) <= len(service.bill):  # noqa: ASYNC110 - a thread sets no event
                await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        left = list(tmp_path.iterdir())
        await asyncio.get_running_loop().shutdown_default_executor()  # waits for the thread

    assert task.cancelled()
    assert [] == left == list(tmp_path.iterdir())


async def test_leaving_a_list_early(serve, service, lent, keys):
    """A list that is closed after some records asks for no further page and holds nothing."""
    service.settled = 25
    wire = await serve(service)
    async with lent(wire, keys.credentials()) as session:
        async with contextlib.aclosing(session.settlements.list("UNSETTLE")) as records:
            first = [(await anext(records)).batch_id for _ in range(12)]
        await session.transactions.mark("P20150806125346")

    assert [f"B{number}" for number in range(12)] == first
    assert 3 == len(wire.sent)
    assert set() == others()


async def test_closing_amid_a_call(serve, keys, clock):
    """A session that is closed while a call is under way ends the call, and leaves nothing."""

    async def hang(_):
        await asyncio.Event().wait()

    wire = await serve(hang)
    session = Session(keys.credentials(), settings=Settings(base_url=wire.url), clock=clock)
    call = asyncio.create_task(tried(session))
    await wire.arrived(1)

    await session.aclose()
    async with asyncio.timeout(20):
        await call
    gc.collect()

    assert 1 == len(wire.sent)
    assert set() == others()
