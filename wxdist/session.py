"""The front door: opens the connections, carries the resources."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, Self

import attrs

from wxdist.credentials import Credentials
from wxdist.errors import ConfigurationError, InvalidInput
from wxdist.models import Meta
from wxdist.models.limits import check
from wxdist.resources import (
    Bills,
    Certificates,
    Files,
    Notices,
    NoticeStore,
    Orders,
    Receivers,
    Refunds,
    SeenNotices,
    Settlements,
    Transactions,
)
from wxdist.resources.certificates import fetch
from wxdist.settings import Settings
from wxdist.transport.calls import Caller, Content, Plan, no_content
from wxdist.transport.http import Connector, Network
from wxdist.transport.retrying import Kind, Shared
from wxdist.transport.trusted import TrustedKeys
from wxdist.waiting.clock import Clock
from wxdist.wire import codec
from wxdist.wire.keys import Decrypter, PlatformKey
from wxdist.wire.message import Answer, Response, checked_path, query_text
from wxdist.wire.sealing import from_base64

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class Session:
    """The async front door of wxdist.

    It can be made without a running event loop, opens its connections when first used, and closes
    what it opened when the block ends (or by `aclose`). Use it within one event loop.

    Args:
        credentials: who calls.
        settings: how; all have defaults.
        connector: an ``aiohttp`` connector to use, which stays open; ``None`` makes one. Give it
            a keep-alive under 8 s: the service closes idle connections then.
        clock: whose time it is; ``None`` takes the real one.
        notice_store: where it is kept which notices were handled; ``None`` keeps it in the memory
            of this session. Where several processes take notices, give one that they share.

    The resources are attributes: ``transactions``, ``orders``, ``receivers``, ``files``,
    ``bills``, ``settlements``, ``refunds``, ``certificates``, ``notices``.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        settings: Settings | None = None,
        connector: Connector | None = None,
        clock: Clock | None = None,
        notice_store: NoticeStore | None = None,
    ) -> None:
        settings, clock = settings or Settings(), clock or Clock()
        self._notice_store = SeenNotices(clock) if notice_store is None else notice_store
        network = Network(settings, connector=connector, clock=clock)
        trusted = TrustedKeys(
            credentials,
            clock=clock,
            fetch=self._fetch_certificates,
            most_age=settings.certificate_age,
        )
        self._attach(Caller(credentials, settings, network, trusted, Shared(clock)), None)
        self._owner = True

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] = os.environ,
        *,
        clock: Clock | None = None,
        notice_store: NoticeStore | None = None,
    ) -> Self:
        """Return a session as the environment describes it.

        Reads what `Credentials.from_env` reads, and ``WXDIST_BASE_URL``. *clock* and
        *notice_store* are as for a session.

        Raises:
            ConfigurationError: lists every missing or contradicting setting at once.
        """
        problems: list[str] = []
        settings = credentials = None
        base_url = environ.get("WXDIST_BASE_URL", "").strip()
        try:
            settings = Settings(base_url=base_url) if base_url else Settings()
        except ConfigurationError as error:
            problems += [f"WXDIST_BASE_URL: {problem}" for problem in error.problems]
        try:
            credentials = Credentials.from_env(environ)
        except ConfigurationError as error:
            problems += error.problems
        if credentials is None or problems:
            raise ConfigurationError(*problems)
        return cls(credentials, settings=settings, clock=clock, notice_store=notice_store)

    async def _fetch_certificates(self, attempts: int | None) -> tuple[PlatformKey, ...]:
        view = self if attempts is None else self.with_options(attempts=attempts)
        return await fetch(view._caller)  # noqa: SLF001  # one of ours

    def _attach(self, caller: Caller, sub_mchid: str | None) -> None:
        self._caller = caller
        self._sub_mchid = sub_mchid
        self._owner = False
        self.transactions = Transactions(caller, sub_mchid)
        self.orders = Orders(caller, sub_mchid)
        self.receivers = Receivers(caller, sub_mchid)
        self.files = Files(caller, sub_mchid)
        self.bills = Bills(caller, sub_mchid)
        self.settlements = Settlements(caller, sub_mchid)
        self.refunds = Refunds(caller, sub_mchid)
        self.certificates = Certificates(caller, sub_mchid)
        self.notices = Notices(caller, sub_mchid, store=self._notice_store)

    def _view(self, caller: Caller, sub_mchid: str | None) -> Self:
        view = type(self).__new__(type(self))
        view._notice_store = self._notice_store  # noqa: SLF001  # one of ours
        view._attach(caller, sub_mchid)  # noqa: SLF001  # one of ours
        return view

    @property
    def credentials(self) -> Credentials:
        """Who calls."""
        return self._caller.credentials

    @property
    def settings(self) -> Settings:
        """How this session, or view of one, behaves."""
        return self._caller.settings

    @property
    def clock(self) -> Clock:
        """Whose time it is."""
        return self._caller.shared.clock

    @property
    def sub_mchid(self) -> str | None:
        """The sub-merchant of every call that takes one; ``None``: none."""
        return self._sub_mchid

    def for_merchant(self, sub_mchid: str) -> Self:
        """Return the same session for one sub-merchant: same connections, keys and budget.

        Raises:
            InvalidInput: it breaks its limit, or the mode is ``common``.
        """
        check("sub_mchid", sub_mchid)
        if self.credentials.mode == "common":
            raise InvalidInput("sub_mchid", "is not taken in common mode")
        return self._view(self._caller, sub_mchid)

    def with_options(self, **changes: Any) -> Self:
        """Return the same session with other settings, such as ``deadline=300, attempts=8``.

        The connections stay the same, so what belongs to them (``connections``,
        ``connect_timeout``, ``proxy``, ``trust_env``, the size limits) stays too.

        Raises:
            ConfigurationError: an unknown name, or a value that cannot work.
        """
        settings = self.settings.with_options(**changes)
        return self._view(attrs.evolve(self._caller, settings=settings), self._sub_mchid)

    async def request(
        self,
        method: str,
        target: str,
        *,
        query: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        body: bytes | Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send a signed request to an endpoint that has no method here; verify its answer.

        A GET is repeated as every read, anything else only when it cannot have been accepted.

        Args:
            method: in capitals.
            target: the path, already percent-encoded, such as ``/v3/global/…``.
            query: parameters as text, encoded here; ``None`` for none.
            body: JSON as an object or as its bytes, sent as they are; ``None`` for none.

        Raises:
            InvalidInput: a method or path that cannot be sent as it is, or another kind of body.
            WxdistError: as for every call.
        """
        if method not in METHODS:
            raise InvalidInput("method", f"must be one of {', '.join(sorted(METHODS))}")
        pairs = query.items() if isinstance(query, Mapping) else query or ()
        content = None if body is None else Content(body=_body(body))

        def decode(response: Response, meta: Meta) -> Answer:
            return Answer(
                status=response.status, headers=response.headers, body=response.body, meta=meta
            )

        path = checked_path(target)
        return await self._caller.call(
            Plan(
                name=f"{method} {path}",
                kind=Kind.READ if method == "GET" else Kind.ONCE,
                method=method,
                target=path + query_text(pairs),
                content=no_content if content is None else lambda _: content,
                decode=decode,
            )
        )

    async def decrypt(self, text: str) -> str:
        """Open a field that the service encrypted for this merchant, such as ``Relation.name``.

        Raises:
            InvalidInput: it is no such field, or for another merchant's key.
            ConfigurationError: the key is kept by a `Signer` that cannot decrypt.
        """
        signer = self.credentials.signer
        if not isinstance(signer, Decrypter):
            raise ConfigurationError("the signer has no decrypt method: it cannot open fields")
        sealed = from_base64(text)
        try:
            return (await signer.decrypt(sealed)).decode()
        except ValueError:
            raise InvalidInput("text", "was not encrypted for this merchant's key") from None

    async def aclose(self) -> None:
        """Close what this session opened; may be called twice. Of a view: does nothing."""
        if self._owner:
            await self._caller.network.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if getattr(self, "_owner", False) and self._caller.network.is_open:
            warnings.warn(
                "a wxdist.Session was not closed: use `async with`, or await its aclose()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )

    def __repr__(self) -> str:
        merchant = f" for {self._sub_mchid}" if self._sub_mchid else ""
        return f"<wxdist.Session of {self.credentials.mchid}{merchant}>"


def _body(body: object) -> bytes:
    """Return the bytes of a body; text is refused, since nobody knows whether it is JSON."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, Mapping):
        return codec.to_bytes(dict(body))
    raise InvalidInput("body", f"must be bytes or a mapping, not {type(body).__name__}")
