"""Which bill address may be signed and fetched: it comes from the network."""

from __future__ import annotations

import re
from urllib.parse import unquote

import attrs

from wxdist.errors import VerificationFailed
from wxdist.models import model

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)\?(?P<query>[A-Za-z0-9._~!$&'()*+,;=:@%/?-]+)"
)


@model
class Address:
    """A checked address in two parts; together the text as it was given."""

    origin: str  #: scheme, host and port
    target: str = attrs.field(repr=False)  #: path and query, whose token lets anyone fetch the bill

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may be the token, as it stands and as it is meant: no error may repeat it."""
        values = re.findall(r"[?&][^=&]*=([^&]+)", self.target)
        return tuple(text for each in values for text in {each, unquote(each)} if len(text) > 7)


def bill_address(
    url: str, *, hosts: tuple[str, ...], paths: tuple[str, ...], loopback: str | None
) -> Address:
    """Return *url* in parts when it may be signed and fetched.

    Args:
        url: the ``download_url`` of an answer; checked as text and never rewritten.
        hosts: host names that are allowed, by https on port 443.
        paths: paths that are allowed, exactly.
        loopback: the only allowed origin of a session whose base is a loopback address; ``None``
            for all others.

    Raises:
        VerificationFailed: anything else, a user info, fragment, backslash, space, control or
            non-ASCII character included.
    """
    match = _ADDRESS.fullmatch(url)
    if match is None:
        raise VerificationFailed("download_url", "is no plain address with a path and a query")
    origin = url[: match.start("path")]
    if loopback is not None:
        known = origin == loopback
    else:
        known = (
            match["scheme"] == "https" and match["port"] in {None, "443"} and match["host"] in hosts
        )
    if not known:
        raise VerificationFailed("download_url", "is not on a host of the service: not fetched")
    if match["path"] not in paths:
        raise VerificationFailed("download_url", "is not a path for bills: not fetched")
    return Address(origin=origin, target=url[match.start("path") :])
