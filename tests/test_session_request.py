"""``session.request``: the signed and verified way to an endpoint that has no method."""

import types

import pytest

from wxdist import InvalidInput, NotFound, OutcomeUnknown, ServiceBroken, SignatureMissing

PATH = "/v3/global/some/thing"


@pytest.fixture
async def talk(serve, service, connect):
    """Make a session with a service that answers anything."""
    wire = await serve(lambda _: service.signed({"你": 1}, headers={"X-More": "yes"}))
    return wire, connect(wire)


async def test_an_answer(talk):
    """The answer is what came: status, headers in lower case, bytes, and how it came."""
    _, session = talk

    answer = await session.request("GET", PATH)

    assert (200, '{"你": 1}'.encode()) == (answer.status, answer.body)
    assert "yes" == answer.headers["x-more"]
    assert (1, True, "08A1-0") == (
        answer.meta.attempts,
        answer.meta.verified,
        answer.meta.request_id,
    )
    assert "你" not in repr(answer)


QUERIES = [
    (None, ""),
    ([], ""),
    ({}, ""),
    ({"a": "1"}, "?a=1"),
    ({"名": "分 +&=%/"}, "?%E5%90%8D=%E5%88%86%20%2B%26%3D%25%2F"),
    ({"a": ""}, "?a="),
    ([("a", "2"), ("a", "1")], "?a=2&a=1"),
    ((pair for pair in [("a", "~_.-")]), "?a=~_.-"),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES, ids=lambda value: ascii(value)[:30])
async def test_the_query(talk, keys, query, expected):
    """A query is percent-encoded in its order, and signed as sent."""
    wire, session = talk

    await session.request("GET", PATH, query=query)

    (sent,) = wire.sent
    keys.check(sent)
    assert PATH + expected == sent.target


@pytest.mark.parametrize(
    "query", [{"limit": 10}, {"limit": None}, {"limit": True}, {1: "a"}, [("a", b"x")]], ids=ascii
)
async def test_queries_that_are_no_text(talk, query):
    """What is no text is refused: nobody knows how it was meant."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^query: must be text, not (int|NoneType|bool|bytes)"):
        await session.request("GET", PATH, query=query)

    assert [] == wire.sent


async def test_its_names(talk, keys):
    """All but method and target are given by name; a read may have a body."""
    wire, session = talk

    await session.request(method="GET", target=PATH, query={"a": "1"}, body={"b": 2})
    with pytest.raises(TypeError):
        await session.request("GET", PATH, {"a": "1"})

    (sent,) = wire.sent
    keys.check(sent, covered=b'{"b":2}')
    assert (f"{PATH}?a=1", b'{"b":2}') == (sent.target, sent.body)


BODIES = [
    (b'{ "a" : 1.50 }', b'{ "a" : 1.50 }'),
    (b"\x00\xff", b"\x00\xff"),
    (b"", b""),
    (None, b""),
    ({}, b"{}"),
    ({"名": ["分", None, True, 1]}, '{"名":["分",null,true,1]}'.encode()),
    (types.MappingProxyType({"a": 1}), b'{"a":1}'),
]


@pytest.mark.parametrize(("body", "expected"), BODIES, ids=lambda value: ascii(value)[:30])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_the_body(talk, keys, method, body, expected):
    """Bytes are sent as they are, an object as compact JSON, and both are signed so."""
    wire, session = talk

    await session.request(method, PATH, body=body)

    (sent,) = wire.sent
    keys.check(sent, covered=expected)
    assert (method, expected) == (sent.method, sent.body)


@pytest.mark.parametrize("body", ["{}", ["a"], 7, bytearray(b"{}")], ids=ascii)
async def test_other_bodies(talk, body):
    """A body that is neither bytes nor an object is refused: it might not be what was meant."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^body: must be bytes or a mapping"):
        await session.request("POST", PATH, body=body)

    assert [] == wire.sent


@pytest.mark.parametrize("method", ["get", "HEAD", "CONNECT", "", "GET\r\n", None])
async def test_other_methods(talk, method):
    """Only the five methods of the service are sent."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^method: must be one of DELETE, GET, PATCH"):
        await session.request(method, PATH)

    assert [] == wire.sent


WRONG_PATHS = [
    "",
    "v3/global",
    "//evil.example/v3",
    "https://evil.example/v3",
    "/v3/../x",
    "/v3/%2e%2E/x",
    "/v3/./x",
    "/v3/x?a=1",
    "/v3/x#a",
    "/v3/a b",
    "/v3/分",
    "/v3/%zz",
    "/v3/x\r\nX-Evil: 1",
    "/v3/x\\y",
]


@pytest.mark.parametrize("path", WRONG_PATHS, ids=ascii)
async def test_other_paths(talk, path):
    """A path that would not be sent as it is, or would climb, is refused."""
    wire, session = talk

    with pytest.raises(InvalidInput, match=r"^target: "):
        await session.request("GET", path)

    assert [] == wire.sent


async def test_a_path_stays_as_given(talk, keys):
    """What is percent-encoded in the path stays so."""
    wire, session = talk
    path = "/v3/a%2Fb/%E5%88%86/(x)*;v=1,2/"

    await session.request("GET", path)

    (sent,) = wire.sent
    keys.check(sent)
    assert path == sent.target


async def test_errors(serve, service, connect):
    """An error answer is an error here too."""
    body = {"code": "RESOURCE_NOT_EXISTS", "message": "none"}
    session = connect(await serve(lambda _: service.signed(body, 404)))

    with pytest.raises(NotFound) as caught:
        await session.request("GET", PATH)

    assert ("RESOURCE_NOT_EXISTS", True) == (caught.value.code, caught.value.verified)


async def test_an_unsigned_success(serve, service, connect):
    """A success without a signature is refused."""
    session = connect(await serve(lambda _: service.http(200, b"{}")))

    with pytest.raises(SignatureMissing):
        await session.request("GET", PATH)


@pytest.mark.parametrize(("method", "requests"), [("GET", 4), ("POST", 1), ("PUT", 1)])
async def test_repeats(serve, service, connect, method, requests):
    """A GET is repeated as a read; of anything else nobody knows what a repeat would do."""
    wire = await serve(lambda _: service.http(503))

    with pytest.raises((ServiceBroken, OutcomeUnknown)) as caught:
        await connect(wire).request(method, PATH)

    assert requests == len(wire.sent)
    assert (method == "GET") != isinstance(caught.value, OutcomeUnknown)
