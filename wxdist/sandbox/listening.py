"""One application on one address of this machine."""

from __future__ import annotations

import ssl

from aiohttp import web

from wxdist.waiting.clock import Clock

from .core import Core
from .routes import application

#: Seconds after which the service closes an idle connection (measured).
KEEP_ALIVE = 8.0


class Listener:
    """Listens while it is started.

    Args:
        app: what answers.
        host: an address of this machine.
        port: 0 takes a free one.
        tls: for HTTPS; ``None`` is plain HTTP.
    """

    def __init__(
        self,
        app: web.Application,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            keepalive_timeout=KEEP_ALIVE,
            shutdown_timeout=1.0,
        )
        self._host = host
        self._port = port
        self._tls = tls

    async def start(self) -> None:
        """Listen; raise ``OSError`` where that cannot be."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port, ssl_context=self._tls)
        try:
            await site.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Answer what is in flight and listen no more."""
        await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        """Where it listens."""
        host, port = self._runner.addresses[0][:2]
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


async def listen(
    core: Core,
    clock: Clock,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> Listener:
    """Let *core* answer at an address, and know it; raise ``OSError`` where that cannot be."""
    app = application(core.service, clock, core.api, core.page)
    listener = Listener(app, host=host, port=port, tls=tls)
    await listener.start()
    core.endpoints.base_url = listener.base_url
    return listener
