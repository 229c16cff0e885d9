"""A database of its own for one reconciliation: on disk, nameless there, small in memory."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

_DECIMAL = re.compile(r"([0-9]{1,9})\.([0-9]{1,8})0*", re.ASCII)
#: Rows that are handed over at once.
_BATCH = 2_000

#: Tables by their columns. `n` counts rows; of a bill's row `mate` is the `n` of what we know of
#: it, and `fate` one of `FATES` once it is decided. Days are `date.toordinal()`.
TABLES: dict[str, str] = {
    "bill": "bill, source, day, sub, rows",
    "payment": "tid, otn, amount, currency, day, marked, sub, fee, rate, remaining",
    "ordr": "seq, tid, oon",
    "detail": "ordr, tid, oon, oid, sub, did, account, amount, currency, type, result, cday, day,"
    " sa, sc, rate, description",
    "refund": "rid, orn, tid, otn, amount, currency, pamount, pcurrency, day, status",
    "shut": "source, day, sub",
    "remaining": "tid, amount",
    "drow": "bill, day, cday, initiator, sponsor, sub, tid, oid, oon, did, account, amount,"
    " currency, sa, sc, rate, type, status, description",
    "rrow": "bill, day, cday, rid, orn, tid, otn, amount, currency, pamount, pcurrency,"
    " advanced, asa, asc_",
    "prow": "bill, day, cday, mchid, sub, tid, otn, amount, currency, fee, sa, sc, rate, state",
    "srow": "bill, day, cday, mchid, sub, tid, otn, rid, orn, state, total, tcurrency, amount,"
    " pamount, pcurrency, sa, sc, fee",
    "found": "cause, kind, source, ids, field, here, there, day, text, tid",
    "ours": "id",
    "open": "reason, ids, amount, currency, day, text",
}
#: Tables of which a later row with the same key replaces the earlier one.
_KEYS = {
    "payment": "tid",
    "ordr": "tid, oon",
    "refund": "rid",
    "remaining": "tid",
    "shut": "source, day, sub",
    "found": "cause",
    "ours": "id",
}
_ROWS = ("drow", "rrow", "prow", "srow")
#: What became of a bill's row that has no mate.
DOUBLED, FOREIGN, ELSEWHERE = 1, 2, 3

#: Made once all rows are there: that is quicker, and needs less memory.
_INDEXES = (
    ("payment", "otn"),
    ("detail", "did"),
    ("detail", "oon"),
    ("refund", "orn"),
    ("refund", "otn"),
    ("drow", "did"),
    ("rrow", "rid"),
    ("prow", "tid"),
    ("srow", "rid"),
)


class Store:
    """Tables that are filled first, and then asked."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: dict[str, list[Sequence[Any]]] = {name: [] for name in TABLES}
        self._into = {name: _insert(name, columns) for name, columns in TABLES.items()}

    def put(self, table: str, row: Sequence[Any]) -> None:
        """Add a row, its values in the order of the table's columns."""
        waiting = self._waiting[table]
        waiting.append(row)
        if len(waiting) >= _BATCH:
            self._flush(table)

    def flush(self) -> None:
        """Hand over what is waiting."""
        for table in TABLES:
            self._flush(table)

    def index(self) -> None:
        """Make ready for questions."""
        self.flush()
        for table, columns in _INDEXES:
            name = f"{table}_{columns}"
            self.run(f"CREATE INDEX {name} ON {table} ({columns})")
        self.run("ANALYZE")

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Execute one statement; return how many rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def ask(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows of an answer, read as they are taken."""
        with contextlib.closing(self._connection.execute(statement, values)) as cursor:
            yield from cursor

    def one(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Return the only row of an answer."""
        return self._connection.execute(statement, values).fetchone()

    def _flush(self, table: str) -> None:
        if waiting := self._waiting[table]:
            self._connection.executemany(self._into[table], waiting)
            waiting.clear()


def _insert(table: str, columns: str) -> str:
    marks = ", ".join("?" for _ in columns.split(","))
    word = "IGNORE" if table == "found" else "REPLACE"
    return f"INSERT OR {word} INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - names of ours


def printed_rate(text: str) -> int | str:
    """Return a printed exchange rate times 10^8; a text that is none as it is.

    Whole numbers are taken for such already: the form is not documented.
    """
    if text.isascii() and text.isdigit() and len(text) < 19:  # more is no 64-bit number
        return int(text)
    found = _DECIMAL.fullmatch(text)
    return int(found[1] + found[2].ljust(8, "0")) if found else text


@contextlib.contextmanager
def store(*, most_memory: int) -> Iterator[Store]:
    """Give an empty store, of which nothing is left afterwards.

    *most_memory*: bytes that the database may hold in memory; the rest is in a file.
    """
    with contextlib.closing(_opened(most_memory)) as connection:
        yield Store(connection)


def _opened(most_memory: int) -> sqlite3.Connection:
    """Return a new database that keeps no journal: it is never opened again.

    An empty name asks SQLite for a file that nobody else can open: on POSIX its name is removed
    when it is made, so that not even a process that was killed leaves one. It lies in
    SQLITE_TMPDIR, TMPDIR, /var/tmp or /tmp. Source: https://www.sqlite.org/inmemorydb.html
    """
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.create_function("printed_rate", 1, printed_rate, deterministic=True)
    for setting in (
        f"cache_size = -{max(most_memory // 1024, 1024)}",
        "journal_mode = OFF",
        "synchronous = OFF",
        "temp_store = FILE",
    ):
        connection.execute(f"PRAGMA {setting}")
    for name, columns in TABLES.items():
        more = ", mate INTEGER, fate INTEGER" if name in _ROWS else ""
        key = f", UNIQUE ({_KEYS[name]})" if name in _KEYS else ""
        connection.execute(f"CREATE TABLE {name} (n INTEGER PRIMARY KEY, {columns}{more}{key})")
    connection.execute("BEGIN")
    return connection
