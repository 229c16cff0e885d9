import json
import sys

import attrs

from wxdist.cli.commands.demo import finish
from wxdist.cli.main import main
from wxdist.cli.output import Screen, columns


def test_tells_the_story(capsys):
    """The story ends with the table of who got what, and status 0."""
    assert 0 == main(["demo"])

    lines = capsys.readouterr().out.splitlines()
    assert "Total                                1,288.00  what the payer paid" in lines
    assert "It adds up to the fen, and the bill says the same." == lines[-1]
    assert 80 >= max(map(columns, lines))


def test_gives_the_same_as_data(capsys):
    """With --json there is one JSON object on stdout, amounts in fen, and nothing else."""
    assert 0 == main(["demo", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert (128_800, 128_800, True) == (found["payer"], found["total"], found["closes"])
    assert found["total"] == found["distributed"] + found["released"] + found["fee"]
    assert ["SUCCESS", "SUCCESS", "CLOSED"] == [each["result"] for each in found["receivers"]]
    assert {"at", "out_order_no", "account", "state"} == found["changes"][0].keys()


def test_money_that_does_not_add_up_is_a_failure(ending, terminal):
    """The total, the last line and the status say so."""
    screen = Screen(terminal, environ={"NO_COLOR": "1"})

    assert 1 == finish(screen, attrs.evolve(ending, payer=1001), as_data=False)

    lines = terminal.getvalue().splitlines()
    assert "NOT what the payer paid" in lines[-3]
    assert "does NOT add up" in lines[-1]


def test_data_that_does_not_add_up_is_a_failure(ending, capsys):
    """Data and status say so."""
    screen = Screen(sys.stdout, quiet=True)

    assert 1 == finish(screen, attrs.evolve(ending, fee=7), as_data=True)

    assert not json.loads(capsys.readouterr().out)["closes"]
