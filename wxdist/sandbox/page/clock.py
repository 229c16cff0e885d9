"""The business's clock, and how to turn it."""

from __future__ import annotations

from collections.abc import Mapping

from .figures import moment
from .forms import Forms, button, field, select
from .look import Look
from .markup import Html, join, tag

#: Steps of one press of a button.
STEPS = (("1 min", 60), ("5 min", 300), ("1 h", 3_600), ("1 day", 86_400))
#: Seconds of what a step of one's own is counted in.
UNITS: Mapping[str, int] = {"s": 1, "min": 60, "h": 3_600, "days": 86_400}


def clock(look: Look, forms: Forms) -> Html:
    """Return the section of the clock."""
    return tag(
        "section",
        tag("h2", "Clock", id="clock-title", tabindex="-1"),
        _face(look),
        tag("p", how_it_goes(look.state["clock"]["runs"]), class_="quiet"),
        _steps(forms),
        _own_step(forms),
        _speed(forms, jumps=look.shared),
        id="clock",
        class_="card",
        aria_labelledby="clock-title",
    )


def how_it_goes(runs: str | float) -> str:
    """Return in words how the clock moves."""
    if runs == "auto":
        return "It jumps by itself whenever everybody waits."
    if isinstance(runs, str):
        return "It stands still, and moves by orders alone."
    return f"It runs at {runs:g} times real time."


def _face(look: Look) -> Html:
    runs, stamp = look.state["clock"]["runs"], look.state["clock"]["now"]
    now = tag(
        "time",
        moment(look.now),
        id="now",
        datetime=stamp,
        data_unix=f"{look.now:.3f}",
        data_speed="0" if isinstance(runs, str) else f"{runs:g}",
    )
    return tag("p", now, " ", tag("span", "Beijing time", class_="quiet"), class_="face")


def _steps(forms: Forms) -> Html:
    steps = [
        button(f"+{words}", name="seconds", value=str(size), of="of the clock")
        for words, size in STEPS
    ]
    return forms.form("advance", tag("div", steps, class_="steps"))


def _own_step(forms: Forms) -> Html:
    units = [tag("option", unit, value=unit, selected=unit == "min") for unit in UNITS]
    far = field(
        "Advance by",
        "amount",
        place="clock",
        type="number",
        min="0",
        step="any",
        value="10",
        required=True,
        inputmode="decimal",
    )
    return forms.form(
        "advance",
        far,
        select("Unit", "unit", units, place="clock"),
        button("Advance"),
        class_="row",
    )


def _speed(forms: Forms, *, jumps: bool) -> Html:
    speed = field(
        "Speed, × real time",
        "speed",
        place="clock",
        type="number",
        min="0",
        max="1000000",
        step="any",
        value="60",
        required=True,
        inputmode="decimal",
    )
    return join(
        forms.form("run", speed, button("Run"), class_="row"),
        tag(
            "div",
            forms.form("stop", button("Stop", of="the clock")),
            forms.form("jump", button("Jump by itself")) if jumps else None,
            class_="row",
        ),
    )
