"""Is this configuration complete, and does the service accept it: what ``wxdist doctor`` asks.

Nothing here moves money: it reads the certificates and a balance, and sends one request without a
signature, whose refusal shows that the service is there and which time it has.
"""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Literal

import attrs
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from wxdist import (
    ConfigurationError,
    NoAnswer,
    NoPermission,
    NotSent,
    ServiceError,
    Session,
    SignatureRefused,
    UnknownKey,
    VerificationFailed,
    WxdistError,
)
from wxdist.models import model
from wxdist.transport.http import Network, user_agent
from wxdist.waiting import Clock
from wxdist.wire import PrivateKey, Request, Response
from wxdist.wire.keys import load_certificate, serial_of
from wxdist.wire.verifying import FRESH_SECONDS

Result = Literal["ok", "warning", "failed", "skipped"]

WARN_SECONDS = 30  #: the clock is off, but not yet so far that the service refuses
WARN_DAYS = 30  #: before the merchant's certificate expires
AT_REST = "/v3/global/certificates"  #: an address that is there in every mode


@model
class Check:
    """One thing that was looked at."""

    name: str
    result: Result
    said: str  #: what was found
    advice: str = ""  #: what to do about it; empty: nothing


async def examine(
    environ: Mapping[str, str], *, clock: Clock | None = None
) -> AsyncIterator[Check]:
    """Look at one thing after the other, and yield what was found as soon as it is known.

    Args:
        environ: the environment that holds the configuration, as `Session.from_env` reads it, and
            the path of the merchant's certificate as ``WXDIST_CERTIFICATE_FILE``.
        clock: whose time is held against the service's; ``None`` takes the real one.
    """
    try:
        session = Session.from_env(environ, clock=clock)
    except ConfigurationError as error:
        for problem in error.problems:
            yield Check(name="settings", result="failed", said=problem)
        for name in ("key pair", "host", "clock", "certificates", "permission"):
            yield _skipped(name, "needs complete settings")
        return
    async with session:
        yield _settings(session)
        yield key_pair(session, environ.get("WXDIST_CERTIFICATE_FILE", "").strip())
        async for check in _online(session):
            yield check


async def _online(session: Session) -> AsyncIterator[Check]:
    """Look at what only the service can tell."""
    answer = await _knock(session)
    if isinstance(answer, WxdistError):
        yield _failed("host", answer)
        for name in ("clock", "certificates", "permission"):
            yield _skipped(name, "needs the host")
        return
    host = session.settings.origins[0].partition("://")[2]
    said = f"{host} answered: HTTP {answer.status} to a request without a signature"
    yield Check(name="host", result="ok", said=said)
    yield clock_skew(answer, session.clock.now())
    certificates = await _certificates(session)
    yield certificates
    if certificates.result == "failed":
        yield _skipped("permission", "needs the certificates: no answer could be verified")
    else:
        yield await _permission(session)


def _settings(session: Session) -> Check:
    credentials = session.credentials
    trust = "platform certificates" if credentials.fetch_certificates else "platform public key"
    said = f"{credentials.mode} mode, merchant {credentials.mchid}, {trust}"
    return Check(name="settings", result="ok", said=said)


def key_pair(session: Session, path: str) -> Check:
    """Hold the merchant's certificate in the file *path* against its key and serial number."""
    name = "key pair"
    if not path:
        return _skipped(
            name,
            "WXDIST_CERTIFICATE_FILE is not set",
            "Set it to the path of apiclient_cert.pem to compare it with the private key.",
        )
    try:
        certificate = load_certificate(Path(path).read_bytes())
    except OSError as error:
        said = f"WXDIST_CERTIFICATE_FILE cannot be read: {error.strerror}"
        return Check(name=name, result="failed", said=said)
    except ConfigurationError as error:
        said = f"WXDIST_CERTIFICATE_FILE {error}"
        return Check(name=name, result="failed", said=said)
    serial, public = serial_of(certificate), certificate.public_key()
    signer = session.credentials.signer
    own = signer.public_numbers if isinstance(signer, PrivateKey) else None
    if not isinstance(public, RSAPublicKey) or public.public_numbers() != own:
        return Check(
            name=name,
            result="failed",
            said="the certificate belongs to another private key",
            advice="Take apiclient_cert.pem and apiclient_key.pem from the same download.",
        )
    if serial != session.credentials.serial_no.upper():
        return Check(
            name=name,
            result="failed",
            said=f"WXDIST_SERIAL_NO is not the certificate's serial number {serial}",
            advice=f"Set WXDIST_SERIAL_NO to {serial}.",
        )
    return _expiry(certificate.not_valid_after_utc, session.clock.now())


def _expiry(ends: dt.datetime, now: float) -> Check:
    """Tell how long a certificate that fits will do."""
    days = (ends.timestamp() - now) / 86_400
    result: Result = "ok" if days > WARN_DAYS else "warning" if days > 0 else "failed"
    return Check(
        name="key pair",
        result=result,
        said=f"key, certificate and serial number fit; valid until {ends:%Y-%m-%d}",
        advice="" if result == "ok" else "Get a new certificate in the merchant platform.",
    )


@attrs.define
class _Progress:
    left: bool = False


async def _knock(session: Session) -> Response | WxdistError:
    """Send a request without a signature; any answer will do."""
    headers = {"Accept": "application/json", "User-Agent": user_agent()}
    network = Network(session.settings, connector=None, clock=session.clock)
    try:
        return await network.send(
            Request(method="GET", target=AT_REST, headers=headers),
            origin=session.settings.origins[0],
            until=session.clock.monotonic() + session.settings.read_timeout,
            progress=_Progress(),
        )
    except WxdistError as error:
        return error
    finally:
        await network.aclose()


def clock_skew(answer: Response, now: float) -> Check:
    """Hold this machine's time *now* against the ``Date`` of an answer."""
    try:
        theirs = email.utils.parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return _skipped("clock", "the answer does not say what time it is")
    off = round(now - theirs)
    said = f"{abs(off)} s {'ahead of' if off > 0 else 'behind'} the service's"
    result: Result = "ok"
    if abs(off) > WARN_SECONDS:
        result = "warning" if abs(off) <= FRESH_SECONDS else "failed"
    advice = f"Set this machine's clock: more than {FRESH_SECONDS} s and nothing is accepted."
    if result == "ok":
        advice = ""
    return Check(name="clock", result=result, said=said, advice=advice)


async def _certificates(session: Session) -> Check:
    if not session.credentials.fetch_certificates:
        why = "a public key is configured and nothing else: no certificate call is made"
        return _skipped("certificates", why)
    try:
        found = await session.certificates.list()
    except WxdistError as error:
        return _failed("certificates", error)
    ends = ", ".join(f"{each.serial_no} until {each.expire_time:%Y-%m-%d}" for each in found)
    return Check(name="certificates", result="ok", said=f"verified: {ends}")


async def _permission(session: Session) -> Check:
    try:
        balance = await session.refunds.refundable_balance()
    except WxdistError as error:
        return _failed("permission", error)
    said = f"funds distribution is active for {balance.sponsor_mchid}; the answer is verified"
    return Check(name="permission", result="ok", said=said)


#: What to do about an error; the first class that fits.
ADVICE: Mapping[type[WxdistError], str] = {
    SignatureRefused: "The signature was refused. WXDIST_PRIVATE_KEY_FILE must be the key of the "
    "certificate WXDIST_SERIAL_NO of merchant WXDIST_MCHID, and the clock must be right.",
    NotSent: "Check WXDIST_BASE_URL, the network, its name server and its firewall.",
    NoAnswer: "Check what stands between this machine and the service, such as a proxy.",
    NoPermission: "Apply for funds distribution in the merchant platform. Once granted, it works "
    "from the next day on (Beijing time).",
    UnknownKey: "Compare WXDIST_PLATFORM_PUBLIC_KEY_ID with the one in the merchant platform.",
    VerificationFailed: "The answer cannot be trusted: check the keys, the clock, and what stands "
    "between this machine and the service.",
}


def _failed(name: str, error: WxdistError) -> Check:
    """Return what *error* says, and what to do about it."""
    said, hint = str(error), error.hint if isinstance(error, ServiceError) else ""
    advice = next((text for cls, text in ADVICE.items() if isinstance(error, cls)), hint)
    return Check(name=name, result="failed", said=said.removesuffix(hint).rstrip(), advice=advice)


def _skipped(name: str, why: str, advice: str = "") -> Check:
    return Check(name=name, result="skipped", said=why, advice=advice)
