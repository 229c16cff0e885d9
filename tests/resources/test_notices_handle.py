"""A notice is handled once: neither lost by a handler that fails, nor handled twice."""

import asyncio

import pytest

from wxdist import (
    InvalidInput,
    Replayed,
    Session,
)

from .stores import Broken, File, Slow


@pytest.fixture
def workers(keys, clock, tmp_path):
    """Make sessions of as many processes, with the store that they share."""
    stores = []

    def make(count):
        for _ in range(count):
            stores.append(File(tmp_path / "seen", clock))
            yield Session(keys.credentials(), clock=clock, notice_store=stores[-1])

    yield lambda count: list(make(count))
    for store in stores:
        store.close()


async def handled(session, delivery, work=None):
    """Handle a delivery; *work* is awaited in the block."""
    async with session.notices.handle(*delivery) as notice:
        if work is not None:
            await work()
        return notice


async def fails():
    raise LookupError("the order is not there yet")


async def again(session, post):
    """Return the error with which a repeat is refused."""
    with pytest.raises(Replayed) as raised:
        await handled(session, post())
    return raised.value


async def test_a_block_that_ends_well(post, notified):
    """The notice is done: repeats of it are refused, and answered as success."""
    session = notified()

    notice = await handled(session, post())
    error = await again(session, post)

    assert ("EV-1", True, False) == (notice.id, error.done, error.running)
    assert 200 == session.notices.answer(error).status


async def test_a_block_that_raises(post, notified):
    """The error comes through, and a repeat is handled."""
    session = notified()
    with pytest.raises(LookupError, match="not there yet") as raised:
        await handled(session, post(), fails)

    assert 500 == session.notices.answer(raised.value).status
    assert "EV-1" == (await handled(session, post())).id


async def test_the_same_bytes_after_a_failure(post, notified):
    """Bytes whose handler failed are handled when they come again as they were."""
    session, delivery = notified(), post()
    with pytest.raises(LookupError):
        await handled(session, delivery, fails)

    assert "EV-1" == (await handled(session, delivery)).id


async def test_the_same_bytes_meanwhile(post, notified):
    """An exact replay of a notice that is being handled is refused, and told to come again."""
    session, delivery = notified(), post()
    async with session.notices.handle(*delivery):
        with pytest.raises(Replayed) as raised:
            await handled(session, delivery)

    assert ("id", True) == (raised.value.part, raised.value.running)
    assert 500 == session.notices.answer(raised.value).status


async def test_a_block_that_is_cancelled(post, notified, clock):
    """A cancellation comes through, and a repeat is handled."""
    session = notified()
    task = asyncio.create_task(handled(session, post(), asyncio.Event().wait))
    await clock.advance(1)
    running = await again(session, post)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (False, True) == (running.done, running.running)
    assert "EV-1" == (await handled(session, post())).id


async def test_while_it_is_being_handled(post, notified):
    """A repeat meanwhile is refused, and answered so that it comes again."""
    session = notified()
    async with session.notices.handle(*post()):
        error = await again(session, post)

    assert (False, True, 500) == (
        error.done,
        error.running,
        session.notices.answer(error).status,
    )
    assert (await again(session, post)).done


@pytest.mark.parametrize("lease", [600, 60])
async def test_a_handler_that_died(post, notified, clock, lease):
    """When the lease is over, a repeat is handled; who comes back late does not give it back."""
    session = notified()
    options = {} if lease == 600 else {"lease": lease}
    late = session.notices.handle(*post(), **options)
    await late.__aenter__()
    await clock.advance(lease - 1)
    assert (await again(session, post)).running
    await clock.advance(1)

    async with session.notices.handle(*post()):
        assert not await late.__aexit__(LookupError, LookupError("late"), None)
        assert (await again(session, post)).running

    assert (await again(session, post)).done


@pytest.mark.parametrize("lease", [0, -1, 1.5, True, None])
async def test_no_lease(post, notified, lease):
    """A lease is whole seconds."""
    with pytest.raises(InvalidInput, match=r"^lease: must be whole seconds"):
        await notified().notices.handle(*post(), lease=lease).__aenter__()


async def test_for_as_long_as_it_is_repeated(post, notified, clock):
    """What was handled is remembered for two days: repeats come for 24 h and 4 min."""
    session = notified()
    await handled(session, post())

    await clock.advance(hours=24, minutes=5)
    error = await again(session, post)
    await clock.advance(hours=24)

    assert error.done
    assert "EV-1" == (await handled(session, post())).id


async def deliveries(sessions, post, clock, work):
    """Deliver the same notice fifty times at once; return what came of each."""
    tries = [handled(sessions[n % len(sessions)], post(), work) for n in range(50)]
    running = asyncio.gather(*tries, return_exceptions=True)
    await clock.advance(10)
    return await running


@pytest.mark.parametrize("count", [1, 4])
async def test_fifty_deliveries_at_once(post, notified, workers, clock, count):
    """Exactly one of them is handled, in one process or in several."""
    sessions = [notified()] if count == 1 else workers(count)
    seen = []

    async def work():
        await clock.sleep(1)
        seen.append("handled")

    ended = await deliveries(sessions, post, clock, work)

    assert ["handled"] == seen
    assert 49 == sum(isinstance(each, Replayed) and each.running for each in ended)
    assert [True] * count == [(await again(each, post)).done for each in sessions]


@pytest.mark.parametrize("count", [1, 4])
async def test_fifty_handlers_that_fail(post, notified, workers, clock, count):
    """However often it fails, the notice can still be handled, in any process."""
    sessions = [notified()] if count == 1 else workers(count)

    ended = await deliveries(sessions, post, clock, fails)

    assert {LookupError, Replayed} >= {type(each) for each in ended}
    assert "EV-1" == (await handled(sessions[-1], post())).id


async def test_a_lent_store(post, workers):
    """What one process handled, or gave back, so it is for the others."""
    one, two = workers(2)
    with pytest.raises(LookupError):
        await handled(one, post(), fails)

    notice = await handled(two, post())
    error = await again(one, post)
    await one.notices.forget(notice)

    assert error.done
    assert notice == await two.notices.parse(*post())


async def test_merchants_may_share_a_store(post, keys, clock, workers):
    """The same id of another merchant's notice is another notice."""
    (session,) = workers(1)
    other = Session(
        keys.credentials(mchid="1900000002"), clock=clock, notice_store=session._notice_store
    )
    await session.notices.parse(*post())

    notice = await other.notices.parse(*post({**post.paid, "mchid": "1900000002"}))

    assert "EV-1" == notice.id


async def test_a_claim_whose_answer_is_lost(post, keys, clock, workers):
    """When the store fails after it gave the notice away, the notice is given back."""
    (session,) = workers(1)
    store = session._notice_store
    broken = Session(keys.credentials(), clock=clock, notice_store=Broken(store, "claim"))

    with pytest.raises(ConnectionError) as raised:
        await handled(broken, post())

    assert 500 == broken.notices.answer(raised.value).status
    assert "EV-1" == (await handled(session, post())).id


async def test_a_store_that_cannot_take_back(post, keys, clock, workers):
    """The handler's own error comes through, with a note; its lease ends in time."""
    (session,) = workers(1)
    broken = Session(
        keys.credentials(),
        clock=clock,
        notice_store=Broken(session._notice_store, "release", "claim"),
    )

    with pytest.raises(ConnectionError, match="claim") as raised:
        await handled(broken, post())

    assert ["the notice could not be given back: ConnectionError"] == raised.value.__notes__


async def test_parsed_and_not_told(post, keys, clock, workers):
    """When the store fails after it marked the notice as handled, nobody has it: given back."""
    (session,) = workers(1)
    broken = Session(
        keys.credentials(), clock=clock, notice_store=Broken(session._notice_store, "finish")
    )

    with pytest.raises(ConnectionError, match="finish"):
        await broken.notices.parse(*post())

    assert "EV-1" == (await session.notices.parse(*post())).id


async def test_parsed_and_cancelled(post, keys, clock, workers):
    """A cancellation while the notice is marked as handled gives it back too."""
    (session,) = workers(1)
    slow = Session(keys.credentials(), clock=clock, notice_store=Slow(session._notice_store, clock))
    task = asyncio.create_task(slow.notices.parse(*post()))
    await clock.advance(1)
    error = await again(session, post)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert error.done
    assert "EV-1" == (await session.notices.parse(*post())).id


async def test_handled_and_not_marked(post, keys, clock, workers):
    """When the store fails after the block, its error comes through, and nothing is given back."""
    (session,) = workers(1)
    broken = Session(
        keys.credentials(), clock=clock, notice_store=Broken(session._notice_store, "finish")
    )

    with pytest.raises(ConnectionError, match="finish") as raised:
        await handled(broken, post())

    assert 500 == broken.notices.answer(raised.value).status
    assert (await again(session, post)).done
