"""The certificates with which the platform signs, as it hands them out."""

from __future__ import annotations

import datetime as dt

import attrs

from wxdist.models._base import Answered, model


@model
class EncryptedCertificate:
    """A certificate under AES-256-GCM with the APIv3 key."""

    algorithm: str  #: AEAD_AES_256_GCM
    nonce: str
    associated_data: str = ""
    ciphertext: str = attrs.field(repr=False)  #: base64 of the data and its 16-byte tag


@model
class CertificateEntry:
    """One entry of the list.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay5_1.shtml
    """

    serial_no: str
    effective_time: dt.datetime
    expire_time: dt.datetime
    encrypt_certificate: EncryptedCertificate


@model
class CertificateList(Answered):
    """The answer to ``GET /v3/global/certificates``."""

    data: tuple[CertificateEntry, ...]


@model
class PlatformCertificate:
    """A platform certificate, decrypted and verified."""

    serial_no: str
    effective_time: dt.datetime
    expire_time: dt.datetime
    certificate: str = attrs.field(repr=False)  #: PEM
