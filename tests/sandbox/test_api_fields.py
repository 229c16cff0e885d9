"""Fields, queries and bodies that are wrong, and who may order at all."""

import json

import pytest

from wxdist.errors import InvalidInput
from wxdist.sandbox.api.fields import Field, checked
from wxdist.sandbox.asking import Request

from .api_desk import HOST, TRADE, Desk


@pytest.fixture
def desk():
    return Desk()


def refused(field, problem):
    return 400, {"error": {"field": field, "problem": problem}}


# --- fields


@pytest.mark.parametrize(
    ("path", "body", "field", "problem"),
    [
        ("pay", {}, "out_trade_no", "is required"),
        ("pay", {"out_trade_no": TRADE}, "amount", "is required"),
        ("pay", {"out_trade_no": None, "amount": 1}, "out_trade_no", "is required"),
        ("pay", {"out_trade_no": TRADE, "amount": "1"}, "amount", "must be of type integer"),
        ("pay", {"out_trade_no": TRADE, "amount": 1.0}, "amount", "must be of type integer"),
        ("pay", {"out_trade_no": TRADE, "amount": True}, "amount", "must be of type integer"),
        (
            "pay",
            {"out_trade_no": TRADE, "amount": 0},
            "amount",
            "must be at least 1 and at most 1000000000000",
        ),
        (
            "pay",
            {"out_trade_no": "x" * 65, "amount": 1},
            "out_trade_no",
            "must have at most 64 characters",
        ),
        (
            "pay",
            {"out_trade_no": TRADE, "amount": 1, "currency": 1},
            "currency",
            "must be of type string or null",
        ),
        (
            "receivers/approve",
            {"account": "1", "extra": 1},
            "extra",
            "means nothing here: this operation has account, sub_mchid",
        ),
        ("check", {"extra": 1}, "extra", "means nothing here: this operation has no fields"),
        ("clock/run", {"speed": -1}, "speed", "must be at least 0"),
        ("clock/advance", {"seconds": True}, "seconds", "must be of type number"),
        ("clock/set", {"when": []}, "when", "must be of type string or number"),
    ],
)
async def test_fields_that_are_wrong(desk, path, body, field, problem):
    """Each wrong field is 400 with its name and what is wrong with it."""
    assert refused(field, problem) == await desk.ask("POST", path, **body)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=x", "since"),
        ("since=-1", "since"),
        ("since=", "since"),
        ("since=" + "9" * 16, "since"),
        ("limit=0", "limit"),
        ("limit=10001", "limit"),
        ("other=1", "other"),
        ("since=1&since=2", "query"),
        ("&".join(f"a{i}=1" for i in range(51)), "query"),
    ],
)
async def test_queries_that_are_wrong(desk, query, field):
    """Each wrong parameter is 400 with its name."""
    status, answer = await desk.ask("GET", f"events?{query}")

    assert (400, field) == (status, answer["error"]["field"])


async def test_numbers_in_addresses(desk):
    """A number in an address is a whole number from 1."""
    for number in ("x", "0"):
        status, answer = await desk.ask("GET", f"calls/{number}/explain")
        assert (400, "number") == (status, answer["error"]["field"])


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b'"a"',
        b"\xff{}",
        b'{"out_trade_no": "P2015", "out_trade_no": "P2016", "amount": 1}',
        b'{"out_trade_no": "P2015", "amount": NaN}',
        b"[" * 60_000,
    ],
)
async def test_bodies_that_are_no_object(desk, body):
    """A body that is no JSON object, or names something twice, is 400."""
    reply = await desk.send("POST", "pay", body)

    assert refused("body", "must be a JSON object, each name once") == (
        reply.status,
        json.loads(reply.body),
    )


async def test_bodies_that_are_too_large(desk):
    """A body beyond the limit of its operation is 413; of a snapshot more is worth reading."""
    reply = await desk.send("POST", "pay", b" " * (64 * 1024 + 1))
    head = {"host": HOST, "content-type": "application/json"}
    most = [
        desk.core.api.most(Request(method, f"/_sandbox/{path}", {**head, **more}))
        for method, path, more in (
            ("POST", "pay", {}),
            ("POST", "restore", {}),
            ("GET", "restore", {}),
            ("POST", "nothing", {}),
            ("POST", "restore", {"origin": "https://evil.example"}),
        )
    ]

    assert 413 == reply.status
    assert "body" == json.loads(reply.body)["error"]["field"]
    assert [64 * 1024, 256 * 1024 * 1024, 0, 0, 0] == most


async def test_empty_body_is_an_empty_object(desk):
    """An operation without fields needs no body."""
    assert 200 == (await desk.send("POST", "check", content_type="application/json")).status


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "pay", "POST"),
        ("POST", "clock", "GET"),
        ("POST", "faults/1", "DELETE"),
        ("PUT", "faults", "DELETE, GET, POST"),
        ("HEAD", "clock", "GET"),
        ("OPTIONS", "pay", "POST"),
    ],
)
async def test_methods_that_are_not_there(desk, method, path, allow):
    """Another method is 405 and told which there are; a browser's question gets no permission."""
    reply = await desk.send(method, path, content_type="application/json")

    assert (405, allow) == (reply.status, reply.headers["Allow"])
    assert not [name for name in reply.headers if name.startswith("Access-Control")]


def test_field_alone():
    """Values are checked by type and limit; what may be left out may be null as well."""
    must = Field(name="a", kind="number", meaning="", least=1)
    may = Field(name="b", kind=("string", "integer"), meaning="", must=False)

    assert {"a": 1.5} == checked((must, may), {"a": 1.5, "b": None})
    assert {"a": 1, "b": "x"} == checked((must, may), {"a": 1, "b": "x"})
    for wrong in ({"a": 0.5}, {"a": float("nan")}, {"a": 1, "b": 1.5}):
        with pytest.raises(InvalidInput):
            checked((must, may), wrong)


# --- who may order


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "10.0.0.7", "box:80"],
)
async def test_hosts_that_lead_here(host):
    """Addresses as numbers, localhost and allowed names are answered."""
    reply = await Desk(hosts=["Box"]).send("GET", "clock", host=host)

    assert 200 == reply.status


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", None, "a@127.0.0.1", "[x]"],
)
async def test_hosts_of_others(desk, host):
    """A name that somebody else may have made lead here is refused, for reads as well."""
    reply = await desk.send("GET", "state", host=host)

    assert (403, "Host") == (reply.status, json.loads(reply.body)["error"]["field"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": f"http://{HOST}"}, 200),
        ({"origin": f"https://{HOST}"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
    ],
)
async def test_pages_of_others(desk, headers, status):
    """A browser that tells that another site's page asks is refused."""
    for method, path in (("POST", "check"), ("GET", "clock"), ("DELETE", "faults")):
        reply = await desk.send(method, path, content_type="application/json", **headers)
        assert status == reply.status


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        (None, 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=application/json", 415),
    ],
)
async def test_orders_are_json(desk, kind, status):
    """What a page may send to another site unasked, a form or plain text, orders nothing."""
    body = b'{"out_trade_no": "P20150806125346", "amount": 1}'
    reply = await desk.send("POST", "pay", body, content_type=kind)

    assert status == reply.status
    assert (status == 200) == bool(desk.core.world.state.payments)


async def test_delete_needs_no_type(desk):
    """A DELETE has no body, so no type either; with a body it must be JSON."""
    plain = await desk.send("DELETE", "faults")
    text = await desk.send("DELETE", "faults", b"x", content_type="text/plain")

    assert (200, 415) == (plain.status, text.status)


async def test_every_answer_says_sandbox(desk):
    """Answers of all kinds can never be taken for the real service's, nor be kept or framed."""
    replies = [
        await desk.send("GET", "clock"),
        await desk.send("GET", ""),
        await desk.send("GET", "openapi.json"),
        await desk.send("GET", "nothing"),
        await desk.send("PUT", "pay", content_type="application/json"),
        await desk.send("GET", "clock", host="evil.example"),
    ]

    for reply in replies:
        assert "1" == reply.headers["Wxdist-Sandbox"]
        assert "no-store" == reply.headers["Cache-Control"]
        assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]
