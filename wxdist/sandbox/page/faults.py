"""Faults: those in force, and a form to order one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ..mischief import ENDPOINTS, KINDS, Rule, Stage
from ..mischief.options import Option
from .figures import count
from .forms import Forms, button, field, select
from .look import Look
from .markup import Html, code, join, tag

_STAGES = {
    Stage.NETWORK: "Before the service",
    Stage.SERVICE: "The service refuses",
    Stage.BUSINESS: "Carried out in another way",
    Stage.ANSWER: "The answer is wrong",
}


def faults(look: Look, forms: Forms) -> Html:
    """Return the section of the faults."""
    return tag(
        "section",
        tag("h2", "Faults", id="faults-title", tabindex="-1"),
        _in_force(look, forms),
        _struck(look),
        _inject(forms),
        _table(),
        id="faults",
        class_="card",
        aria_labelledby="faults-title",
    )


def _in_force(look: Look, forms: Forms) -> Html:
    if not look.rules:
        return tag("p", "No fault is in force.", class_="quiet")
    rules = [_rule(number, rule, forms) for number, rule in look.rules.items()]
    every = forms.form("heal", button("Clear all faults")) if len(rules) > 1 else None
    return join(tag("ul", rules, class_="plain"), every)


def _rule(number: int, rule: Rule, forms: Forms) -> Html:
    name = rule.kind or "script"
    which = tag("input", type="hidden", name="number", value=number)
    return tag(
        "li",
        tag("p", tag("span", name, class_="badge bad"), " ", ", ".join(_terms(rule))),
        forms.form("heal", which, button("Clear", of=join("fault ", str(number), " ", name))),
        id=f"fault-{number}",
        class_="rule",
    )


def _terms(rule: Rule) -> Iterator[str]:
    """Yield in words which calls a rule strikes."""
    if rule.script:
        yield " then ".join(each or "nothing" for each in rule.script)
    yield rule.endpoint or "any call"
    if rule.probability != 1:
        yield f"with probability {rule.probability:g}"
    if rule.count is not None:
        yield f"at most {count(rule.count, 'call')}"
    if rule.nth is not None:
        yield f"number {rule.nth} of them"
    for name, value in rule.options.items():
        yield f"{name}={json.dumps(value, ensure_ascii=False)}"


def _struck(look: Look) -> Html | None:
    if not look.counts:
        return None
    items = [tag("li", f"{name} {times:,} ×") for name, times in look.counts.items()]
    return tag("div", tag("h3", "Struck so far"), tag("ul", items, class_="facts quiet"))


def _inject(forms: Forms) -> Html:
    return forms.form(
        "inject",
        tag("h3", "Order a fault"),
        select("Fault", "kind", list(_kinds()), place="fault"),
        select(
            "Of which calls",
            "endpoint",
            [tag("option", "any call", value=""), [tag("option", each) for each in ENDPOINTS]],
            place="fault",
        ),
        tag("div", _probability(), _count(), class_="row"),
        field(
            "Options",
            "options",
            place="fault",
            hint=join("Such as ", code("retry_after=5"), "; several with ", code("&"), " between."),
        ),
        button("Put in force", kind="main"),
    )


def _kinds() -> Iterator[Html]:
    for stage, words in _STAGES.items():
        names = [tag("option", kind.name) for kind in KINDS.values() if kind.stage is stage]
        yield tag("optgroup", names, label=words)


def _probability() -> Html:
    return field(
        "Probability",
        "probability",
        place="fault",
        type="number",
        min="0",
        max="1",
        step="any",
        value="1",
        required=True,
        inputmode="decimal",
    )


def _count() -> Html:
    return field(
        "How often",
        "count",
        place="fault",
        type="number",
        min="1",
        step="1",
        value="1",
        inputmode="numeric",
        hint="empty: always",
    )


def _table() -> Html:
    rows = [
        tag("div", tag("dt", code(kind.name)), tag("dd", kind.words, _options(kind.options)))
        for kind in KINDS.values()
    ]
    return tag(
        "details",
        tag("summary", "What each fault does"),
        tag("dl", rows, class_="kinds"),
        id="kinds",
    )


def _options(options: Mapping[str, Option]) -> Html | None:
    if not options:
        return None
    known = [f"{name}={json.dumps(each.default)}" for name, each in options.items()]
    return tag("p", "Options: ", code(", ".join(known)), class_="quiet")
