"""The bytes that a signature covers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist.wire.message import Request
from wxdist.wire.signing import answer_bytes, authorization, canonical_bytes

LINE = st.text(st.characters(codec="ascii", categories=("L", "N", "P")), min_size=1)


@given(st.sampled_from(["GET", "POST"]), LINE, st.integers(0, 2**40), LINE, st.binary())
def test_five_lines(method, target, timestamp, nonce, body):
    """A request's text has five lines, the body as it is sent, a line break behind each."""
    request = Request(method=method, target=target, body=body)
    head, *rest = canonical_bytes(request, timestamp=timestamp, nonce=nonce).split(b"\n", 4)

    assert [method, target, str(timestamp), nonce, body + b"\n"] == [
        head.decode(),
        *(line.decode() for line in rest[:3]),
        rest[3],
    ]


@pytest.mark.parametrize(("signed", "last"), [(None, b"all"), (b"part", b"part"), (b"", b"")])
def test_an_upload_signs_a_part(signed, last):
    """Where a part of the body is signed, the text ends with it; nothing counts as a part too."""
    request = Request(method="POST", target="/", body=b"all", signed=signed)

    assert b"POST\n/\n1\nn\n" + last + b"\n" == canonical_bytes(request, timestamp=1, nonce="n")


def test_header():
    """The header names who signed, when, and how."""
    header = authorization("19", "5F", timestamp=7, nonce="n", signature=b"\xff\xfe")

    assert (
        'WECHATPAY2-SHA256-RSA2048 mchid="19",nonce_str="n",timestamp="7",'
        'serial_no="5F",signature="//4="'
    ) == header


@given(st.text(), st.text(), st.binary(max_size=20))
def test_no_header_fails_or_changes(one, other, body):
    """Two nonces never give the same text, whatever a header may hold."""
    texts = {answer_bytes(timestamp="1", nonce=nonce, body=body) for nonce in (one, other)}

    assert len({one, other}) == len(texts)


@pytest.mark.parametrize("nonce", ["\udcff", "é", "中"])
def test_any_nonce_gives_a_text(nonce):
    """A nonce of bytes that are no text gives bytes all the same."""
    assert answer_bytes(timestamp="1", nonce=nonce, body=b"").startswith(b"1\n")
