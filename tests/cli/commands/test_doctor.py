import asyncio
import json

import pytest

from wxdist.cli.checks import Check
from wxdist.cli.commands.doctor import lines
from wxdist.cli.main import main
from wxdist.cli.output import Screen, columns


async def test_a_right_configuration_is_well(environ, set_environ, capsys):
    """Each check is a line that says ok, and the status is 0."""
    set_environ(environ)

    assert 0 == await asyncio.to_thread(main, ["doctor"])

    said = capsys.readouterr().out.splitlines()
    assert 6 == len([line for line in said if line.startswith("ok ")])
    assert "All is well." == said[-1]
    assert 80 >= max(map(columns, said))


async def test_gives_the_same_as_data(environ, set_environ, capsys):
    """With --json there is one JSON object on stdout and nothing else."""
    set_environ(environ)

    assert 0 == await asyncio.to_thread(main, ["doctor", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert found["ok"]
    assert [
        *("settings", "key pair", "host", "clock", "certificates", "permission"),
    ] == [each["check"] for each in found["checks"]]
    assert {"check", "result", "said", "advice"} == found["checks"][0].keys()


def test_an_empty_environment_fails(set_environ, capsys):
    """What is missing is said in one go, and the status is 1."""
    set_environ({})

    assert 1 == main(["doctor"])

    said = capsys.readouterr().out
    assert "WXDIST_MCHID" in said
    assert "WXDIST_SERIAL_NO" in said
    assert "Something has to be done" in said


def test_no_secret_is_printed(set_environ, stranger, capsys):
    """Keys and secrets that are given by value, right or wrong, stay out of the output."""
    secret, passphrase = "not-thirty-two-bytes", "open sesame"
    broken = stranger.replace("BEGIN PRIVATE", "BEGIN ENCRYPTED PRIVATE")
    set_environ(
        {
            "WXDIST_MCHID": "1900000001",
            "WXDIST_SERIAL_NO": "0A",
            "WXDIST_PRIVATE_KEY": broken,
            "WXDIST_PRIVATE_KEY_PASSPHRASE": passphrase,
            "WXDIST_API_V3_KEY": secret,
        }
    )

    assert 1 == main(["doctor"])

    told = "".join(capsys.readouterr())
    assert [] == [text for text in (secret, passphrase, *broken.split("\n")[1:3]) if text in told]


def test_what_to_do_stands_below(terminal):
    """Long texts go on below their column, and the advice has a line of its own."""
    check = Check(name="clock", result="failed", said="word " * 20, advice="Set the clock.")

    found = lines(Screen(terminal, environ={"NO_COLOR": "1"}), check)

    assert [
        "failed   clock         " + "word " * 10 + "word",
        " " * 23 + "word " * 8 + "word",
        " " * 23 + "-> Set the clock.",
    ] == found


@pytest.mark.parametrize(
    ("result", "style"), [("ok", 32), ("warning", 33), ("failed", 31), ("skipped", 1)]
)
def test_the_result_is_coloured(terminal, result, style):
    """On a terminal the word is green, yellow or red, or stands out; the columns stay."""
    check = Check(name="clock", result=result, said="text")

    (line,) = lines(Screen(terminal, environ={}), check)

    assert f"\x1b[{style}m{result}\x1b[0m" + " " * (9 - len(result)) + "clock         text" == line
