import argparse
import asyncio
import json

import attrs
import pytest

from wxdist.cli.commands import settlements
from wxdist.cli.gathering import settlements_in
from wxdist.cli.main import main
from wxdist.cli.output import as_json
from wxdist.cli.parquet import flat
from wxdist.sandbox import Sandbox

from ..conftest import environment


def parsed(*words):
    parser = argparse.ArgumentParser()
    settlements.register(parser.add_subparsers())
    return parser.parse_args(["settlements", *words])


@pytest.fixture
async def paid_out(tmp_path):
    """A merchant that was paid out on Tuesday, and has money of Wednesday's to come."""
    async with Sandbox() as sandbox:
        await sandbox.pay("P00001", amount=1_000_000)
        await sandbox.advance(days=2)
        await sandbox.pay("P00002", amount=5000)
        await sandbox.advance(days=1)
        sandbox.write_credentials(tmp_path)
        yield sandbox, environment(tmp_path)


async def test_lists_what_was_paid_out(paid_out):
    """Each record of the days is a line, with a sum for its currency."""
    sandbox, environ = paid_out

    found = await settlements.ask(
        parsed("--from", "2026-01-01", "--to", "2026-01-08"), environ, clock=sandbox.clock
    )

    lines = settlements.lines(found)
    assert ["2026-01-06"] == [str(each.settlement_date) for each in found]
    assert f"{found[0].amount.net:,}" in lines[2]
    assert lines[4].startswith("1 records")
    assert "HKD" in lines[4]


async def test_lists_what_is_to_come(paid_out):
    """With --unsettled it is what was not paid out yet, whatever its day."""
    sandbox, environ = paid_out

    found = await settlements.ask(parsed("--unsettled"), environ, clock=sandbox.clock)

    assert ["2026-01-07"] == [str(each.trade_start_date) for each in found]
    assert 0 < found[0].amount.unsettle


async def test_a_range_of_trading_days_is_shown_as_one(paid_out):
    """A record over several days shows the first and the last."""
    sandbox, environ = paid_out
    (record,) = await settlements.ask(parsed("--unsettled"), environ, clock=sandbox.clock)

    assert "2026-01-06 to 2026-01-07" == settlements._days(
        record.settlement_date.replace(day=6), record.trade_end_date
    )


async def test_ends_well_without_any(environ, set_environ, capsys):
    """No record is no failure: it says so, or gives an empty list."""
    set_environ(environ)

    assert 0 == await asyncio.to_thread(main, ["settlements", "--unsettled"])
    assert 0 == await asyncio.to_thread(main, ["settlements", "--unsettled", "--json"])

    assert "There is none.\n[]\n" == capsys.readouterr().out


async def test_gives_the_same_as_data(paid_out):
    """As data a record has the fields of the service, and days as text."""
    sandbox, environ = paid_out
    found = await settlements.ask(parsed("--unsettled"), environ, clock=sandbox.clock)

    data = json.loads(settlements.as_json([settlements.data(each) for each in found]))

    assert ["2026-01-07"] == [each["trade_start_date"] for each in data]
    assert found[0].amount.net == data[0]["amount"]["net"]
    assert "meta" not in data[0]


async def test_what_is_printed_can_be_read_again(paid_out, tmp_path):
    """The printed JSON gives back the same records, unknown fields included."""
    sandbox, environ = paid_out
    found = await settlements.ask(parsed("--from", "2026-01-06"), environ, clock=sandbox.clock)
    odd = [attrs.evolve(each, extra={"new_field": [1]}, split_amount=None) for each in found]
    path = tmp_path / "settlements.json"

    path.write_text(as_json([settlements.data(each) for each in [*found, *odd]]), "utf-8")

    again = settlements_in(path)
    assert [*found, *odd] == list(again)
    assert {"new_field": [1]} == again[-1].extra


async def test_writes_the_same_as_a_table(environ, set_environ, sandbox, tmp_path, capsys):
    """With --parquet the records lie in a table too, whose columns are always the same."""
    parquet = pytest.importorskip("pyarrow.parquet")
    set_environ(environ)
    await sandbox.pay("P00001", amount=5000)
    path = tmp_path / "settlements.parquet"

    assert 0 == await asyncio.to_thread(
        main, ["settlements", "--unsettled", "--json", "--parquet", str(path)]
    )

    (told,) = json.loads(capsys.readouterr().out)
    (row,) = parquet.read_table(path).to_pylist()
    assert list(settlements.COLUMNS) == list(row)
    assert told["amount"]["net"] == row["amount_net"]
    assert (told["settlement_date"], "{}") == (str(row["settlement_date"]), row["extra"])


async def test_the_table_has_every_field(paid_out):
    """No field of a record is left out of the table."""
    sandbox, environ = paid_out
    (record,) = await settlements.ask(parsed("--unsettled"), environ, clock=sandbox.clock)

    assert {*flat(settlements.data(record)), "extra"} == {*settlements.COLUMNS}


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_refuses_days_of_what_is_to_come(option, capsys):
    """Days have no effect on what is unsettled: with --unsettled they are wrong usage."""
    assert 2 == main(["settlements", "--unsettled", option, "2026-01-05"])

    assert "InvalidInput: --unsettled: is without days" in capsys.readouterr().err


async def test_refuses_a_range_backwards(environ, set_environ, capsys):
    """A range that ends before it begins is one line on stderr, and status 2."""
    set_environ(environ)
    words = ["settlements", "--from", "2026-01-06", "--to", "2026-01-05"]

    assert 2 == await asyncio.to_thread(main, words)

    assert "wxdist: InvalidInput: --to: is before --from\n" == capsys.readouterr().err
