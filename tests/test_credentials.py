"""Who calls, with which key, and whom to trust."""

import base64
import datetime as dt
import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from wxdist import ConfigurationError, Credentials, Signer

SECRET = "s3cret-s3cret-s3cret-s3cret-s3cr"
PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
BORN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def written(key, secret=b""):
    how = serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    return key.private_bytes(PEM, PKCS8, how).decode()


def public(key):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(PEM, form).decode()


def certificate(key, serial):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "t")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial)
    born = builder.not_valid_before(BORN).not_valid_after(BORN + dt.timedelta(days=9))
    return born.sign(key, hashes.SHA256()).public_bytes(PEM).decode()


@pytest.fixture(scope="session")
def merchant(keys):
    return keys.merchant


@pytest.fixture(scope="session")
def platform(keys):
    return keys.platform


@pytest.fixture(scope="session")
def paper(platform):
    return certificate(platform, 0x0ABC)


class Vault:
    """A key kept elsewhere."""

    async def sign(self, message):
        return message[::-1]


@pytest.fixture
def made(merchant):
    """Make credentials that work but for the changes."""

    def make(**changes):
        facts = {
            "mchid": "1900000001",
            "serial_no": "5F1C",
            "private_key": written(merchant),
            "api_v3_key": SECRET,
        }
        return Credentials(**facts | changes)

    return make


@pytest.fixture
def problems(made):
    """Return what is wrong with credentials; no text ever shows the key."""

    def told(**changes):
        with pytest.raises(ConfigurationError) as error:
            made(**changes)
        assert "s3cret" not in f"{error.value}{error.value!r}"
        return error.value.problems

    return told


async def test_common(made):
    """A merchant by its id, key and APIv3 key fetches the platform's certificates."""
    credentials = made()

    assert ("1900000001", "5F1C", SECRET.encode(), "common", True, ()) == (
        credentials.mchid,
        credentials.serial_no,
        credentials.api_v3_key,
        credentials.mode,
        credentials.fetch_certificates,
        credentials.platform_keys.keys,
    )
    assert 256 == len(await credentials.signer.sign(b"m"))


@pytest.mark.parametrize("mode", ["common", "institutional", "service_provider"])
def test_modes(made, mode):
    """There are three modes."""
    assert mode == made(mode=mode).mode


@pytest.mark.parametrize("mode", ["", "COMMON", "partner", None, 5])
def test_refuses_modes(problems, mode):
    """Another mode is refused, and the three are named."""
    assert ("mode must be one of common, institutional, service_provider",) == problems(mode=mode)


async def test_a_private_key_in_many_forms(made, merchant, tmp_path):
    """The private key is text, bytes, or the path of a file, with or without a passphrase."""
    path = tmp_path / "apiclient_key.pem"
    path.write_text(written(merchant))
    locked = written(merchant, b"pass")
    forms = [
        {"private_key": written(merchant).encode()},
        {"private_key": path},
        {"private_key": str(path)},
        {"private_key": os.fspath(path)},
        {"private_key": locked, "passphrase": "pass"},
        {"private_key": locked, "passphrase": b"pass"},
    ]

    signed = {await made(**form).signer.sign(b"m") for form in forms}

    assert {await made().signer.sign(b"m")} == signed


async def test_a_signer(made):
    """A key kept elsewhere is asked to sign."""
    vault = Vault()
    credentials = made(private_key=vault)

    assert isinstance(vault, Signer)
    assert vault is credentials.signer
    assert b"cba" == await credentials.signer.sign(b"abc")


@pytest.mark.parametrize(
    "key", ["", "no/such/file.pem", "s3cret" * 1000, "s3cret\0", b"s3cret", None, 5, Path("/")]
)
def test_a_private_key_that_is_not_there(problems, key):
    """What is neither PEM nor the path of a file is refused, and not shown."""
    told = "private_key is neither PEM text nor the path of a readable PEM file"

    assert (told,) == problems(private_key=key)


@pytest.mark.parametrize("tail", ["", "s3cret", "\ud800"])
def test_a_private_key_that_is_broken(problems, tail):
    """PEM text that holds no key is refused, and not shown."""
    told = problems(private_key=f"-----BEGIN PRIVATE KEY-----{tail}")

    assert ("private_key is no PEM private key (PKCS#1 or PKCS#8)",) == told


@pytest.mark.parametrize("passphrase", [None, "", "other", b"\xff", "\ud800"])
def test_a_wrong_passphrase(problems, merchant, passphrase):
    """A passphrase that is missing or wrong is said so."""
    told = problems(private_key=written(merchant, b"pass"), passphrase=passphrase)

    assert ("private_key is encrypted: its passphrase is missing or wrong",) == told


@pytest.mark.parametrize("mchid", ["", " 19", "19/", "1" * 33, None, 19, "1\n"])
def test_merchant_ids(problems, mchid):
    """A merchant id keeps its limits."""
    (told,) = problems(mchid=mchid)

    assert told.startswith("mchid must ")


@pytest.mark.parametrize("serial", ["", "5F 1C", "5F:1C", "5F\n", "１２", None, 5])
def test_serial_numbers(problems, serial):
    """A serial number is hex digits."""
    told = "serial_no must be the hex serial number of the merchant's certificate"

    assert (told,) == problems(serial_no=serial)


@pytest.mark.parametrize(
    "secret", ["", "s3cret", SECRET + "x", SECRET[:-1] + "é", b"x", 5, "\ud800"]
)
def test_api_v3_keys(problems, secret):
    """An APIv3 key has 32 bytes."""
    assert ("api_v3_key must have 32 bytes",) == problems(api_v3_key=secret)


def test_an_api_v3_key_in_bytes(made):
    """The key may be given as bytes."""
    assert made().api_v3_key == made(api_v3_key=SECRET.encode()).api_v3_key


def test_the_api_v3_key_is_needed(problems):
    """Without it certificates cannot be read."""
    (told,) = problems(api_v3_key=None)

    assert told.startswith("api_v3_key is needed")


def test_pure_public_key_mode(made, platform):
    """With public keys alone nothing is fetched, and the APIv3 key may be left out."""
    credentials = made(api_v3_key=None, platform_keys={"PUB_KEY_ID_01": public(platform)})

    assert (("PUB_KEY_ID_01",), False) == (
        credentials.platform_keys.ids,
        credentials.fetch_certificates,
    )


@pytest.mark.parametrize("fetch", [True, False])
def test_fetching_can_be_chosen(made, platform, fetch):
    """Whether certificates are fetched can be said."""
    keys = {"PUB_KEY_ID_01": public(platform)}

    assert fetch == made(platform_keys=keys, fetch_certificates=fetch).fetch_certificates


def test_platform_keys_in_many_forms(made, platform, paper, tmp_path):
    """Certificates stand alone or with their ids, public keys with theirs; text or files."""
    path = tmp_path / "platform.pem"
    path.write_text(paper)
    sources = [paper, paper.encode(), path, [paper], [path, (None, paper)], {"0ABC": path}]
    both = [paper, ("PUB_KEY_ID_01", public(platform))]

    assert {"0ABC"} == {
        key_id for each in sources for key_id in made(platform_keys=each).platform_keys.ids
    }
    assert (("0ABC", "PUB_KEY_ID_01"), True) == (
        (found := made(platform_keys=both)).platform_keys.ids,
        found.fetch_certificates,
    )


def test_platform_keys_that_are_none(problems, platform, paper):
    """Each platform key that cannot be used is told by its id or its place."""
    told = problems(
        platform_keys=[paper, public(platform), "no/such/file", (None, b"x"), ("ID", None)]
    )

    assert [
        "platform_keys[1]: is no certificate: give it with its id, {id: PEM}",
        "platform_keys[2]: its value is neither PEM text nor the path of a readable PEM file",
        "platform_keys[3]: its value is neither PEM text nor the path of a readable PEM file",
        "platform_keys[ID]: its value is neither PEM text nor the path of a readable PEM file",
    ] == list(told)
    assert ("platform_keys[5F]: is the certificate 0ABC, not 5F",) == problems(
        platform_keys={"5F": paper}
    )


def test_the_merchant_s_own_certificate(problems, merchant, platform):
    """The merchant's own certificate as platform key is recognised by its key, or its number."""
    by_key = problems(platform_keys=[certificate(merchant, 0x77)])
    by_number = problems(platform_keys=[certificate(platform, 0x5F1C)])
    bare = problems(platform_keys={"PUB_KEY_ID_01": public(merchant)})
    elsewhere = problems(private_key=Vault(), platform_keys=[certificate(merchant, 0x5F1C)])

    assert {("77", True), ("5F1C", True), ("PUB_KEY_ID_01", True)} == {
        (told.split("[")[1].split("]")[0], "is the merchant's own certificate" in told)
        for (told,) in (by_key, by_number, bare, elsewhere)
    }


def test_the_merchant_s_own_certificate_in_lower_case(problems, platform):
    """The case of a serial number does not hide whose it is."""
    (told,) = problems(serial_no="5f1c", platform_keys=[certificate(platform, 0x5F1C)])

    assert told.startswith("platform_keys[5F1C]: is the merchant's own certificate")


def test_a_secret_in_the_wrong_place(problems):
    """Of a wrong merchant id only its length is told: it may be a key that was mixed up."""
    swapped = problems(mchid=f"{SECRET[:-1]}!")
    long = problems(mchid=SECRET * 2)

    assert ("mchid must be letters and digits; got 32 characters",) == swapped
    assert ("mchid must have at least 1 and at most 32 characters; got 64 characters",) == long


def test_all_problems_at_once(problems):
    """Every problem is told in one error."""
    told = problems(
        mchid="", serial_no="", private_key="", api_v3_key="", mode="", platform_keys=["x"]
    )

    assert 6 == len(told)


def test_shows_no_key(made, paper):
    """Credentials show who calls, and no key."""
    text = f"{made(platform_keys=[paper])!r}"

    assert "1900000001" in text
    assert not [word for word in ("s3cret", "BEGIN", "signer", "api_v3") if word in text]


def test_the_key_is_used_as_it_is_written(made):
    """A 32-byte key of any characters stays what it is."""
    secret = base64.b64encode(bytes(24)).decode()

    assert secret.encode() == made(api_v3_key=secret).api_v3_key
