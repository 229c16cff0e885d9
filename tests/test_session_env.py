"""A session as the environment describes it."""

import os

import pytest

from wxdist import Clock, ConfigurationError, SeenNotices, Session


@pytest.fixture
def environ(keys, tmp_path):
    """Describe a merchant in pure public-key mode."""
    (tmp_path / "key.pem").write_text(keys.merchant_pem)
    (tmp_path / "public.pem").write_text(keys.public_pem)
    return {
        "WXDIST_MCHID": keys.mchid,
        "WXDIST_SERIAL_NO": keys.serial_no,
        "WXDIST_PRIVATE_KEY_FILE": str(tmp_path / "key.pem"),
        "WXDIST_API_V3_KEY": keys.api_v3_key,
        "WXDIST_PLATFORM_PUBLIC_KEY_ID": keys.public_key_id,
        "WXDIST_PLATFORM_PUBLIC_KEY_FILE": str(tmp_path / "public.pem"),
    }


def problems_of(environ):
    with pytest.raises(ConfigurationError) as caught:
        Session.from_env(environ)
    return caught.value.problems


async def test_a_complete_environment(environ, serve, service, clock):
    """A session from the environment signs with its key, in its mode, and goes to its host."""
    wire = await serve(service)
    environ |= {"WXDIST_MODE": "institutional", "WXDIST_BASE_URL": f" {wire.url}/ "}

    async with Session.from_env(environ, clock=clock) as session:
        seen = await session.for_merchant("1900000109").transactions.remaining("42")

    assert 1000 == seen.unsplit_amount
    service.keys.check(wire.sent[0])


def test_without_a_host(environ):
    """Without ``WXDIST_BASE_URL`` the session goes to the documented host, on the real clock."""
    session = Session.from_env(environ | {"WXDIST_BASE_URL": " "})

    assert "https://apihk.mch.weixin.qq.com" == session.settings.base_url
    assert ("common", Clock) == (session.credentials.mode, type(session.clock))
    assert session.credentials.fetch_certificates is False


def test_certificates_of_the_environment(environ, keys, tmp_path):
    """Certificates come as a list of paths, and stand beside the public key."""
    serial, pem = keys.certificate
    (tmp_path / "platform.pem").write_text(pem)
    paths = os.pathsep.join([str(tmp_path / "platform.pem"), ""])

    session = Session.from_env(environ | {"WXDIST_PLATFORM_CERTIFICATE_FILES": paths})

    assert {serial, keys.public_key_id} == set(session.credentials.platform_keys.ids)
    assert session.credentials.fetch_certificates is True


def test_the_secret_from_a_file(environ, keys, tmp_path):
    """The APIv3 key may stand in a file, with or without a line break."""
    (tmp_path / "secret").write_text(keys.api_v3_key + "\n")
    environ["WXDIST_API_V3_KEY_FILE"] = str(tmp_path / "secret")
    del environ["WXDIST_API_V3_KEY"]

    assert keys.api_v3_key.encode() == Session.from_env(environ).credentials.api_v3_key


def test_an_empty_environment():
    """All that is missing is told in one message."""
    assert (
        "WXDIST_MCHID is not set",
        "WXDIST_SERIAL_NO is not set",
        "WXDIST_PRIVATE_KEY_FILE is not set (nor WXDIST_PRIVATE_KEY)",
        "WXDIST_API_V3_KEY_FILE is not set (nor WXDIST_API_V3_KEY)",
    ) == problems_of({})


def test_everything_wrong_at_once(environ, keys, tmp_path):
    """Missing, contradicting and broken settings are told together, without a secret."""
    environ |= {
        "WXDIST_BASE_URL": "https://evil.example",
        "WXDIST_MODE": "direct",
        "WXDIST_MCHID": "",
        "WXDIST_PRIVATE_KEY": keys.merchant_pem,
        "WXDIST_API_V3_KEY": "too short",
        "WXDIST_PLATFORM_PUBLIC_KEY_ID": "",
        "WXDIST_PLATFORM_CERTIFICATE_FILES": str(tmp_path / "missing.pem"),
    }

    problems = problems_of(environ)

    starts = (
        "WXDIST_BASE_URL: base_url must be https://",
        "WXDIST_PLATFORM_PUBLIC_KEY_ID and WXDIST_PLATFORM_PUBLIC_KEY_FILE belong together",
        "WXDIST_MCHID is not set",
        "WXDIST_PRIVATE_KEY and WXDIST_PRIVATE_KEY_FILE are both set",
        "platform_keys[0]: its value is neither PEM text nor the path",
        "mode must be one of common, institutional, service_provider",
        "api_v3_key must have 32 bytes",
    )
    assert len(starts) == len(problems)
    for start, problem in zip(starts, problems, strict=True):
        assert problem.startswith(start)
    assert "too short" not in "".join(problems)


def test_only_the_host_is_wrong(environ):
    """A wrong host is told when all else is right."""
    (problem,) = problems_of(environ | {"WXDIST_BASE_URL": "http://apihk.mch.weixin.qq.com"})

    assert problem.startswith("WXDIST_BASE_URL: ")


def test_only_the_credentials_are_wrong(environ):
    """Wrong credentials are told when the host is right."""
    assert ("WXDIST_SERIAL_NO is not set",) == problems_of(environ | {"WXDIST_SERIAL_NO": ""})


def test_with_a_store_of_notices(environ, clock):
    """It can be given a place where it is kept which notices were handled."""
    store = SeenNotices(clock)

    session = Session.from_env(environ, clock=clock, notice_store=store)

    assert session.notices._store is store
    assert session.with_options(attempts=1).notices._store is store
