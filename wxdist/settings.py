"""How the client behaves: one frozen object, checked when it is made."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Generator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import attrs

from wxdist.errors import ConfigurationError

VERSION = "0.1.0"  #: of wxdist; a test holds it against the package's

HOSTS = ("apihk.mch.weixin.qq.com", "apius.mch.weixin.qq.com", "apieu.mch.weixin.qq.com")
#: ``api`` appears in older samples of bill addresses; it is never a base.
BILL_HOSTS = (*HOSTS, "api.mch.weixin.qq.com")

LANGUAGES = ("en", "zh-CN", "zh-HK", "zh-TW")

#: Seconds between looks, the last one repeating; or a wait generator of ``backoff``.
Delays = tuple[float, ...] | Callable[[], Generator[float, Any, None]]


@attrs.define(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Durations are seconds; all have a default.

    Hosts: https://pay.weixin.qq.com/doc/global/v3/en/4017303715. The freeze window:
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_1.shtml. Rates, pauses and
    deadlines are ours: the service documents none for funds distribution.

    Raises:
        ConfigurationError: lists every setting that cannot work.
    """

    base_url: str = f"https://{HOSTS[0]}"
    """Where calls go: https on one of the three documented hosts, or a loopback address."""
    fallback_urls: tuple[str, ...] = ()
    """Where the next attempt goes when a connection could not be made; same rule."""
    connect_timeout: float = 5.0  #: to open one connection (real time, on any clock)
    read_timeout: float = 30.0
    """For one attempt, from the first byte sent to the last received; of a bill's file, which may
    take until the deadline, from each piece to the next."""
    deadline: float = 60.0  #: for a whole call, all attempts and pauses included
    attempts: int = 4  #: requests that one call may send; counts the first
    retry_delay: float = 0.5  #: before the second attempt; doubles, and is shortened at random
    retry_delay_most: float = 8.0  #: the longest pause of ours; ``Retry-After`` may be longer
    query_rate: float | None = 50.0
    """Reads a second at most, spread evenly; ``None``: as fast as asked."""
    freeze_window: tuple[float, float] = (180.0, 300.0)
    """When after payment the freezing ends: not before, and normally by then."""
    freeze_grace: float = 120.0  #: how much longer a refusal still counts as *not yet*
    poll_delays: Delays = (3.0, 5.0, 10.0, 15.0, 30.0)  #: between looks at an order or amount
    receiver_poll_delays: Delays = (3600.0,)  #: between looks at a receiver's audit
    distributable_deadline: float = 900.0  #: after payment, or after the start of the wait
    order_deadline: float = 1800.0  #: of ``orders.wait``, ``watch`` and ``wait_many``
    refund_deadline: float = 1800.0  #: of ``refunds.wait``; to a card it takes days
    receiver_deadline: float = 604_800.0  #: of ``receivers.wait``
    not_found_grace: float = 60.0  #: how long a verified 404 still counts as *not yet*
    page_size: int = 10  #: settlement records a page, 1 to 30; the service advises 10 or fewer
    bill_hosts: tuple[str, ...] = BILL_HOSTS  #: hosts from which a bill is fetched
    bill_paths: tuple[str, ...] = ("/v3/bill/downloadurl",)  #: paths likewise, exactly
    most_answer_bytes: int = 1 << 20  #: a longer answer is refused
    most_bill_bytes: int = 1 << 31  #: a longer bill is refused, as sent or unpacked
    strict_statement: bool = False
    """Refuse a trade statement whose digest header is no SHA-1, as in the only documented sample;
    by default that warns."""
    strict_summary: bool = True
    """Refuse a bill when a total in its summary is not that of its rows. The summary's columns are
    not documented: with ``False`` that warns, should the service mean something else by a name."""
    certificate_age: float = 36_000.0  #: platform certificates older than this are fetched anew
    connections: int = 100  #: open at once, at most
    accept_language: str = "en"  #: of error messages: en, zh-CN, zh-HK or zh-TW
    upload_digest_key: str = "digest"  #: the documentation also has ``sha256``
    proxy: str | None = attrs.field(default=None, repr=False)  # its URL may hold a password
    """URL of an HTTP proxy for everything."""
    trust_env: bool = False  #: take the proxy from the environment

    def __attrs_post_init__(self) -> None:
        problems = [
            *_url_problems(self.base_url, self.fallback_urls),
            *_number_problems(self),
            *_window_problems(self.freeze_window),
            *_delay_problems("poll_delays", self.poll_delays),
            *_delay_problems("receiver_poll_delays", self.receiver_poll_delays),
        ]
        if self.accept_language not in LANGUAGES:
            problems.append(f"accept_language must be one of {', '.join(LANGUAGES)}")
        if self.upload_digest_key not in {"digest", "sha256"}:
            problems.append("upload_digest_key must be digest or sha256")
        if problems:
            raise ConfigurationError(*problems)

    @property
    def origins(self) -> tuple[str, ...]:
        """The base URLs in the order in which they are tried, without a slash at the end."""
        return tuple(url.rstrip("/") for url in (self.base_url, *self.fallback_urls))

    @property
    def loopback(self) -> str | None:
        """The base URL when it is a loopback address, else ``None``."""
        return self.origins[0] if is_loopback(self.base_url) else None

    def with_options(self, **changes: Any) -> Self:
        """Return a copy with *changes*; raise `ConfigurationError` for an unknown name."""
        if unknown := sorted(changes.keys() - {field.name for field in attrs.fields(type(self))}):
            raise ConfigurationError(*(f"there is no setting {name!r}" for name in unknown))
        return attrs.evolve(self, **changes)


def is_loopback(url: str) -> bool:
    """Tell whether *url* names this machine by a loopback address."""
    host = _host(url)
    return host in {"localhost", "::1"} or bool(re.fullmatch(r"127(\.[0-9]{1,3}){3}", host))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _url_problems(base_url: str, fallback_urls: tuple[str, ...]) -> list[str]:
    if not isinstance(fallback_urls, tuple):
        return ["fallback_urls must be a tuple of URLs"]
    urls = [("base_url", base_url), *(("fallback_urls", url) for url in fallback_urls)]
    return [
        f"{name} must be https:// and one of {', '.join(HOSTS)}, or a loopback address"
        for name, url in urls
        if not isinstance(url, str) or not _is_base(url.rstrip("/"))
    ]


def _is_base(url: str) -> bool:
    plain = re.fullmatch(r"(https?)://[^/?#@\\\s]+", url)
    return bool(plain) and (is_loopback(url) or url.removeprefix("https://") in HOSTS)


_LEAST: Mapping[str, float] = {"attempts": 1, "page_size": 1, "connections": 1}
_MOST: Mapping[str, float] = {"page_size": 30}
_MAY_BE_ZERO = frozenset({"retry_delay", "retry_delay_most", "freeze_grace", "not_found_grace"})


def _number_problems(settings: Settings) -> list[str]:
    problems = []
    for field in attrs.fields(Settings):
        value = getattr(settings, field.name)
        if type(field.default) not in {int, float} or (
            value is None and field.name == "query_rate"
        ):
            continue
        whole = type(field.default) is int
        if type(value) is not int and (whole or type(value) is not float):
            problems.append(f"{field.name} must be a {'whole ' * whole}number")
        elif isinstance(value, float) and math.isnan(value):
            problems.append(f"{field.name} must be a number, not nan")
        elif value > _MOST.get(field.name, math.inf):
            problems.append(f"{field.name} must be at most {_MOST[field.name]}")
        elif value < _LEAST.get(field.name, 0) or (value == 0 and field.name not in _MAY_BE_ZERO):
            problems.append(f"{field.name} is too small: {value}")
    return problems


def _is_seconds(value: object) -> bool:
    return type(value) in {int, float} and value >= 0  # type: ignore[operator]  # its type is known


def _window_problems(window: tuple[float, float]) -> list[str]:
    numbers = isinstance(window, tuple) and len(window) == 2 and all(map(_is_seconds, window))
    if numbers and window[0] <= window[1]:
        return []
    return ["freeze_window must be two numbers of seconds, and open before it closes"]


def _delay_problems(name: str, delays: Delays) -> list[str]:
    if callable(delays) or (
        isinstance(delays, tuple) and delays and all(_is_seconds(each) and each for each in delays)
    ):
        return []
    return [f"{name} must be a tuple of seconds above zero, or a wait generator of backoff"]
