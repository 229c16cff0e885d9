"""Credentials as the environment describes them."""

import os

import pytest
from cryptography.hazmat.primitives import serialization

from wxdist import ConfigurationError, Credentials

SECRET = "s3cret-s3cret-s3cret-s3cret-s3cr"


def locked(key):
    """Return *key* as PEM under the passphrase `pass`."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"pass"),
    )


@pytest.fixture
def environ(keys, tmp_path):
    path = tmp_path / "key.pem"
    path.write_text(keys.merchant_pem)
    return {
        "WXDIST_MCHID": " 1900000001 ",
        "WXDIST_SERIAL_NO": "5F1C",
        "WXDIST_PRIVATE_KEY_FILE": str(path),
        "WXDIST_API_V3_KEY": SECRET,
    }


def env_problems(environ):
    with pytest.raises(ConfigurationError) as error:
        Credentials.from_env(environ)
    assert "s3cret" not in f"{error.value}{error.value!r}"
    assert error.value.__cause__ is None
    return list(error.value.problems)


async def test_from_env(environ):
    """The four settings that are needed are enough."""
    found = Credentials.from_env(environ)

    assert 256 == len(await found.signer.sign(b"m"))
    assert ("1900000001", SECRET.encode(), "common", True) == (
        found.mchid,
        found.api_v3_key,
        found.mode,
        found.fetch_certificates,
    )


def test_from_env_in_full(environ, keys, tmp_path):
    """Mode, passphrase, secret in a file and both kinds of platform keys are read."""
    for name, text in (
        ("c.pem", keys.certificate[1]),
        ("p.pem", keys.public_pem),
        ("s.txt", SECRET + "\n"),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "key.pem").write_bytes(locked(keys.merchant))
    del environ["WXDIST_API_V3_KEY"]
    more = {
        "WXDIST_MODE": "institutional",
        "WXDIST_PRIVATE_KEY_PASSPHRASE": "pass",
        "WXDIST_API_V3_KEY_FILE": str(tmp_path / "s.txt"),
        "WXDIST_PLATFORM_PUBLIC_KEY_ID": "PUB_KEY_ID_01",
        "WXDIST_PLATFORM_PUBLIC_KEY_FILE": str(tmp_path / "p.pem"),
        "WXDIST_PLATFORM_CERTIFICATE_FILES": f"{tmp_path / 'c.pem'}{os.pathsep}",
    }

    found = Credentials.from_env(environ | more)

    assert ("institutional", SECRET.encode(), (keys.certificate[0], "PUB_KEY_ID_01")) == (
        found.mode,
        found.api_v3_key,
        found.platform_keys.ids,
    )


def test_from_env_with_a_public_key_alone(environ, keys, tmp_path):
    """In pure public-key mode the APIv3 key may be missing."""
    (tmp_path / "p.pem").write_text(keys.public_pem)
    del environ["WXDIST_API_V3_KEY"]
    environ["WXDIST_PLATFORM_PUBLIC_KEY_ID"] = "PUB_KEY_ID_01"
    environ["WXDIST_PLATFORM_PUBLIC_KEY_FILE"] = str(tmp_path / "p.pem")

    assert Credentials.from_env(environ).fetch_certificates is False


async def test_from_env_with_the_key_itself(environ, keys):
    """The private key may stand in the environment."""
    del environ["WXDIST_PRIVATE_KEY_FILE"]
    environ["WXDIST_PRIVATE_KEY"] = keys.merchant_pem

    assert 256 == len(await Credentials.from_env(environ).signer.sign(b"m"))


def test_from_env_of_this_process(monkeypatch, environ):
    """Without an argument the process's own environment is read."""
    for name in [name for name in os.environ if name.startswith("WXDIST_")]:
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert "1900000001" == Credentials.from_env().mchid


def test_all_that_is_missing():
    """An empty environment is told all that it lacks, each thing once."""
    assert [
        "WXDIST_MCHID is not set",
        "WXDIST_SERIAL_NO is not set",
        "WXDIST_PRIVATE_KEY_FILE is not set (nor WXDIST_PRIVATE_KEY)",
        "WXDIST_API_V3_KEY_FILE is not set (nor WXDIST_API_V3_KEY)",
    ] == env_problems({"WXDIST_MCHID": "  "})


def test_missing_and_wrong_at_once(environ):
    """What is missing and what is wrong is told together."""
    del environ["WXDIST_MCHID"]

    assert [
        "WXDIST_MCHID is not set",
        "mode must be one of common, institutional, service_provider",
    ] == (env_problems(environ | {"WXDIST_MODE": "x"}))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"WXDIST_PRIVATE_KEY": "s3cret"},
            "WXDIST_PRIVATE_KEY and WXDIST_PRIVATE_KEY_FILE are both set: keep one",
        ),
        (
            {"WXDIST_API_V3_KEY_FILE": "s.txt"},
            "WXDIST_API_V3_KEY and WXDIST_API_V3_KEY_FILE are both set: keep one",
        ),
        (
            {"WXDIST_PLATFORM_PUBLIC_KEY_ID": "PUB_KEY_ID_01"},
            "WXDIST_PLATFORM_PUBLIC_KEY_ID and WXDIST_PLATFORM_PUBLIC_KEY_FILE belong together",
        ),
        (
            {"WXDIST_PLATFORM_PUBLIC_KEY_FILE": "p.pem"},
            "WXDIST_PLATFORM_PUBLIC_KEY_ID and WXDIST_PLATFORM_PUBLIC_KEY_FILE belong together",
        ),
        (
            {"WXDIST_API_V3_KEY": "", "WXDIST_API_V3_KEY_FILE": "no/such/file"},
            "WXDIST_API_V3_KEY_FILE cannot be read: No such file or directory",
        ),
        (
            {"WXDIST_PLATFORM_CERTIFICATE_FILES": "no/such/file"},
            "platform_keys[0]: its value is neither PEM text nor the path of a readable PEM file",
        ),
    ],
)
def test_what_contradicts_itself(environ, more, told):
    """Two settings that exclude each other, or that belong together, are told."""
    assert told in env_problems(environ | more)


def test_settings_that_contradict_but_could_work(environ, keys):
    """A contradiction is told even where each half alone would work."""
    (told,) = env_problems(environ | {"WXDIST_PRIVATE_KEY": keys.merchant_pem})

    assert "both set" in told


def test_a_secret_file_that_is_no_text(environ, tmp_path):
    """A file of other bytes is refused without showing them."""
    (tmp_path / "s.bin").write_bytes(b"s3cret\xff")
    environ |= {"WXDIST_API_V3_KEY": "", "WXDIST_API_V3_KEY_FILE": str(tmp_path / "s.bin")}

    assert ["WXDIST_API_V3_KEY_FILE cannot be read: no UTF-8 text"] == env_problems(environ)
