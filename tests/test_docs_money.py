"""docs/money.md: its programs run as they are printed, one after the other."""

import ast
import datetime as dt
import inspect
import re
from pathlib import Path

import pytest

import wxdist
from wxdist.sandbox import Sandbox

pytest.importorskip("pyarrow")
pytest.importorskip("holidays")

TEXT = (Path(__file__).parents[1] / "docs" / "money.md").read_text("utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
DAY = dt.date(2026, 1, 5)
MORNING = dt.timedelta(days=1, hours=2)


async def execute(program, space):
    """Run *program*, which may await at its top level, in *space*."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    running = eval(compile(program, "money.md", "exec", flags), space)
    if inspect.iscoroutine(running):
        await running


@pytest.fixture
async def released():
    """A payment of 1000 fen, released on Monday; its bills are there. Gives names to programs."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark("P20150806125346")
        paid = await sandbox.pay("P20150806125346", amount=1000)
        pay = paid.transaction_id
        await session.transactions.wait_until_distributable(pay)
        order = await session.orders.unfreeze(pay, "U1", description="all of it")
        await session.orders.wait(order)
        await sandbox.advance(MORNING.total_seconds())
        yield {
            **{name: getattr(wxdist, name) for name in wxdist.__all__},
            "session": session,
            "day": DAY,
            "today": DAY + dt.timedelta(days=1),
            "transaction_id": pay,
            "number": "U1",
        }


async def test_the_programs_run(released, tmp_path, monkeypatch, capsys):
    """Bills, settlements and reconciliation work as the page says, and all of it adds up."""
    monkeypatch.chdir(tmp_path)

    for program in PROGRAMS:
        await execute(program, released)

    said = capsys.readouterr().out
    assert "2026-01-05 EXCHANGED BELOW_THRESHOLD" in said
    assert "True 1000 1000 0\n" in said
    assert {
        *("distribution.csv", "distribution.parquet", "for-people.csv", "statement.csv"),
        *("journal.jsonl", "report.html"),
    } == {path.name for path in tmp_path.iterdir()}


def test_the_kinds_are_those_of_the_program():
    """The page names every kind of difference and every reason why something is open."""
    from wxdist.reconcile import DifferenceKind, OpenReason  # noqa: PLC0415 - only for the names

    assert [] == [each for each in (*DifferenceKind, *OpenReason) if f"`{each.value}`" not in TEXT]
