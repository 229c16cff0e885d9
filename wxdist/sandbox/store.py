"""The state in one SQLite file: as it was when the last answer left, even after a crash.

The file holds the keys, one snapshot of the business and what was asked of it since. The business
is the same again when the same is asked again at the same times, so nothing else has to be kept.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from wxdist.errors import InvalidInput

from . import snapshot
from .papers import Papers
from .rules.calendar import LATEST
from .state import Input, State
from .world import World

T = TypeVar("T")

#: Names the form of the file; files of other forms are refused.
FORM = f"wxdist sandbox {snapshot.FORM}"
#: So many inputs at least stand between two snapshots.
LEAST_INPUTS = 1000

_FOREIGN = "is no store of this version of the sandbox, or cannot be written"

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE inputs (number INTEGER PRIMARY KEY, at REAL, name TEXT, content BLOB);
"""


class Store:
    """One file, with one sandbox at a time.

    Args:
        path: of the file, which is made if missing, for the owner only: keys lie in it.

    Raises:
        InvalidInput: the file is another sandbox's just now, or no store of this version.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._file = _opened(self._path)
        try:
            self._facts = dict(self._begin())
        except (sqlite3.Error, TypeError, ValueError) as error:
            self._file.close()
            used = "is in use by another sandbox" if "locked" in str(error) else _FOREIGN
            raise InvalidInput("store", used) from None
        self._world: World | None = None
        self._papers: Papers | None = None
        self._before = (0.0, 0)
        self._count = 0

    @property
    def now(self) -> float | None:
        """The Unix time at which the business stood last; ``None`` in a new file."""
        return float(self._facts["now"]) if "now" in self._facts else None

    def attach(self, world: World, papers: Papers) -> None:
        """Bring *world* to where the file is, and keep from now on what becomes of it.

        Raises `InvalidInput` when the file is of other terms, or damaged.
        """
        self._world, self._papers = world, papers
        if "base" in self._facts:
            try:
                self._replay(world)
            except (sqlite3.Error, *snapshot.CONTRADICTIONS) as error:
                raise InvalidInput("store", f"cannot be read: {error}") from None
        world.state.inputs = []
        self.rebase()

    def save(self) -> None:
        """Keep what happened since the last time; it is safe when this returns."""
        state, papers = self._attached()
        inputs = state.inputs or []
        many = self._count + len(inputs) > max(LEAST_INPUTS, state.count)
        if many or papers.rotations != self._before[1]:
            self.rebase()
        elif inputs or state.now != self._before[0]:
            with self._transaction():
                for each in inputs:
                    self._insert(each)
                self._put("now", state.now)
            self._before = (state.now, papers.rotations)
            self._count += len(inputs)
            inputs.clear()

    def rebase(self) -> None:
        """Keep everything anew: keys, and a snapshot in the place of what was asked before."""
        state, papers = self._attached()
        with self._transaction():
            self._file.execute("DELETE FROM inputs")
            self._put("form", FORM)
            self._put("papers", json.dumps(papers.dump()))
            self._put("base", snapshot.dump(state))
            self._put("now", state.now)
        self._before, self._count, state.inputs = (state.now, papers.rotations), 0, []

    def keep(self, name: str, value: Any) -> None:
        """Keep something else under *name*, ready for JSON."""
        with self._transaction():
            self._put(name, json.dumps(value))

    def kept(self, name: str, make: Callable[[Any], T]) -> T | None:
        """Return what *make* makes of what was kept under *name* when the file was opened.

        ``None`` if nothing was. Raises `InvalidInput` when it is damaged.
        """
        if name not in self._facts:
            return None
        try:
            return make(json.loads(self._facts[name]))
        except snapshot.CONTRADICTIONS:
            raise InvalidInput("store", f"is damaged: its {name} cannot be read") from None

    def close(self) -> None:
        """Keep everything, if a world was attached, and let go of the file."""
        try:
            if self._world is not None and self._world.state.inputs is not None:
                self.rebase()
        finally:
            self._file.close()

    def _attached(self) -> tuple[State, Papers]:
        if self._world is None or self._papers is None:
            raise RuntimeError("the store was not attached")
        return self._world.state, self._papers

    def _begin(self) -> list[tuple[str, Any]]:
        self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._file.execute("BEGIN EXCLUSIVE")
        if not self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _TABLES.split(";"):
                self._file.execute(statement)
        facts: list[tuple[str, Any]] = self._file.execute("SELECT * FROM facts").fetchall()
        if facts and dict(facts).get("form") != FORM:
            raise ValueError("another form")
        if not 0 <= dict(facts).get("now", 0) <= LATEST:
            raise ValueError("out of range")
        self._file.execute("COMMIT")
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")  # a crash of the process loses nothing
        return facts

    def _replay(self, world: World) -> None:
        world.adopt(snapshot.load(self._facts["base"], world.terms))
        rows = self._file.execute("SELECT at, name, content FROM inputs ORDER BY number")
        for at, name, content in rows:
            world.perform(Input(at, name, *snapshot.read(content)))
        world.run_until(self._facts["now"])
        snapshot.check_times(world.state)

    def _insert(self, asked: Input) -> None:
        content = snapshot.spell([asked.arguments, asked.named, asked.slow])
        self._file.execute(
            "INSERT INTO inputs (at, name, content) VALUES (?, ?, ?)",
            (asked.at, asked.name, content),
        )

    def _put(self, name: str, value: Any) -> None:
        self._file.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _transaction(self) -> sqlite3.Connection:
        """Begin a transaction; the block that follows ends it, whole or not at all."""
        self._file.execute("BEGIN")
        return self._file


def _opened(path: Path) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        return sqlite3.connect(path, isolation_level=None, timeout=0)
    except (OSError, sqlite3.Error) as error:
        raise InvalidInput("store", f"cannot be opened: {error}") from None
