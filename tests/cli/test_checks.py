import json
import socket
import time

import pytest
from aiohttp import web

from wxdist import Credentials, ScaledClock, Session
from wxdist.cli.checks import clock_skew, examine, key_pair
from wxdist.sandbox.auth import Gate
from wxdist.sandbox.papers import Papers
from wxdist.waiting.clock import FAKE_START, FakeClock
from wxdist.wire import Response
from wxdist.wire.keys import load_certificate

ALL_OK = dict.fromkeys(
    ("settings", "key pair", "host", "clock", "certificates", "permission"), "ok"
)


async def found(environ, **more):
    return {check.name: check async for check in examine(environ, **more)}


def results(checks):
    return {name: check.result for name, check in checks.items()}


async def test_the_sandbox_is_well(environ):
    """A right configuration passes every check."""
    assert ALL_OK == results(await found(environ))


async def test_certificates_are_told_with_their_expiry(environ, tmp_path):
    """The platform's certificate is named, and until when it is valid."""
    certificates = (await found(environ))["certificates"]

    facts = json.loads((tmp_path / "credentials.json").read_text("utf-8"))
    ends = load_certificate((tmp_path / "platform_cert.pem").read_bytes()).not_valid_after_utc
    assert f"verified: {facts['platform_serial_no']} until {ends:%Y-%m-%d}" == certificates.said


async def test_a_public_key_needs_no_certificates(environ_by_public_key):
    """In pure public-key mode no certificates are asked for, and that is said."""
    checks = await found(environ_by_public_key)

    assert ALL_OK | {"certificates": "skipped"} == results(checks)
    assert "no certificate call" in checks["certificates"].said


async def test_without_the_merchants_certificate(environ):
    """The key pair is skipped, and it is said how to have it checked."""
    del environ["WXDIST_CERTIFICATE_FILE"]

    checks = await found(environ)

    assert ALL_OK | {"key pair": "skipped"} == results(checks)
    assert "apiclient_cert.pem" in checks["key pair"].advice


async def test_all_that_is_missing_is_told():
    """Every setting that is missing is one check, and nothing else can be looked at."""
    checks = [check async for check in examine({"WXDIST_BASE_URL": "http://example.com"})]

    settings = [check.said for check in checks if check.name == "settings"]
    for name in ("BASE_URL", "MCHID", "SERIAL_NO", "PRIVATE_KEY_FILE", "API_V3_KEY_FILE"):
        assert any(f"WXDIST_{name}" in said for said in settings)
    assert {"settings": "failed"} | dict.fromkeys(list(ALL_OK)[1:], "skipped") == {
        check.name: check.result for check in checks
    }


async def test_a_closed_port(environ):
    """Where nobody listens the host fails, with what to do, and the rest is skipped."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    checks = await found(environ | {"WXDIST_BASE_URL": f"http://127.0.0.1:{port}"})

    skipped = dict.fromkeys(("clock", "certificates", "permission"), "skipped")
    assert ALL_OK | {"host": "failed"} | skipped == results(checks)
    assert "WXDIST_BASE_URL" in checks["host"].advice


async def test_a_wrong_key(environ, stranger, tmp_path):
    """A key of somebody else fits neither the certificate nor the service."""
    (tmp_path / "other.pem").write_text(stranger)

    checks = await found(environ | {"WXDIST_PRIVATE_KEY_FILE": str(tmp_path / "other.pem")})

    wrong = {"key pair": "failed", "certificates": "failed", "permission": "skipped"}
    assert ALL_OK | wrong == results(checks)
    assert "another private key" in checks["key pair"].said
    assert "HTTP 401" in checks["certificates"].said
    assert "WXDIST_SERIAL_NO" in checks["certificates"].advice


async def test_a_wrong_api_v3_key(environ):
    """An APIv3 key that opens nothing is told so."""
    checks = await found(environ | {"WXDIST_API_V3_KEY": "0" * 32})

    assert ("failed", "skipped") == (checks["certificates"].result, checks["permission"].result)
    assert "APIv3 key" in checks["certificates"].said


async def test_a_wrong_serial_number(environ):
    """The certificate's own serial number is told, to be copied."""
    checks = await found(environ | {"WXDIST_SERIAL_NO": "0A"})

    assert "failed" == checks["key pair"].result
    assert checks["key pair"].advice.startswith("Set WXDIST_SERIAL_NO to ")
    assert "failed" == checks["certificates"].result


async def test_another_platform_key_id(environ_by_public_key):
    """An answer signed with a key that is not the configured one fails, naming the setting."""
    environ = environ_by_public_key | {"WXDIST_PLATFORM_PUBLIC_KEY_ID": "PUB_KEY_ID_0"}

    permission = (await found(environ))["permission"]

    assert "failed" == permission.result
    assert "WXDIST_PLATFORM_PUBLIC_KEY_ID" in permission.advice


@pytest.mark.parametrize(
    ("off", "clock", "certificates"),
    [(60, "warning", "ok"), (-60, "warning", "ok"), (400, "failed", "failed")],
)
async def test_a_skewed_clock(environ, off, clock, certificates):
    """A clock that is off is told from 30 s on, and refused by the service after 300 s."""
    checks = await found(environ, clock=ScaledClock(1, start=time.time() + off))

    assert (clock, certificates) == (checks["clock"].result, checks["certificates"].result)
    assert ("ahead of" if off > 0 else "behind") in checks["clock"].said


@pytest.mark.parametrize(
    ("off", "result"),
    [
        (0, "ok"),
        (30, "ok"),
        (-30, "ok"),
        (31, "warning"),
        (300, "warning"),
        (301, "failed"),
        (-301, "failed"),
    ],
)
def test_how_far_a_clock_may_be_off(off, result):
    """Up to 30 s is well, up to 300 s is tolerated; advice comes with anything else."""
    answer = Response(status=401, headers={"date": "Mon, 05 Jan 2026 01:00:00 GMT"}, body=b"")

    check = clock_skew(answer, FAKE_START + off)

    assert result == check.result
    assert (result == "ok") == (check.advice == "")


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}])
def test_an_answer_without_a_date(headers):
    """Where the answer does not tell the time, the clock is skipped."""
    assert "skipped" == clock_skew(Response(status=401, headers=headers, body=b""), 0).result


@pytest.mark.parametrize(
    ("days", "result"), [(0, "ok"), (5 * 365 - 20, "warning"), (5 * 365, "failed")]
)
async def test_the_certificate_expires(environ, days, result):
    """A certificate that fits is told with its last day, and warned of 30 days before it."""
    clock = FakeClock(time.time() + 86_400 * days)
    async with Session.from_env(environ, clock=clock) as session:
        check = key_pair(session, environ["WXDIST_CERTIFICATE_FILE"])

    assert result == check.result
    assert "valid until 20" in check.said


@pytest.mark.parametrize(
    ("file", "said"),
    [("nonesuch.pem", "cannot be read"), ("merchant_key.pem", "is no PEM certificate")],
)
async def test_a_certificate_file_that_is_none(environ, tmp_path, file, said):
    """A file that is not there, or holds something else, is told so without its content."""
    async with Session.from_env(environ) as session:
        check = key_pair(session, str(tmp_path / file))

    assert "failed" == check.result
    assert said in check.said


async def test_a_key_kept_elsewhere(environ, tmp_path):
    """The certificate cannot be held against a signer, whose key is not seen."""

    class Remote:
        async def sign(self, message):
            return b""

    own = Credentials("1900000001", "0A", Remote(), "0" * 32)
    async with Session(own) as session:
        assert "failed" == key_pair(session, environ["WXDIST_CERTIFICATE_FILE"]).result


@pytest.fixture
async def refused(environ_by_public_key):
    """Run a service that signs one answer to everything; give the environment for it."""
    runners = []

    async def start(status, body, *, signed=True):
        papers = Papers(time.time())

        async def answer(_):
            content = json.dumps(body).encode()
            gate = Gate(papers, "1900000001", answers="public_key")
            headers = gate.sign(content, time.time()) if signed else {}
            return web.Response(status=status, body=content, headers=headers)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, shutdown_timeout=1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        return environ_by_public_key | {"WXDIST_BASE_URL": f"http://{host}:{port}"}

    yield start
    for runner in runners:
        await runner.cleanup()


NO_AUTH = {"code": "NO_AUTH", "message": "not signed yet"}


async def test_no_permission(refused):
    """A 403 is told in the service's words, with when a permission takes effect."""
    checks = await found(await refused(403, NO_AUTH))

    assert "failed" == checks["permission"].result
    assert "NO_AUTH: not signed yet (HTTP 403" in checks["permission"].said
    assert "not verified" not in checks["permission"].said
    assert "next day" in checks["permission"].advice


async def test_a_403_of_somebody_on_the_way(refused):
    """A 403 that is not signed is told to be not verified."""
    checks = await found(await refused(403, NO_AUTH, signed=False))

    assert "not verified" in checks["permission"].said


async def test_no_certificates_for_this_merchant(refused, environ):
    """A merchant with a public key who asks for certificates is told to configure that key."""
    address = (await refused(404, {"code": "RESOURCE_NOT_EXISTS"}))["WXDIST_BASE_URL"]

    checks = await found(environ | {"WXDIST_BASE_URL": address})

    assert "failed" == checks["certificates"].result
    assert "public key" in checks["certificates"].said
