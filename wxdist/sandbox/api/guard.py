"""Who may order: programs of this machine, but no page of another site in a browser.

A page on the internet can make a browser send requests to this machine. It cannot send JSON
unasked, nor hide where it comes from; and a name of its own that leads here stays a name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection

import attrs

from ..asking import Request


@attrs.frozen
class Denied:
    """Why a request is not looked at."""

    status: int
    field: str
    problem: str


def denied(request: Request, *, writes: bool, hosts: Collection[str]) -> Denied | None:
    """Return why *request* must not be looked at; ``None``: it may.

    *hosts* are names that lead here, beside localhost and addresses as numbers, which no foreign
    site can have.
    """
    host = request.headers.get("host", "")
    if not _leads_here(host, hosts):
        return Denied(403, "Host", "must be an address as a number, localhost, or a name allowed")
    origin = request.headers.get("origin")
    if origin is not None and origin not in {f"http://{host}", f"https://{host}"}:
        return Denied(403, "Origin", "is another site's")
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return Denied(403, "Sec-Fetch-Site", "tells that another site asks")
    if writes and not _is_json(request):
        return Denied(415, "Content-Type", "must be application/json")
    return None


def _leads_here(host: str, hosts: Collection[str]) -> bool:
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:/\[\]@]+)(:[0-9]{1,5})?", host)
    if found is None:
        return False
    name = found[1].strip("[]").lower()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name in hosts
    return True


def _is_json(request: Request) -> bool:
    """A DELETE has no body, and no page can send one to another site unasked."""
    if request.method == "DELETE" and not request.body:
        return True
    kind = request.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "application/json"
