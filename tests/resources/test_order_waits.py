"""The waits for orders, against the sandbox: one, its changes, and many at once."""

import asyncio
from itertools import pairwise

import pytest

from wxdist import DetailsClosed, InvalidInput, NotFound, OrderRef, StillRunning, order_no


async def test_an_order_is_waited_for(shop):
    """From what `create` gave, or from its ref, until it is FINISHED."""
    paid = await shop.frozen("86693852")
    created = await shop.share(paid, "D-1", "86693852")
    start = shop.clock.monotonic()

    done = await shop.session.orders.wait(created)
    again = await shop.session.orders.wait(created.ref)
    asked = [at - start for at in shop.asked("/orders/D-1")]

    assert ("PROCESSING", "FINISHED", True) == (created.state, done.state, done.outcome.all_paid)
    assert done == again
    assert 3 == asked[0]
    assert asked[-2] == asked[-1]


async def test_a_finished_order_is_not_asked_about_again(shop):
    """What is FINISHED stays so: no request, and the same object."""
    paid = await shop.frozen("86693852")
    done = await shop.session.orders.wait(await shop.share(paid, "D-1", "86693852"))
    shop.signer.log.clear()

    assert done is await shop.session.orders.wait(done)
    assert [] == shop.asked()


async def test_a_closed_detail_is_told(shop):
    """FINISHED with a detail CLOSED raises, unless that is allowed; the reason is in the text."""
    paid = await shop.frozen("86693852", "86693853")
    await shop.sandbox.close("D-1", "86693853", "RECEIVER_HIGH_RISK")
    created = await shop.share(paid, "D-1", "86693852", "86693853")

    with pytest.raises(DetailsClosed, match="RECEIVER_HIGH_RISK") as raised:
        await shop.session.orders.wait(created)
    allowed = await shop.session.orders.wait(created, allow_closed=True)

    assert "50 fen were not paid" in str(raised.value)
    assert allowed == raised.value.distribution
    assert (50, 50, 0) == (allowed.outcome.paid, allowed.outcome.closed, allowed.outcome.pending)
    with pytest.raises(DetailsClosed):
        await shop.session.orders.wait(allowed)
    assert allowed is await shop.session.orders.wait(allowed, allow_closed=True)


async def test_changes_of_an_order_are_watched(shop):
    """One item a change, in which no money is lost, and FINISHED with CLOSED as the last."""
    accounts = [f"8669385{number}" for number in range(5)]
    paid = await shop.frozen(*accounts)
    await shop.sandbox.close("D-1", accounts[0])
    created = await shop.share(paid, "D-1", *accounts)

    async with shop.session.orders.watch(created) as changes:
        seen = [each async for each in changes]

    assert created != seen[0]
    assert all(a != b for a, b in pairwise(seen))
    assert ["PROCESSING"] * (len(seen) - 1) + ["FINISHED"] == [each.state for each in seen]
    assert {250} == {
        each.outcome.paid + each.outcome.closed + each.outcome.pending for each in seen
    }
    assert (200, 50) == (seen[-1].outcome.paid, seen[-1].outcome.closed)


async def test_an_unknown_order_is_not_found_after_its_grace(shop):
    """A 404 is *not yet* for a minute, and final then."""
    ref = OrderRef("D-404", "4200000000000000000000000042")

    with pytest.raises(NotFound):
        await shop.session.orders.wait(ref)

    assert [0, 3, 8, 18, 33, 63] == shop.asked("/orders/")


async def test_the_deadline_of_an_order(shop):
    """StillRunning carries what was seen; the same ref can be waited for again."""
    paid = await shop.frozen("86693852")
    created = await shop.share(paid, "D-1", "86693852")

    with pytest.raises(StillRunning) as raised:
        await shop.session.orders.wait(created, deadline=0.5)

    assert created is raised.value.last
    assert "FINISHED" == (await shop.session.orders.wait(created.ref)).state


@pytest.mark.parametrize("concurrency", [1, 4, 64])
async def test_many_orders_are_waited_for(shop, concurrency):
    """Each ref comes once, with its order or its error, whatever became of the others."""
    paid = await shop.frozen("86693852")
    await shop.sandbox.close("D-3", "86693852")
    orders = [await shop.share(paid, f"D-{n}", "86693852", amount=10) for n in range(8)]
    unknown = OrderRef("D-404", paid.transaction_id)
    waiting = [*orders[:4], *(each.ref for each in orders[4:]), unknown]

    async with shop.session.orders.wait_many(waiting, concurrency=concurrency) as many:
        ended = {ref: result async for ref, result in many}

    assert {*(each.ref for each in orders), unknown} == ended.keys()
    closed, missing = ended.pop(orders[3].ref), ended.pop(unknown)
    assert (DetailsClosed, NotFound) == (type(closed), type(missing))
    assert {"FINISHED"} == {each.state for each in ended.values()}


@pytest.mark.parametrize("concurrency", [0, -1, True, 1.5, None])
async def test_a_concurrency_of_nothing_is_refused(shop, concurrency):
    """It is a whole number of at least 1."""
    with pytest.raises(InvalidInput, match="concurrency"):
        shop.session.orders.wait_many([], concurrency=concurrency)


@pytest.mark.parametrize("order", [None, "D-1", ("D-1", "42")])
async def test_what_is_no_order_is_refused(shop, order):
    """A wait takes a Distribution or an OrderRef."""
    with pytest.raises(InvalidInput, match="order"):
        await shop.session.orders.wait(order)


async def test_leaving_early_leaves_no_task(shop):
    """A watch and a wait for many may be left after the first item."""
    paid = await shop.frozen("86693852")
    orders = [
        await shop.share(paid, order_no(paid.transaction_id, n), "86693852", amount=10)
        for n in range(6)
    ]
    before = asyncio.all_tasks()

    async with shop.session.orders.watch(orders[0].ref) as changes:
        await anext(changes)
    async with shop.session.orders.wait_many(orders, concurrency=3) as many:
        await anext(many)

    assert set() == {
        task for task in asyncio.all_tasks() - before if "RequestHandler" not in repr(task)
    }
    assert [] == shop.clock._deadlines
