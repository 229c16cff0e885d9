import base64
import hashlib
import json
import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from wxdist.sandbox import auth, papers
from wxdist.sandbox.auth import Check, Claim, Gate
from wxdist.sandbox.multipart import Part, parts
from wxdist.sandbox.papers import Papers
from wxdist.waiting.clock import FAKE_START

HERE = Path(__file__).resolve()
VECTORS = Path(os.environ.get("WXDIST_VECTORS") or HERE.parents[3] / "shared" / "vectors")
MCHID = "1900000001"
TARGET = "/v3/global/x?a=%2F&b=%E4%BD%A0"
BODY = '{"a": "你", "b": 1}'


def vectors(name, wanted=lambda vector: True):
    path = VECTORS / "published" / f"{name}.json"
    if not path.exists():
        return [pytest.param(None, marks=pytest.mark.skip("the published vectors are not here"))]
    found = json.loads(path.read_text("utf-8"))
    return [pytest.param(each, id=each["id"]) for each in found["vectors"] if wanted(each)]


def wycheproof(name):
    path = VECTORS / "wycheproof" / f"{name}.json"
    if not path.exists():
        return [pytest.param(None, None, marks=pytest.mark.skip("the vectors are not here"))]
    groups = json.loads(path.read_text("utf-8"))["testGroups"]
    return [
        pytest.param(group, test, id=str(test["tcId"]))
        for group in groups
        for test in group["tests"]
    ]


def private(vector):
    name = next(name for name in vector if name.startswith("private_key"))
    return serialization.load_der_private_key(base64.b64decode(vector[name]), None)


def publics(vector):
    """The public keys of a vector, by serial or id."""
    if "public_key_pem" in vector:
        key = serialization.load_pem_public_key(vector["public_key_pem"].encode())
        return {vector.get("public_key_id"): key}
    found = [x509.load_pem_x509_certificate(pem.encode()) for pem in vector["certificates_pem"]]
    return {_serial(each): each.public_key() for each in found}


def _serial(certificate):
    text = f"{certificate.serial_number:X}"
    return text.zfill(len(text) + len(text) % 2)


# --- published vectors


@pytest.mark.parametrize("vector", vectors("sign"))
def test_published_signatures(vector):
    """A published key and text give the published signature."""
    assert vector["expected_signature_b64"] == auth.sign(
        private(vector), vector["message"].encode()
    )


@pytest.mark.parametrize("vector", vectors("message"))
def test_published_messages(vector):
    """The text that is signed is the published one."""
    if vector["kind_of"] == "request":
        text = auth.message(
            *(vector[name] for name in ("method", "canonical_url", "timestamp", "nonce", "body"))
        )
    else:
        text = f"{vector['timestamp']}\n{vector['nonce']}\n{vector['body']}\n"

    assert vector["expected_message"] == text


@pytest.mark.parametrize("vector", vectors("verify"))
def test_published_verifications(vector):
    """A published signature holds exactly when it is published to."""
    key = publics(vector).get(vector.get("serial") or vector.get("public_key_id"))
    held = key is not None and auth.verify(key, vector["signature_b64"], vector["message"].encode())

    assert vector["expected"] == held


@pytest.mark.parametrize("vector", vectors("authorization"))
def test_published_headers_are_taken_apart(vector):
    """The pairs of a published Authorization header are all found."""
    scheme, _, rest = vector["expected_header"].partition(" ")
    expected = dict(pair.split('="', 1) for pair in (part.rstrip('"') for part in rest.split('",')))
    header = vector["expected_header"].replace(scheme, auth.SCHEME, 1)
    pairs = auth._pairs(header)

    assert expected == pairs


@pytest.mark.parametrize("vector", vectors("oaep"))
def test_published_sealed_fields(vector):
    """A published sealed field opens, or does not."""
    assert vector["expected_plaintext"] == papers.unseal(private(vector), vector["ciphertext_b64"])


def is_text_under_an_api_v3_key(vector):
    return vector["expected_plaintext"] is not None and vector["key_bytes"] == 32


@pytest.mark.parametrize("vector", vectors("aes_gcm", is_text_under_an_api_v3_key))
def test_published_locked_texts(vector):
    """Locking a published text gives the published bytes."""
    assert vector["ciphertext_b64"] == papers.lock(
        vector["key"],
        vector["nonce"],
        vector["associated_data"],
        vector["expected_plaintext"],
    )


@pytest.mark.parametrize("vector", vectors("upload_meta"))
def test_published_upload_meta(vector):
    """The digest of a published document is the published one."""
    content = base64.b64decode(vector["content_b64"])

    assert vector["expected_meta"]["sha256"] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(("group", "test"), wycheproof("rsa_signature_2048_sha256_test"))
def test_wycheproof_signatures(group, test):
    """A forged or malformed signature does not hold."""
    spki = bytes.fromhex(group["publicKeyDer"])
    key = serialization.load_der_public_key(spki)
    signature = base64.b64encode(bytes.fromhex(test["sig"])).decode()
    held = auth.verify(key, signature, bytes.fromhex(test["msg"]))

    assert (test["result"] == "valid") == held


# --- the gate


@pytest.fixture(scope="module")
def keys():
    return Papers(FAKE_START)


@pytest.fixture
def gate(keys):
    return Gate(keys, MCHID)


@pytest.fixture
def claim(keys):
    """Make a claim, rightly signed unless told otherwise."""

    def make(*, signed=None, body=BODY, key=None, **changes):
        pairs = {
            "mchid": MCHID,
            "nonce_str": "n1",
            "timestamp": f"{FAKE_START:.0f}",
            "serial_no": keys.merchant.serial_no,
        } | changes
        right = f"POST\n{TARGET}\n{pairs['timestamp']}\n{pairs['nonce_str']}\n{body}\n"
        text = right if signed is None else signed(right, pairs)
        pairs.setdefault("signature", auth.sign(key or keys.merchant.key, text.encode()))
        inside = ", ".join(f'{name}="{value}"' for name, value in pairs.items())
        return Claim("POST", TARGET, body, f"{auth.SCHEME} {inside}")

    return make


def test_right_signature(gate, claim):
    """A fresh, rightly signed claim passes, and says what was expected."""
    expected = f"POST\n{TARGET}\n1767574800\nn1\n{BODY}\n"

    assert Check(ok=True, expected=expected) == gate.check(claim(), FAKE_START)


@pytest.mark.parametrize(
    ("changes", "field", "issue"),
    [
        ({"mchid": "1"}, "mchid", "is not 1900000001, the sandbox's merchant"),
        ({"serial_no": "1"}, "serial_no", "is not the serial of the merchant's API certificate"),
        ({"timestamp": "x"}, "timestamp", "is not a Unix time in seconds"),
        ({"timestamp": "9" * 16}, "timestamp", "is not a Unix time in seconds"),
        (
            {"timestamp": "1767575101"},
            "timestamp",
            "is more than 300 s off; the service's clock says 1767574800",
        ),
        (
            {"timestamp": "1767574499"},
            "timestamp",
            "is more than 300 s off; the service's clock says 1767574800",
        ),
        ({"nonce_str": "n-1"}, "nonce_str", "is not 1 to 32 letters and digits"),
        ({"nonce_str": "n" * 33}, "nonce_str", "is not 1 to 32 letters and digits"),
        ({"signature": "AAAA"}, "signature", "sign not match"),
        ({"signature": "!"}, "signature", "sign not match"),
    ],
)
def test_wrong_fields(gate, claim, changes, field, issue):
    """Each field that cannot be right is named with what is wrong with it."""
    check = gate.check(claim(**changes), FAKE_START)

    assert (False, field, issue) == (check.ok, check.field, check.issue)
    assert check.expected.startswith(f"POST\n{TARGET}\n")


@pytest.mark.parametrize("off", ["1767575100", "1767574500"])
def test_clock_may_be_five_minutes_off(gate, claim, off):
    """A time stamp 300 s off, on either side, is still taken."""
    assert gate.check(claim(timestamp=off), FAKE_START).ok


@pytest.mark.parametrize(
    ("header", "issue"),
    [
        (None, "is missing"),
        ("", "is missing"),
        ("Basic x", "has another scheme than WECHATPAY2-SHA256-RSA2048"),
        (f"{auth.SCHEME} x", "is malformed: expected"),
        (f'{auth.SCHEME} mchid="1"', "is malformed: expected"),
        (f'{auth.SCHEME} mchid="1",mchid="1"', "is malformed: expected"),
    ],
)
def test_headers_that_are_none(gate, header, issue):
    """A header that is missing, malformed or of another scheme is said to be so."""
    check = gate.check(Claim("GET", "/", "", header), FAKE_START)

    assert (False, "Authorization") == (check.ok, check.field)
    assert check.issue.startswith(issue)


def test_nonce_counts_once_in_ten_minutes(gate, claim):
    """A nonce is refused again for ten minutes, and only once it was used rightly."""
    forged = gate.check(claim(signature="AAAA"), FAKE_START)
    first = gate.check(claim(), FAKE_START)
    other = gate.check(claim(nonce_str="n2"), FAKE_START + 1)
    again = gate.check(claim(), FAKE_START + 299)
    later = gate.check(claim(timestamp=f"{FAKE_START + 600:.0f}"), FAKE_START + 600)

    assert [False, True, True, False, True] == [
        each.ok for each in (forged, first, other, again, later)
    ]
    assert "was used before, in the last 600 s" == again.issue


@pytest.mark.parametrize(
    ("signed", "hint"),
    [
        (lambda text, pairs: text[:-1], "the last line break is missing"),
        (lambda text, pairs: text.replace(BODY, ""), "the body was left out"),
        (lambda text, pairs: text.replace("?a=%2F&b=%E4%BD%A0", ""), "the query was left out"),
        (
            lambda text, pairs: text.replace("%2F&b=%E4%BD%A0", "/&b=你"),
            "the address was signed decoded, but sent percent-encoded",
        ),
        (
            lambda text, pairs: text.replace(BODY, '{"a":"\\u4f60","b":1}'),
            "the body was signed in another JSON spelling than it was sent in",
        ),
        (lambda text, pairs: text.replace("POST", "post"), "the method is not in capitals"),
        (
            lambda text, pairs: text.replace("1767574800\nn1", "n1\n1767574800"),
            "time and nonce are swapped",
        ),
        (lambda text, pairs: "x", "the key is right, the text that was signed is another one"),
    ],
)
def test_usual_mistakes_are_recognised(gate, claim, signed, hint):
    """A signature over what a usual mistake gives is told so."""
    assert hint == gate.check(claim(signed=signed), FAKE_START).hint


def test_mistakes_without_a_json_body(gate, claim):
    """A body that is no JSON has no other spelling."""
    check = gate.check(claim(signed=lambda text, pairs: "x", body="no JSON"), FAKE_START)

    assert "the key is right, the text that was signed is another one" == check.hint


@pytest.mark.parametrize("signature", [None, "AAAA"])
def test_wrong_key_is_recognised(gate, claim, keys, signature):
    """A signature of another key is told from a wrong text."""
    changes = {} if signature is None else {"signature": signature}
    check = gate.check(claim(key=keys.platform.key, **changes), FAKE_START)

    assert check.hint.startswith("the signature was made with another key")


def test_signature_that_is_no_base64(gate, claim):
    """A signature that is no base64 is told so."""
    assert "the signature is not base64" == gate.check(claim(signature="é"), FAKE_START).hint


def test_long_texts_are_shown_cut():
    """A 401 shows the first kilobyte of the text, and the length of all of it."""
    check = Check(ok=False, field="signature", issue="sign not match", expected="你" * 1000)
    shown = auth.unauthorized(check, Claim("GET", "/\udcff", "", None))
    information = shown["detail"]["sign_information"]

    assert (342, 3000) == (
        len(information["truncated_sign_message"]),
        information["sign_message_length"],
    )
    assert "/�" == information["url"]


def test_empty_answers_are_signed(gate, keys):
    """An answer without a body is signed over an empty last line."""
    headers = gate.sign(b"", FAKE_START)
    text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n\n"

    assert auth.verify(
        keys.platform.key.public_key(), headers["Wechatpay-Signature"], text.encode()
    )
    assert keys.platform.serial_no == headers["Wechatpay-Serial"]
    assert auth.SCHEME == headers["Wechatpay-Signature-Type"]


# --- papers


def test_papers_cannot_be_taken_for_real_ones(keys):
    """Keys have 2048 bits, all differ, and everything says SANDBOX."""
    made = (keys.merchant.key, keys.platform.key, keys.public_key)

    assert {2048} == {key.key_size for key in made}
    assert 3 == len({key.public_key().public_numbers().n for key in made})
    for paper in (keys.merchant, keys.platform):
        assert "SANDBOX" in paper.certificate.subject.rfc4514_string()
        assert 40 == len(paper.serial_no)
    assert keys.api_v3_key.startswith("SANDBOX")
    assert 32 == len(keys.api_v3_key)
    assert keys.public_key_id.startswith("PUB_KEY_ID_SANDBOX")
    assert "PRIVATE" not in repr(keys.merchant)
    assert "key=" not in repr(keys.merchant)


def test_papers_are_made_once(keys):
    """Another sandbox of the same process has the same keys."""
    assert keys.merchant.serial_no == Papers(0).merchant.serial_no


def test_private_key_pem_is_readable(keys):
    """The merchant's key is handed out as plain PEM."""
    key = serialization.load_pem_private_key(keys.merchant.key_pem.encode(), None)

    assert isinstance(key, rsa.RSAPrivateKey)


# --- multipart


def test_parts_of_an_upload():
    """Parts are found by name, binary content whole, names in any case and quoting."""
    body = (
        b'--x\r\ncontent-disposition: form-data; name="meta"\r\n\r\n{}\r\n'
        b"--x\r\nContent-Type: image/png\r\n"
        b'Content-Disposition: form-data; filename="\xe4\xbd\xa0.png"; name="file"\r\n\r\n'
        b"\r\n\x00--x\xff\r\n\r\n"
        b"--x\r\nX: y\r\n\r\nnameless\r\n"
        b"--x--\r\n"
    )

    assert {
        "meta": Part(None, b"{}"),
        "file": Part("你.png", b"\r\n\x00--x\xff\r\n"),
    } == parts("multipart/form-data; boundary=x", body)


@pytest.mark.parametrize("kind", ["", "application/json", "multipart/form-data"])
def test_no_parts_without_a_boundary(kind):
    """A body of another type has no parts."""
    assert {} == parts(kind, b"--x\r\n\r\n--x--")
