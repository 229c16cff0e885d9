"""What faults do to the business: only through what the world offers to everybody."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping

from ..world import World
from .faults import Fault

#: Status and body of what was carried out; a text is a file.
Result = tuple[int, bytes | str]
Act = Callable[[], Result]


def carried_out(fault: Fault, world: World, act: Act) -> Result:
    """Carry *act* out as *fault* has it, and return what is to be answered."""
    return _WAYS.get(fault.kind.name, _plainly)(fault, world, act)


def _plainly(_: Fault, __: World, act: Act) -> Result:
    return act()


def _twice(_: Fault, __: World, act: Act) -> Result:
    first = act()
    act()
    return first


def _closing(which: Callable[[Fault], slice]) -> Callable[[Fault, World, Act], Result]:
    def close(fault: Fault, world: World, act: Act) -> Result:
        status, body = act()
        if status == 200:
            order = json.loads(body)
            for detail in order["receivers"][which(fault)]:
                _close(world, order["out_order_no"], detail["account"], fault.options["reason"])
        return status, body

    return close


def _close(world: World, out_order_no: str, account: str, reason: str) -> None:
    with contextlib.suppress(ValueError):  # of a repeated order it may have ended
        world.orders.arm(out_order_no, account, reason)


def _late(event: str) -> Callable[[Fault, World, Act], Result]:
    def late(fault: Fault, world: World, act: Act) -> Result:
        with world.state.slowed(event, fault.options["factor"]):
            return act()

    return late


_WAYS: Mapping[str, Callable[[Fault, World, Act], Result]] = {
    "duplicate": _twice,
    "closed_detail": _closing(lambda fault: slice(fault.options["n"] - 1, fault.options["n"])),
    "half_failed": _closing(lambda _: slice(1, None, 2)),
    "late_processing": _late("process"),
    "late_audit": _late("audit"),
    "late_refund": _late("arrive"),
}
