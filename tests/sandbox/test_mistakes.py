import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from hypothesis import given, settings
from hypothesis import strategies as st

from wxdist.sandbox.auth import SCHEME, Claim, Gate, raw, sign
from wxdist.sandbox.misreadings import Sent
from wxdist.sandbox.mistakes import Guess, guess
from wxdist.sandbox.papers import Papers
from wxdist.sandbox.usual import MISTAKES
from wxdist.waiting.clock import FAKE_START

MCHID = "1900000001"
NOW = f"{FAKE_START:.0f}"
NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"
PATH = "/v3/global/profit-sharing/orders"
TARGET = f"{PATH}/D1?transaction_id=4208%2F01&sub_mchid=%E4%BD%A0"
BODY = '{"b": "你/好", "a": 1}'
UPLOAD = ("--edge\r\nmeta, file\udcff\r\n--edge--", "%PDF\udcff")


@pytest.fixture(scope="module")
def keys():
    return Papers(FAKE_START)


@pytest.fixture
def sent():
    """Make a request as it came."""

    def make(**changes):
        facts = {"method": "POST", "target": TARGET, "time": NOW, "nonce": NONCE, "body": BODY}
        facts |= {"host": "127.0.0.1:8080"} | changes
        return Sent(**facts)

    return make


@pytest.fixture
def check(keys):
    """Let a gate check a request whose signature was made over another text."""

    def checked(sent, text=None, *, signature=None):
        pairs = {
            "mchid": MCHID,
            "nonce_str": sent.nonce,
            "timestamp": sent.time,
            "serial_no": keys.merchant.serial_no,
            "signature": signature or sign(keys.merchant.key, raw(text)),
        }
        header = f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in pairs.items())
        claim = Claim(sent.method, sent.target, sent.body, header, sent.host, sent.upload)
        return Gate(keys, MCHID).check(claim, FAKE_START)

    return checked


def five(method="POST", target=TARGET, time=NOW, nonce=NONCE, body=BODY):
    """Return a text to sign, spelled here once more."""
    return f"{method}\n{target}\n{time}\n{nonce}\n{body}\n"


#: What was sent otherwise, what was signed, and how that is explained.
CASES = [
    ({}, five()[:-1], "the last line break is missing"),
    ({}, five(body=""), "the body was left out"),
    ({"method": "DELETE"}, five(method="DELETE", body=""), "the body was left out"),
    ({}, five(body="")[:-1], "the body was left out"),
    ({"body": ""}, five(body="{}"), "a body was signed, but none was sent"),
    ({"body": ""}, five(body="None"), "a body was signed, but none was sent"),
    (
        {"body": "", "method": "GET"},
        five(method="GET", body='{"transaction_id":"4208/01","sub_mchid":"你"}'),
        "a body was signed, but none was sent",
    ),
    (
        {"body": "", "method": "GET"},
        five(method="GET", body='{"sub_mchid": "\\u4f60", "transaction_id": "4208/01"}'),
        "a body was signed, but none was sent",
    ),
    (
        {"upload": UPLOAD},
        five(body=UPLOAD[0]),
        "the whole upload was signed instead of its part meta",
    ),
    (
        {"upload": UPLOAD},
        five(body=UPLOAD[1]),
        "the file of the upload was signed instead of its part meta",
    ),
    ({}, five(target=f"{PATH}/D1"), "the query was left out"),
    ({}, five(target=TARGET.replace("?", "")), "the question mark before the query is missing"),
    ({}, five(target=f"http://127.0.0.1:8080{TARGET}"), "the address was signed with its host"),
    ({}, five(target=f"https://127.0.0.1:8080{TARGET}"), "the address was signed with its host"),
    ({}, five(target=f"127.0.0.1{TARGET}"), "the address was signed with its host"),
    ({}, five(target=TARGET[1:]), "the address was signed without its first slash"),
    (
        {},
        five(target=f"{PATH}/D1?sub_mchid=%E4%BD%A0&transaction_id=4208%2F01"),
        "the parameters of the query were signed in another order",
    ),
    (
        {"target": "/a?f=1&e=2&d=3&c=4&b=5&a=6"},
        five(target="/a?a=6&b=5&c=4&d=3&e=2&f=1"),
        "the parameters of the query were signed in another order",
    ),
    (
        {},
        five(target=TARGET.replace("2F", "2f").replace("E4%BD%A0", "e4%bd%a0")),
        "the percent-encoding was signed in lower case, but sent in capitals",
    ),
    (
        {"target": "/a?b=%e4%bd%a0"},
        five(target="/a?b=%E4%BD%A0"),
        "the percent-encoding was signed in capitals, but sent in lower case",
    ),
    (
        {"target": "/a?b=1%202"},
        five(target="/a?b=1+2"),
        "a space was signed in another encoding (+ or %20) than it was sent in",
    ),
    (
        {"target": "/a?b=1+2"},
        five(target="/a?b=1%202"),
        "a space was signed in another encoding (+ or %20) than it was sent in",
    ),
    (
        {},
        five(target=f"{PATH}/D1?transaction_id=4208/01&sub_mchid=你"),
        "the address was signed decoded, but sent percent-encoded",
    ),
    (
        {"target": "/a?b=%2F+1"},
        five(target="/a?b=/ 1"),
        "the address was signed decoded, but sent percent-encoded",
    ),
    (
        {"target": "/a/x(1)?b=(1)"},
        five(target="/a/x%281%29?b=%281%29"),
        "the address was signed with more percent-encoding than it was sent with",
    ),
    (
        {"target": "/a/x@1?b=(1)"},
        five(target="/a/x%401?b=(1)"),
        "the address was signed with more percent-encoding than it was sent with",
    ),
    (
        {"body": f"{BODY}\n"},
        five(),
        "the body was signed without the line break that it was sent with",
    ),
    (
        {"body": f"{BODY}\r\n"},
        five(),
        "the body was signed without the line break that it was sent with",
    ),
    ({}, five(body=f"{BODY}\n"), "one line break too many was signed at the end"),
    (
        {},
        five(body='{"b": "\\u4f60/\\u597d", "a": 1}'),
        r"the body was signed with \uXXXX escapes, but sent without",
    ),
    (
        {},
        five(body='{"b": "\\u4F60/\\u597D", "a": 1}'),
        r"the body was signed with \uXXXX escapes, but sent without",
    ),
    (
        {"body": '{"a": "\\u4F60 \\ud83d\\ude00"}'},
        five(body='{"a": "你 😀"}'),
        r"the body was signed without the \uXXXX escapes that it was sent with",
    ),
    (
        {},
        five(body=BODY.replace("/", r"\/")),
        r"the body was signed with \/ for /, but sent without",
    ),
    (
        {},
        five(body='{"b":"你/好","a":1}'),
        "the body was signed in another JSON spelling than it was sent in",
    ),
    (
        {},
        five(body='{"b":"\\u4f60\\/\\u597d","a":1}'),
        "the body was signed in another JSON spelling than it was sent in",
    ),
    (
        {},
        five(body='{\n  "b": "你/好",\n  "a": 1\n}'),
        "the body was signed in another JSON spelling than it was sent in",
    ),
    (
        {},
        five(body='{"a": 1, "b": "你/好"}'),
        "the body was signed with its keys sorted, but sent in another order",
    ),
    (
        {},
        five(body='{"a":1,"b":"\\u4f60/\\u597d"}'),
        "the body was signed with its keys sorted, but sent in another order",
    ),
    (
        {},
        five(body=BODY.encode("gbk").decode(errors="surrogateescape")),
        "the body was signed in GBK, but sent in UTF-8",
    ),
    ({}, five(method="post"), "the method is not in capitals"),
    ({}, five(method="GET"), "another method was signed than the one that was sent"),
    ({"method": "DELETE"}, five(), "another method was signed than the one that was sent"),
    ({}, five(time=NONCE, nonce=NOW), "time and nonce are swapped"),
    ({}, five().replace("\n", "\r\n"), r"the lines were ended by \r\n"),
    (
        {"body": '{\n"a": 1}'},
        f'POST\r\n{TARGET}\r\n{NOW}\r\n{NONCE}\r\n{{\n"a": 1}}\r\n',
        r"the lines were ended by \r\n",
    ),
    (
        {},
        five().replace("\n", r"\n"),
        "the two characters \\ and n were signed instead of a line break",
    ),
    (
        {},
        five()[:-1].replace("\n", r"\n"),
        "the two characters \\ and n were signed instead of a line break",
    ),
    (
        {},
        five(time=str(int(NOW) - 3)),
        "another time stamp was signed than the one in the header",
    ),
    (
        {},
        five(time=str(int(NOW) + 10)),
        "another time stamp was signed than the one in the header",
    ),
    ({}, five(time=f"{NOW}042"), "the time stamp was signed in milliseconds"),
    (
        {"body": "x" * 70_000},
        five(time=f"{NOW}000", body="x" * 70_000),
        "the time stamp was signed in milliseconds",
    ),
]


@pytest.mark.parametrize(("changes", "text", "words"), CASES)
def test_usual_mistakes(sent, check, changes, text, words):
    """A signature over what a usual mistake gives is told, with the text that it covers."""
    found = check(sent(**changes), text)

    assert (False, words, text) == (found.ok, found.hint, found.signed)
    assert found.advice


def test_every_mistake_is_made_above():
    """There is no usual mistake that no test makes."""
    assert {mistake.words for mistake in MISTAKES} == {words for _, _, words in CASES}


def test_another_text(sent, check):
    """A text that nobody expects stays unknown."""
    found = check(sent(), "x")

    assert "the key is right, the text that was signed is another one" == found.hint
    assert found.signed is None
    assert "No body came" not in found.advice


@pytest.mark.parametrize(("method", "told"), [("POST", True), ("GET", False)])
def test_another_text_without_a_body(sent, check, method, told):
    """Of a body that was signed and not sent nothing can be known but that none came."""
    found = check(sent(method=method, body=""), five(method=method, body='{"a":1}'))

    assert told == ("No body came: if you signed one, it was not sent." in found.advice)


@pytest.mark.parametrize("body", ["no JSON", "[" * 100_000, '{"a": "\\ud800"}', '"\\u00e9"'])
def test_bodies_that_cannot_be_spelled(sent, check, body):
    """A body that is no JSON, too deep, or no text leads to no answer but a plain one."""
    assert "the key is right" in check(sent(body=body), "x").hint


@pytest.mark.parametrize("spelled", [bytes.hex, lambda digest: digest.hex().upper(), bytes])
def test_hashed_twice(sent, check, spelled):
    """Signing the digest instead of the text is told, and that the text is right."""
    digest = spelled(hashlib.sha256(five().encode()).digest())
    text = digest if isinstance(digest, str) else digest.decode(errors="surrogateescape")
    found = check(sent(), text)

    assert ("the right text was hashed twice", five()) == (found.hint, found.signed)


# --- other keys and algorithms


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA384(), hashes.SHA512()])
def test_another_hash(sent, check, keys, algorithm):
    """The right key with another hash is told from a wrong key."""
    made = keys.merchant.key.sign(five().encode(), padding.PKCS1v15(), algorithm)
    found = check(sent(), signature=base64.b64encode(made).decode())
    name = algorithm.name.upper()

    assert f"the key is right, but it signed with {name}, not with SHA-256" == found.hint


def test_another_padding(sent, check, keys):
    """The right key and text with PSS padding are told, and that the text is right."""
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    made = keys.merchant.key.sign(five().encode(), pss, hashes.SHA256())
    found = check(sent(), signature=base64.b64encode(made).decode())

    assert (
        "key and text are right, but the padding is PSS, not PKCS#1 v1.5",
        five(),
    ) == (found.hint, found.signed)


def test_another_key(sent, check, keys):
    """A signature of the platform's key is one of another key."""
    found = check(sent(), signature=sign(keys.platform.key, five().encode()))

    assert (
        "the signature was made with another key than the merchant's, or not with SHA-256"
        == found.hint
    )
    assert "merchant_key.pem" in found.advice


def test_not_rsa(sent, check, keys):
    """What is no signature of that key's length is told with its length: an HMAC has 32 bytes."""
    made = hmac.digest(keys.api_v3_key.encode(), five().encode(), "sha256")
    found = check(sent(), signature=base64.b64encode(made).decode())

    assert found.hint.endswith("it has 32 bytes, one of that key has 256")


def test_hex(sent, check, keys):
    """A signature in hex is told so, though it may look like base64."""
    digest = Prehashed(hashes.SHA256())
    made = keys.merchant.key.sign(
        hashlib.sha256(five().encode()).digest(), padding.PKCS1v15(), digest
    )

    assert "the signature is written in hex, not in base64" == (
        check(sent(), signature=made.hex()).hint
    )


@pytest.mark.parametrize("spelled", [lambda text: f"{text} ", lambda text: "-_" + text[2:]])
def test_not_base64(sent, check, keys, spelled):
    """Blanks and the alphabet of URLs are no base64 here."""
    right = sign(keys.merchant.key, five().encode())

    assert "the signature is not base64" == check(sent(), signature=spelled(right)).hint


def test_guess_alone(sent, keys):
    """Values in, values out: a key, a signature and what came give a guess."""
    text = five(method="post")
    found = guess(keys.merchant.key.public_key(), sign(keys.merchant.key, text.encode()), sent())

    assert Guess("the method is not in capitals", "Sign the method in capitals.", text) == found


TEXTS = st.text(max_size=40)
BODIES = st.one_of(TEXTS, st.binary(max_size=40).map(lambda b: b.decode(errors="surrogateescape")))
JSON = st.recursive(
    st.none() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, max_examples=50)
@given(method=TEXTS, path=BODIES, body=BODIES | JSON.map(json.dumps), host=TEXTS)
def test_whatever_comes(keys, method, path, body, host):
    """Whatever is sent, the guess is words, and what was signed is unknown or covered."""
    sent = Sent(method=method, target=path, time=NOW, nonce=NONCE, body=body, host=host)
    made = sign(keys.merchant.key, b"something else")
    found = guess(keys.merchant.key.public_key(), made, sent)

    assert "the key is right, the text that was signed is another one" == found.words
    assert found.signed is None


# --- through a real server


async def test_upload_over_http(sandbox, client):
    """An upload whose whole body, or whose file, was signed is told so by a running sandbox."""
    target, file = "/v3/global/merchant-storage/file/upload", b"%PDF\xff"
    meta = json.dumps({"filename": "a.pdf", "sha256": hashlib.sha256(file).hexdigest()})
    parts = (("meta", meta.encode()), ("file", file))
    head = 'Content-Disposition: form-data; name="{}"\r\n\r\n'
    pieces = [b"--edge\r\n" + head.format(name).encode() + text for name, text in parts]
    body = b"\r\n".join([*pieces, b"--edge--\r\n"])
    statuses = []
    for signed in (body, file, meta.encode()):
        headers = {
            "Accept": "*/*",
            "Content-Type": 'multipart/form-data; boundary="edge"',
            "Authorization": client.header("POST", target, signed),
        }
        reply = await client.raw("POST", target, body, headers=headers)
        statuses.append(reply.status)

    assert [401, 401, 200] == statuses
    assert [
        "the whole upload was signed instead of its part meta",
        "the file of the upload was signed instead of its part meta",
        "",
    ] == [call.check.hint for call in sandbox.calls]


async def test_host_over_http(sandbox, client):
    """An address that was signed with the sandbox's own host is told so by a running sandbox."""
    target = "/v3/global/certificates"
    header = client.header("GET", sandbox.base_url + target)
    headers = {"Accept": "application/json", "Authorization": header}
    reply = await client.raw("GET", target, headers=headers)

    assert 401 == reply.status
    assert ["the address was signed with its host"] == [call.check.hint for call in sandbox.calls]
