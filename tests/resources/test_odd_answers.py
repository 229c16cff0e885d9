"""The waits against answers that say too little, or that cannot be trusted."""

import asyncio

import pytest

from wxdist import (
    ConfigurationError,
    DetailsClosed,
    NotSent,
    SignatureInvalid,
    SignatureMissing,
    StillRunning,
)

from .odd import REF, detail, forged, paid, state, unsigned


async def test_an_unknown_state_never_ends_a_wait(odd):
    """Neither of an order, nor of a receiver without a reason against it."""
    session, _ = await odd(state("ABANDONED"))

    with pytest.raises(StillRunning) as order:
        await session.orders.wait(REF)
    with pytest.raises(StillRunning) as receiver:
        await session.receivers.wait("86693852", type="MERCHANT_ID", deadline=86_400)

    assert ("ABANDONED", "ABANDONED") == (order.value.last.state, receiver.value.last.state)
    assert 1800 + 86_400 == session.clock.monotonic()


async def test_each_change_of_an_unknown_kind_is_shown(odd):
    """New states and results are items of a watch like others."""
    session, _ = await odd(
        state("QUEUED"),
        state("QUEUED"),
        state("PROCESSING", receivers=[detail("PENDING")]),
        state("PROCESSING", receivers=[detail("REVERSED")]),
        paid,
    )

    seen = [each async for each in session.orders.watch(REF)]

    assert ["QUEUED", "PROCESSING", "PROCESSING", "FINISHED"] == [each.state for each in seen]
    assert [1, 70, 70, 0] == [each.outcome.pending for each in seen]


async def test_a_forged_end_is_no_end(odd):
    """FINISHED under a signature that does not fit is refused, and asked for once more."""
    session, wire = await odd(forged, forged, attempts=4)

    with pytest.raises(SignatureInvalid):
        await session.orders.wait(REF)

    assert 2 == len(wire.sent)


async def test_answers_that_cannot_be_trusted_are_trouble_once_one_could(odd):
    """Two in a row, such as behind a proxy that strips headers, do not end a wait."""
    untrusted = [unsigned, forged, unsigned, unsigned]
    session, wire = await odd(state("PROCESSING"), *untrusted, paid, attempts=2)

    assert "FINISHED" == (await session.orders.wait(REF)).state
    assert 6 == len(wire.sent)


async def test_answers_that_can_never_be_trusted_again(odd):
    """They last until the deadline, and are its cause; what was seen before stays."""
    session, _ = await odd(state("PROCESSING"), unsigned)

    with pytest.raises(StillRunning) as raised:
        await session.orders.wait(REF, deadline=100)

    assert ("PROCESSING", SignatureMissing) == (
        raised.value.last.state,
        type(raised.value.__cause__),
    )


async def test_a_closed_session_ends_each_wait_at_once(odd):
    """No further attempt could help."""
    session, wire = await odd(paid)
    await session.aclose()

    for wait in (
        session.orders.wait(REF),
        session.receivers.wait("86693852", type="MERCHANT_ID"),
        session.transactions.wait_until_distributable("42"),
    ):
        with pytest.raises(NotSent, match="the session is closed"):
            await wait
    ended = [type(each) async for _, each in session.orders.wait_many([REF])]

    assert ([NotSent], []) == (ended, wire.sent)
    assert session.clock.monotonic() < 1


async def test_closing_amid_a_wait(odd):
    """The wait ends with its next look."""
    session, wire = await odd(state("PROCESSING"))
    wait = asyncio.create_task(session.orders.wait(REF))
    await wire.arrived(2)

    await session.aclose()
    with pytest.raises(NotSent, match="the session is closed"):
        await wait


NOT_YET_PAID = {
    "no details": [],
    "null": None,
    "a pending one": [detail("SUCCESS"), detail("PENDING")],
    "an unknown one": [detail("REVERSED")],
}


@pytest.mark.parametrize("name", NOT_YET_PAID)
async def test_finished_but_not_known_to_be_paid(odd, name):
    """FINISHED without a word that every detail came through is looked at again."""
    receivers = NOT_YET_PAID[name]
    session, wire = await odd(state("FINISHED", receivers=receivers), paid)

    done = await session.orders.wait(REF)

    assert (2, True) == (len(wire.sent), done.outcome.all_paid)


@pytest.mark.parametrize("amount", [0, 70])
async def test_finished_and_closed(odd, amount):
    """A detail that was CLOSED is told whatever its amount."""
    session, _ = await odd(state("FINISHED", receivers=[detail("CLOSED", amount=amount)]))

    with pytest.raises(DetailsClosed):
        await session.orders.wait(REF)


async def test_a_wait_generator_that_yields_nothing(odd):
    """It does not spoil an answer that ends the wait; only the need of a pause shows it."""

    def empty():
        return
        yield

    session, wire = await odd(paid, state("PROCESSING"), poll_delays=empty)

    assert "FINISHED" == (await session.orders.wait(REF)).state
    with pytest.raises(ConfigurationError, match="above zero"):
        await session.orders.wait(REF)

    assert 2 == len(wire.sent)


async def test_a_look_at_a_watch_may_be_given_up(odd):
    """A cancelled ``anext``, such as by ``wait_for``, is no end: the next one looks on."""
    session, _ = await odd(state("PROCESSING"), paid)
    watch = session.orders.watch(REF)
    first = await anext(watch)
    second = asyncio.create_task(anext(watch))
    for _ in range(5):
        await asyncio.sleep(0)

    second.cancel()
    await asyncio.wait([second])

    assert ("PROCESSING", True) == (first.state, second.cancelled())
    assert ["FINISHED"] == [each.state async for each in watch]
