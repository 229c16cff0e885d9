"""The one place that names the HTTP library: connections, deadlines, and what leaves when."""

import asyncio
import errno
import re
import ssl

import pytest
from cryptography.hazmat.primitives import serialization

from wxdist import BillRefused, NoAnswer, NotSent, Settings
from wxdist.transport.http import KEEP_ALIVE, LARGE, Network, NotKept, user_agent
from wxdist.wire import Request

TRANSACTION = "4200000001202601050000000001"


class Progress:
    """Notes whether a request has begun to leave."""

    left = False


@pytest.fixture
async def network(clock):
    """Make connections, closed at the end."""
    opened = Network(Settings(), connector=None, clock=clock)
    yield opened
    await opened.aclose()


@pytest.fixture
def send(network, clock):
    """Send one request: ``send(url)`` gives the answer and whether it left."""

    async def do(origin, body=b"", *, until=60.0, target="/v3/x", begin=None, most=1 << 20):
        request = Request(method="POST", target=target, body=body, headers={"X-A": "b"})
        progress, more = Progress(), {}
        if begin is not None:
            more = {"begin": begin, "most": most, "pause": 30.0}
        act = network.send if begin is None else network.fetch
        try:
            return await act(request, origin=origin, until=until, progress=progress, **more)
        finally:
            do.left = progress.left

    do.left = None
    return do


async def test_an_answer_as_a_value(serve, service, send):
    """An answer is its status, its body, and its headers: in lower case, joined if repeated."""
    raw = b"HTTP/1.1 207 Said\r\nX-A: 1\r\nx-a: 2\r\nRequest-ID: R\r\nContent-Length: 2\r\n\r\nok"

    answer = await send((await serve(lambda _: raw)).url)

    assert (207, b"ok", "1, 2", "R") == (
        answer.status,
        answer.body,
        answer.headers["x-a"],
        answer.request_id,
    )


@pytest.mark.parametrize("size", [0, 1, LARGE, LARGE + 1, 3_000_000])
async def test_bodies_of_any_size(serve, service, send, size):
    """A body leaves as it is, with its length, whether whole or in pieces."""
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    wire = await serve(lambda _: service.http(200))

    await send(wire.url, body)

    (sent,) = wire.sent
    assert (str(size), True) == (sent.headers["content-length"], body == sent.body)
    assert "transfer-encoding" not in sent.headers


async def test_the_target_is_sent_as_given(serve, service, send):
    """Nothing in a target is rewritten on the way to the socket."""
    target = "/v3/a%2Fb%28c%29%40d/%E5%88%86?t=%2F%3D=&x=(y)*;,&&%20+"
    wire = await serve(lambda _: service.http(200))

    await send(wire.url, target=target)

    assert target == wire.sent[0].target


async def test_before_a_connection(serve, service, send):
    """What ends before a connection is made has not left: `NotSent`."""
    wire = await serve(lambda _: service.http(200))

    with pytest.raises(NotSent):
        await send(wire.url, until=0.0)

    assert (False, []) == (send.left, wire.sent)


async def test_after_the_head(serve, service, send):
    """What ends after the head was written has left: `NoAnswer`."""
    wire = await serve(lambda _: service.last())

    with pytest.raises(NoAnswer, match="ServerDisconnectedError"):
        await send(wire.url)

    assert (True, 1) == (send.left, len(wire.sent))


async def test_amid_the_body_of_the_answer(serve, service, send, clock):
    """A deadline that comes while the body is read is `NoAnswer`."""

    async def drip(_):
        return b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"

    wire = await serve(drip)
    call = asyncio.create_task(send(wire.url, until=10.0))
    await wire.arrived(1)

    await clock.advance(10)

    with pytest.raises(NoAnswer, match="no whole answer in time"):
        await call


def into(write):
    """Return a beginning that lets *write* take the body of any answer."""
    return lambda _: write


async def test_a_file_piece_by_piece(serve, service, send):
    """A file is handed over as it comes; the answer itself has no body then."""
    pieces = []
    data = bytes(1_000_000)

    answer = await send(
        (await serve(lambda _: service.http(200, data))).url, begin=into(pieces.append)
    )

    assert (b"", data) == (answer.body, b"".join(pieces))
    assert len(pieces) > 1


async def test_the_head_of_a_file_comes_first(serve, service, send):
    """Before the body its head is handed over, which says what takes the body."""
    seen = []

    def begin(head):
        seen.append((head.status, head.headers["x-a"], head.body))
        return seen.append

    answer = await send(
        (await serve(lambda _: service.http(201, b"ok", {"X-A": "1"}))).url, begin=begin
    )

    assert [(201, "1", b""), b"ok"] == seen
    assert "1" == answer.headers["x-a"]


async def test_an_error_instead_of_a_file(serve, service, send):
    """What is no success begins no file, but is given as an answer."""
    begun = []

    answer = await send((await serve(lambda _: service.http(404, b"{}"))).url, begin=begun.append)

    assert (404, b"{}", []) == (answer.status, answer.body, begun)


KEEPERS = {
    "a full disk": OSError(errno.ENOSPC, "No space left on device"),
    "a disk far away": TimeoutError(errno.ETIMEDOUT, "timed out"),
    "a mistake": LookupError("x"),
    "an error of ours": NotSent("x"),
}


@pytest.mark.parametrize("name", KEEPERS)
@pytest.mark.parametrize("early", [False, True])
async def test_a_file_that_cannot_be_kept(serve, service, send, name, early):
    """What the keeper of a file raises is no word of the network: it is carried past it."""
    error = KEEPERS[name]

    def fail(_):
        raise error

    begin = fail if early else into(fail)
    with pytest.raises(NotKept) as caught:
        await send((await serve(lambda _: service.http(200, b"x"))).url, begin=begin)

    assert error is caught.value.error


async def test_everything_goes_through_the_proxy(serve, service, connect):
    """With a proxy no request takes another way; what is signed stays path and query."""
    proxy = await serve(lambda sent: service.signed(service.word(sent)))
    session = connect(proxy, base_url="http://127.0.0.1:9", proxy=proxy.url)

    await session.transactions.remaining(TRANSACTION)
    await session.refunds.refundable_balance()

    assert ["http://127.0.0.1:9"] * 2 == [sent.target[:18] for sent in proxy.sent]


@pytest.mark.parametrize("trusted", [False, True])
async def test_the_proxy_of_the_environment(serve, service, connect, monkeypatch, trusted):
    """A proxy that the environment names is used only when asked for."""
    wire, proxy = await serve(service), await serve(service)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", proxy.url)

    await connect(wire, trust_env=trusted).refunds.refundable_balance()

    assert (0, 1) if trusted else (1, 0) == (len(wire.sent), len(proxy.sent))


async def test_a_certificate_of_nobody(keys, connect, serve, service, tmp_path):
    """A server whose TLS certificate nobody vouches for is not spoken to: `NotSent`."""
    (tmp_path / "cert.pem").write_text(keys.certify(keys.stranger, 7, 2020, 2040)[1])
    (tmp_path / "key.pem").write_bytes(
        keys.stranger.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    spoken = []

    async def listen(reader, writer):
        spoken.append(await reader.read())

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        session = connect(await serve(service), base_url=f"https://127.0.0.1:{port}", attempts=1)
        with pytest.raises(NotSent, match=r"(?i)certificate"):
            await session.transactions.mark("P20150806125346")
        await session.aclose()

    assert [] == spoken


async def test_idle_connections_are_closed_in_time(network, send, serve, service):
    """Idle connections are given up before the service closes them, after 8 s."""
    await send((await serve(lambda _: service.http(200))).url)

    assert 5 <= KEEP_ALIVE <= 7
    assert KEEP_ALIVE == network._client.connector._keepalive_timeout


async def test_open_and_closed(network, send, serve, service):
    """It is open after its first use, and after closing nothing is sent."""
    wire = await serve(lambda _: service.http(200))
    before = network.is_open
    await send(wire.url)
    during = network.is_open

    await network.aclose()
    await network.aclose()

    assert (False, True, False) == (before, during, network.is_open)
    with pytest.raises(NotSent, match="the session is closed"):
        await send(wire.url)
    assert 1 == len(wire.sent)


def test_who_asks():
    """The agent says which version of what it is."""
    assert re.fullmatch(r"wxdist/\d+\.\d+\.\d+ Python/3\.\d+\.\d+", user_agent())


async def test_a_foreign_error_before_the_head(serve, service, connect, tmp_path, monkeypatch):
    """Whatever aiohttp raises before anything left is `NotSent`: here it finds a password."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p4ssw0rd\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    wire = await serve(service)

    with pytest.raises(NotSent, match="ValueError") as caught:
        await connect(wire, trust_env=True, attempts=1).transactions.mark("P20150806125346")

    assert "p4ssw0rd" not in str(caught.value)
    assert [] == wire.sent


async def test_a_foreign_error_after_the_head(serve, service, send):
    """After the head has left it is `NoAnswer`, and no more than its kind is told."""
    half = service.last(service.http(200, b"secret", length=100))

    with pytest.raises(NoAnswer, match=r": ClientPayloadError$") as caught:
        await send((await serve(lambda _: half)).url)

    assert "ClientPayloadError" == type(caught.value.__cause__).__name__


async def test_no_connection_in_time(serve, send):
    """A deadline before anything left says so."""
    with pytest.raises(NotSent, match="no connection in time"):
        await send((await serve(lambda _: b"")).url, until=0.0)


async def test_a_file_that_is_too_long(serve, service, send):
    """A file beyond the most that is allowed is `BillRefused`; what fits of it was handed over."""
    pieces = []
    wire = await serve(lambda _: service.http(200, bytes(1001)))

    with pytest.raises(BillRefused, match="longer than 1000 bytes"):
        await send(wire.url, begin=into(pieces.append), most=1000)

    assert len(b"".join(pieces)) <= 1000


@pytest.fixture
async def dripping():
    """Start a server whose answer comes byte by byte, as often as it is let."""
    go, gone = asyncio.Queue(), asyncio.Event()

    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        while await go.get():
            writer.write(b"x")
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        drip.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        drip.go = go
        yield drip
        go.put_nowait(False)
        await gone.wait()


async def test_a_file_that_stalls(dripping, send, clock):
    """Each piece may take the pause that is given, and the first that takes longer ends it."""
    came = asyncio.Queue()
    call = asyncio.create_task(send(dripping.url, until=1000.0, begin=into(came.put_nowait)))
    for _ in range(5):
        dripping.go.put_nowait(True)
        await came.get()
        await clock.advance(29)
    dripping.go.put_nowait(True)
    await came.get()

    await clock.advance(30)

    with pytest.raises(NoAnswer, match="no whole answer in time"):
        await call
    assert 5 * 29 + 30 == clock.monotonic()


async def test_a_file_that_does_not_begin(serve, send, clock):
    """So does an answer whose head takes longer."""
    wire = await serve(lambda _: b"")
    call = asyncio.create_task(send(wire.url, until=1000.0, begin=into(pytest.fail)))
    await wire.arrived(1)

    await clock.advance(30)

    with pytest.raises(NoAnswer, match="no whole answer in time"):
        await call
    assert 30 == clock.monotonic()
