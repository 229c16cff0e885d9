"""What to do about an Authorization header that cannot be right, in a sentence or two."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence

import attrs

from .rules.calendar import stamp

#: The names that the header needs, each once.
NAMES = ("mchid", "nonce_str", "timestamp", "serial_no", "signature")
FORM = (
    'Send: Authorization: WECHATPAY2-SHA256-RSA2048 mchid="...",nonce_str="...",'
    'timestamp="...",serial_no="...",signature="..." on one line, every value in double quotes.'
)
_NONCE = (
    "Make a new nonce for each attempt, a repeated one too, at random: at most 32 of 0-9A-Za-z."
)


@attrs.frozen(kw_only=True)
class Right:
    """What would have been right."""

    now: float  #: Unix time of the service's clock
    mchid: str
    serial_no: str  #: of the merchant's API certificate
    platform: str  #: serial of the platform's certificate


def on_header(header: str | None, scheme: str) -> str:
    """Return what to do about a header that is missing, or cannot be taken apart."""
    if not header:
        return f"Every call is signed. {FORM}"
    given, _, rest = header.partition(" ")
    if given != scheme:
        said = f"The scheme is {scheme}, in capitals, and one space follows it."
        return f"{said} {_scheme(given)}{FORM}"
    found = re.findall(r"([A-Za-z_]+)\s*=", re.sub(r'"[^"]*"', '""', rest))
    wrong = [
        *(f"{name} is missing" for name in NAMES if name not in found),
        *(f"{name} stands twice" for name in NAMES if found.count(name) > 1),
        *(f"{name} is none of them" for name in found if name not in NAMES),
    ]
    return f"{_sentence(wrong)}{FORM}"


def _scheme(given: str) -> str:
    if "SM2" in given or "SM3" in given:
        return "Chinese SM keys are for other merchants: this API takes RSA alone. "
    return "There is no user name, password or bearer token here. " if _is_http(given) else ""


def _is_http(scheme: str) -> bool:
    return scheme.lower() in {"basic", "bearer", "digest", "token"}


def _sentence(wrong: Sequence[str]) -> str:
    return f"{', '.join(wrong)}. " if wrong else ""


def on_field(field: str, value: str, right: Right) -> str:
    """Return what to do about one *field* of the header, whose *value* cannot be right."""
    return _ADVICE[field](value, right)


def _on_mchid(_: str, right: Right) -> str:
    return (
        f"Send {right.mchid}, the caller's own merchant id: mchid of credentials.json, not a "
        "sub-merchant's. Credentials of the real service do not fit here, nor these there."
    )


def _on_serial(value: str, right: Right) -> str:
    send = f"Send {right.serial_no}: serial_no of credentials.json."
    if value == right.platform or value.startswith("PUB_KEY_ID"):
        return f"This is a key of the platform, which signs the answers. {send}"
    if _plain(value) == _plain(right.serial_no):
        return f"The number is right, its spelling is not: 40 hex digits in capitals. {send}"
    if value.isdigit() and value.isascii() and len(value) > len(right.serial_no):
        return f"It seems to be a decimal number: the serial is written in hex. {send}"
    return f"{send} A new start of a sandbox that keeps no store makes new keys and serials."


def _plain(serial: str) -> str:
    return re.sub(r"[^0-9A-F]", "", serial.upper().removeprefix("0X")).lstrip("0")


def _on_time(value: str, right: Right) -> str:
    send = f"Send whole seconds since 1970, UTC: now {right.now:.0f}."
    if not re.fullmatch(r"[0-9]{1,15}", value):
        return f"No fraction, no date, no sign. {send}"
    off = int(value) - right.now
    if abs(int(value) / 1000 - right.now) < dt.timedelta(days=1).total_seconds():
        return f"These are milliseconds. {send}"
    if abs(abs(off) - 8 * 3600) <= 300:
        return f"It is 8 h off: Beijing time was taken for UTC, or the other way round. {send}"
    way = "ahead of" if off > 0 else "behind"
    return (
        f"Your clock is {abs(off):.0f} s {way} the service's, which shows {stamp(right.now)}. "
        f"Set it by NTP, and take the time anew for each attempt. {send}"
    )


def _on_nonce(value: str, _: Right) -> str:
    if re.fullmatch(r"[0-9A-Za-z]{1,32}", value):
        return f"Was a request sent twice with the same signature? Sign each attempt anew. {_NONCE}"
    if re.fullmatch(r"[0-9A-Fa-f-]{36}", value):
        return f"A UUID fits without its hyphens. {_NONCE}"
    return _NONCE


_ADVICE: Mapping[str, Callable[[str, Right], str]] = {
    "mchid": _on_mchid,
    "serial_no": _on_serial,
    "timestamp": _on_time,
    "nonce_str": _on_nonce,
}
