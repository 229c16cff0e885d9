import asyncio
import time
from urllib.parse import urlsplit

import aiohttp
import pytest

from wxdist import (
    NoAnswer,
    NotFound,
    NotFresh,
    NotSent,
    OutcomeUnknown,
    ProbeRefused,
    Receiver,
    Replayed,
    ServiceBroken,
    Share,
    SignatureInvalid,
    SignatureMissing,
    SignatureRefused,
    TooManyRequests,
    UnknownKey,
    WrongAnswer,
)
from wxdist.sandbox import Sandbox

TRADE = "P20150806125346"
MARK, BALANCE = "transactions.mark", "refunds.refundable_balance"


@pytest.fixture
async def sandbox():
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def session(sandbox):
    """A client that has been answered before, and sends each call once."""
    async with sandbox.session() as opened:
        await opened.refunds.refundable_balance()
        yield opened.with_options(attempts=1)


async def error_of(call):
    """What a call raises."""
    try:
        await call
    except Exception as error:  # noqa: BLE001  # what it is, is what is asked
        return error
    return None


async def passes_until(reached):
    """Let the event loop go round until something is so."""
    for _ in range(100_000):
        if reached():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


def faults_seen(sandbox):
    return [call.fault for call in sandbox.calls if call.fault]


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("refused", {}, NoAnswer),
        ("reset_before", {}, NoAnswer),
        ("reset_after", {}, NoAnswer),
        ("hang_before", {}, NoAnswer),
        ("hang_after", {}, NoAnswer),
        ("drip", {"seconds": 30}, NoAnswer),
        ("cut", {}, NoAnswer),
        ("cut", {"fraction": 0}, NoAnswer),
        ("garbled", {}, SignatureInvalid),
        ("gateway_before", {}, ServiceBroken),
        ("gateway_after", {"status": 504}, ServiceBroken),
        ("throttled", {}, TooManyRequests),
        ("broken_before", {}, ServiceBroken),
        ("broken_after", {}, ServiceBroken),
        ("not_found", {}, NotFound),
        ("unsigned", {}, SignatureMissing),
        ("unsigned", {"header": "Serial"}, SignatureMissing),
        ("forged", {}, SignatureInvalid),
        ("unknown_serial", {}, UnknownKey),
        ("expired", {}, NotFresh),
        ("expired", {"seconds": 600}, NotFresh),
        ("probe", {}, ProbeRefused),
        ("replayed", {}, Replayed),
        ("skew", {}, SignatureRefused),
        ("skew", {"seconds": -400}, SignatureRefused),
        ("skew", {"seconds": 200}, type(None)),
        ("duplicate", {}, type(None)),
        ("certificate_swap", {}, type(None)),
    ],
)
async def test_what_a_read_makes_of_it(sandbox, session, kind, options, error):
    """Each fault ends a read with the error that is meant for it."""
    await sandbox.advance(minutes=1)  # certificates are asked for once a minute at most
    sandbox.control.inject(kind=kind, endpoint=BALANCE, count=1, options=options)

    assert error is type(await error_of(session.refunds.refundable_balance()))
    assert [kind] == faults_seen(sandbox)
    assert {kind: 1} == sandbox.control.faults.counts


@pytest.mark.parametrize(
    ("kind", "options", "done"),
    [
        ("refused", {}, False),
        ("reset_before", {}, False),
        ("reset_after", {}, True),
        ("hang_before", {}, False),
        ("hang_after", {}, True),
        ("gateway_before", {"status": 503}, False),
        ("gateway_after", {}, True),
        ("broken_before", {}, False),
        ("broken_after", {}, True),
        ("unsigned", {}, True),
        ("forged", {}, True),
    ],
)
async def test_what_a_write_makes_of_it(sandbox, session, kind, options, done):
    """After a fault a write's outcome is unknown, and it may have happened or not."""
    sandbox.control.inject(kind=kind, endpoint=MARK, count=1, options=options)

    assert OutcomeUnknown is type(await error_of(session.transactions.mark(TRADE)))
    assert done == bool(sandbox.control.world.state.marks)


async def test_refused_upload_is_not_read(sandbox, session):
    """A refused connection is reset before a large body has come."""
    sandbox.control.inject(kind="refused", endpoint="files.upload")
    upload = session.files.upload(bytes(1_000_000), filename="a.pdf")

    assert OutcomeUnknown is type(await error_of(upload))
    assert set() == sandbox.control.world.state.files


async def test_no_connection_at_all(session, sandbox):
    """Only a sandbox that has gone refuses the connection itself."""
    await sandbox.__aexit__(None, None, None)

    assert NotSent is type(await error_of(session.refunds.refundable_balance()))


async def test_foreign_answer_is_seen_through(sandbox, session):
    """The answer to another question is genuine, and refused by what it echoes."""
    first, second = [await paid(sandbox, session, f"{TRADE}{n}") for n in (1, 2)]
    await session.transactions.remaining(first)
    sandbox.control.inject(kind="foreign", count=1)

    assert WrongAnswer is type(await error_of(session.transactions.remaining(second)))


async def paid(sandbox, session, trade=TRADE):
    """A payment that can be distributed."""
    await session.transactions.mark(trade)
    payment = await sandbox.pay(trade, amount=1000)
    await sandbox.advance(minutes=5)
    return payment.transaction_id


@pytest.mark.parametrize("kind", ["reset_after", "hang_after", "gateway_after", "broken_after"])
async def test_repeating_heals(sandbox, session, kind):
    """A client that repeats the same instruction pays once, whatever happened to the answer."""
    transaction_id = await paid(sandbox, session)
    await session.receivers.add(
        Receiver(type="MERCHANT_ID", account="86693852", name="Shop", relation_type="SUPPLIER")
    )
    await sandbox.approve("86693852")
    sandbox.control.inject(kind=kind, endpoint="orders.create", count=2)
    share = Share(type="MERCHANT_ID", account="86693852", amount=200, description="a share")
    stubborn = session.with_options(attempts=4, deadline=300)
    order = await stubborn.orders.create(transaction_id, "D1", [share], unfreeze_unsplit=False)
    await stubborn.orders.wait(order)

    assert [kind, kind] == faults_seen(sandbox)
    assert 800 == (await session.transactions.remaining(transaction_id)).unsplit_amount
    sandbox.check()


async def test_hang_costs_no_real_time(sandbox, session):
    """A clock that jumps goes to the client's own deadline when a call hangs."""
    sandbox.control.inject(kind="hang_before", endpoint=BALANCE)
    began, real = sandbox.clock.monotonic(), time.monotonic()
    await error_of(session.refunds.refundable_balance())

    assert 0 <= sandbox.clock.monotonic() - began - session.settings.read_timeout < 1
    assert time.monotonic() - real < 5


async def test_hang_under_a_clock_in_hand():
    """On a clock that is moved by hand a hanging call waits for its deadline to come."""
    async with (
        Sandbox(clock="manual", answers="public_key") as sandbox,
        sandbox.session() as session,
    ):
        sandbox.control.inject(kind="hang_before", endpoint=BALANCE, count=1)
        impatient = session.with_options(attempts=1)
        call = asyncio.ensure_future(error_of(impatient.refunds.refundable_balance()))
        await passes_until(lambda: faults_seen(sandbox))
        await sandbox.advance(29)
        waiting = call.done()
        await sandbox.advance(1)

        assert not waiting
        assert NoAnswer is type(await call)


async def test_others_work_while_one_hangs(sandbox, session):
    """While a call hangs the others are answered, and the clock waits for them."""
    sandbox.control.inject(kind="hang_before", endpoint=BALANCE, count=1)
    hanging = asyncio.ensure_future(error_of(session.refunds.refundable_balance()))
    for _ in range(20):
        await session.certificates.list()

    assert NoAnswer is type(await hanging)
    assert ["hang_before"] == faults_seen(sandbox)


async def read(http, url):
    async with http.get(url) as answer:
        return await answer.read()


@pytest.mark.parametrize("kind", ["hang_before", "hang_after", "drip"])
async def test_hang_does_not_hold_up_closing(kind):
    """A sandbox with calls that hang closes at once, and leaves no task behind."""
    before = asyncio.all_tasks()
    async with aiohttp.ClientSession() as http:
        async with Sandbox(clock="manual") as sandbox:
            sandbox.control.inject(kind=kind)
            call = asyncio.ensure_future(error_of(read(http, f"{sandbox.base_url}/x")))
            await passes_until(lambda: faults_seen(sandbox))
            for _ in range(20):
                await asyncio.sleep(0)
            began = time.monotonic()
        elapsed = time.monotonic() - began
        error = await call

    assert isinstance(error, aiohttp.ClientError)
    assert elapsed < 0.9
    assert before == asyncio.all_tasks()


async def test_client_that_leaves_ends_its_call(sandbox):
    """A hanging call is over when its client goes away."""
    sandbox.control.inject(kind="hang_before")
    before = asyncio.all_tasks()
    address = urlsplit(sandbox.base_url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
    await passes_until(lambda: faults_seen(sandbox))
    held = asyncio.all_tasks() - before
    writer.close()
    await writer.wait_closed()
    await passes_until(lambda: all(task.done() for task in held))

    assert held
    assert before == asyncio.all_tasks()


async def test_drip_comes_whole_in_the_end(sandbox, session):
    """A slow answer that ends before the deadline is a good one; time has gone by."""
    sandbox.control.inject(kind="drip", endpoint=BALANCE, options={"seconds": 2, "piece": 20})
    began = sandbox.clock.monotonic()
    balance = await session.refunds.refundable_balance()

    assert 0 == balance.balance
    assert 4 <= sandbox.clock.monotonic() - began < 30


async def raw(sandbox, kind, **options):
    """All bytes that come back of one bare call, and whether a reset ended them."""
    sandbox.control.inject(kind=kind, options=options)
    address = urlsplit(sandbox.base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
    try:
        return await reader.read(), False
    except ConnectionResetError:
        return b"", True
    finally:
        writer.close()


@pytest.mark.parametrize("kind", ["refused", "reset_before", "reset_after"])
async def test_reset_is_a_reset(sandbox, kind):
    """A reset is one on the wire, without a byte, and no orderly end."""
    assert (b"", True) == await raw(sandbox, kind)


async def test_cut_promises_more(sandbox):
    """A cut answer names its whole length and ends in order before it."""
    got, reset = await raw(sandbox, "cut", fraction=0.5)
    head, _, body = got.partition(b"\r\n\r\n")
    promised = next(
        int(line[15:]) for line in head.split(b"\r\n") if line[:14].lower() == b"content-length"
    )

    assert (promised // 2, False) == (len(body), reset)


@pytest.mark.parametrize(
    ("options", "least"), [({"retry_after": 9}, 9), ({"retry_after": 40, "as_date": True}, 40)]
)
async def test_client_waits_as_long_as_it_is_asked(sandbox, session, options, least):
    """A throttled client comes back when the service said, on the sandbox's clock."""
    sandbox.control.inject(kind="throttled", endpoint=BALANCE, count=1, options=options)
    began = sandbox.clock.monotonic()
    await session.with_options(attempts=2).refunds.refundable_balance()

    assert least - 1 < sandbox.clock.monotonic() - began < least + 1


async def test_robust_client_does_not_notice(sandbox, session):
    """A client that repeats gets through a service that refuses what is valid now and then."""
    sandbox.control.inject(kind="unwilling", probability=0.2, endpoint=MARK)
    stubborn = session.with_options(attempts=10, deadline=600)
    for number in range(30):
        await stubborn.transactions.mark(f"{TRADE}{number}")

    assert len(faults_seen(sandbox)) > 1
    assert 30 == len(sandbox.control.world.state.marks)


async def test_swap_is_followed(sandbox, session):
    """A client fetches the certificate that signs all of a sudden, and goes on with it."""
    await sandbox.advance(minutes=1)  # certificates are asked for once a minute at most
    sandbox.control.inject(kind="certificate_swap", endpoint=MARK, count=1)
    await session.transactions.mark(TRADE)
    await session.transactions.mark(f"{TRADE}2")

    assert 2 == len(await session.certificates.list())
    assert 2 == len(sandbox.control.world.state.marks)
