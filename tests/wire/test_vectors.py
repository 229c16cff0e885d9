"""Published vectors of other libraries, with which ours must agree."""

import base64
import datetime as dt
import json
import os
import textwrap
from pathlib import Path

import attrs
import pytest

from wxdist import (
    Credentials,
    FakeClock,
    InvalidInput,
    NotSent,
    Session,
    Settings,
    VerificationFailed,
)
from wxdist.models import CertificateList
from wxdist.wire import codec
from wxdist.wire.keys import KeySet, load_certificate, load_platform_key, load_private_key
from wxdist.wire.keys import serial_of as serial_of_certificate
from wxdist.wire.message import Request
from wxdist.wire.sealing import encrypt, open_payload
from wxdist.wire.signing import SCHEME, answer_bytes, authorization, canonical_bytes
from wxdist.wire.verifying import check_fresh, check_signature, fits, read_seal

SHARED = Path(__file__).parents[3] / "shared" / "vectors"
FOLDER = Path(os.environ.get("WXDIST_VECTORS", SHARED)) / "published"
ABSENT = "no vectors: ../shared/vectors is absent and WXDIST_VECTORS names no other folder"
AES_128 = "from a library that allows AES-128: an APIv3 key has 32 bytes"
SKIPPED = {
    "php-upload-gif": "the overseas upload takes pdf, jpg, bmp and png only",
    "php-bill-sha1": "the SHA-1 of a statement comes with statements",
}


def vectors(kind, *, opened=True):
    """Return the vectors of one kind as parameters; *opened* with the APIv3 key, or not."""
    file = FOLDER / f"{kind}.json"
    if not file.is_file():
        return [pytest.param(None, id=kind, marks=pytest.mark.skip(reason=ABSENT))]
    return [
        pytest.param(each, id=each["id"], marks=marks(each, opened=opened))
        for each in json.loads(file.read_text("utf-8"))["vectors"]
    ]


def marks(vector, *, opened):
    reason = SKIPPED.get(vector["id"])
    if opened and vector.get("key_bytes") == 16:
        reason = AES_128
    return [pytest.mark.skip(reason=reason)] if reason else []


def pem(name, text):
    body = "\n".join(textwrap.wrap(text, 64))
    return f"-----BEGIN {name}-----\n{body}\n-----END {name}-----\n".encode()


def private_key(vector):
    if text := vector.get("private_key_pkcs1_der_b64"):
        return load_private_key(pem("RSA PRIVATE KEY", text))
    return load_private_key(pem("PRIVATE KEY", vector["private_key_pkcs8_der_b64"]))


def trusted(vector):
    if text := vector.get("public_key_pem"):
        return KeySet(keys=(load_platform_key(text.encode(), vector["public_key_id"]),))
    keys = [load_platform_key(text.encode()) for text in vector["certificates_pem"]]
    return KeySet(keys=tuple(attrs.evolve(key, not_after=None) for key in keys))


def accepts(vector):
    """Tell whether an answer would be taken: headers, time, key, signature."""
    body = vector.get("signed_body", vector.get("body", "")).encode()
    try:
        seal = read_seal({name.lower(): value for name, value in vector["headers"].items()})
        check_fresh(seal, now=vector["clock_unix"])
        key = trusted(vector).find(seal.serial, now=vector["clock_unix"])
        check_signature(seal, body, key)
    except VerificationFailed:
        return False
    return True


@pytest.mark.parametrize("vector", vectors("sign"))
async def test_signs(vector):
    """A private key signs a message as the other library does, bit for bit."""
    signature = await private_key(vector).sign(vector["message"].encode())

    assert vector["expected_signature_b64"] == base64.b64encode(signature).decode()


@pytest.mark.parametrize("vector", vectors("verify"))
def test_verifies(vector):
    """A signature is taken or refused as the other library does, under the named key alone."""
    key = trusted(vector).find(vector["serial"], now=0)
    taken = key is not None and fits(vector["signature_b64"], vector["message"].encode(), key)

    assert vector["expected"] == taken


@pytest.mark.parametrize("vector", vectors("verify_http"))
def test_verifies_answers(vector):
    """Headers and body are taken or refused at the given time."""
    assert vector["expected"] == accepts(vector)


@pytest.mark.parametrize("vector", vectors("notification", opened=False))
def test_verifies_notifications(vector):
    """A notification is genuine at its time."""
    assert accepts(vector)


@pytest.mark.parametrize("vector", vectors("notification"))
def test_opens_notifications(vector):
    """What a notification carries opens to the same text."""
    sealed = json.loads(vector["body"])["resource"]
    facts = {name: sealed[name] for name in ("nonce", "associated_data", "ciphertext")}

    text = open_payload(vector["api_v3_key"].encode(), **facts).decode()

    assert vector["expected_plaintext"] == text


@pytest.mark.parametrize("vector", vectors("notification", opened=False))
async def test_takes_notifications(vector, merchant_key, forms):
    """A notification is taken whole, but for what the key of 32 bytes did not encrypt."""
    serial, pem = vector["headers"]["Wechatpay-Serial"], vector["certificates_pem"][0]
    credentials = Credentials(
        "1234567890", "5F", forms.pem(merchant_key), "k" * 32, platform_keys={serial: pem}
    )
    session = Session(credentials, clock=FakeClock(start=vector["clock_unix"]))

    with pytest.raises(VerificationFailed) as raised:
        await session.notices.parse(vector["headers"], vector["body"].encode())

    assert (VerificationFailed, "ciphertext") == (type(raised.value), raised.value.part)


@pytest.mark.parametrize("vector", vectors("aes_gcm"))
def test_opens_payloads(vector):
    """A payload under AES-256-GCM opens to the same text, or is refused."""
    facts = {name: vector[name] for name in ("nonce", "associated_data")}

    def opened():
        text = vector["ciphertext_b64"]
        return open_payload(vector["key"].encode(), ciphertext=text, **facts).decode()

    if vector["expected_plaintext"] is None:
        with pytest.raises(VerificationFailed):
            opened()
    else:
        assert vector["expected_plaintext"] == opened()


@pytest.mark.parametrize("vector", vectors("oaep"))
async def test_opens_fields(vector):
    """A field under RSA-OAEP opens to the same text, or is refused."""
    key, sealed = private_key(vector), base64.b64decode(vector["ciphertext_b64"])

    if vector["expected_plaintext"] is None:
        with pytest.raises(ValueError, match=r"(?i)decryption failed|ciphertext length"):
            await key.decrypt(sealed)
    else:
        assert vector["expected_plaintext"].encode() == await key.decrypt(sealed)


@pytest.mark.parametrize("vector", vectors("oaep_limit"))
def test_knows_the_longest_field(vector):
    """The longest text that fits is encrypted; one byte more is refused, and said."""
    key = load_platform_key(vector["public_key_certificate_pem"].encode()).public_key

    assert encrypt(key, "x" * vector["max_plaintext_bytes"])
    with pytest.raises(InvalidInput, match="at most 214 bytes"):
        encrypt(key, "x" * vector["refuse_plaintext_bytes"])


@pytest.mark.parametrize("vector", vectors("cert_serial"))
def test_reads_serials(vector):
    """A certificate's serial number is upper-case hex with its leading zeros."""
    pems = vector.get("certificates_pem") or [vector["certificate_pem"]]
    serials = vector.get("expected_serials_hex") or [vector["expected_serial_hex"]]

    found = [serial_of_certificate(load_certificate(text.encode())) for text in pems]

    assert serials == found
    if newest := vector.get("expected_newest_serial_hex"):
        keys = trusted(vector).keys
        with_ends = [load_platform_key(key.pem.encode()) for key in keys]
        now = with_ends[0].not_before.timestamp()
        assert newest == KeySet(keys=tuple(with_ends)).for_encryption(now=now).id


@pytest.mark.parametrize("vector", vectors("authorization"))
def test_writes_authorization(vector):
    """The header carries the same fields (the signature in base64), in any order."""
    facts = {name: vector[name] for name in ("mchid", "serial_no", "timestamp")}
    stub = vector["signer_stub"]["signature"].encode()
    header = authorization(nonce=vector["nonce_str"], signature=stub, **facts)
    scheme, _, fields = header.partition(" ")
    _, _, expected = vector["expected_header"].partition(" ")
    written = f'signature="{base64.b64encode(stub).decode()}"'

    assert SCHEME == scheme
    assert {*expected.split(",")[:-1], written} == set(fields.split(","))


@pytest.mark.parametrize("vector", vectors("authorization"))
def test_signs_the_same_text(vector):
    """The text that the header's signature covers is the same, where the vector has one."""
    target, body = vector.get("canonical_url", "/"), vector.get("body", "").encode()
    request = Request(method=vector.get("method", "GET"), target=target, body=body)
    text = canonical_bytes(request, timestamp=vector["timestamp"], nonce=vector["nonce_str"])

    assert vector.get("expected_message", "GET\n/\n4\n2\n\n").encode() == text


@pytest.mark.parametrize("vector", vectors("message"))
def test_writes_messages(vector):
    """The text to sign of a request, and to verify of an answer, is the same."""
    body, facts = vector["body"].encode(), {"nonce": vector["nonce"]}
    if vector["kind_of"] == "request":
        request = Request(method=vector["method"], target=vector["canonical_url"], body=body)
        text = canonical_bytes(request, timestamp=int(vector["timestamp"]), **facts)
    else:
        text = answer_bytes(timestamp=vector["timestamp"], body=body, **facts)

    assert vector["expected_message"].encode() == text


@pytest.mark.parametrize("vector", vectors("certificate_list"))
def test_reads_certificate_lists(vector):
    """A list of certificates is decoded and decrypted, and its serial numbers fit."""
    (entry,) = codec.load(CertificateList, vector["response_body"].encode()).data
    sealed = attrs.asdict(entry.encrypt_certificate)
    assert "AEAD_AES_256_GCM" == sealed.pop("algorithm")
    opened = open_payload(vector["api_v3_key"].encode(), **sealed)

    assert vector["expected_serials_hex"] == [load_platform_key(opened, entry.serial_no).id]
    assert vector["expected_certificates_pem"] == [opened.decode()]
    times = (vector["expected_effective_time"], vector["expected_expire_time"])
    assert [*map(dt.datetime.fromisoformat, times)] == [entry.effective_time, entry.expire_time]


class Recorder:
    """A network that keeps what it was given, and sends nothing."""

    def enter(self):
        pass

    async def send(self, request, **_):
        self.request = request
        raise NotSent("only kept")


async def meta_of(credentials, content, filename):
    """Return what an upload would say of a file."""
    settings = Settings(upload_digest_key="sha256", attempts=1)
    session, network = Session(credentials, settings=settings), Recorder()
    session._attach(attrs.evolve(session._caller, network=network), None)
    with pytest.raises(NotSent):
        await session.files.upload(content, filename=filename)
    return json.loads(network.request.signed)


@pytest.fixture(scope="module")
def credentials(merchant_key, platform, forms):
    keys = {"PUB_KEY_ID_1": forms.public_pem(platform.key)}
    return Credentials("1900000001", "5F", forms.pem(merchant_key), None, platform_keys=keys)


@pytest.mark.parametrize("vector", vectors("upload_meta"))
async def test_describes_uploads(vector, credentials):
    """The signed part of an upload holds the same values."""
    content = base64.b64decode(vector["content_b64"])

    assert vector["expected_meta"] == await meta_of(credentials, content, vector["filename"])


@pytest.mark.parametrize("vector", vectors("digest"))
async def test_digests(vector, credentials):
    """The digest of an upload's bytes is the same."""
    content = vector["content_utf8"].encode()

    assert vector["sha256_hex"] == (await meta_of(credentials, content, "a.pdf"))["sha256"]


def test_knows_every_kind():
    """Each kind of vector that the index counts is tested here."""
    index = FOLDER / "index.json"
    if not index.is_file():
        pytest.skip(ABSENT)
    source = Path(__file__).read_text("utf-8")
    kinds = json.loads(index.read_text("utf-8"))["counts"]

    assert {} == {kind: n for kind, n in kinds.items() if f'vectors("{kind}")' not in source}
