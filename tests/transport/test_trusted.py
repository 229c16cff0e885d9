"""The platform keys in force: fetched when needed, by one at a time, and swapped whole."""

import asyncio

import pytest

from wxdist import (
    ConfigurationError,
    NoAnswer,
    NoPermission,
    NotFresh,
    NotSent,
    Replayed,
    RequestRefused,
    ServiceBroken,
    SignatureInvalid,
    SignatureMissing,
    SignatureRefused,
    TooManyRequests,
    UnknownKey,
)
from wxdist.transport.trusted import TrustedKeys
from wxdist.wire.keys import load_platform_key
from wxdist.wire.message import Response

BODY = b'{"state":"FINISHED"}'


class Platform:
    """The service's certificates: a fetch of them, counted, and answers signed under them."""

    def __init__(self, keys, service, clock):
        self.keys, self.service, self.clock = keys, service, clock
        self.old = load_platform_key(keys.certificate[1].encode())
        self.new = self.certificate(keys.stranger, 0xB0B, 2026, 2031)
        self.offer = [self.old]
        self.error = None
        self.took = 0.0
        self.log = []

    def certificate(self, key, serial, first, last):
        return load_platform_key(self.keys.certify(key, serial, first, last)[1].encode())

    async def fetch(self):
        self.log.append(self.clock.monotonic())
        await self.clock.sleep(self.took)
        if self.error is not None:
            raise self.error
        return tuple(self.offer)

    def trusted(self, *given, most_age=36_000.0, **changes):
        """Return keys as a session holds them, with *given* certificates known beforehand."""
        pems = {each.id: each.pem for each in given}
        credentials = self.keys.credentials(platform_keys=pems, **changes)
        return TrustedKeys(credentials, clock=self.clock, fetch=self.fetch, most_age=most_age)

    def answer(self, serial=None, body=BODY, **facts):
        """Return an answer signed by the old key, or by the new one under its serial."""
        key = self.keys.stranger if serial == self.new.id else self.keys.platform
        headers = self.service.seal(body, key=key, serial=serial or self.old.id, **facts)
        return Response(
            status=200, headers={name.lower(): value for name, value in headers.items()}, body=body
        )


@pytest.fixture
def platform(keys, service, clock):
    """Make the service's certificates."""
    return Platform(keys, service, clock)


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


async def test_a_new_key_is_fetched_when_an_answer_names_it(platform):
    """After a change of certificates the first answer under the new one is verified."""
    trusted = platform.trusted(platform.old)
    platform.offer = [platform.old, platform.new]

    await trusted.verify(platform.answer(platform.new.id))

    assert [0] == platform.log
    assert (platform.old, platform.new) == trusted.keys.keys


async def test_fifty_answers_under_a_new_key_fetch_once(platform):
    """All of them wait for the one fetch, and all are verified."""
    platform.took = 2
    trusted = platform.trusted(platform.old)
    platform.offer = [platform.new]

    await asyncio.gather(*(trusted.verify(platform.answer(platform.new.id)) for _ in range(50)))

    assert [0] == platform.log


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


@pytest.mark.parametrize("at", [-301, 301])
async def test_an_answer_off_in_time_is_refused_before_anything_is_fetched(platform, at):
    """Freshness comes first: an old serial in an old answer costs no fetch."""
    trusted = platform.trusted(platform.old)

    with pytest.raises(NotFresh):
        await trusted.verify(platform.answer("F00D", at=at))

    assert [] == platform.log


async def test_an_answer_without_a_seal_is_refused(platform):
    """A 2xx that is not signed is nothing."""
    trusted = platform.trusted(platform.old)

    with pytest.raises(SignatureMissing):
        await trusted.verify(Response(status=200, headers={}, body=BODY))
