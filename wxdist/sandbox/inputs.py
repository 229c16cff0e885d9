"""What changes the business from outside: the same inputs at the same times give the same state."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from .state import Input, State
from .watching import tell

P = ParamSpec("P")
T = TypeVar("T")


class Part(Protocol):
    """A part of the business, on its state."""

    _state: State


S = TypeVar("S", bound=Part)

#: Every method that is an input, by its class and name.
INPUTS: dict[str, Callable[..., Any]] = {}


def an_input(act: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Note each call of a method that changes the state, refused ones too, while that is kept."""
    name = act.__qualname__

    @functools.wraps(act)
    def noted(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        state = self._state
        if state.inputs is not None:
            state.inputs.append(Input(state.now, name, args, dict(kwargs), state.slow))
        result = act(self, *args, **kwargs)
        tell(state, name, (args, result))
        return result

    INPUTS[name] = noted
    return noted
