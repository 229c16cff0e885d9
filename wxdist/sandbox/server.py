"""The embedded sandbox: the service on a free port of this machine, and who plays around it."""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from wxdist.credentials import Credentials
from wxdist.session import Session
from wxdist.settings import Settings

from .clock import SandboxClock
from .control import Control, Paid
from .core import Core
from .listening import Listener, listen
from .options import clock_of, one_of, terms
from .service import Call

__all__ = ["Paid", "Sandbox"]


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
        settlement_currency: in which the sponsors are paid, such as ``HKD``, ``USD`` or ``CNY``.
        holidays: dates on which banks pay nothing out, beside Saturdays and Sundays.
        rates: of exchange: ``fixed``, or ``daily``, other ones each Beijing day, by *seed*.
        answers: signed by the platform's ``certificate``, or by its ``public_key``, which
            `credentials` then hold.
        control: take orders over HTTP too, under ``/_sandbox/``, and let an auditor watch.

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
        settlement_currency: str = "HKD",
        holidays: Sequence[dt.date] = (),
        rates: str = "fixed",
        answers: str = "certificate",
        control: bool = False,
    ) -> None:
        self._answers = one_of("answers", answers, "certificate", "public_key")
        self._terms = terms(
            mode=mode,
            sub_mchids=sub_mchids,
            fee_rate=fee_rate,
            max_ratio=max_ratio,
            audit=audit,
            closed_money=closed_money,
            settlement_currency=settlement_currency,
            holidays=holidays,
            rates=rates,
        )
        self._clock = clock_of(clock, start)
        self._core = Core(self._terms, self._clock, seed=seed, answers=answers, control=control)
        self._world = self._core.world
        self._listener: Listener | None = None

    async def __aenter__(self) -> Self:
        self._listener = await listen(self._core, self._clock)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.stop()

    @property
    def base_url(self) -> str:
        """Where the service listens; raises ``RuntimeError`` while it does not."""
        if self._listener is None:
            raise RuntimeError("the sandbox is not running: use it in `async with`")
        return self._listener.base_url

    @property
    def control(self) -> Control:
        """Everything that one can order of this sandbox, this class's own orders among it."""
        return self._core.control

    @property
    def clock(self) -> SandboxClock:
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
            keys = {self._core.papers.public_key_id: self._core.papers.public_key_pem}
        return Credentials(
            self._terms.mchid,
            self._core.papers.merchant.serial_no,
            self._core.papers.merchant.key_pem,
            self._core.papers.api_v3_key,
            mode=self._terms.mode,
            platform_keys=keys,
        )

    @property
    def calls(self) -> tuple[Call, ...]:
        """The last 10 000 calls, the oldest first: method, target, status, signature check."""
        return self._core.service.calls

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
            currency: of the order; only one in CNY can be distributed. Paid is CNY.
            sub_mchid: whose order it is; required in every mode but common.

        Raises:
            InvalidInput: a wrong argument, or an order that was paid before.
        """
        return self._core.control.pay(
            out_trade_no, amount=amount, currency=currency, sub_mchid=sub_mchid
        )

    async def refund(
        self, out_trade_no: str, *, amount: int, sub_mchid: str | None = None, owing: bool = False
    ) -> dict[str, Any]:
        """Give *amount* of an order's currency back to its payer; as `Control.refund`."""
        return self._core.control.refund(
            out_trade_no, amount=amount, sub_mchid=sub_mchid, owing=owing
        )

    async def revoke(self, out_trade_no: str, sub_mchid: str | None = None) -> None:
        """Undo a payment of today that was neither distributed nor refunded.

        Raises `InvalidInput` for any other one.
        """
        self._core.control.revoke(out_trade_no, sub_mchid)

    async def approve(self, account: str, sub_mchid: str | None = None) -> None:
        """Let the audit of a receiver pass.

        ``sub_mchid=None`` takes the only one waiting. Raises `InvalidInput` unless one is.
        """
        self._core.control.approve(account, sub_mchid)

    async def refuse(
        self, account: str, reason: str = "SANDBOX", sub_mchid: str | None = None
    ) -> None:
        """Let the audit of a receiver fail for *reason*; else as `approve`."""
        self._core.control.refuse(account, reason, sub_mchid)

    async def close(self, out_order_no: str, account: str, reason: str = "DEFAULT_ERROR") -> None:
        """Let the detail of *account* in an order end CLOSED with *reason*, a `FailReason`.

        Works before the order is created, and while the detail is PENDING; later it raises
        `InvalidInput`.
        """
        self._core.control.close(out_order_no, account, reason)

    async def notice(
        self,
        *,
        out_trade_no: str | None = None,
        refund_id: str | None = None,
        out_refund_no: str | None = None,
        sub_mchid: str | None = None,
        forged: str | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """Return the notice of a payment, or of a refund that arrived: headers and body.

        As ``control.notice``: nothing is sent, and asked again the same notice comes as a repeat.
        """
        return self._core.control.notice(
            out_trade_no=out_trade_no,
            refund_id=refund_id,
            out_refund_no=out_refund_no,
            sub_mchid=sub_mchid,
            forged=forged,
        )

    async def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move the clock forward; what falls due happens in its order."""
        await self._core.control.advance(seconds, minutes=minutes, hours=hours, days=days)

    def check(self) -> None:
        """Hold the books against each other and the orders; raises when they do not add up."""
        self._core.control.check()

    def write_credentials(self, folder: str | os.PathLike[str]) -> None:
        """Write what a program in any language needs into *folder*, which is made if missing.

        ``credentials.json``, ``merchant_key.pem`` (both for the owner only), ``merchant_cert.pem``,
        ``platform_cert.pem`` and ``platform_public_key.pem``.
        """
        self._core.write_credentials(folder, self.base_url)
