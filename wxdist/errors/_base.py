"""The base of all errors, and those of our own side."""

from __future__ import annotations

from typing import Any


def _rebuild(cls: type[WxdistError], facts: dict[str, Any]) -> WxdistError:
    error = cls.__new__(cls)
    error.__dict__.update(facts)
    return error


class WxdistError(Exception):
    """The base of all errors here; catch it to catch everything of wxdist."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(self.__dict__))


class InvalidInput(WxdistError, ValueError):
    """An argument was refused before anything was sent: nothing happened, correct it.

    Made by wxdist alone.
    """

    def __init__(self, field: str, problem: str) -> None:
        self.field = field  #: the argument, as a path such as ``shares[0].amount``
        self.problem = problem  #: the limit, what was given, what to do

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}"

    def within(self, place: str) -> InvalidInput:
        """Return the same error with *place* put before its field."""
        return InvalidInput(f"{place}.{self.field}", self.problem)


class ConfigurationError(WxdistError, ValueError):
    """Settings or credentials that cannot work; lists every problem at once."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems  #: one sentence each

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return self.problems[0]
        return "".join(
            [f"{len(self.problems)} problems:", *(f"\n  - {problem}" for problem in self.problems)]
        )


class MissingExtra(WxdistError, ImportError):
    """An optional package is not installed; the text has the command that installs it."""

    def __init__(self, package: str, extra: str) -> None:
        self.package = package  #: such as ``pyarrow``
        self.extra = extra  #: of wxdist, such as ``arrow``

    def __str__(self) -> str:
        return f"this needs {self.package}: pip install 'wxdist[{self.extra}]'"
