"""Who calls, with which key, and whom to trust."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from wxdist.errors import ConfigurationError, InvalidInput
from wxdist.models.limits import check
from wxdist.wire.keys import (
    KeySet,
    PlatformKey,
    PrivateKey,
    Signer,
    load_platform_key,
    load_private_key,
)
from wxdist.wire.sealing import API_V3_KEY_BYTES

MODES = ("common", "institutional", "service_provider")

Pem = str | bytes | os.PathLike[str]  #: PEM text, or the path of a PEM file
PlatformKeySource = tuple[str | None, Pem]  #: an id (``None``: in the certificate) and its PEM
PlatformKeys = Mapping[str, Pem] | Iterable[Pem | PlatformKeySource]


@attrs.define(frozen=True, slots=True, init=False)
class Credentials:
    """Who calls: the merchant (or institution), its key, and the platform's keys.

    Loading a private key takes about 40 ms: make one object and keep it.

    Args:
        mchid: the calling merchant's id; of an institution its ``sp_mchid``.
        serial_no: serial number of the merchant's API certificate.
        private_key: the merchant's RSA key (``apiclient_key.pem``): PEM text, the path of a PEM
            file, or a `Signer` for a key kept elsewhere.
        api_v3_key: the APIv3 key set in the merchant platform, 32 bytes. ``None`` only in pure
            public-key mode.
        mode: ``common`` (a direct merchant), ``institutional`` or ``service_provider``.
        platform_keys: platform keys known beforehand: ``{id: PEM}`` for public keys
            (``PUB_KEY_ID_…``) and certificates, or certificates alone. Empty: certificates are
            fetched when first needed.
        passphrase: of an encrypted private key; ``None`` when it is not.
        fetch_certificates: ``None`` fetches platform certificates unless *platform_keys* are
            public keys and nothing else (pure public-key mode).

    Raises:
        ConfigurationError: lists every problem at once, such as a key under 2048 bits, or the
            merchant's own certificate given as a platform key.
    """

    mchid: str
    serial_no: str
    signer: Signer = attrs.field(repr=False)
    api_v3_key: bytes | None = attrs.field(repr=False)
    mode: str
    platform_keys: KeySet
    fetch_certificates: bool

    def __init__(
        self,
        mchid: str,
        serial_no: str,
        private_key: Pem | Signer,
        api_v3_key: str | bytes | None,
        *,
        mode: str = "common",
        platform_keys: PlatformKeys = (),
        passphrase: str | bytes | None = None,
        fetch_certificates: bool | None = None,
    ) -> None:
        problems: list[str] = []
        signer = _signer(private_key, passphrase, problems)
        keys = _platform_keys(platform_keys, problems)
        if fetch_certificates is None:
            fetch_certificates = not keys or any(key.is_certificate for key in keys)
        secret = _bytes(api_v3_key)
        problems += [
            *_id_problems(mchid, serial_no, mode),
            *_secret_problems(secret, needed=fetch_certificates),
            *_own_key_problems(keys, serial_no, signer),
        ]
        if problems or signer is None:
            raise ConfigurationError(*problems)
        self.__attrs_init__(
            mchid, serial_no, signer, secret, mode, KeySet(keys=keys), fetch_certificates
        )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Credentials:
        """Return the credentials that the environment describes.

        Reads ``WXDIST_MCHID``, ``WXDIST_SERIAL_NO``, ``WXDIST_PRIVATE_KEY_FILE`` (or
        ``WXDIST_PRIVATE_KEY``, PEM text), ``WXDIST_PRIVATE_KEY_PASSPHRASE``,
        ``WXDIST_API_V3_KEY`` (or ``WXDIST_API_V3_KEY_FILE``), ``WXDIST_MODE``,
        ``WXDIST_PLATFORM_PUBLIC_KEY_ID`` with ``WXDIST_PLATFORM_PUBLIC_KEY_FILE``, and
        ``WXDIST_PLATFORM_CERTIFICATE_FILES`` (paths, separated as in ``PATH``).

        Raises:
            ConfigurationError: lists every missing or contradicting setting at once.
        """
        found = _Environment(environ)
        arguments = found.arguments()
        try:
            made = cls(**arguments)
        except ConfigurationError as error:
            more = [text for text in error.problems if text.split()[0] not in found.missing]
            raise ConfigurationError(*found.problems, *more) from None
        if found.problems:
            raise ConfigurationError(*found.problems)
        return made


class _Environment:
    """What the environment says, with what is missing or contradicts itself."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []
        self.missing: set[str] = set()  #: arguments whose absence is already among the problems

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `Credentials`."""
        key_id, key_file = (
            self._get("PLATFORM_PUBLIC_KEY_ID"),
            self._get("PLATFORM_PUBLIC_KEY_FILE"),
        )
        if bool(key_id) != bool(key_file):
            self.problems.append(
                "WXDIST_PLATFORM_PUBLIC_KEY_ID and WXDIST_PLATFORM_PUBLIC_KEY_FILE belong together"
            )
        files = self._get("PLATFORM_CERTIFICATE_FILES")
        return {
            "mchid": self._need("mchid", "MCHID"),
            "serial_no": self._need("serial_no", "SERIAL_NO"),
            "private_key": self._either("private_key", "PRIVATE_KEY", needed=True) or "",
            "api_v3_key": self._secret(needed=bool(files) or not (key_id and key_file)),
            "mode": self._get("MODE") or "common",
            "platform_keys": _named(key_id, key_file, files),
            "passphrase": self._get("PRIVATE_KEY_PASSPHRASE") or None,
        }

    def _get(self, name: str) -> str:
        return self._environ.get(f"WXDIST_{name}", "").strip()

    def _need(self, argument: str, name: str) -> str:
        if not (value := self._get(name)):
            self.missing.add(argument)
            self.problems.append(f"WXDIST_{name} is not set")
        return value

    def _either(self, argument: str, name: str, *, needed: bool) -> str | Path | None:
        """Return the value itself, or the path of the file that holds it."""
        text, file = self._get(name), self._get(f"{name}_FILE")
        if text and file:
            self.problems.append(f"WXDIST_{name} and WXDIST_{name}_FILE are both set: keep one")
        if needed and not text and not file:
            self.missing.add(argument)
            self.problems.append(f"WXDIST_{name}_FILE is not set (nor WXDIST_{name})")
        return text or (Path(file) if file else None)

    def _secret(self, *, needed: bool) -> str | None:
        secret = self._either("api_v3_key", "API_V3_KEY", needed=needed)
        if not isinstance(secret, Path):
            return secret
        try:
            return secret.read_text("utf-8").strip()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
            self.missing.add("api_v3_key")
            self.problems.append(f"WXDIST_API_V3_KEY_FILE cannot be read: {why}")
            return None


def _named(key_id: str, key_file: str, files: str) -> list[PlatformKeySource]:
    """Return the platform keys that the environment names."""
    named: list[PlatformKeySource] = [
        (None, Path(name)) for name in files.split(os.pathsep) if name
    ]
    return [*named, (key_id, Path(key_file))] if key_id and key_file else named


def _bytes(secret: str | bytes | None) -> bytes | None:
    """Return *secret* as bytes; never an error, which would carry it."""
    return secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret


def _signer(
    source: Pem | Signer, passphrase: str | bytes | None, problems: list[str]
) -> Signer | None:
    if isinstance(source, Signer):
        return source
    try:
        return load_private_key(_pem(source, "private_key"), _bytes(passphrase))
    except ConfigurationError as error:
        problems.extend(error.problems)
        return None


def _pem(source: object, what: str) -> bytes:
    """Return PEM text that is given itself or as the path of a file."""
    if isinstance(source, bytes | str) and "-----BEGIN" in str(source):
        return source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if isinstance(source, str | os.PathLike) and source:
        try:
            return Path(source).read_bytes()
        except (OSError, ValueError):
            pass  # told below, without the text: it may be a key that lost its first line
    raise ConfigurationError(f"{what} is neither PEM text nor the path of a readable PEM file")


def _platform_keys(source: PlatformKeys, problems: list[str]) -> tuple[PlatformKey, ...]:
    if isinstance(source, Mapping):
        pairs: list[PlatformKeySource] = list(source.items())
    elif isinstance(source, str | bytes | os.PathLike):
        pairs = [(None, source)]
    else:
        pairs = [item if isinstance(item, tuple) else (None, item) for item in source]
    keys = []
    for index, (key_id, pem) in enumerate(pairs):
        try:
            keys.append(load_platform_key(_pem(pem, "its value"), key_id))
        except ConfigurationError as error:
            problems.append(f"platform_keys[{key_id or index}]: {error}")
    return tuple(keys)


def _id_problems(mchid: object, serial_no: object, mode: object) -> list[str]:
    problems = []
    try:
        check("mchid", mchid)
    except InvalidInput as error:
        problems.append(f"mchid {error.problem}")
    if not isinstance(serial_no, str) or not serial_no.isalnum() or not serial_no.isascii():
        problems.append("serial_no must be the hex serial number of the merchant's certificate")
    if mode not in MODES:
        problems.append(f"mode must be one of {', '.join(MODES)}")
    return problems


def _secret_problems(secret: object, *, needed: bool) -> list[str]:
    if secret is None:
        told = "api_v3_key is needed to read platform certificates (and notices): 32 bytes"
        return [told] if needed else []
    if not isinstance(secret, bytes) or len(secret) != API_V3_KEY_BYTES:
        return [f"api_v3_key must have {API_V3_KEY_BYTES} bytes"]
    return []


def _own_key_problems(
    keys: tuple[PlatformKey, ...], serial_no: object, signer: Signer | None
) -> list[str]:
    """Refuse the merchant's own certificate as a platform key: a common mix-up."""
    own = signer.public_numbers if isinstance(signer, PrivateKey) else None
    serial = serial_no.upper() if isinstance(serial_no, str) else ""
    return [
        f"platform_keys[{key.id}]: is the merchant's own certificate, which verifies nothing that "
        "WeChat Pay signs: give the platform's certificate or public key, or leave it out"
        for key in keys
        if key.id.upper() == serial or key.public_key.public_numbers() == own
    ]
