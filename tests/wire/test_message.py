"""Requests and responses as values, and the one way to write a target."""

from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist import InvalidInput
from wxdist.wire.message import Request, Response, checked_path, target

TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("P2015", "P2015"),
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("a/b", "a%2Fb"),
        ("100%", "100%25"),
        ("%2F", "%252F"),
        ("a?b#c", "a%3Fb%23c"),
        ("'\"", "%27%22"),
        ("(@)", "%28%40%29"),
        ("分账", "%E5%88%86%E8%B4%A6"),
        ("{id}", "%7Bid%7D"),
        ("_.-~", "_.-~"),
    ],
)
def test_encodes_all_but_the_unreserved(text, written):
    """Letters, digits and `_.-~` stay; every other byte is encoded, in path and query."""
    assert f"/a/{written}/b?x={written}" == target("/a/{id}/b", {"id": text}, [("x", text)])


@given(TEXT, TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=3))
def test_target_round_trip(first, second, query):
    """Whatever the ids and the query hold, the other side reads the same."""
    path, _, rest = target("/v3/{a}/x/{b}", {"a": first, "b": second}, query).partition("?")

    assert ["", "v3", first, "x", second] == [unquote(part) for part in path.split("/")]
    assert query == parse_qsl(rest, keep_blank_values=True, strict_parsing=bool(rest))


def test_without_a_query():
    """No pairs, no question mark."""
    assert "/v3/x" == target("/v3/x", {})


@pytest.mark.parametrize(
    "pairs", [{"ids": {"id": "\ud800"}}, {"ids": {"id": ""}, "query": [("x", "\udcff")]}]
)
def test_a_lone_surrogate_has_no_bytes(pairs):
    """What is no text cannot be sent."""
    with pytest.raises(InvalidInput, match="lone surrogate"):
        target("/{id}", **pairs)


@pytest.mark.parametrize(
    "path",
    ["/", "/v3/global/certificates", "/v3/a%2Fb/c", "/v3/(a)@b;c=1,2:3", "/a.b/..c/d..", "/v3/"],
)
def test_takes_plain_paths(path):
    """A path that nothing on the way has a reason to rewrite is taken as it is."""
    assert path == checked_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "v3",
        "//evil.example/v3",
        "https://evil.example/",
        "/v3?x=1",
        "/v3#x",
        "/v3/..",
        "/v3/./x",
        "/v3/%2e%2E/x",
        "/v3/..%2Fx",
        "/v3/..%5Cx",
        "/v3/%252e%252e/x",
        "/v3/\\x",
        "/v3/x y",
        "/v3/x\r\nX: 1",
        "/v3\n",
        "/v3/%",
        "/v3/%zz",
        "/v3/中",
        "/v3/\0",
        '/v3/"',
        "/v3/{id}",
    ],
)
def test_refuses_other_paths(path):
    """A path that could be read in two ways is refused."""
    with pytest.raises(InvalidInput):
        checked_path(path)


def test_shows_no_body_header_or_target():
    """A request may hold an OpenID in its target, and a name in its body."""
    request = Request(
        method="GET", target="/v3/oX5Secret", headers={"Authorization": "k3y"}, body=b"n4me"
    )
    response = Response(status=200, headers={"request-id": "08F7"}, body=b"n4me")

    assert not {"Secret", "k3y", "n4me"} & {*f"{request!r}{response!r}".split("'")}
    assert "Request(method='GET')" == f"{request!r}"
    assert "Response(status=200)" == f"{response!r}"


@pytest.mark.parametrize(("headers", "found"), [({"request-id": "08F7"}, "08F7"), ({}, None)])
def test_request_id(headers, found):
    """A response tells its Request-ID, if it has one."""
    assert found == Response(status=200, headers=headers, body=b"").request_id
