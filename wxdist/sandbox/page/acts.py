"""What the page's forms order: a `Control` and fields in, a sentence out."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from wxdist.errors import InvalidInput

from ..control import Control
from ..mischief import Rule
from .clock import UNITS, how_it_goes
from .figures import moment, money
from .forms import MOST_FIELDS, number, whole
from .layout import Notice

Form = Mapping[str, str]
Act = Callable[[Control, Form], str | Awaitable[str]]


async def order(control: Control, act: str, form: Form) -> Notice:
    """Carry out what a form orders; what cannot be is told in the notice."""
    try:
        said = ACTS[act][0](control, form)
        return Notice(await said if inspect.isawaitable(said) else said)
    except InvalidInput as error:
        return Notice(str(error), good=False)


def _pay(control: Control, form: Form) -> str:
    amount, currency = whole(form, "amount"), form.get("currency", "CNY")
    paid = control.pay(
        form.get("out_trade_no", "").strip(),
        amount=amount,
        currency=currency,
        sub_mchid=form.get("sub_mchid"),
    )
    return f"Paid {money(amount, currency)}: transaction {paid.transaction_id}."


def _approve(control: Control, form: Form) -> str:
    account = form.get("account", "")
    control.approve(account, form.get("sub_mchid"))
    return f"Receiver {account} is approved."


def _refuse(control: Control, form: Form) -> str:
    account = form.get("account", "")
    control.refuse(account, form.get("reason", "SANDBOX"), form.get("sub_mchid"))
    return f"Receiver {account} is refused."


async def _advance(control: Control, form: Form) -> str:
    seconds = number(form, "seconds") if "seconds" in form else _own_step(form)
    await control.advance(seconds)
    return f"The clock shows {moment(control.now())}."


def _own_step(form: Form) -> float:
    unit = UNITS.get(form.get("unit", ""))
    if unit is None:
        raise InvalidInput("unit", f"must be {' or '.join(UNITS)}")
    return number(form, "amount") * unit


def _run(control: Control, form: Form) -> str:
    control.run(number(form, "speed"))
    return how_it_goes(control.time()["runs"])


def _stop(control: Control, _: Form) -> str:
    control.stop()
    return how_it_goes("manual")


def _jump(control: Control, _: Form) -> str:
    control.jump()
    return how_it_goes("auto")


def _inject(control: Control, form: Form) -> str:
    rule = Rule(
        kind=form.get("kind"),
        endpoint=form.get("endpoint"),
        probability=number(form, "probability"),
        count=whole(form, "count") if "count" in form else None,
        options=_options(form.get("options", "")),
    )
    return f"Fault {control.inject(rule)} is in force: {rule.kind}."


def _options(given: str) -> dict[str, Any]:
    """Return options as ``name=value`` with ``&`` between; a value that is no JSON is text."""
    try:
        pairs = parse_qsl(
            given.replace("+", "%2B"),
            keep_blank_values=True,
            strict_parsing=bool(given),
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise InvalidInput("options", "must be name=value, with & between") from None
    return {name.strip(): _value(value.strip()) for name, value in pairs}


def _value(given: str) -> Any:
    try:
        return json.loads(given)
    except ValueError:
        return given


def _heal(control: Control, form: Form) -> str:
    if "number" not in form:
        control.heal()
        return "No fault is in force."
    which = whole(form, "number")
    control.heal(which)
    return f"Fault {which} is taken back."


async def _scenario(control: Control, form: Form) -> str:
    name = form.get("name", "")
    ids = await control.scenario(name)
    return f"Scenario {name} is loaded: {ids.get('out_trade_no') or ', '.join(ids['receivers'])}."


#: What each address does, and the part of the page that it belongs to.
ACTS: Mapping[str, tuple[Act, str]] = {
    "pay": (_pay, "pay"),
    "approve": (_approve, "receivers"),
    "refuse": (_refuse, "receivers"),
    "advance": (_advance, "clock"),
    "run": (_run, "clock"),
    "stop": (_stop, "clock"),
    "jump": (_jump, "clock"),
    "inject": (_inject, "faults"),
    "heal": (_heal, "faults"),
    "scenario": (_scenario, "scenarios"),
}
