"""A trade statement: what its digest and its signature prove, and what is done without them."""

import asyncio
import base64
import datetime as dt
import gzip
import hashlib
import warnings

import pytest

from wxdist import (
    BillRefused,
    FakeClock,
    NoAnswer,
    NotFresh,
    ProbeRefused,
    Replayed,
    ServiceBroken,
    Session,
    Settings,
    SignatureInvalid,
    SignatureMissing,
    UnknownKey,
)

from ..bill_texts import STATEMENT

DAY = dt.date(2026, 1, 1)
PATH = "/v3/global/statements"
PACKED = gzip.compress(STATEMENT)
#: As long as the only documented sample.
SAMPLE = base64.b64encode(bytes(range(128))).decode()
CHANGED = STATEMENT.replace(b"`10.00", b"`90.00")


def sha1(data):
    return hashlib.sha1(data)


def in_base64(data):
    return base64.b64encode(sha1(data).digest()).decode()


@pytest.fixture
def fetch(serve, connect, tmp_path):
    """Fetch a statement from a service that answers as told; note what was sent and what warned."""

    async def do(answer, *, compressed=False, **settings):
        do.wire = await serve(answer)
        session = connect(do.wire, **settings)
        with warnings.catch_warnings(record=True) as do.warned:
            warnings.simplefilter("always")
            bill = session.bills.statement(DAY, compressed=compressed)
            return await bill.download(tmp_path / "bill.csv")

    return do


def always(service, *given, **more):
    """Return an answer that is signed anew each time."""
    return lambda _: service.stated(*given, **more)


DIGESTS = {
    "hex, as sent": lambda sent: sha1(sent).hexdigest(),
    "hex, unpacked": lambda _: sha1(STATEMENT).hexdigest(),
    "base64, as sent": in_base64,
    "base64, unpacked": lambda _: in_base64(STATEMENT),
    "capitals": lambda sent: sha1(sent).hexdigest().upper(),
}


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("data", [STATEMENT, PACKED], ids=["plain", "gzip"])
@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("strict", [True, False])
async def test_a_digest_that_fits(fetch, service, *, digest, data, sealed, strict):
    """In each way in which it may be meant, signed or not, it is enough; nothing warns."""
    answer = always(service, data, told=DIGESTS[digest](data), sealed=sealed)

    file = await fetch(answer, compressed=data is PACKED, strict_statement=strict)

    assert STATEMENT == file.path.read_bytes()
    assert [] == fetch.warned
    (sent,) = fetch.wire.sent
    assert ("gzip" if data is PACKED else "identity") == sent.headers["accept-encoding"]


@pytest.mark.parametrize("spelled", [lambda data: sha1(data).hexdigest(), in_base64])
@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("strict", [True, False])
async def test_a_digest_of_another_file(fetch, service, tmp_path, *, spelled, sealed, strict):
    """A SHA-1 that does not fit refuses the statement, once, strict or not."""
    answer = always(service, CHANGED, told=spelled(STATEMENT), sealed=sealed)

    with pytest.raises(BillRefused, match="cut, or changed"):
        await fetch(answer, strict_statement=strict)

    assert 1 == len(fetch.wire.sent)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("sealed", [True, False])
async def test_a_digest_that_cannot_be_compared(fetch, service, sealed):
    """One of another length, as the documented sample, proves nothing: that warns."""
    file = await fetch(always(service, told=SAMPLE, sealed=sealed))

    assert STATEMENT == file.path.read_bytes()
    ((category, said, place),) = [
        (each.category, str(each.message), each.filename) for each in fetch.warned
    ]
    assert (UserWarning, __file__) == (category, place)
    assert "Wechatpay-Statement-Sha1 is no SHA-1" in said
    assert "strict_statement" in said


@pytest.mark.parametrize("sealed", [True, False])
async def test_a_digest_that_cannot_be_compared_strictly(fetch, service, tmp_path, sealed):
    """With ``strict_statement`` it is refused."""
    answer = always(service, told=SAMPLE, sealed=sealed)

    with pytest.raises(BillRefused, match="cannot be compared"):
        await fetch(answer, strict_statement=True)

    assert [] == fetch.warned
    assert [] == list(tmp_path.iterdir())


async def test_a_warning_made_an_error(service, connect, serve, tmp_path):
    """Who turns warnings into errors keeps no file that one was about."""
    bill = connect(await serve(always(service, told=SAMPLE))).bills.statement(DAY)

    with pytest.raises(UserWarning, match="is no SHA-1"):  # as the settings of these tests have it
        await bill.download(tmp_path / "bill.csv")

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("strict", [True, False])
async def test_no_digest(fetch, service, tmp_path, *, sealed, strict):
    """Without the digest, which is documented, nothing is believed, signed or not."""
    with pytest.raises(BillRefused, match="no Wechatpay-Statement-Sha1"):
        await fetch(always(service, told="", sealed=sealed), strict_statement=strict)

    assert [] == list(tmp_path.iterdir())


FORGED = {
    "another key": (SignatureInvalid, lambda s: s.stated(key=s.keys.stranger)),
    "an unknown key": (UnknownKey, lambda s: s.stated(serial="F00D")),
    "an old time stamp": (NotFresh, lambda s: s.stated(at=-301)),
    "a time stamp to come": (NotFresh, lambda s: s.stated(at=301)),
    "a probe": (
        ProbeRefused,
        lambda s: s.stated(headers={"Wechatpay-Signature": "WECHATPAY/SIGNTEST/x"}),
    ),
    "over the body": (
        SignatureInvalid,
        lambda s: s.stated(headers={**s.seal(STATEMENT)}),
    ),
    "over another digest": (
        SignatureInvalid,
        lambda s: s.stated(headers=s.seal(sha1(CHANGED).hexdigest().encode())),
    ),
    "an empty one": (SignatureMissing, lambda s: s.stated(headers={"Wechatpay-Signature": ""})),
    "no nonce": (SignatureMissing, lambda s: s.stated(headers={"Wechatpay-Nonce": ""})),
}


@pytest.mark.parametrize("name", FORGED)
async def test_a_signature_that_does_not_hold(fetch, service, tmp_path, name):
    """Where there is a signature it has to hold, whatever the digest: asked twice, then refused."""
    error, answer = FORGED[name]

    with pytest.raises(error):
        await fetch(lambda _: answer(service))

    assert 2 == len(fetch.wire.sent)
    assert [] == list(tmp_path.iterdir())


async def test_a_signature_that_holds_the_second_time(fetch, service):
    """A read whose answer could not be trusted is repeated, from nothing."""
    forged = service.stated(CHANGED * 2, key=service.keys.stranger)

    def answer(_):
        return forged if len(fetch.wire.sent) == 1 else service.stated()

    file = await fetch(answer)

    assert STATEMENT == file.path.read_bytes()
    assert 2 == len(fetch.wire.sent)


async def test_a_statement_sent_again(serve, service, connect, tmp_path):
    """A signed answer counts once: its replay is refused."""
    same = service.stated()
    session = connect(await serve(lambda _: same))
    await session.bills.statement(DAY).download(tmp_path / "bill.csv")

    with pytest.raises(Replayed):
        await session.bills.statement(DAY).download(tmp_path / "again.csv")

    assert ["bill.csv"] == [path.name for path in tmp_path.iterdir()]


class SlowClock(FakeClock):
    """A clock on which somebody may take his time."""

    late = 0

    def now(self):
        return super().now() + self.late


async def test_a_slow_statement(serve, service, keys, tmp_path):
    """A signature is fresh when its head comes, however long the body takes after it."""
    clock = SlowClock()

    def progress(*_):
        clock.late = 400  # as if the first piece had taken so long

    settings = Settings(base_url=(await serve(service)).url)
    async with Session(keys.credentials(), settings=settings, clock=clock) as session:
        bill = session.bills.statement(DAY)
        file = await bill.download(tmp_path / "bill.csv", progress=progress)

    assert (STATEMENT, 400) == (file.path.read_bytes(), clock.late)


async def test_a_new_key(serve, certified, connect, tmp_path):
    """A statement signed by a certificate that is not known yet has it fetched."""
    session = connect(
        await serve(certified), credentials=certified.keys.credentials(platform_keys=())
    )

    await session.bills.statement(DAY).download(tmp_path / "bill.csv")

    assert (certified.keys.certificate[0],) == session._caller.trusted.keys.ids


@pytest.mark.parametrize("status", [500, 503])
async def test_a_broken_service(fetch, service, tmp_path, status):
    """An error is ordinary signed JSON; a statement is asked for four times as every read."""
    body = {"code": "SYSTEM_ERROR", "message": "try again"}

    with pytest.raises(ServiceBroken) as caught:
        await fetch(lambda _: service.signed(body, status))

    assert (status, True) == (caught.value.status, caught.value.verified)
    assert [PATH] * 4 == [sent.path for sent in fetch.wire.sent]
    assert [] == list(tmp_path.iterdir())


async def test_the_next_host_takes_over(serve, service, connect, tmp_path):
    """After a host that cannot be reached a statement is asked for at the next one."""
    wire = await serve(service)
    session = connect(wire, base_url="http://127.0.0.1:9", fallback_urls=(wire.url,))

    await session.bills.statement(DAY).download(tmp_path / "bill.csv")

    assert [PATH] == [sent.path for sent in wire.sent]


async def test_each_attempt_is_signed_anew(fetch, service):
    """A repeat has its own nonce and signature."""

    def answer(sent):
        return service.last() if len(fetch.wire.sent) < 3 else service.stated()

    await fetch(answer)

    for sent in fetch.wire.sent:
        service.keys.check(sent)
    assert 3 == len({sent.claim["nonce_str"] for sent in fetch.wire.sent})
    assert 1 == len({sent.target for sent in fetch.wire.sent})


async def test_a_deadline(serve, service, connect, clock, tmp_path):
    """A statement that does not end by the deadline is `NoAnswer`, and nothing of it stays."""
    wire = await serve(always(service, length=10**6))  # more than there is to come
    bill = connect(wire, read_timeout=1000.0).bills.statement(DAY)
    fetching = asyncio.create_task(bill.download(tmp_path / "bill.csv"))
    await wire.arrived(1)

    await clock.advance(60)

    with pytest.raises(NoAnswer):
        await fetching
    assert 1 == len(wire.sent)
    assert [] == list(tmp_path.iterdir())
