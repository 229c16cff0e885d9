"""Where the page is asked for and its forms come in; no network."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from importlib.resources import files
from urllib.parse import parse_qs

import attrs

from wxdist.errors import InvalidInput

from ..api.guard import denied
from ..asking import Request
from ..control import Control
from ..mischief import Answer
from .acts import ACTS, order
from .forms import MOST_BYTES, PREFIX, Forms, is_ours, read
from .layout import Notice, document, live
from .look import Look, look, version
from .markup import Html

#: What came of orders, kept until the page that tells it is asked for.
KEPT_NOTICES = 100
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
#: Forms tell where they come from only if the page may be named to its own server.
_HEADERS = {
    "Wxdist-Sandbox": "1",
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_FILES = {
    f"{PREFIX}{name}": (kind, files(__package__).joinpath(name).read_bytes())
    for name, kind in (("page.css", "text/css"), ("page.js", "text/javascript"))
}
_ROOTS = frozenset({"/", "/favicon.ico"})


class Page:
    """The page of one sandbox.

    Args:
        control: what it shows, and orders of.
        hosts: names that lead here, beside localhost and addresses as numbers.
    """

    def __init__(self, control: Control, *, hosts: Collection[str] = ()) -> None:
        self._control = control
        self._hosts = frozenset(host.lower() for host in hosts)
        self._token = secrets.token_urlsafe(32)
        self._forms = Forms(self._token)
        self._notices: dict[str, Notice] = {}

    def serves(self, path: str) -> bool:
        """Tell whether *path* is one of the page's."""
        return path in _ROOTS or path.startswith(PREFIX)

    def most(self, _: Request) -> int:
        """Return how many bytes of a body are worth reading."""
        return MOST_BYTES

    async def answer(self, request: Request) -> Answer:
        """Answer a request for a path that it `serves`."""
        if request.method == "POST":
            return await self._ordered(request)
        # Whoever follows a link from another site may look: that site cannot read it.
        bare = {"host": request.headers.get("host", "")}
        no = denied(attrs.evolve(request, headers=bare), writes=False, hosts=self._hosts)
        if no is not None:
            return _plain(no.status, f"{no.field} {no.problem}")
        if request.method not in {"GET", "HEAD"}:
            return _plain(405, "GET or POST", Allow="GET, HEAD, POST")
        return self._shown(request)

    def _shown(self, request: Request) -> Answer:
        query = {name: values[-1] for name, values in parse_qs(request.query_text()).items()}
        first = _whole(query.get("from", ""))
        if request.path == "/":
            notice = self._notices.pop(query.get("note", ""), None)
            return _html(document(self._look(first), self._forms, notice))
        if request.path == f"{PREFIX}live":
            return self._changed(query.get("seen", ""), first)
        if request.path in _FILES:
            kind, content = _FILES[request.path]
            return _answer(200, content, f"{kind}; charset=utf-8")
        return _plain(404, "no such page")

    def _look(self, first: int) -> Look:
        return look(self._control, first=first, salt=self._token)

    def _changed(self, seen: str, first: int) -> Answer:
        """Return the live part if it is another than was seen, else only the time."""
        if seen == version(self._control, self._token):
            return _answer(204, b"", **{"Wxdist-Now": f"{self._control.now():.3f}"})
        return _html(live(self._look(first), self._forms))

    async def _ordered(self, request: Request) -> Answer:
        """Carry out a form, and lead back to the page."""
        if (no := denied(request, writes=False, hosts=self._hosts)) is not None:
            return _plain(no.status, f"{no.field} {no.problem}")
        act = request.path.removeprefix(PREFIX)
        if act not in ACTS:
            return _plain(404, "no such form")
        if len(request.body) > MOST_BYTES:
            return _plain(413, "the form is too large")
        try:
            form = read(request.body)
        except InvalidInput as error:
            return _plain(400, str(error))
        if not is_ours(form, self._token):
            return _plain(403, "this form is of an older page: open the page anew")
        key = self._noted(await order(self._control, act, form))
        return _answer(303, b"", Location=f"/?note={key}#{ACTS[act][1]}")

    def _noted(self, notice: Notice) -> str:
        key = secrets.token_urlsafe(8)
        self._notices[key] = notice
        for old in list(self._notices)[:-KEPT_NOTICES]:
            del self._notices[old]
        return key


def _whole(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 9 else 0


def _html(body: Html) -> Answer:
    return _answer(200, body.encode(), "text/html; charset=utf-8")


def _plain(status: int, words: str, **headers: str) -> Answer:
    return _answer(status, f"{words}\n".encode(), "text/plain; charset=utf-8", **headers)


def _answer(status: int, body: bytes, kind: str = "", **headers: str) -> Answer:
    told = {"Content-Type": kind} if kind else {}
    return Answer(status, {**_HEADERS, **told, **headers}, body)
