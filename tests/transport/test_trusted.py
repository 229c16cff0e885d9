"""Answers under the platform keys in force, and under those that come to be known."""

import asyncio

import pytest

from wxdist import (
    ConfigurationError,
    NotFresh,
    NotSent,
    Replayed,
    SignatureInvalid,
    SignatureMissing,
    UnknownKey,
)
from wxdist.transport.trusted import TrustedKeys
from wxdist.wire.message import Response

BODY = b'{"state":"FINISHED"}'


async def test_a_new_key_is_fetched_when_an_answer_names_it(platform):
    """After a change of certificates the first answer under the new one is verified."""
    trusted = platform.trusted(platform.old)
    platform.offer = [platform.old, platform.new]

    await trusted.verify(platform.answer(platform.new.id))

    assert ([0], [None]) == (platform.log, platform.attempts)  # as often as the settings say
    assert (platform.old, platform.new) == trusted.keys.keys


async def test_fifty_answers_under_a_new_key_fetch_once(platform):
    """All of them wait for the one fetch, and all are verified."""
    platform.took = 2
    trusted = platform.trusted(platform.old)
    platform.offer = [platform.new]

    await asyncio.gather(*(trusted.verify(platform.answer(platform.new.id)) for _ in range(50)))

    assert [0] == platform.log


async def test_who_waits_for_new_keys_does_not_lose_them_to_a_cancellation(platform):
    """A fetch that was cancelled was none: the next answer that needs the key fetches it."""
    platform.took = 2
    trusted = platform.trusted(platform.old)
    platform.offer = [platform.new]
    answers = [
        asyncio.create_task(trusted.verify(platform.answer(platform.new.id))) for _ in range(20)
    ]
    await platform.clock.sleep(1)

    answers[0].cancel()
    ended = await asyncio.gather(*answers, return_exceptions=True)

    assert [0, 1] == platform.log
    assert [asyncio.CancelledError, *[type(None)] * 19] == [type(each) for each in ended]


async def test_forged_serials_fetch_once_a_minute(platform):
    """A flood of unknown serials, at once and one after the other, costs one fetch a minute."""
    platform.took = 0.5
    trusted = platform.trusted(platform.old)

    for _ in range(60):
        forged = [trusted.verify(platform.answer(f"F{number:039X}")) for number in range(5)]
        ended = await asyncio.gather(*forged, return_exceptions=True)
        assert {UnknownKey} == {type(each) for each in ended}
        await platform.clock.sleep(2.5)

    assert 3 == len(platform.log)
    assert all(b - a >= 60 for a, b in zip(platform.log, platform.log[1:], strict=False))


async def test_forged_serials_whose_fetch_is_cancelled(platform):
    """Who gives up before a fetch ends causes two of them a minute at most."""
    platform.took = 10
    trusted = platform.trusted(platform.old)

    for _ in range(36):
        forged = asyncio.create_task(trusted.verify(platform.answer("F00D")))
        await platform.clock.sleep(5)
        forged.cancel()
        await asyncio.wait([forged])

    assert [0, 5, 65, 70, 130, 135] == platform.log


async def test_an_unknown_key_is_named_with_those_known(platform):
    """The error tells both, and why no newer ones could be had."""
    trusted = platform.trusted(platform.old)
    platform.error = NotSent("no connection")

    with pytest.raises(UnknownKey) as raised:
        await trusted.verify(platform.answer("F00D"))

    error = raised.value
    assert ("F00D", (platform.old.id,), platform.error) == (
        error.serial,
        error.known,
        error.__cause__,
    )
    assert "'F00D'" in str(error)
    assert platform.old.id in str(error)


async def test_with_public_keys_alone_nothing_is_fetched(platform, keys):
    """Neither before a call nor for an unknown serial."""
    pems = {keys.public_key_id: keys.public_pem}
    trusted = TrustedKeys(
        keys.credentials(platform_keys=pems),
        clock=platform.clock,
        fetch=platform.fetch,
        most_age=1.0,
    )

    await trusted.ready()
    await trusted.verify(platform.answer(keys.public_key_id))
    await platform.clock.advance(days=400)
    await trusted.ready()
    with pytest.raises(UnknownKey):
        await trusted.verify(platform.answer("F00D"))

    assert [] == platform.log
    assert keys.public_key_id == trusted.for_encryption().id


async def test_a_public_key_beside_certificates_is_preferred(platform, keys):
    """Both verify; names are encrypted for the public key."""
    pems = {keys.public_key_id: keys.public_pem, platform.old.id: platform.old.pem}
    trusted = TrustedKeys(
        keys.credentials(platform_keys=pems),
        clock=platform.clock,
        fetch=platform.fetch,
        most_age=1.0,
    )

    await trusted.verify(platform.answer())
    await trusted.verify(platform.answer(keys.public_key_id))

    assert keys.public_key_id == trusted.for_encryption().id
    assert [] == platform.log


async def test_without_a_valid_key_nothing_is_encrypted(platform, keys):
    """An expired certificate is no key to encrypt with."""
    trusted = platform.trusted(platform.certificate(keys.platform, 0xA11, 2024, 2025))

    with pytest.raises(ConfigurationError, match="no valid platform key"):
        trusted.for_encryption()


async def test_an_answer_counts_once(platform):
    """The same nonce again is a replay; a forged answer does not use a nonce up."""
    trusted = platform.trusted(platform.old)
    answer = platform.answer(nonce="5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
    forged = Response(status=200, headers=answer.headers, body=BODY.lower())

    with pytest.raises(SignatureInvalid):
        await trusted.verify(forged)
    await trusted.verify(answer)
    with pytest.raises(Replayed):
        await trusted.verify(answer)


async def test_what_is_not_remembered_counts_each_time(platform):
    """What is told by its id is verified as often as it comes."""
    trusted = platform.trusted(platform.old)
    answer = platform.answer()

    await trusted.verify(answer, remember=False)
    await trusted.verify(answer, remember=False)
    await trusted.verify(answer)

    with pytest.raises(Replayed):
        await trusted.verify(answer)


@pytest.mark.parametrize("at", [-301, 301])
async def test_an_answer_off_in_time_is_refused_before_anything_is_fetched(platform, at):
    """Freshness comes first: an old serial in an old answer costs no fetch."""
    trusted = platform.trusted(platform.old)

    with pytest.raises(NotFresh):
        await trusted.verify(platform.answer("F00D", at=at))

    assert [] == platform.log


async def test_an_answer_is_fresh_when_it_came(platform):
    """What came long ago, before a body that took its time, was fresh at its own time."""
    trusted = platform.trusted(platform.old)
    answer, came = platform.answer(), platform.clock.now()
    await platform.clock.advance(minutes=10)

    with pytest.raises(NotFresh):
        await trusted.verify(answer)
    await trusted.verify(answer, at=came)
    with pytest.raises(Replayed):
        await trusted.verify(answer, at=came)


async def test_an_answer_without_a_seal_is_refused(platform):
    """A 2xx that is not signed is nothing."""
    trusted = platform.trusted(platform.old)

    with pytest.raises(SignatureMissing):
        await trusted.verify(Response(status=200, headers={}, body=BODY))
