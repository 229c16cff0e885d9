import asyncio
import datetime as dt
import shutil
import ssl
import time

import pytest

from wxdist.sandbox import tls
from wxdist.sandbox.paper import key_of, pem_of

NOW = time.time()


@pytest.fixture(scope="module")
def authority():
    return tls.authority(NOW)


async def greet(host, authority, names=tls.NAMES, *, trusted=None):
    """Speak TLS with a server under *names* by an authority; return what it said."""

    async def hello(_, writer):
        writer.write(b"hello")
        writer.close()
        await writer.wait_closed()

    context = tls.context(authority, NOW, names)
    server = await asyncio.start_server(hello, "127.0.0.1", 0, ssl=context)
    trusting = ssl.create_default_context(cadata=(trusted or authority).pem)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    port = server.sockets[0].getsockname()[1]
    async with server:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=trusting, server_hostname=host
        )
        said = await reader.read()
        writer.close()
        await writer.wait_closed()
    return said


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
async def test_a_strict_client_is_content(authority, host):
    """A client that trusts the authority accepts the server by each of its names."""
    assert b"hello" == await greet(host, authority)


async def test_not_trusted_by_others(authority):
    """A client that trusts another authority refuses the server."""
    with pytest.raises(ssl.SSLCertVerificationError):
        await greet("localhost", authority, trusted=tls.authority(NOW))


async def test_vouches_for_this_machine_alone(authority):
    """The authority's word for another name is worth nothing, even to those who trust it."""
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        await greet("apihk.mch.weixin.qq.com", authority, ["apihk.mch.weixin.qq.com"])


def test_names_say_sandbox(authority):
    """Whoever looks at the certificate reads that it is a sandbox's."""
    assert r"O=SANDBOX\, not WeChat Pay" in authority.certificate.subject.rfc4514_string()


def test_valid_for_years(authority):
    """The authority is valid from a day before for five years."""
    found = authority.certificate

    assert dt.timedelta(days=5 * 365) == found.not_valid_after_utc - found.not_valid_before_utc
    assert int(NOW) - 86_400 == found.not_valid_before_utc.timestamp()


def test_knows_what_it_may_vouch_for(authority):
    """It tells whether names are among those that it may vouch for."""
    assert [True, True, False] == [
        authority.vouches_for(names) for names in (tls.NAMES, ["localhost"], ["example.org"])
    ]
    other = tls.authority(NOW, ["localhost", "192.0.2.1"])
    assert [True, False] == [other.vouches_for(names) for names in (["192.0.2.1"], ["127.0.0.1"])]


def test_kept_and_loaded(authority):
    """An authority that was kept is the same when it is loaded."""
    loaded = tls.Authority.load(*authority.dump())

    assert (authority.pem, authority.dump()) == (loaded.pem, loaded.dump())


def test_only_its_own_kind_of_key(authority):
    """A key of another kind is no authority's."""
    with pytest.raises(ValueError, match="not the key of an authority"):
        tls.Authority.load(pem_of(key_of("merchant")), authority.pem)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
async def test_openssl_is_content(authority, tmp_path):
    """`openssl s_client` verifies the server by the authority's file without a complaint."""
    file = tmp_path / "ca.pem"
    file.write_text(authority.pem)
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=tls.context(authority, NOW)
    )
    port = server.sockets[0].getsockname()[1]
    async with server:
        process = await asyncio.create_subprocess_exec(
            *("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", file),
            *("-verify_return_error", "-x509_strict", "-verify_ip", "127.0.0.1"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()

    assert 0 == process.returncode
    assert b"Verify return code: 0 (ok)" in said
