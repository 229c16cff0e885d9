"""The embedded sandbox: the service on a free port of this machine, and whoever plays around it."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import attrs
from aiohttp import web

from wxdist.credentials import Credentials
from wxdist.errors import InvalidInput
from wxdist.models.limits import check
from wxdist.session import Session
from wxdist.settings import Settings
from wxdist.waiting.clock import FakeClock

from .auth import Gate
from .clock import RunningClock
from .endpoints import Endpoints
from .options import clock_of, one_of, terms
from .papers import Papers
from .routes import application
from .rules.calendar import beijing
from .rules.receivers import child_of_caller
from .rules.refusal import Refused
from .service import Call, Service
from .world import World

T = TypeVar("T")

#: Seconds after which the service closes an idle connection (measured).
KEEP_ALIVE = 8.0


@attrs.frozen(kw_only=True)
class Paid:
    """What the payer's side tells the merchant."""

    transaction_id: str  #: WeChat Pay's number of the payment
    paid_at: dt.datetime  #: Beijing time
    out_trade_no: str
    amount: int  #: fen, or the minor unit of another currency


class Sandbox:
    """WeChat Pay's side of funds distribution, to develop and test against.

    Use it as an async context manager, once. Nothing of it leaves this machine.

    Args:
        seed: the same seed and the same calls give the same ids, times and results.
        clock: ``auto`` jumps when everybody waits, ``manual`` moves by `advance` alone, a number
            runs at that multiple of real time.
        start: where the clock starts: Unix seconds or an aware datetime; ``None`` takes
            2026-01-05 09:00 in Beijing.
        mode: ``common``, ``institutional`` or ``service_provider``.
        sub_mchids: the sub-merchants; needed in the last two modes, refused in the first.
        fee_rate: acquiring fee, a decimal from 0 to below 0.5.
        max_ratio: of a payment, what may go to others; a decimal above 0, up to 1.
        audit: ``manual`` waits for `approve` or `refuse`; ``auto`` passes after 3 working days.
        closed_money: where the money of a CLOSED detail goes: back to ``frozen``, or to the
            ``sponsor``. The documentation does not say.
        answers: signed by the platform's ``certificate``, or by its ``public_key``, which
            `credentials` then hold.

    Raises:
        InvalidInput: an argument that is none of these.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        clock: str | float = "auto",
        start: float | dt.datetime | None = None,
        mode: str = "common",
        sub_mchids: Sequence[str] = (),
        fee_rate: str = "0",
        max_ratio: str = "0.30",
        audit: str = "manual",
        closed_money: str = "frozen",
        answers: str = "certificate",
    ) -> None:
        self._answers = one_of("answers", answers, "certificate", "public_key")
        self._terms = terms(
            mode=mode,
            sub_mchids=sub_mchids,
            fee_rate=fee_rate,
            max_ratio=max_ratio,
            audit=audit,
            closed_money=closed_money,
        )
        self._clock = clock_of(clock, start)
        begin = self._clock.now()
        self._world = World(self._terms, seed=seed, start=begin)
        self._papers = Papers(begin)
        self._endpoints = Endpoints(self._world, self._papers)
        gate = Gate(self._papers, self._terms.mchid, answers=answers)
        self._service = Service(self._world, gate, self._endpoints, self._clock.now)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = application(self._service, self._clock)
        self._runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=KEEP_ALIVE, shutdown_timeout=1.0
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._endpoints.base_url = self.base_url
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @property
    def base_url(self) -> str:
        """Where the service listens; raises ``RuntimeError`` while it does not."""
        if self._runner is None:
            raise RuntimeError("the sandbox is not running: use it in `async with`")
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    @property
    def clock(self) -> FakeClock | RunningClock:
        """The clock that everything here goes by, sessions included."""
        return self._clock

    @property
    def settings(self) -> Settings:
        """Settings that lead to this sandbox."""
        return Settings(base_url=self.base_url)

    @functools.cached_property
    def credentials(self) -> Credentials:
        """The merchant's credentials."""
        keys = {}
        if self._answers == "public_key":
            keys = {self._papers.public_key_id: self._papers.public_key_pem}
        return Credentials(
            self._terms.mchid,
            self._papers.merchant.serial_no,
            self._papers.merchant.key_pem,
            self._papers.api_v3_key,
            mode=self._terms.mode,
            platform_keys=keys,
        )

    @property
    def calls(self) -> tuple[Call, ...]:
        """The last 10 000 calls, the oldest first: method, target, status, signature check."""
        return self._service.calls

    def session(self) -> Session:
        """Return a client of this sandbox, on the same clock."""
        return Session(self.credentials, settings=self.settings, clock=self._clock)

    async def pay(
        self,
        out_trade_no: str,
        *,
        amount: int,
        currency: str = "CNY",
        sub_mchid: str | None = None,
    ) -> Paid:
        """Play the payer of the merchant's order.

        Args:
            out_trade_no: the merchant's number of the order, each to be paid once.
            amount: whole fen, or the minor unit of another currency.
            currency: only an order in CNY can be distributed.
            sub_mchid: whose order it is; required in every mode but common.

        Raises:
            InvalidInput: a wrong argument, or an order that was paid before.
        """
        check("out_trade_no", out_trade_no)
        check("amount", amount)
        child = self._child(sub_mchid)
        world = self._now()
        payment = _told("out_trade_no", world.payments.pay, child, out_trade_no, currency, amount)
        return Paid(
            transaction_id=payment.transaction_id,
            paid_at=beijing(payment.paid_at),
            out_trade_no=out_trade_no,
            amount=amount,
        )

    async def approve(self, account: str, sub_mchid: str | None = None) -> None:
        """Let the audit of a receiver pass.

        ``sub_mchid=None`` takes the only one waiting. Raises `InvalidInput` unless one is.
        """
        _told("account", self._now().receivers.approve, account, sub_mchid)

    async def refuse(
        self, account: str, reason: str = "SANDBOX", sub_mchid: str | None = None
    ) -> None:
        """Let the audit of a receiver fail for *reason*; else as `approve`."""
        _told("account", self._now().receivers.refuse, account, reason, sub_mchid)

    async def close(self, out_order_no: str, account: str, reason: str = "DEFAULT_ERROR") -> None:
        """Let the detail of *account* in an order end CLOSED with *reason*, a `FailReason`.

        Works before the order is created, and while the detail is PENDING; later it raises
        `InvalidInput`.
        """
        check("out_order_no", out_order_no)
        _told("account", self._now().orders.arm, out_order_no, account, reason)

    async def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move the clock forward; what falls due happens in its order."""
        await self._clock.advance(seconds, minutes=minutes, hours=hours, days=days)
        self._now()

    def check(self) -> None:
        """Hold the books against each other and the orders; raises when they do not add up."""
        self._now().check()

    def write_credentials(self, folder: str | os.PathLike[str]) -> None:
        """Write what a program in any language needs into *folder*, which is made if missing.

        ``credentials.json``, ``merchant_key.pem`` (both for the owner only), ``merchant_cert.pem``,
        ``platform_cert.pem`` and ``platform_public_key.pem``.
        """
        papers = self._papers
        facts = {
            "mchid": self._terms.mchid,
            "serial_no": papers.merchant.serial_no,
            "api_v3_key": papers.api_v3_key,
            "base_url": self.base_url,
            "platform_serial_no": papers.platform.serial_no,
            "platform_public_key_id": papers.public_key_id,
        }
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        _write(place / "credentials.json", json.dumps(facts, indent=2) + "\n", mode=0o600)
        _write(place / "merchant_key.pem", papers.merchant.key_pem, mode=0o600)
        _write(place / "merchant_cert.pem", papers.merchant.certificate_pem)
        _write(place / "platform_cert.pem", papers.platform.certificate_pem)
        _write(place / "platform_public_key.pem", papers.public_key_pem)

    def _now(self) -> World:
        return self._world.run_until(self._clock.now())

    def _child(self, sub_mchid: str | None) -> str:
        try:
            return child_of_caller(self._terms, sub_mchid, "query")
        except Refused as refusal:
            raise InvalidInput("sub_mchid", refusal.message) from None


def _told(field: str, act: Callable[..., T], *arguments: object) -> T:
    """Call *act* and turn its ``ValueError`` into an error about *field*."""
    try:
        return act(*arguments)
    except ValueError as error:
        raise InvalidInput(field, str(error)) from None


def _write(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file that never has wider permissions than *mode*."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
