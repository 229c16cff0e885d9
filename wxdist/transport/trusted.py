"""The platform keys in force: fetched on use, swapped whole, asked for one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from wxdist.credentials import Credentials
from wxdist.errors import (
    ConfigurationError,
    NotSent,
    ServiceError,
    TooManyRequests,
    UnknownKey,
    WxdistError,
)
from wxdist.transport.retrying import leaves_unsure
from wxdist.waiting.clock import Clock
from wxdist.wire.keys import KeySet, PlatformKey
from wxdist.wire.message import Response
from wxdist.wire.verifying import Seal, SeenNonces, check_fresh, check_signature, read_seal

#: A flood of forged serial numbers must not become a flood of certificate calls.
LEAST_SECONDS_BETWEEN_FETCHES = 60.0

#: Seconds that a call waits for new certificates while those at hand still serve.
PATIENCE = 5.0

#: Asks in so many attempts; ``None``: as the settings say.
Fetch = Callable[[int | None], Awaitable[tuple[PlatformKey, ...]]]


class TrustedKeys:
    """Whom a session trusts, and what it has seen.

    Args:
        credentials: the keys known beforehand, and whether certificates may be fetched at all.
        clock: for freshness, validity and the age of the certificates.
        fetch: asks the service for its certificates; returns them decrypted and verified.
        most_age: seconds after which certificates are fetched anew.
    """

    def __init__(
        self, credentials: Credentials, *, clock: Clock, fetch: Fetch, most_age: float
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._fetch = fetch
        self._most_age = most_age
        self._keys = credentials.platform_keys
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._forgiven_at: float | None = None  #: when a fetch was cancelled and did not count
        self._rounds = 0  #: fetches that ended, well or not
        self._failure: WxdistError | None = None  #: how the last one ended
        self._one_at_a_time = asyncio.Lock()
        self._seen = SeenNonces()

    @property
    def keys(self) -> KeySet:
        """The keys in force."""
        return self._keys

    async def ready(self) -> None:
        """Have keys before anything is sent, so that no answer comes that cannot be verified.

        Raises:
            NotSent: they could not be fetched for now.
            ConfigurationError, ServiceError: they cannot be fetched, and why.
        """
        if not self._credentials.fetch_certificates or not self._stale():
            return
        if self._usable():
            await self._freshen()
            return
        try:
            await self._refresh()
        except (ConfigurationError, ServiceError) as error:
            if isinstance(error, TooManyRequests) or leaves_unsure(error):
                raise _not_fetched(error) from error
            raise
        except WxdistError as error:
            raise _not_fetched(error) from error

    async def verify(
        self, response: Response, *, at: float | None = None, remember: bool = True
    ) -> None:
        """Return when *response* is genuine, fresh and new.

        Args:
            response: its ``body`` is what the signature covers.
            at: Unix time at which it came, where that was long before; ``None``: now.
            remember: refuse it when its nonce was seen, and remember that; ``False`` for what is
                known again by its id, and may come again as it was.

        Raises:
            VerificationFailed: which part of it is not.
        """
        seal = read_seal(response.headers)
        now = self._clock.now() if at is None else at
        check_fresh(seal, now=now)
        check_signature(seal, response.body, await self._key(seal))
        if remember:
            self._seen.admit(seal, now=now)

    def for_encryption(self) -> PlatformKey:
        """Return the key to encrypt with; `ready` comes first.

        Raises:
            ConfigurationError: there is none that is valid now.
        """
        key = self._keys.for_encryption(now=self._clock.now())
        if key is None:
            raise ConfigurationError(
                "no valid platform key to encrypt a name with: check platform_keys and the clock"
            )
        return key

    async def _key(self, seal: Seal) -> PlatformKey:
        """Return the key that *seal* names; ask for new certificates when it is not known."""
        key = self._keys.find(seal.serial, now=self._clock.now())
        cause: WxdistError | None = None
        if key is None and self._credentials.fetch_certificates:
            try:
                await self._renew()
            except WxdistError as error:
                cause = error
            key = self._keys.find(seal.serial, now=self._clock.now())
        if key is None:
            raise UnknownKey(seal.serial, self._keys.ids, request_id=seal.request_id) from cause
        return key

    def _may_ask(self) -> bool:
        return self._long_since(self._tried_at)

    def _long_since(self, at: float | None) -> bool:
        return at is None or self._clock.monotonic() - at >= LEAST_SECONDS_BETWEEN_FETCHES

    def _usable(self) -> bool:
        return self._keys.for_encryption(now=self._clock.now()) is not None

    def _stale(self) -> bool:
        """Tell whether the certificates should be fetched before the next call."""
        if not self._usable():
            return True
        if self._fetched_at is None:
            return False  # given beforehand: fetched when an answer names another one
        overdue = self._clock.monotonic() - self._fetched_at >= self._most_age
        return overdue and self._may_ask()

    async def _freshen(self) -> None:
        """Fetch what is due for it; the keys at hand still serve, so nobody waits for long."""
        try:
            async with self._clock.timeout_at(self._clock.monotonic() + PATIENCE):
                await self._refresh()
        except TimeoutError:
            self._tried_at = self._clock.monotonic()
        except WxdistError:
            pass  # tried again in a minute

    async def _refresh(self) -> None:
        """Fetch once, however many ask; who waited takes what the first one got, or its error.

        One attempt: the call that needs it repeats by itself.
        """
        before = self._rounds
        async with self._one_at_a_time:
            if self._rounds == before:
                await self._swap(attempts=1)
        if self._failure is not None:
            raise self._failure

    async def _renew(self) -> None:
        """Fetch unless somebody just tried; who comes while one is under way waits for it."""
        async with self._one_at_a_time:
            if self._may_ask():
                await self._swap()

    async def _swap(self, *, attempts: int | None = None) -> None:
        """Fetch and put the new keys in force; one cancelled fetch a minute does not count."""
        before, self._tried_at = self._tried_at, self._clock.monotonic()
        try:
            fresh = await self._fetch(attempts)
        except asyncio.CancelledError:
            if self._long_since(self._forgiven_at):
                self._tried_at, self._forgiven_at = before, self._clock.monotonic()
            raise
        except WxdistError as error:
            self._failure = error
            self._rounds += 1
            raise
        self._failure = None
        self._rounds += 1
        self._keys = KeySet(keys=self._credentials.platform_keys.keys).with_keys(fresh)
        self._fetched_at = self._clock.monotonic()


def _not_fetched(error: WxdistError) -> NotSent:
    return NotSent(f"the platform certificates could not be fetched: {error}")
