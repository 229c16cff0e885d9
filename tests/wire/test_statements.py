"""What proves a trade statement: a digest whose spelling nobody documents, and a signature."""

import base64
import hashlib

import pytest

from wxdist import BillRefused
from wxdist.wire.message import Response
from wxdist.wire.statements import DIGEST, covered, fits

SENT, UNPACKED, OTHER = (hashlib.sha1(text).digest() for text in (b"sent", b"unpacked", b"other"))
#: As long as the only documented sample: 128 bytes in base64.
SAMPLE = base64.b64encode(bytes(range(128))).decode()


def head(told=None, **headers):
    digest = {} if told is None else {DIGEST.lower(): told}
    return Response(status=200, headers={**digest, **headers}, body=b"")


SPELLINGS = {
    "hex": lambda digest: digest.hex(),
    "hex in capitals": lambda digest: digest.hex().upper(),
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "with spaces around": lambda digest: f" {digest.hex()} ",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("digest", [SENT, UNPACKED])
def test_a_digest_that_fits(spelling, digest):
    """In hex or base64, of what was sent or of what that unpacks to: each fits."""
    assert fits(head(SPELLINGS[spelling](digest)), [SENT, UNPACKED]) is True


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_digest_of_another_file(spelling):
    """A SHA-1 of anything else refuses the statement."""
    with pytest.raises(BillRefused, match=f"not the file that its {DIGEST} names"):
        fits(head(SPELLINGS[spelling](OTHER)), [SENT, UNPACKED])


@pytest.mark.parametrize("told", ["z" * 40, "?" * 28, base64.b64encode(SENT).decode().lower()])
def test_what_is_as_long_as_a_digest(told):
    """What has the length of a SHA-1 and is none is that of another file."""
    with pytest.raises(BillRefused, match="not the file"):
        fits(head(told), [SENT])


@pytest.mark.parametrize("told", [SAMPLE, "x", SENT.hex() + "0", hashlib.md5(b"sent").hexdigest()])
def test_a_digest_that_cannot_be_compared(told):
    """A value of another length says nothing of any file."""
    assert fits(head(told), [SENT]) is False


@pytest.mark.parametrize("told", [None, "", "  "])
def test_no_digest(told):
    """Without its digest a statement is refused, signed or not: the header is documented."""
    given = head(told, **{"wechatpay-signature": "x"})

    with pytest.raises(BillRefused, match=f"no {DIGEST}"):
        fits(given, [SENT])
    assert covered(given) is None


def test_what_is_signed():
    """A signature covers the value of the digest header; without one there is nothing to hold."""
    assert b"abc" == covered(head("abc", **{"wechatpay-signature": "x"}))
    assert b"abc" == covered(head("abc", **{"wechatpay-signature": ""}))
    assert covered(head("abc", **{"wechatpay-nonce": "n", "wechatpay-timestamp": "1"})) is None


def test_any_bytes_can_be_covered():
    """A header that is not UTF-8 is covered by some bytes, and no error."""
    assert isinstance(covered(head("\udcff", **{"wechatpay-signature": "x"})), bytes)
