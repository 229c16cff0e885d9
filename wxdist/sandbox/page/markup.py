"""HTML out of values: whatever is not markup already is escaped, here and nowhere else."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import TypeAlias


class Html(str):
    """Text that is markup already: made by `tag` and `text` alone."""

    __slots__ = ()


Child: TypeAlias = "str | int | Sequence[Child] | None"

Value: TypeAlias = str | int | bool | None

#: Elements that have no end.
_VOID = frozenset({"br", "input", "link", "meta"})


def text(value: object) -> Html:
    """Return *value* as markup that reads like it.

    What cannot be seen, marks that turn the direction of writing among it, is named: ⟨U+202E⟩.
    """
    return Html(html.escape(_visible(str(value))))


def tag(name: str, /, *inside: Child, **attributes: Value) -> Html:
    """Return an element.

    Args:
        name: of the element.
        inside: what is in it: markup, texts, numbers, lists of these; ``None`` is left out.
        attributes: ``class_`` is ``class``, ``aria_label`` is ``aria-label``; ``True`` stands
            without a value; ``False`` and ``None`` are left out.
    """
    said = "".join(_attribute(*each) for each in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{join(*inside)}</{name}>")


def join(*inside: Child) -> Html:
    """Return children side by side."""
    return Html("".join(_child(each) for each in inside))


def own(value: object) -> Html:
    """Return a text from outside: whichever way it is written, what stands around stays put."""
    return tag("bdi", str(value))


def code(value: object) -> Html:
    """Return an id or a text of a program, in one width."""
    return tag("code", own(value))


def _child(each: Child) -> str:
    if each is None:
        return ""
    if isinstance(each, Html):
        return each
    return text(each) if isinstance(each, str | int) else join(*each)


def _attribute(key: str, value: Value) -> str:
    name = key.removesuffix("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{text(value)}"'


def _visible(value: str) -> str:
    if value.isprintable():
        return value
    return re.sub(r"[^\n]", lambda found: _named(found[0]), value)


def _named(character: str) -> str:
    return character if character.isprintable() else f"⟨U+{ord(character):04X}⟩"
