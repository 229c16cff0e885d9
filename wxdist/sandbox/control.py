"""Everything that one can order of a sandbox, as one object; no network."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import attrs

from wxdist.errors import InvalidInput
from wxdist.models.limits import check

from . import notices, snapshot, view
from .auditor import Auditor
from .clock import SandboxClock
from .mischief import Faults, Rule
from .options import speed_of, unix
from .papers import Papers
from .rules import rates
from .rules.calendar import LATEST, beijing
from .rules.receivers import child_of_caller
from .rules.refusal import Refused
from .scenarios import SCENARIOS
from .service import KEPT_CALLS, Call, Service
from .store import Store
from .world import World

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Paid:
    """What the payer's side tells the merchant."""

    transaction_id: str  #: WeChat Pay's number of the payment
    paid_at: dt.datetime  #: Beijing time
    out_trade_no: str
    amount: int  #: fen, or the minor unit of another currency


class Control:
    """Whoever plays around the service: the payer, the audit, the clock.

    Every order first lets happen what is due by the clock. What cannot be raises `InvalidInput`
    with the name of the argument.

    Args:
        shared: whether the clients go by this clock too; only then can it jump by itself.
    """

    def __init__(
        self,
        world: World,
        service: Service,
        papers: Papers,
        clock: SandboxClock,
        *,
        faults: Faults,
        store: Store | None = None,
        auditor: Auditor | None = None,
        shared: bool = True,
    ) -> None:
        self._world = world
        self._service = service
        self._papers = papers
        self._clock = clock
        self._faults = faults
        self._store = store
        self._auditor = auditor
        self.shared = shared  #: whether `jump` can be ordered

    @property
    def world(self) -> World:
        """The business as it stands now."""
        return self._world.run_until(self._clock.now())

    def pay(
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
        """
        check("out_trade_no", out_trade_no)
        check("amount", amount)
        told("currency", rates.known, currency)
        child = self._child(sub_mchid)
        pay = self.world.payments.pay
        payment = self._do("out_trade_no", pay, child, out_trade_no, currency, amount)
        return Paid(
            transaction_id=payment.transaction_id,
            paid_at=beijing(payment.paid_at),
            out_trade_no=out_trade_no,
            amount=amount,
        )

    def approve(self, account: str, sub_mchid: str | None = None) -> None:
        """Let the audit of a receiver pass.

        ``sub_mchid=None`` takes the only one waiting; refused unless exactly one is.
        """
        self._do("account", self.world.receivers.approve, account, sub_mchid)

    def refuse(self, account: str, reason: str = "SANDBOX", sub_mchid: str | None = None) -> None:
        """Let the audit of a receiver fail for *reason*; else as `approve`."""
        self._do("account", self.world.receivers.refuse, account, reason, sub_mchid)

    def close(self, out_order_no: str, account: str, reason: str = "DEFAULT_ERROR") -> None:
        """Let the detail of *account* in an order end CLOSED with *reason*, a `FailReason`.

        Works before the order is created, and while the detail is PENDING.
        """
        check("out_order_no", out_order_no)
        self._do("account", self.world.orders.arm, out_order_no, account, reason)

    def refund(
        self, out_trade_no: str, *, amount: int, sub_mchid: str | None = None, owing: bool = False
    ) -> dict[str, Any]:
        """Give *amount* of an order's currency back to its payer, with its share of the fee.

        Of a marked payment out of what is frozen, then out of what its sponsor had released today;
        of another one out of what ordinary payments brought its sponsor today. At most 50 times in
        a year, a minute apart.

        Args:
            out_trade_no: the merchant's number of the order.
            amount: fen, or the minor unit of the order's other currency.
            sub_mchid: whose order it is; required in every mode but common.
            owing: the platform refunds it: what is not there now, later settlements pay.

        Returns:
            ``refund_id``, ``transaction_id``, ``amount``, ``currency``, ``create_time``; in fen
            ``payer_amount`` and what it consists of: ``fee`` (its share), ``frozen``,
            ``released``, ``pool``, ``owed``.
        """
        check("amount", amount)
        transaction_id = self._paid(out_trade_no, sub_mchid)
        refunds = self._world.refunds
        act = refunds.force if owing else refunds.refund
        return view.refund(self._do("amount", act, transaction_id, amount))

    def revoke(self, out_trade_no: str, sub_mchid: str | None = None) -> None:
        """Undo a payment of today that was neither distributed nor refunded; its fee goes back."""
        transaction_id = self._paid(out_trade_no, sub_mchid)
        self._do("out_trade_no", self._world.refunds.revoke, transaction_id)

    def notice(
        self,
        *,
        out_trade_no: str | None = None,
        refund_id: str | None = None,
        out_refund_no: str | None = None,
        sub_mchid: str | None = None,
        forged: str | None = None,
    ) -> tuple[dict[str, str], bytes]:
        """Return the notice of a payment, or of a refund that arrived: headers and body.

        Nothing is sent: post them to your handler. Asked again, the same notice comes as a repeat
        does: the same id, freshly encrypted and signed.

        Args:
            out_trade_no: of a payment; or
            refund_id: of a refund; or
            out_refund_no: likewise.
            sub_mchid: whose order *out_trade_no* is; required for it in every mode but common.
            forged: what is wrong with it on purpose: ``other_key``, ``probe``, ``rewritten`` (the
                body, as a framework does it) or ``stale``; ``None``: nothing.
        """
        numbers = {"refund_id": refund_id, "out_refund_no": out_refund_no}
        child = "" if out_trade_no is None else self._child(sub_mchid)
        event = notices.find(self.world, child, out_trade_no=out_trade_no, **numbers)
        return notices.delivery(event, self._papers, self._service.seal, forged=forged)

    def recharge(self, amount: int, *, sub_mchid: str | None = None) -> None:
        """Let the account for refunds by recharge hold *amount*, in the settlement currency.

        It may be 0. ``sub_mchid`` is required in every mode but common.
        """
        if type(amount) is not int or amount:
            check("amount", amount)
        self._do("amount", self.world.refunds.recharge, self._child(sub_mchid), amount)

    def now(self) -> float:
        """Return the Unix time of the business."""
        return self._clock.now()

    def time(self) -> dict[str, Any]:
        """Return the time of the business, and how its clock goes; ready for JSON."""
        return view.time(self.now(), self._clock)

    async def advance(
        self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move the clock forward, to the year 9000 at most; what falls due happens in its order."""
        far = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        if not far <= LATEST - self.now():  # not a number, too
            raise InvalidInput("seconds", "leads too far into the future")
        await self._clock.advance(far)
        self._turned()

    async def set_clock(self, when: float | dt.datetime) -> None:
        """Move the clock to *when*, Unix seconds or an aware datetime; forwards only."""
        target = unix("when", when)
        far = target - self.now()
        if far < 0:
            raise InvalidInput("when", "is past: the clock goes forwards only")
        await self._clock.advance(far)
        self._turned()

    def set_speed(self, speed: float) -> None:
        """Let the clock run at *speed* times real time from now on; 0 stands still.

        A clock that jumped by itself does so no more: see `jump`.
        """
        self._clock.run(speed_of("speed", speed, least=0))
        self._turned()

    def run(self, speed: float = 1) -> None:
        """Let the clock run; as `set_speed`."""
        self.set_speed(speed)

    def stop(self) -> None:
        """Let the clock stand still."""
        self.set_speed(0)

    def jump(self) -> None:
        """Let the clock jump by itself whenever all that use it sleep, as ``clock="auto"`` does.

        Refused where the clients have clocks of their own: nobody sleeps on this one there.
        """
        if not self.shared:
            said = "cannot jump by itself here: it does not see when your programs wait; let it run"
            raise InvalidInput("clock", said)
        self._clock.jump()
        self._turned()

    def rotate_certificate(self) -> str:
        """Announce a new platform certificate and return its serial number.

        It stands in the list at once, signs after a day, and a day later the old one is gone.
        Refused while another one is announced.
        """
        serial_no = told("certificate", self._papers.rotate).serial_no
        self._keep(anew=True)
        return serial_no

    @property
    def faults(self) -> Faults:
        """The faults in force, and how often each struck."""
        return self._faults

    def inject(self, rule: Rule | None = None, **facts: Any) -> int:
        """Put a fault in force, a `Rule` or what makes one, and return its number."""
        return self._faults.add(Rule(**facts) if rule is None else rule)

    def heal(self, number: int | None = None) -> None:
        """Take one fault back; ``None`` takes all."""
        if number is None:
            self._faults.clear()
        else:
            self._faults.remove(number)

    def snapshot(self) -> bytes:
        """Return the whole business, its dice and what is due; names of persons are in it."""
        return snapshot.dump(self.world.state)

    def restore(self, taken: bytes) -> None:
        """Go back to a `snapshot`, in time too: the same calls then give the same answers.

        Keys, faults, and the log of calls stay. Refused for bytes that are no snapshot of this
        version, and for one of other terms.
        """
        state = told("snapshot", snapshot.load, taken, self._world.terms)
        with self._world.acting():
            self._world.adopt(state)
        self._clock.turn_to(state.now)
        self._keep(anew=True)

    async def scenario(self, name: str) -> dict[str, Any]:
        """Bring about one of `SCENARIOS` by the calls a client would make; return its ids."""
        if name not in SCENARIOS:
            raise InvalidInput("scenario", f"must be {' or '.join(SCENARIOS)}")
        with self._ordered():
            try:
                return await SCENARIOS[name](self)
            except Refused as refusal:
                said = f"does not fit this sandbox: {refusal.message}"
                raise InvalidInput("scenario", said) from None

    def state(self) -> dict[str, Any]:
        """Return all that the service knows, ready for JSON; amounts in fen, no personal names."""
        return view.state(self.world, self._clock)

    def calls(self, *, limit: int = KEPT_CALLS, since: int | None = None) -> list[dict[str, Any]]:
        """Return the last calls, the oldest first, and why a signature failed; ready for JSON.

        Args:
            limit: at most so many.
            since: a call's number: then the first ones after it, instead of the last ones.
        """
        calls = self._service.calls
        if since is None:
            calls = calls[-limit:]
        else:
            calls = tuple(call for call in calls if call.number > since)[:limit]
        return [call.as_json() for call in calls]

    def last_calls(self, count: int) -> tuple[Call, ...]:
        """Return at most the last *count* calls, the oldest first."""
        return self._service.calls[-count:]

    def call(self, number: int) -> Call | None:
        """Return one of the last calls; ``None`` when there is none, or it is forgotten."""
        return next((call for call in self._service.calls if call.number == number), None)

    def events(self) -> list[dict[str, Any]]:
        """Return the last business events, the oldest first; ready for JSON."""
        return self.world.state.log.events()

    def check(self) -> None:
        """Hold the books against each other and the orders; raises when they do not add up."""
        self.world.check()

    def audit(self) -> dict[str, Any]:
        """Return what the auditor found, ready for JSON; its state is grey where none watches."""
        return (self._auditor or _resting(self._world)).summary()

    def _do(self, field: str, act: Callable[..., T], *arguments: object) -> T:
        with self._ordered():
            return told(field, act, *arguments)

    @contextlib.contextmanager
    def _ordered(self) -> Iterator[None]:
        """Carry out an order, hold the books, and keep what came of it, a refusal too."""
        try:
            with self._world.acting():
                yield
        finally:
            self._keep()

    def _paid(self, out_trade_no: str, sub_mchid: str | None) -> str:
        """Return the service's number of a payment."""
        check("out_trade_no", out_trade_no)
        found = self.world.state.trades.get((self._child(sub_mchid), out_trade_no))
        if found is None:
            raise InvalidInput("out_trade_no", "was not paid")
        return found

    def _turned(self) -> None:
        """Write down that somebody turned the clock."""
        with self._ordered():
            self.world.turns.turn(self._clock.runs)

    def _keep(self, *, anew: bool = False) -> None:
        if self._store is not None:
            self._store.rebase() if anew else self._store.save()

    def _child(self, sub_mchid: str | None) -> str:
        try:
            return child_of_caller(self._world.terms, sub_mchid, "query")
        except Refused as refusal:
            raise InvalidInput("sub_mchid", refusal.message) from None


def _resting(world: World) -> Auditor:
    auditor = Auditor(world.terms, world.state.now)
    auditor.rest("no auditor watches this sandbox")
    return auditor


def told(field: str, act: Callable[..., T], *arguments: object) -> T:
    """Call *act* and turn its ``ValueError`` into an error about *field*."""
    try:
        return act(*arguments)
    except ValueError as error:
        raise InvalidInput(field, str(error)) from None
