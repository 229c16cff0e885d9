import argparse
import asyncio
import csv
import datetime as dt
import json
import os
import subprocess
import sys

import pytest

from wxdist.cli.commands import bills
from wxdist.cli.fetching import Fetched, fetch
from wxdist.cli.main import main
from wxdist.cli.output import Screen
from wxdist.models import BillKind
from wxdist.sandbox import Sandbox

from ..conftest import environment

MONDAY = dt.date(2026, 1, 5)


def parsed(*words):
    parser = argparse.ArgumentParser()
    bills.register(parser.add_subparsers())
    return parser.parse_args(["bills", *words])


def made(state="here", kind=BillKind.DISTRIBUTION, **facts):
    return Fetched(kind=kind, day=MONDAY, state=state, **facts)


@pytest.fixture
async def released(tmp_path):
    """A merchant to whom 1000 fen were released on Monday; it is Wednesday 08:00 in Beijing."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark("P00001")
        paid = await sandbox.pay("P00001", amount=1000)
        await session.transactions.wait_until_distributable(paid.transaction_id)
        order = await session.orders.unfreeze(paid.transaction_id, "U00001", description="all")
        await session.orders.wait(order)
        now = dt.datetime.fromtimestamp(sandbox.clock.now(), dt.timezone(dt.timedelta(hours=8)))
        await sandbox.advance((now.replace(day=7, hour=8, minute=0) - now).total_seconds())
        sandbox.write_credentials(tmp_path / "keys")
        yield sandbox, environment(tmp_path / "keys"), tmp_path / "bills"


async def fetched(released, *words):
    sandbox, environ, folder = released
    return await fetch(parsed(*words, "--folder", str(folder)), environ, clock=sandbox.clock)


async def test_fetches_each_day_of_a_range(released):
    """Of each day it tells what became of its bill: here, none, or not yet made."""
    found = await fetched(released, "distribution", "--from", "2026-01-04", "--to", "2026-01-06")

    folder = released[2]
    assert ["no bill", "here", "not yet"] == [each.state for each in found]
    assert (folder / "distribution-2026-01-05.csv", 1, 1000) == (
        found[1].path,
        found[1].rows,
        found[1].total,
    )
    assert ["distribution-2026-01-05.csv"] == [path.name for path in folder.iterdir()]


async def test_writes_other_forms_beside(released):
    """On demand the same rows lie beside as CSV for spreadsheets and as Parquet."""
    parquet = pytest.importorskip("pyarrow.parquet")

    await fetched(released, "distribution", "--from", "2026-01-05", "--csv", "--parquet")

    folder = released[2]
    with (folder / "distribution-2026-01-05.safe.csv").open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert "10.00" == row["amount"]
    assert [1000] == parquet.read_table(folder / "distribution-2026-01-05.parquet")[
        "amount"
    ].to_pylist()


def test_looks_for_pyarrow_before_the_work(tmp_path):
    """Without pyarrow --parquet is told at once, before anything is asked for."""
    (tmp_path / "pyarrow.py").write_text("raise ModuleNotFoundError(name='pyarrow')")
    program = "import sys; from wxdist.cli.main import main; sys.exit(main())"
    words = ["bills", "distribution", "--parquet"]
    environ = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}

    ended = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (1, "") == (ended.returncode, ended.stdout)
    assert "MissingExtra" in ended.stderr


async def test_main_takes_parquet_where_pyarrow_is(environ, set_environ, tmp_path):
    """With pyarrow --parquet is no reason to stop."""
    pytest.importorskip("pyarrow")
    set_environ(environ)

    words = ["bills", "refunds", "--folder", str(tmp_path), "--parquet"]

    assert 0 == await asyncio.to_thread(main, words)


async def test_one_that_fails_stops_no_other(released):
    """A day whose bill was refused for good is told with the reason, and the others are fetched."""
    found = await fetched(released, "distribution", "--from", "2025-10-01", "--to", "2025-10-02")

    assert ["failed", "failed"] == [each.state for each in found]
    assert "BillTooOld: " in found[0].said


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], 0),
        (["here", "no bill"], 0),
        (["here", "not yet"], 3),
        (["not yet", "failed", "here"], 1),
    ],
)
def test_the_status_is_the_worst(states, expected):
    """0: nothing is missing; 3: one is still to be made; 1: one failed."""
    assert expected == bills.status([made(state) for state in states])


def test_shows_a_table(terminal):
    """Each day is a line, with a sum; why a bill is not here is said below."""
    here = made(path="a.csv", rows=1234, total=123450)
    failed = made("failed", said="NotSent:\nno route")
    more = made(path="b.csv", rows=1, total=5)

    lines = bills.lines(Screen(terminal, environ={"NO_COLOR": "1"}), [here, failed, more])

    assert "2026-01-05  here    1,234  1,234.50  a.csv" == lines[2]
    assert "2026-01-05  failed" == lines[3]
    assert "2 bills             1,235  1,234.55" == lines[6]
    assert ["", "2026-01-05: NotSent: no route"] == lines[7:]


def test_a_statement_has_no_total(terminal):
    """Amounts of a statement are of several kinds: its rows are counted alone."""
    statement = made(kind=BillKind.STATEMENT, path="a.csv", rows=7)

    lines = bills.lines(Screen(terminal, environ={"NO_COLOR": "1"}), [statement, statement])

    assert "2026-01-05  here      7        a.csv" == lines[2]
    assert "2 bills              14" == lines[-1]


@pytest.mark.parametrize("kind", ["refunds", "statement"])
async def test_fetches_each_kind(released, kind):
    """A statement has a row for each payment, a day without refunds has no refund bill."""
    (bill,) = await fetched(released, kind, "--from", "2026-01-05")

    assert {"refunds": ("no bill", 0), "statement": ("here", 1)}[kind] == (bill.state, bill.rows)


async def test_main_gives_a_table_or_data(environ, set_environ, tmp_path, capsys):
    """The command prints a table, or one JSON object with --json, and ends with the status."""
    set_environ(environ)
    words = ["bills", "distribution", "--folder", str(tmp_path)]

    assert 0 == await asyncio.to_thread(main, words)
    table = capsys.readouterr().out
    assert 0 == await asyncio.to_thread(main, [*words, "--json"])

    (bill,) = json.loads(capsys.readouterr().out)["bills"]
    assert "no bill" == bill["state"]
    assert bill["day"] in table
    assert "no bill" in table
