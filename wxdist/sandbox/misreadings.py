"""How one request is written by those who get it a little wrong: texts from texts."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

import attrs

#: Parameters whose every order is tried; of more, only the sorted and the reversed.
MOST_ORDERED = 5
#: Seconds between two readings of a clock that are taken for one request's.
APART = 10
#: Characters of a body from which not each of a second's milliseconds is tried: it takes a while.
LONG = 64 * 1024
#: Methods that HTTP libraries send.
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
#: How JSON libraries space their output.
_SPACINGS: tuple[dict[str, Any], ...] = (
    {"separators": (",", ":")},
    {"separators": (", ", ": ")},
    {"indent": 2},
    {"indent": 4},
    {"indent": "\t"},
)


@attrs.frozen(kw_only=True)
class Sent:
    """What came, as far as its signature has to do with it."""

    method: str
    target: str  #: path and query
    time: str
    nonce: str
    body: str  #: of an upload the part meta alone
    host: str = ""  #: host and port, as the request names them
    upload: tuple[str, ...] = ()  #: of an upload the whole body, and the file

    def text(self, **changes: str) -> str:
        """Return the five lines to sign, as they are after *changes*."""
        lines = (changes.get(name, line) for name, line in self.lines())
        return "".join(f"{line}\n" for line in lines)

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Return the five lines by their names, without their ends."""
        return (
            *(("method", self.method), ("target", self.target)),
            *(("time", self.time), ("nonce", self.nonce), ("body", self.body)),
        )


def raw(text: str) -> bytes:
    """Return the bytes of *text*; bytes that were no UTF-8 come back as they were.

    Half of a surrogate pair, which only JSON's escapes can spell, becomes a question mark.
    """
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="replace")


def bodies_that_were_not_sent(sent: Sent) -> Iterator[str]:
    """Yield texts with what is signed where there is no body; none where there is one."""
    if sent.body:
        return
    query = sent.target.partition("?")[2]
    value = dict(parse_qsl(query, keep_blank_values=True, errors="surrogateescape"))
    found = ["{}", "null", '""', "[]", "None", "undefined", query]
    for body in (*found, *spellings(json.dumps(value)), *sorted_spellings(json.dumps(value))):
        yield sent.text(body=body)


def with_host(sent: Sent) -> Iterator[str]:
    """Yield texts whose address begins with the host."""
    for scheme in ("http://", "https://", "", "//"):
        for host in {sent.host, sent.host.partition(":")[0]} - {""}:
            yield sent.text(target=f"{scheme}{host}{sent.target}")


def reordered(sent: Sent) -> Iterator[str]:
    """Yield texts with the parameters of the query in other orders."""
    path, _, query = sent.target.partition("?")
    pairs = query.split("&")
    few = len(pairs) <= MOST_ORDERED
    orders: Iterable[Iterable[str]] = (
        itertools.permutations(pairs) if few else (sorted(pairs), reversed(pairs))
    )
    for order in orders:
        yield sent.text(target=f"{path}?{'&'.join(order)}")


def hex_digits(target: str, case: Callable[[str], str]) -> str:
    """Return *target* with the digits of its percent-encoding in one case."""
    return re.sub(r"%[0-9A-Fa-f]{2}", lambda found: case(found[0]), target)


def decoded(target: str) -> Iterator[str]:
    """Yield *target* without its percent-encoding."""
    yield unquote(target, errors="surrogateescape")
    yield unquote_plus(target, errors="surrogateescape")


def encoded(target: str) -> Iterator[str]:
    """Yield *target* with everything percent-encoded that can be."""
    path, mark, query = target.partition("?")
    whole = re.sub(r"[^/]+", _encoded, path)
    yield whole + mark + query
    yield whole + mark + re.sub(r"[^&=]+", _encoded, query)


def _encoded(found: re.Match[str]) -> str:
    return quote(unquote(found[0], errors="surrogateescape"), safe="", errors="surrogateescape")


def escaped(body: str) -> Iterator[str]:
    r"""Yield *body* with ``\uXXXX`` for what is not ASCII."""
    text = re.sub(r"[^\x00-\x7f]", lambda found: json.dumps(found[0])[1:-1], body)
    yield text
    yield re.sub(r"\\u([0-9a-f]{4})", lambda found: rf"\u{found[1].upper()}", text)


def unescaped(body: str) -> Iterator[str]:
    r"""Yield *body* with the characters that its ``\uXXXX`` stand for."""
    yield re.sub(r"(?:\\u[0-9A-Fa-f]{4})+", lambda found: str(json.loads(f'"{found[0]}"')), body)


def spellings(body: str) -> Iterator[str]:
    """Yield the ways in which JSON libraries write *body*; none when it is no JSON."""
    yield from _spelled(body, sort_keys=False)


def sorted_spellings(body: str) -> Iterator[str]:
    """Yield the ways in which JSON libraries write *body* with its keys sorted."""
    yield from _spelled(body, sort_keys=True)


def _spelled(body: str, *, sort_keys: bool) -> Iterator[str]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    for spacing in _SPACINGS:
        for ascii_only in (True, False):
            text = json.dumps(value, ensure_ascii=ascii_only, sort_keys=sort_keys, **spacing)
            yield text
            yield text.replace("/", r"\/")


def in_gbk(body: str) -> Iterator[str]:
    """Yield *body* as its bytes in GBK, the old Chinese encoding, read here."""
    yield body.encode("gbk", errors="replace").decode(errors="surrogateescape")


def other_methods(sent: Sent) -> Iterator[str]:
    """Yield texts with other methods."""
    for method in METHODS:
        yield sent.text(method=method)


def windows_lines(sent: Sent) -> Iterator[str]:
    r"""Yield texts whose lines end in ``\r\n``: all of them, or all but those in the body."""
    yield "".join(f"{line}\r\n" for _, line in sent.lines())
    yield sent.text().replace("\r\n", "\n").replace("\n", "\r\n")


def other_times(sent: Sent) -> Iterator[str]:
    """Yield texts with the times of a moment earlier or later."""
    for off in range(1, APART + 1):
        for time in (int(sent.time) - off, int(sent.time) + off):
            yield sent.text(time=str(time))


def milliseconds(sent: Sent) -> Iterator[str]:
    """Yield texts with the time in milliseconds; of a long one only with whole seconds."""
    for part in range(1000 if len(sent.body) <= LONG else 1):
        yield sent.text(time=f"{sent.time}{part:03}")


def hashed_twice(text: str) -> tuple[bytes, ...]:
    """Return the digests of the digest of *text*: of its bytes, and of it in hex."""
    digest = hashlib.sha256(raw(text))
    again = (digest.digest(), digest.hexdigest().encode(), digest.hexdigest().upper().encode())
    return tuple(hashlib.sha256(each).digest() for each in again)
