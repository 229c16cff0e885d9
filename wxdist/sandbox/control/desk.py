"""Everything that one can order of a sandbox, as one object; no network."""

from __future__ import annotations

from typing import Any

from wxdist.errors import InvalidInput
from wxdist.models.limits import check

from .. import notices, snapshot, view
from ..auditor import Auditor
from ..clock import SandboxClock
from ..mischief import Faults, Rule
from ..papers import Papers
from ..rules.refusal import Refused
from ..scenarios import SCENARIOS
from ..service import KEPT_CALLS, Call, Service
from ..store import Store
from ..world import World
from .money import Money
from .ordering import told
from .time import Time


class Control(Money, Time):
    """Whoever plays around the service: the payer, the audit, the clock.

    Every order first lets happen what is due by the clock. What cannot be raises `InvalidInput`
    with the name of the argument.

    Args:
        world: the business.
        service: whose calls are shown, and which signs notices.
        papers: the keys.
        clock: of the business.
        faults: the rules in force.
        store: where the state is kept; ``None`` forgets it.
        auditor: who watches, if somebody does.
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
        super().__init__(world, clock, store)
        self._service = service
        self._papers = papers
        self._faults = faults
        self._auditor = auditor
        self.shared = shared

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


def _resting(world: World) -> Auditor:
    auditor = Auditor(world.terms, world.state.now)
    auditor.rest("no auditor watches this sandbox")
    return auditor
