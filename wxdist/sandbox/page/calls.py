"""The last calls, what came of their signatures, and why one failed."""

from __future__ import annotations

from ..calls import Call
from ..explain import Explanation
from ..lines import DIFFERENT, Line
from .look import Look
from .markup import Html, code, tag

_VERDICTS = {"same": "good", "different": "bad"}


def calls(look: Look) -> Html:
    """Return the section of the last calls."""
    return tag(
        "section",
        tag("h2", "Last calls", id="calls-title", tabindex="-1"),
        tag("ol", [_call(*each) for each in look.calls], class_="calls plain", reversed=True)
        if look.calls
        else tag("p", "No program has called yet.", class_="card quiet"),
        id="calls",
        aria_labelledby="calls-title",
    )


def _call(call: Call, found: Explanation) -> Html:
    return tag(
        "li",
        tag(
            "p",
            tag("span", f"#{call.number}", class_="quiet"),
            " ",
            tag("b", call.method),
            " ",
            code(call.target),
            class_="target",
        ),
        tag("p", _status(call), " ", _signature(call), " ", _struck(call), class_="outcome"),
        _why(call, found) if _failed(call) else None,
        id=f"call-{call.number}",
        class_="card",
    )


def _failed(call: Call) -> bool:
    return not call.check.ok and bool(call.check.field)


def _status(call: Call) -> Html:
    if not call.status:
        return tag("span", "no answer", class_="badge bad")
    kind = "good" if call.status < 400 else "bad"
    return tag("span", call.status, class_=f"badge {kind}")


def _signature(call: Call) -> Html:
    if call.check.ok:
        return tag("span", "✓ signature holds", class_="good")
    if not call.check.field:
        return tag("span", call.check.issue, class_="quiet")
    return tag("span", "✗ signature refused", class_="bad")


def _struck(call: Call) -> Html | None:
    return tag("span", "fault: ", call.fault, class_="badge busy") if call.fault else None


def _why(call: Call, found: Explanation) -> Html:
    return tag(
        "details",
        tag(
            "summary",
            "Why the signature failed",
            tag("span", f" of call {call.number}", class_="away"),
        ),
        tag("p", found.summary),
        tag("p", tag("b", "What to do: "), found.advice) if found.advice else None,
        _lines(found) if found.lines else None,
        id=f"why-{call.number}",
    )


def _lines(found: Explanation) -> Html:
    return tag(
        "div",
        tag(
            "p",
            f"The text to sign has {found.length} bytes in five lines, each ended by ⟨\\n⟩. "
            "␣ is a space.",
            class_="quiet",
        ),
        _unknown(found),
        tag("ol", [_line(line) for line in found.lines], class_="lines plain"),
    )


def _unknown(found: Explanation) -> Html | None:
    """Return why there is nothing to hold the expected text against; ``None`` if there is."""
    if found.field != "signature":
        return tag("p", "The signature itself was not looked at.", class_="quiet")
    if any(line.signed is not None for line in found.lines):
        return None
    return tag("p", "What was signed is not known: none of the usual mistakes.", class_="quiet")


def _line(line: Line) -> Html:
    texts = [tag("dt", f"expected, {line.length} bytes"), tag("dd", code(line.expected))]
    if line.verdict == DIFFERENT:
        signed = f"signed, {line.signed_length} bytes, other from byte {line.differs_at} on"
        texts += [tag("dt", signed), tag("dd", code(line.signed), class_="other")]
    kind = _VERDICTS.get(line.verdict)
    verdict = None if kind is None else [tag("span", line.verdict, class_=f"badge {kind}"), " "]
    meaning = tag("span", line.meaning, class_="quiet")
    return tag(
        "li",
        tag("p", tag("b", f"{line.number}. {line.name}"), " ", verdict, meaning),
        tag("dl", texts),
        class_=line.verdict,
    )
