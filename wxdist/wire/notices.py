"""A notice from its headers and body: which are taken, what is opened, whose it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from wxdist.errors import InvalidInput, NoAnswer, SignatureInvalid, VerificationFailed, WrongAnswer
from wxdist.models import (
    EventType,
    Notice,
    NoticeMeta,
    RefundNotice,
    SealedNotice,
    Transaction,
)
from wxdist.wire import codec
from wxdist.wire.sealing import ALGORITHM, open_payload
from wxdist.wire.verifying import HEADERS

T = TypeVar("T")

#: As a web framework hands them out, names in any case: ``request.headers``, or ASGI's pairs.
Headers = Mapping[str, str] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]

MOST_BYTES = 1 << 20  #: of a body; ours: a real one has about two thousand

#: What is in a notice, by its event; of any other the JSON object stays as it came.
RESOURCES: Mapping[EventType, type[Transaction | RefundNotice]] = {
    EventType.TRANSACTION_SUCCESS: Transaction,
    EventType.REFUND_SUCCESS: RefundNotice,
    EventType.REFUND_ABNORMAL: RefundNotice,
    EventType.REFUND_CLOSED: RefundNotice,
}

_SEAL = {name.lower() for name in HEADERS} | {"wechatpay-signature-type"}
_WANTED = _SEAL | {"request-id"}


def read_headers(headers: Any) -> dict[str, str]:
    """Return the headers that count here, names in lower case.

    Raises:
        InvalidInput: neither a mapping nor pairs, a value that is no text, or a WSGI environ.
        SignatureInvalid: one of the signature headers stands twice, each time another.
    """
    found: dict[str, str] = {}
    try:
        items = headers.items() if hasattr(headers, "items") else headers
        pairs = [(_text(name).lower(), value) for name, value in items]
        wanted = [(name, _text(value)) for name, value in pairs if name in _WANTED]
    except (TypeError, ValueError):
        raise InvalidInput(
            "headers", "must be all headers of the request, a mapping or pairs of text"
        ) from None
    if not wanted and any(name.startswith("http_wechatpay_") for name, _ in pairs):
        raise InvalidInput(
            "headers", "are a WSGI environ, or Django's `request.META`: give request.headers"
        )
    for name, value in wanted:
        if found.setdefault(name, value) != value and name in _SEAL:
            raise SignatureInvalid(name.title(), "stands twice, each time another")
    return found


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def check_body(body: object) -> bytes:
    """Return *body* when it can be that of a notice.

    Raises:
        InvalidInput: anything but bytes: whatever it was made from, the signature is gone.
        VerificationFailed: too large.
    """
    if not isinstance(body, bytes):
        raise InvalidInput(
            "body",
            f"must be the raw bytes as they came, not {type(body).__name__}: the signature covers "
            "those bytes, and JSON that was read and written again has others. Give aiohttp's "
            "`await request.read()`, Starlette's or FastAPI's `await request.body()`, Django's "
            "`request.body`, Flask's `request.get_data()`",
        )
    if len(body) > MOST_BYTES:
        raise VerificationFailed("body", f"has more than {MOST_BYTES} bytes: no notice")
    return body


def open_notice(body: bytes, *, secret: bytes, mchid: str, mode: str, meta: NoticeMeta) -> Notice:
    """Return what a verified *body* tells.

    Args:
        body: as it came.
        secret: the APIv3 key.
        mchid: the merchant whose notice it must be.
        mode: of that merchant: in ``common`` it is the ``mchid``, else the ``sp_mchid``.
        meta: how it came.

    Raises:
        VerificationFailed: it cannot be read or decrypted, or is not what its event says.
        WrongAnswer: it is for another merchant.
    """
    sealed = _load(SealedNotice, body, "body")
    if not sealed.id:
        raise VerificationFailed("id", "is empty: a repeat could not be told")
    text = _decrypted(sealed, secret)
    raw = _parsed(text)
    _check_ours(raw, mchid, "mchid" if mode == "common" else "sp_mchid")
    kind = RESOURCES.get(sealed.event_type)
    return Notice(
        id=sealed.id,
        create_time=sealed.create_time,
        event_type=sealed.event_type,
        resource_type=sealed.resource_type,
        summary=sealed.summary,
        original_type=sealed.resource.original_type,
        resource=raw if kind is None else _load(kind, text, "plaintext"),
        raw=raw,
        meta=meta,
    )


def check_sub_merchant(notice: Notice, sub_mchid: str) -> None:
    """Raise `WrongAnswer` unless *notice* is about *sub_mchid*."""
    if notice.sub_mchid != sub_mchid:
        raise WrongAnswer("sub_mchid", "is not this session's: a notice for another merchant")


def _decrypted(sealed: SealedNotice, secret: bytes) -> bytes:
    inside = sealed.resource
    if inside.algorithm != ALGORITHM:
        raise VerificationFailed("resource.algorithm", f"is not {ALGORITHM}")
    return open_payload(
        secret,
        nonce=inside.nonce,
        associated_data=inside.associated_data,
        ciphertext=inside.ciphertext,
    )


def _parsed(text: bytes) -> Mapping[str, Any]:
    try:
        raw = codec.parse(text)
    except NoAnswer as error:
        raise VerificationFailed("plaintext", error.reason) from None
    if not isinstance(raw, dict):
        raise VerificationFailed("plaintext", "is no JSON object")
    return raw


def _check_ours(raw: Mapping[str, Any], mchid: str, name: str) -> None:
    """Hold the merchant that *raw* names, if it names one, against ours.

    What a notice other than that of a payment holds is not documented, so the name may be missing:
    then it is ours because our APIv3 key opened it. A ``null`` is a name left out.
    """
    named = [raw[each] for each in (name, "mchid", "sp_mchid") if raw.get(each) is not None]
    if named and named[0] != mchid:
        raise WrongAnswer(name, "is not ours: a notice for another merchant")


def _load(kind: type[T], text: bytes, part: str) -> T:
    try:
        return codec.load(kind, text)
    except NoAnswer as error:
        raise VerificationFailed(part, error.reason) from None
