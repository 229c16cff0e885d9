"""How an order is carried out: what is due happens first, the books are held, the file is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from wxdist.errors import InvalidInput

from ..clock import SandboxClock
from ..rules.receivers import child_of_caller
from ..rules.refusal import Refused
from ..store import Store
from ..world import World

T = TypeVar("T")


class Ordering:
    """What all orders share.

    Args:
        world: the business.
        clock: by which it goes.
        store: where the state is kept; ``None`` forgets it.
    """

    def __init__(self, world: World, clock: SandboxClock, store: Store | None) -> None:
        self._world = world
        self._clock = clock
        self._store = store

    @property
    def world(self) -> World:
        """The business as it stands now."""
        return self._world.run_until(self._clock.now())

    def _do(self, field: str, act: Callable[..., T], *arguments: object) -> T:
        with self._ordered():
            return told(field, act, *arguments)

    @contextlib.contextmanager
    def _ordered(self) -> Iterator[None]:
        """Carry out an order, hold the books, and keep what came of it, a refusal too."""
        try:
            with self._world.acting():
                yield
        finally:
            self._keep()

    def _keep(self, *, anew: bool = False) -> None:
        if self._store is not None:
            self._store.rebase() if anew else self._store.save()

    def _child(self, sub_mchid: str | None) -> str:
        try:
            return child_of_caller(self._world.terms, sub_mchid, "query")
        except Refused as refusal:
            raise InvalidInput("sub_mchid", refusal.message) from None


def told(field: str, act: Callable[..., T], *arguments: object) -> T:
    """Call *act* and turn its ``ValueError`` into an error about *field*."""
    try:
        return act(*arguments)
    except ValueError as error:
        raise InvalidInput(field, str(error)) from None
