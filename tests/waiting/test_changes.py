"""The changes that a wait sees, one item each, until it is done, given up or closed."""

import asyncio

import pytest

from wxdist import NoPermission, NotSent, StillRunning
from wxdist.waiting.poller import Changes

from .looks import Script, cancelled_after, drain, left_behind, waiting


async def test_changes_gives_one_item_a_change(clock):
    """Equal answers in a row are one item; the last item is the end."""
    script = Script(clock, "a", "a", "b", NotSent("x"), "b", "c", "c", "done", "never")

    items = [(clock.monotonic(), item) async for item in Changes(waiting(script), clock)]

    assert [(0, "a"), (8, "b"), (23, "c"), (33, "done")] == items


async def test_what_was_seen_before_is_no_change(clock):
    """A wait that begins with something seen gives what differs from it."""
    wait = waiting(Script(clock, "a", "a", "b", "done"))
    wait.last = "a"

    assert ["b", "done"] == [item async for item in Changes(wait, clock, first=3)]


async def test_an_end_that_is_no_change_is_still_given(clock):
    """The end is an item even when it was seen before."""
    wait = waiting(Script(clock, "done"))
    wait.last = "done"

    assert ["done"] == [item async for item in Changes(wait, clock)]


@pytest.mark.parametrize("end", ["done", "refused", NoPermission(403, verified=True)])
async def test_after_the_end_there_is_nothing(clock, end):
    """Whatever ended it, iterating on asks nothing and gives nothing."""
    script = Script(clock, "a", end)
    changes = Changes(waiting(script), clock)

    seen = await asyncio.gather(*[drain(changes)], return_exceptions=True)
    asked = len(script.log)

    assert 1 == len(seen)
    assert [] == await drain(changes)
    assert (2, 2) == (asked, len(script.log))


async def test_time_between_items_counts(clock):
    """Who thinks longer than the deadline gets StillRunning, without another question."""
    script = Script(clock, "a")
    changes = Changes(waiting(script, until=20), clock)

    assert "a" == await anext(changes)
    await clock.sleep(60)
    with pytest.raises(StillRunning):
        await anext(changes)

    assert [0] == script.log


async def test_leaving_early_leaves_nothing(clock):
    """The block may be left with a break; the iterator is then at its end."""
    script = Script(clock, "a", "b", "done")

    async with Changes(waiting(script), clock) as changes:
        async for item in changes:
            assert "a" == item
            break
    await changes.aclose()

    assert [] == await drain(changes)
    assert ([0], []) == (script.log, left_behind(clock))


async def test_closing_while_it_runs_ends_it_after_that_item(clock):
    """Another task may close it: the item under way is the last."""
    changes = Changes(waiting(Script(clock, "a", "b", "done")), clock, first=5)
    task = asyncio.create_task(drain(changes))
    await asyncio.sleep(0)

    await changes.aclose()

    assert ["a"] == await task


@pytest.mark.parametrize("passes", range(8))
async def test_an_item_that_was_given_up_may_be_asked_for_again(clock, passes):
    """A cancellation ends the item, not the iteration; a closed one stays closed."""
    script = Script(clock, "a", "b", "done")
    changes = Changes(waiting(script), clock)
    assert "a" == await anext(changes)

    task = await cancelled_after(lambda: anext(changes), passes)

    assert task.cancelled()
    assert ["b", "done"] == await drain(changes)


async def test_closed_while_an_item_is_given_up(clock):
    """Then it is over."""
    changes = Changes(waiting(Script(clock, "a", "b")), clock)
    await anext(changes)
    task = asyncio.create_task(anext(changes))
    await asyncio.sleep(0)

    await changes.aclose()
    task.cancel()
    await asyncio.wait([task])

    assert [] == await drain(changes)
