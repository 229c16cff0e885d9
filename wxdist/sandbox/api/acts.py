"""What each operation does: a `Control` and checked fields in, plain JSON out."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from wxdist.errors import InvalidInput

from ..control import Control
from ..explain import explain as explained
from ..ledger import LedgerBroken
from ..mischief import KINDS, Rule
from ..scenarios import SCENARIOS
from .fields import Missing

Given = Mapping[str, Any]
Json = dict[str, Any]


def pay(control: Control, given: Given) -> Json:
    """Play the payer."""
    paid = control.pay(**given)
    return {**attrs.asdict(paid), "paid_at": paid.paid_at.isoformat()}


def refund(control: Control, given: Given) -> Json:
    """Give money back to the payer."""
    return control.refund(**given)


def revoke(control: Control, given: Given) -> Json:
    """Undo a payment."""
    control.revoke(**given)
    return {}


def recharge(control: Control, given: Given) -> Json:
    """Fill the account for refunds by recharge."""
    control.recharge(**given)
    return {}


def notice(control: Control, given: Given) -> Json:
    """Make a notice to post."""
    headers, body = control.notice(**given)
    return {"headers": headers, "body": body.decode()}


def approve(control: Control, given: Given) -> Json:
    """Let an audit pass."""
    control.approve(**given)
    return {}


def refuse(control: Control, given: Given) -> Json:
    """Let an audit fail."""
    control.refuse(**given)
    return {}


def close(control: Control, given: Given) -> Json:
    """Let a detail fail."""
    control.close(**given)
    return {}


def clock(control: Control, _: Given) -> Json:
    """Tell the time, and how it goes."""
    return control.time()


async def advance(control: Control, given: Given) -> Json:
    """Move the clock on."""
    await control.advance(given["seconds"])
    return control.time()


async def set_clock(control: Control, given: Given) -> Json:
    """Move the clock on to a moment."""
    when = given["when"]
    await control.set_clock(_moment(when) if isinstance(when, str) else when)
    return control.time()


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            "when", "must be Unix seconds, or as 2026-01-05T09:00:00+08:00"
        ) from None


def run(control: Control, given: Given) -> Json:
    """Let the clock run."""
    control.run(**given)
    return control.time()


def stop(control: Control, _: Given) -> Json:
    """Let the clock stand."""
    control.stop()
    return control.time()


def state(control: Control, _: Given) -> Json:
    """Tell all that the service knows."""
    return control.state()


def calls(control: Control, given: Given) -> Json:
    """Tell the last calls."""
    return {"calls": control.calls(limit=given["limit"], since=given.get("since"))}


def explain(control: Control, given: Given) -> Json:
    """Explain what came of one call's signature."""
    call = control.call(given["number"])
    if call is None:
        raise Missing("number", "no such call, or it is forgotten")
    found = explained(call)
    return {**found.as_json(), "text": found.as_text()}


def events(control: Control, given: Given) -> Json:
    """Tell the last business events."""
    rows, limit, since = control.events(), given["limit"], given.get("since")
    if since is None:
        return {"events": rows[-limit:]}
    return {"events": [row for row in rows if row["number"] > since][:limit]}


def inject(control: Control, given: Given) -> Json:
    """Order a fault."""
    return {"id": control.inject(Rule.from_json(given))}


def faults(control: Control, _: Given) -> Json:
    """Tell the faults in force, how often each struck, and which there are."""
    in_force = control.faults
    return {
        "faults": [{"id": number, **rule.as_json()} for number, rule in in_force.rules.items()],
        "counts": dict(in_force.counts),
        "kinds": [kind.as_json() for kind in KINDS.values()],
    }


def heal(control: Control, _: Given) -> Json:
    """Take all faults back."""
    control.heal()
    return {}


def heal_one(control: Control, given: Given) -> Json:
    """Take one fault back."""
    if given["id"] not in control.faults.rules:
        raise Missing("id", "no fault in force has that number")
    control.heal(given["id"])
    return {}


def snapshot(control: Control, _: Given) -> Json:
    """Take the whole business as text."""
    return {"snapshot": base64.b64encode(control.snapshot()).decode("ascii")}


def restore(control: Control, given: Given) -> Json:
    """Go back to a snapshot."""
    try:
        taken = base64.b64decode(given["snapshot"], validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("snapshot", "must be base64") from None
    control.restore(taken)
    return control.time()


def scenarios(_: Control, __: Given) -> Json:
    """Name the scenarios."""
    return {"scenarios": list(SCENARIOS)}


async def scenario(control: Control, given: Given) -> Json:
    """Bring about a scenario."""
    if given["name"] not in SCENARIOS:
        raise Missing("name", f"no such scenario: there are {', '.join(SCENARIOS)}")
    return await control.scenario(given["name"])


def auditor(control: Control, _: Given) -> Json:
    """Tell what the auditor found."""
    return control.audit()


def check(control: Control, _: Given) -> Json:
    """Hold the books against each other and the orders."""
    try:
        control.check()
    except LedgerBroken as error:
        return {"sound": False, "problem": str(error)}
    return {"sound": True, "problem": None}


def rotate(control: Control, _: Given) -> Json:
    """Announce a new platform certificate."""
    return {"serial_no": control.rotate_certificate()}
