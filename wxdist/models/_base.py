"""How every model here is made: one decorator, one open enum, one base for answers."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Self, TypeVar, dataclass_transform

import attrs

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(attrs.field,))
def model(cls: type[T]) -> type[T]:
    """Make *cls* a frozen, slotted, keyword-only value, compared by its fields."""
    made: type[T] = attrs.define(cls, frozen=True, slots=True, kw_only=True)
    return made


class OpenEnum(enum.StrEnum):
    """Text with known values; an unknown one stays as it came, and equals its text.

    The service may add values at any time, so reading one never fails. `known` tells whether the
    documentation names it.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        other = str.__new__(cls, value)
        other._name_ = other._value_ = value
        return other

    @property
    def known(self) -> bool:
        """Whether the service documents this value."""
        return type(self).__members__.get(self._name_) is self


@model
class Meta:
    """How an answer came: for support, logs and metrics."""

    request_id: str | None = None  #: the service's ``Request-ID``; quote it to support
    status: int  #: HTTP status
    attempts: int = 1  #: requests that were sent for it, the first included
    verified: bool  #: whether its signature was checked and holds
    elapsed: float = 0.0  #: seconds from the call to the answer, pauses included


@model
class Answered:
    """What every answer carries beside its fields; no part of equality or repr."""

    extra: Mapping[str, Any] = attrs.field(factory=dict, eq=False, repr=False)
    """Fields that the service sent and this version does not know."""
    meta: Meta | None = attrs.field(default=None, eq=False, repr=False)
    """How the answer came; ``None`` when it was not read from the network."""


def masked(account: str) -> str:
    """Return how *account* is shown: merchant ids whole, anything else by its length."""
    return repr(account) if account.isascii() and account.isdigit() else f"<{len(account)} chars>"


def hidden(text: str | None) -> str:
    """Return how a personal name is shown: not at all."""
    return "None" if text is None else "<hidden>"
