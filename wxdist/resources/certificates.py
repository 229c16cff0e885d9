"""The platform's certificates: asked for, decrypted, verified."""

from __future__ import annotations

from wxdist.errors import (
    ConfigurationError,
    NotFound,
    UnknownKey,
    VerificationFailed,
)
from wxdist.models import CertificateEntry, CertificateList, PlatformCertificate
from wxdist.resources._call import Endpoint, ForMerchant, Resource
from wxdist.transport.calls import Caller, Plan
from wxdist.transport.retrying import Kind
from wxdist.wire import codec
from wxdist.wire.keys import KeySet, PlatformKey, load_platform_key
from wxdist.wire.message import Response
from wxdist.wire.sealing import ALGORITHM, open_payload
from wxdist.wire.verifying import check_fresh, check_signature, read_seal

LIST = Endpoint(
    name="certificates.list",
    method="GET",
    path="/v3/global/certificates",
    kind=Kind.READ,
    answer=CertificateList,
    sub_mchid=ForMerchant.NEVER,
)


class Certificates(Resource):
    """The certificates with which the platform signs."""

    async def list(self) -> tuple[PlatformCertificate, ...]:
        """Return the platform's certificates, decrypted with the APIv3 key and verified.

        The session fetches them by itself when it needs them; this is to look at them, or to keep
        them. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay5_1.shtml

        Raises:
            ConfigurationError: pure public-key mode, no APIv3 key or a wrong one, or this merchant
                has no certificates.
            VerificationFailed: the list is not the service's.
        """
        return tuple(
            PlatformCertificate(
                serial_no=key.id,
                effective_time=key.not_before,  # type: ignore[arg-type]  # a certificate has both
                expire_time=key.not_after,  # type: ignore[arg-type]  # likewise
                certificate=key.pem,
            )
            for key in await fetch(self._caller)
        )


async def fetch(caller: Caller) -> tuple[PlatformKey, ...]:
    """Ask for the certificates; the first list is decrypted, then verified by what it carries.

    Raises:
        ConfigurationError, VerificationFailed, WxdistError: as `Certificates.list`.
    """
    secret = caller.credentials.api_v3_key
    if secret is None or not caller.credentials.fetch_certificates:
        raise ConfigurationError(
            "platform certificates are not fetched in pure public-key mode: "
            "give api_v3_key and fetch_certificates=True"
        )
    found: tuple[PlatformKey, ...] = ()

    async def verify(response: Response) -> None:
        nonlocal found
        seal = read_seal(response.headers)
        now = caller.shared.clock.now()
        check_fresh(seal, now=now)
        entries = codec.load(CertificateList, response.body).data
        found = tuple(key for entry in entries if (key := _opened(entry, secret)) is not None)
        keys = KeySet(keys=caller.trusted.keys.keys).with_keys(found)
        key = keys.find(seal.serial, now=now)
        if key is None:
            raise UnknownKey(seal.serial, keys.ids, request_id=seal.request_id)
        check_signature(seal, response.body, key)

    plan = Plan(
        name=LIST.name,
        kind=LIST.kind,
        method=LIST.method,
        target=LIST.path,
        decode=lambda *_: None,
        verify=verify,
    )
    try:
        await caller.call(plan)
    except NotFound as error:
        raise ConfigurationError(
            "this merchant has no platform certificates: it uses a WeChat Pay public key. Give it "
            "as platform_keys={'PUB_KEY_ID_…': PEM}; both are in the merchant platform, "
            "Account Center, API Security"
        ) from error
    return found


def _opened(entry: CertificateEntry, secret: bytes) -> PlatformKey | None:
    """Return one entry as a key; ``None`` for one of a kind that we cannot use, such as SM4."""
    sealed = entry.encrypt_certificate
    if sealed.algorithm != ALGORITHM:
        return None
    try:
        pem = open_payload(
            secret,
            nonce=sealed.nonce,
            associated_data=sealed.associated_data,
            ciphertext=sealed.ciphertext,
        )
    except VerificationFailed as error:
        raise ConfigurationError(
            "api_v3_key cannot open the platform certificates: is it the APIv3 key that is set for "
            "this merchant?"
        ) from error
    try:
        return load_platform_key(pem, entry.serial_no)
    except ConfigurationError:
        return None
