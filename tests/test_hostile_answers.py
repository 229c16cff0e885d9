"""Hostile answers as HTTP: none is followed, expanded, read without end or believed."""

import asyncio
import gzip
import zlib

import pytest

from wxdist import (
    NoAnswer,
    OutcomeUnknown,
    ServiceBroken,
    ServiceError,
    SignatureInvalid,
    VerificationFailed,
    WrongAnswer,
)

TRANSACTION = "4200000001202601050000000001"
GOOD = b'{"transaction_id":"4200000001202601050000000001","unsplit_amount":1000,"currency":"CNY"}'


def remaining(session):
    return session.transactions.remaining(TRANSACTION)


def unfreeze(session):
    return session.orders.unfreeze(TRANSACTION, "D-1", description="the rest")


@pytest.fixture
async def outcome(serve, connect):
    """Return how a read and a write end against an answer."""

    async def tell(answer, **settings):
        session = connect(await serve(answer), **{"attempts": 1, **settings})
        with pytest.raises(OutcomeUnknown) as on_write:
            await unfreeze(session)
        with pytest.raises((NoAnswer, ServiceError, SignatureInvalid, WrongAnswer)) as on_read:
            await remaining(session)
        assert type(on_read.value) is type(on_write.value.cause)
        return on_read.value

    return tell


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(serve, service, outcome, status):
    """A redirect, signed or not, is a `ServiceError` with its status; its target hears nothing.

    A signed one that does not say that it is a failure is `WrongAnswer`.
    """
    elsewhere = await serve(service)
    headers = {"Location": f"{elsewhere.url}/v3/global/profit-sharing/x"}

    unsigned = await outcome(lambda _: service.http(status, b"{}", headers))
    bare = await outcome(lambda _: service.signed(b"{}", status, headers=headers))
    said = b'{"code":"MOVED"}'
    signed = await outcome(lambda _: service.signed(said, status, headers=headers))

    assert (ServiceError, status, False) == (type(unsigned), unsigned.status, unsigned.verified)
    assert (ServiceError, status, True) == (type(signed), signed.status, signed.verified)
    assert (WrongAnswer, "status") == (type(bare), bare.part)
    assert [] == elsewhere.sent


async def test_compressed_answers_are_not_expanded(service, outcome):
    """A compressed answer is judged as the bytes that came: `NoAnswer`, though it is signed."""
    for name, body in {"gzip": gzip.compress(GOOD), "deflate": zlib.compress(GOOD)}.items():
        headers = {"Content-Encoding": name}

        error = await outcome(lambda _, b=body, h=headers: service.signed(b, headers=h))

        assert (NoAnswer, "no acceptable JSON") == (type(error), error.reason[12:30])


async def test_a_signature_over_what_is_compressed_is_refused(service, outcome):
    """A signature over the expanded text does not fit the compressed one: `SignatureInvalid`."""
    headers = {"Content-Encoding": "gzip"}

    error = await outcome(
        lambda _: service.signed(gzip.compress(GOOD), seal=service.seal(GOOD), headers=headers)
    )

    assert SignatureInvalid is type(error)


async def test_a_gzip_bomb_stays_small(service, outcome):
    """One megabyte that would expand to a gigabyte is refused as it came, in a moment."""
    bomb = gzip.compress(bytes(50_000_000))  # 49 KB on the wire
    headers = {"Content-Encoding": "gzip"}

    error = await outcome(
        lambda _: service.signed(bomb, headers=headers), most_answer_bytes=len(bomb)
    )

    assert NoAnswer is type(error)


@pytest.mark.parametrize("told", [True, False])
async def test_an_answer_that_is_too_long(service, outcome, told):
    """More bytes than ``most_answer_bytes`` are `NoAnswer`, whether or not the length was told."""

    def answer(sent):
        if told:
            return service.signed(b" " * 2001)
        piece = b"3e8\r\n" + b" " * 1000 + b"\r\n"
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + piece * 3

    error = await outcome(answer, most_answer_bytes=2000)

    assert error.reason.startswith("it is longer than 2000 bytes")


async def test_the_longest_answer(serve, service, connect):
    """An answer of exactly ``most_answer_bytes`` is read."""
    session = connect(await serve(lambda _: service.signed(GOOD)), most_answer_bytes=len(GOOD))

    assert 1000 == (await remaining(session)).unsplit_amount


async def test_an_answer_without_end(serve, service, connect):
    """A server that never stops sending is cut off at the limit; an error answer of it too."""
    statuses = iter([200, 500])
    wire = await serve(lambda _: service.http(next(statuses), b"x" * 100_000, length=10**12))
    session = connect(wire, attempts=1, most_answer_bytes=50_000)

    for _ in range(2):
        with pytest.raises(NoAnswer, match="longer than 50000"):
            await remaining(session)


BROKEN = {
    "a length beyond the body": lambda service: service.last(service.http(200, GOOD, length=200)),
    "nothing": lambda service: service.last(),
    "half a status line": lambda service: service.last(b"HTTP/1.1 20"),
    "no HTTP": lambda service: service.last(b"SSH-2.0-OpenSSH_9.7\r\n"),
    "a bad chunk": lambda service: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n"
    ),
    "a cut chunk": lambda service: service.last(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nab"
    ),
    "two lengths": lambda service: (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x"
    ),
    "a negative length": lambda service: b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
    "a thousand headers": lambda service: service.http(
        200, GOOD, {f"X-{number}": "x" for number in range(1000)}
    ),
    "a header of a megabyte": lambda service: service.http(200, GOOD, {"X": "x" * 1_000_000}),
    "headers without end": lambda service: b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
    "a reset": lambda service: service.last(reset=True),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_answers(service, outcome, name):
    """What is no whole HTTP answer of bearable size is `NoAnswer`."""
    error = await outcome(lambda _: BROKEN[name](service))

    assert NoAnswer is type(error)
    assert "127.0.0.1" not in str(error)


WRONG_BODIES = [
    b"",
    b"null",
    b"[]",
    b"{",
    b'{"transaction_id":"4200000001202601050000000001","unsplit_amount":1000.0,"currency":"CNY"}',
    b'{"transaction_id":"4200000001202601050000000001","unsplit_amount":true,"currency":"CNY"}',
    b'{"transaction_id":"4200000001202601050000000001","unsplit_amount":NaN,"currency":"CNY"}',
    GOOD.replace(b"{", b'{"unsplit_amount":1,'),
    b'{"x":' * 100_000,
    b"\xff\xfe",
    GOOD + b"}",
]


@pytest.mark.parametrize("body", WRONG_BODIES, ids=lambda body: ascii(body[:20]))
async def test_genuine_answers_that_make_no_sense(service, outcome, body):
    """A signed body that is not the documented JSON is `NoAnswer`, and quotes nothing of it."""
    error = await outcome(lambda _: service.signed(body))

    assert NoAnswer is type(error)
    assert TRANSACTION not in str(error)
    assert "08A1-0" not in error.reason


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
async def test_the_page_of_a_gateway(service, outcome, status):
    """An HTML page of a gateway is `ServiceBroken`, not verified, without its text."""
    page = b"<html><body><h1>Bad Gateway</h1>nginx</body></html>"

    error = await outcome(lambda _: service.http(status, page, {"Content-Type": "text/html"}))

    assert (ServiceBroken, status, "", "") == (type(error), error.status, error.code, error.message)
    assert error.verified is False
    assert "nginx" not in str(error)


async def test_headers_that_stand_twice(serve, service, connect):
    """A signature header that stands twice does not count as either of the two."""
    seal = service.seal(GOOD)
    head = "".join(f"{name}: {value}\r\n" for name, value in [*seal.items(), *seal.items()])
    answer = f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(GOOD)}\r\n\r\n".encode() + GOOD
    session = connect(await serve(lambda _: answer), attempts=1)

    with pytest.raises(VerificationFailed, match=r"^Wechatpay-"):
        await remaining(session)


async def test_cookies_are_not_kept(serve, service, connect):
    """A cookie that the other side sets is never sent back."""
    headers = {"Set-Cookie": "a=b; Path=/"}
    wire = await serve(lambda sent: service.signed(service.word(sent), headers=headers))
    session = connect(wire, base_url=wire.url.replace("127.0.0.1", "localhost"))

    await remaining(session)
    await remaining(session)

    assert [False, False] == ["cookie" in sent.headers for sent in wire.sent]


async def test_early_hints_are_no_answer(serve, service, connect):
    """An answer that comes after an interim one is the answer."""
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    wire = await serve(lambda sent: hint + service(sent))

    async with asyncio.timeout(20):
        seen = await remaining(connect(wire))

    assert 1000 == seen.unsplit_amount
