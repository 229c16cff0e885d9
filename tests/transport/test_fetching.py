"""Certificates before a call: fetched when needed, by one at a time, and swapped whole."""

import asyncio

import pytest

from wxdist import (
    ConfigurationError,
    NoAnswer,
    NoPermission,
    NotSent,
    RequestRefused,
    ServiceBroken,
    SignatureInvalid,
    SignatureRefused,
    TooManyRequests,
    UnknownKey,
)

BODY = b'{"state":"FINISHED"}'


async def test_without_keys_they_are_fetched_before_the_first_call(platform):
    """Once; later calls find them."""
    trusted = platform.trusted()

    await trusted.ready()
    await trusted.ready()

    assert ([0], (platform.old,)) == (platform.log, trusted.keys.keys)
    assert platform.old is trusted.for_encryption()
    await trusted.verify(platform.answer())


async def test_fifty_callers_fetch_once(platform):
    """Who comes while a fetch is under way waits for it and takes what it got."""
    platform.took = 3
    trusted = platform.trusted()

    await asyncio.gather(*(trusted.ready() for _ in range(50)))

    assert [0] == platform.log
    assert platform.old is trusted.for_encryption()


async def test_who_waits_for_a_fetch_that_is_cancelled_fetches_itself(platform):
    """The first caller may give up; the next one is served all the same."""
    platform.took = 3
    trusted = platform.trusted()
    first = asyncio.create_task(trusted.ready())
    second = asyncio.create_task(trusted.ready())
    await platform.clock.sleep(1)

    first.cancel()
    await second

    assert [0, 1] == platform.log
    assert platform.old is trusted.for_encryption()


async def test_who_waits_for_a_fetch_that_fails_gets_its_error(platform):
    """Fifty callers of a dead service ask it once, in one attempt: each repeats by itself."""
    platform.took, platform.error = 3, ServiceBroken(503)
    trusted = platform.trusted()

    ended = await asyncio.gather(*(trusted.ready() for _ in range(50)), return_exceptions=True)

    assert {NotSent} == {type(each) for each in ended}
    assert {platform.error} == {each.__cause__ for each in ended}
    assert ([0], [1]) == (platform.log, platform.attempts)


async def test_after_a_failed_fetch_the_next_caller_asks(platform):
    """The error is that of the callers who waited, and of nobody later."""
    platform.error = ServiceBroken(503)
    trusted = platform.trusted()
    with pytest.raises(NotSent):
        await trusted.ready()
    platform.error = None

    await trusted.ready()

    assert [0, 0] == platform.log
    assert platform.old is trusted.for_encryption()


async def test_a_fetch_that_hangs_does_not_hold_up_calls(platform):
    """While those at hand serve, one call a minute waits for new ones, for five seconds at most."""
    trusted = platform.trusted(most_age=3600.0)
    await trusted.ready()
    await platform.clock.sleep(3600)
    platform.took = 1e9

    async def ready(late):
        await platform.clock.sleep(late)
        start = platform.clock.monotonic()
        await trusted.ready()
        return platform.clock.monotonic() - start

    waited = await asyncio.gather(*(ready(late) for late in (0, 0, 3, 6, 50, 66)))

    assert [5, 0, 0, 0, 0, 5] == waited
    assert platform.old is trusted.for_encryption()
    platform.took = 1
    await platform.clock.sleep(60)
    assert 1 == await ready(0)


async def test_keys_known_beforehand_are_not_fetched(platform):
    """A certificate that was given is used until it expires, however old it is."""
    trusted = platform.trusted(platform.old, most_age=1.0)

    await trusted.ready()
    await platform.clock.advance(days=30)
    await trusted.ready()
    await trusted.verify(platform.answer())

    assert [] == platform.log


async def test_old_certificates_are_fetched_anew(platform):
    """At their greatest age, and then again after the same time."""
    trusted = platform.trusted(most_age=3600.0)
    for _ in range(9):
        await trusted.ready()
        await platform.clock.sleep(900)

    assert [0, 3600, 7200] == platform.log


async def test_expired_certificates_are_fetched_anew(platform, keys):
    """What is valid no longer does not count as known."""
    expired = platform.certificate(keys.platform, 0xA11, 2024, 2025)
    trusted = platform.trusted(expired)

    await trusted.ready()

    assert [0] == platform.log
    assert (expired, platform.old) == trusted.keys.keys
    assert platform.old == trusted.for_encryption()


async def test_the_set_is_swapped_whole(platform):
    """A fetch brings what the service has now, beside what was given; the old set is untouched."""
    trusted = platform.trusted(most_age=3600.0)
    await trusted.ready()
    before = trusted.keys
    platform.offer = [platform.new]

    await platform.clock.sleep(3600)
    await trusted.ready()

    assert ((platform.old,), (platform.new,)) == (before.keys, trusted.keys.keys)
    with pytest.raises(UnknownKey):
        await trusted.verify(platform.answer())


@pytest.mark.parametrize(
    "error",
    [
        NotSent("no connection"),
        NoAnswer("cut"),
        TooManyRequests(429),
        ServiceBroken(502),
        SignatureInvalid("Wechatpay-Signature", "wrong"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_certificates_that_cannot_be_had_for_now(platform, error):
    """Then nothing is sent: the call may be repeated, and says what stopped it."""
    platform.error = error

    with pytest.raises(NotSent, match="certificates") as raised:
        await platform.trusted().ready()

    assert error is raised.value.__cause__
    assert str(error) in str(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("api_v3_key cannot open the platform certificates"),
        SignatureRefused(401),
        NoPermission(403, verified=True),
        RequestRefused(400),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_certificates_that_cannot_be_had_at_all(platform, error):
    """What a repeat cannot cure is raised as it is."""
    platform.error = error

    with pytest.raises(type(error)) as raised:
        await platform.trusted().ready()

    assert error is raised.value


@pytest.mark.parametrize(
    "error",
    [
        NotSent("no connection"),
        ServiceBroken(502),
        SignatureRefused(401),
        ConfigurationError("x"),
        SignatureInvalid("Wechatpay-Signature", "wrong"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_usable_key_makes_up_for_a_failed_fetch(platform, error):
    """Old certificates serve on while they are valid; the fetch is tried again after a minute."""
    trusted = platform.trusted(most_age=3600.0)
    await trusted.ready()
    platform.error = error
    await platform.clock.sleep(3600)

    for _ in range(7):
        await trusted.ready()
        await trusted.verify(platform.answer())
        await platform.clock.sleep(20)

    assert [0, 3600, 3660, 3720] == platform.log
    assert (platform.old,) == trusted.keys.keys
