"""The waits for money and receivers, against the sandbox: when they ask, and how they end."""

import asyncio
import datetime as dt
from itertools import pairwise

import pytest

from wxdist import (
    InvalidInput,
    NotDistributable,
    NotFound,
    OrderRef,
    ReceiverRefused,
    RequestRefused,
    StillRunning,
)
from wxdist.sandbox import Sandbox

HOUR = 3600


@pytest.mark.parametrize("seed", range(5))
async def test_nothing_is_asked_before_the_window_opens(shop_at, seed):
    """With a known payment time: no request before minute 3, at most 10 until minute 5."""
    async with Sandbox(seed) as sandbox:
        shop = shop_at(sandbox)
        async with shop.session:
            paid = await shop.paid()
            before = sandbox.calls
            shop.signer.log.clear()

            remaining = await shop.session.transactions.wait_until_distributable(
                paid.transaction_id, paid_at=paid.paid_at
            )

            assert (paid.transaction_id, 1000) == (
                remaining.transaction_id,
                remaining.unsplit_amount,
            )
            asked = shop.asked()
            assert 180 == asked[0]
            assert asked == sorted(asked)
            assert len([at for at in asked if at <= 300]) <= 10
            assert asked[-1] <= 300 + 30
            assert len(before) + len(asked) == len(sandbox.calls)


@pytest.mark.parametrize("shop", ["manual"], indirect=True)
async def test_no_request_leaves_before_minute_three(shop):
    """Held at the sandbox's own log too, on a clock that is moved by hand."""
    paid = await shop.paid()
    before = len(shop.sandbox.calls)
    task = asyncio.create_task(
        shop.session.transactions.wait_until_distributable(
            paid.transaction_id, paid_at=paid.paid_at
        )
    )

    await shop.sandbox.advance(seconds=179.999)
    assert before == len(shop.sandbox.calls)
    await shop.sandbox.advance(minutes=2)
    assert 1 <= len(shop.sandbox.calls) - before <= 10
    await shop.sandbox.advance(minutes=1)

    assert 1000 == (await task).unsplit_amount


async def test_without_a_payment_time_it_asks_at_once(shop):
    """Then with the pauses of the settings, until the freezing is done."""
    paid = await shop.paid()
    start = shop.clock.monotonic()

    await shop.session.transactions.wait_until_distributable(paid.transaction_id)

    asked = [at - start for at in shop.asked("/amounts")]
    assert [0, 3, 8, 18, 33, 63] == asked[:6]
    assert {30} == {b - a for a, b in pairwise(asked[5:])}
    assert 180 <= asked[-1] <= 330


async def test_what_was_paid_long_ago_is_asked_at_once(shop):
    """A payment of an hour ago needs one question, and has the time of one call for it."""
    paid = await shop.paid()
    await shop.sandbox.advance(hours=1)

    remaining = await shop.session.transactions.wait_until_distributable(
        paid.transaction_id, paid_at=paid.paid_at
    )

    assert ([HOUR], 1000) == (shop.asked("/amounts"), remaining.unsplit_amount)


async def test_a_payment_that_was_not_marked_is_not_distributable(shop):
    """Once window and grace are over the refusal counts: minute 7 after payment."""
    paid = await shop.paid(mark=False)

    with pytest.raises(NotDistributable) as raised:
        await shop.session.transactions.wait_until_distributable(
            paid.transaction_id, paid_at=paid.paid_at
        )

    assert 420 <= shop.clock.monotonic() <= 450
    assert isinstance(raised.value.last, RequestRefused)
    assert 180 == shop.asked()[0]


async def test_without_a_payment_time_the_window_counts_from_the_start(shop):
    """An unknown transaction is given up seven minutes after the wait began."""
    await shop.sandbox.advance(hours=2)

    with pytest.raises(NotDistributable):
        await shop.session.transactions.wait_until_distributable("4200000000000000000000000042")

    assert 420 <= shop.clock.monotonic() - 2 * HOUR <= 450


@pytest.mark.parametrize("deadline", [240, dt.timedelta(seconds=240)])
async def test_the_deadline_of_the_wait_comes_first(shop, deadline):
    """Seconds or a point in time: StillRunning then, with the refusal as its cause."""
    paid = await shop.paid(mark=False)
    if isinstance(deadline, dt.timedelta):
        deadline = paid.paid_at + deadline

    with pytest.raises(StillRunning) as raised:
        await shop.session.transactions.wait_until_distributable(
            paid.transaction_id, paid_at=paid.paid_at, deadline=deadline
        )

    assert 240 == shop.clock.monotonic()
    assert isinstance(raised.value.__cause__, RequestRefused)
    assert paid.transaction_id in str(raised.value)


async def test_a_naive_payment_time_is_refused(shop):
    """It could mean any hour; nothing is sent."""
    with pytest.raises(InvalidInput, match="paid_at"):
        await shop.session.transactions.wait_until_distributable(
            "42",
            paid_at=dt.datetime(2026, 1, 5, 9, 0),  # noqa: DTZ001  # naive on purpose
        )

    assert [] == shop.asked()


async def test_two_hundred_waits_at_once_run_paced(shop):
    """No second holds more than 50 of their questions, and all of them end well."""
    paid = [await shop.paid(f"P{number:010}") for number in range(200)]
    shop.signer.log.clear()

    ended = await asyncio.gather(
        *(
            shop.session.transactions.wait_until_distributable(
                each.transaction_id, paid_at=each.paid_at
            )
            for each in paid
        )
    )

    asked = shop.asked(digits=3)
    assert {1000} == {each.unsplit_amount for each in ended}
    assert 180 == asked[0]
    assert max(sum(at <= each < at + 0.999 for each in asked) for at in asked) <= 51
    for each in paid:
        assert len([at for at in shop.asked(each.transaction_id) if at <= 300]) <= 10


async def test_a_receiver_is_asked_about_once_an_hour(shop):
    """At once, then every hour, until the audit has passed."""
    await shop.add("86693852")
    shop.signer.log.clear()

    async def audit():
        await shop.clock.sleep(3.5 * HOUR)
        await shop.sandbox.approve("86693852")

    relation, _ = await asyncio.gather(
        shop.session.receivers.wait("86693852", type="MERCHANT_ID"), audit()
    )

    assert "EFFECTIVE" == relation.state
    assert [0, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR] == shop.asked()


async def test_an_audit_takes_working_days(shop):
    """Without a decision the wait for a receiver ends after a week; a shorter one can be set."""
    await shop.add("86693852")

    with pytest.raises(StillRunning) as raised:
        await shop.session.receivers.wait("86693852", type="MERCHANT_ID")
    with pytest.raises(StillRunning):
        await shop.session.receivers.wait("86693852", type="MERCHANT_ID", deadline=HOUR)

    assert "INIT" == raised.value.last.state
    assert (7 * 24 + 1) * HOUR == shop.clock.monotonic()
    assert "86693852" not in str(raised.value)


async def test_a_refused_receiver_ends_the_wait(shop):
    """The error carries the reason."""
    await shop.add("86693852")
    await shop.sandbox.refuse("86693852", "PAPERS")

    with pytest.raises(ReceiverRefused, match="PAPERS") as raised:
        await shop.session.receivers.wait("86693852", type="MERCHANT_ID")

    assert "SANDBOX_REFUSED" == raised.value.last.state


async def test_a_receiver_that_nobody_added_is_not_found(shop):
    """Within the minute it may just not be there yet; an hour later it is not there."""
    with pytest.raises(NotFound):
        await shop.session.receivers.wait("86693852", type="MERCHANT_ID")

    assert [0, HOUR] == shop.asked("/receivers/")


@pytest.mark.parametrize("deadline", [0, True, float("nan"), dt.datetime(2026, 1, 5, 9)])  # noqa: DTZ001  # naive on purpose
async def test_a_wrong_deadline_is_refused(shop, deadline):
    """By each wait, before anything is sent."""
    ref = OrderRef("D-1", "42")
    session = shop.session

    with pytest.raises(InvalidInput, match="deadline"):
        await session.transactions.wait_until_distributable("42", deadline=deadline)
    with pytest.raises(InvalidInput, match="deadline"):
        await session.receivers.wait("86693852", type="MERCHANT_ID", deadline=deadline)
    with pytest.raises(InvalidInput, match="deadline"):
        await session.orders.wait(ref, deadline=deadline)
    with pytest.raises(InvalidInput, match="deadline"):
        session.orders.watch(ref, deadline=deadline)
    with pytest.raises(InvalidInput, match="deadline"):
        session.orders.wait_many([ref], deadline=deadline)

    assert [] == shop.asked()
