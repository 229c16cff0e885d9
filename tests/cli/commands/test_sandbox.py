import argparse
import contextlib
import io
import os
import signal

import pytest

from wxdist.cli.commands.sandbox import made, register
from wxdist.cli.main import main


def parsed(*words):
    """Return the arguments that *words* stand for."""
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    return parser.parse_args(["sandbox", *words])


async def state(*words):
    """Start what *words* describe; return its state."""
    async with made(parsed(*words)) as sandbox:
        return sandbox.control.state()


async def test_options_reach_the_sandbox(tmp_path):
    """Every option of the contract, of time and dice makes the sandbox that it describes."""
    words = "--mode service_provider --sub-mchid 1900000109 --sub-mchid 1900000110"
    words += " --fee-rate 0.006 --max-ratio 1 --audit auto --closed-money sponsor --answers"
    words += " public_key --settlement-currency USD --rates daily --holiday 2026-02-18"
    words += " --holiday 2026-02-17 --clock 60 --start 2026-01-05T09:00+08:00 --seed 3"
    found = await state(*words.split(), "--store", str(tmp_path / "state.db"))

    assert {
        "mchid": "1900000001",
        "mode": "service_provider",
        "sub_mchids": ["1900000109", "1900000110"],
        "fee_rate": "3/500",
        "max_ratio": "1",
        "audit": "auto",
        "closed_money": "sponsor",
        "settlement_currency": "USD",
        "holidays": ["2026-02-17", "2026-02-18"],
        "rates": "daily",
    } == found["terms"]
    assert (60, "2026-01-05T09:00") == (found["clock"]["runs"], found["clock"]["now"][:16])
    assert (tmp_path / "state.db").exists()


async def test_real_speed_from_now_by_default():
    """Without options it is a direct merchant's, and runs as fast as real time."""
    found = await state()

    assert ("common", 1) == (found["terms"]["mode"], found["clock"]["runs"])


class Terminal(io.StringIO):
    """Whoever reads it ends the program once it told where it listens."""

    ended = False

    def flush(self):
        super().flush()
        if not self.ended and "listening" in self.getvalue():
            self.ended = True
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(
    ("words", "warned"), [([], ""), (["--expose"], "whoever reaches 127.0.0.1 can play")]
)
def test_serves_until_a_signal(capsys, words, warned):
    """The command says where it listens, ends with 0, and warns of what is exposed."""
    with contextlib.redirect_stdout(Terminal()) as terminal:
        status = main(["sandbox", *words])

    assert (0, 1) == (status, terminal.getvalue().count("\n"))
    assert terminal.getvalue().startswith("listening on http://127.0.0.1:")
    assert warned in capsys.readouterr().err


def test_refuses_to_be_reached_from_outside(capsys):
    """Another address than loopback needs --expose."""
    assert 2 == main(["sandbox", "--host", "0.0.0.0"])
    assert "InvalidInput: --host: is no loopback address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fee-rate", "x"], "--fee-rate: must be a decimal number"),
        (["--sub-mchid", "1900000109"], "--sub-mchid: must be given in every mode but common"),
        (["--port", "99999"], "--port: must be from 0"),
        (["--clock", "0"], "--clock: must be a number of seconds"),
        (["--start", "9999-01-01T00:00Z"], "--start: must be a time from 1970"),
        (["--settlement-currency", "hkd"], "--settlement-currency: must be AUD or CAD"),
        (["--start", "0001-01-01T00:00Z"], "--start: must be a time from 1970"),
    ],
)
def test_names_the_option(capsys, words, said):
    """What the sandbox refuses is told by the option as it was typed."""
    assert 2 == main(["sandbox", *words])
    assert f"wxdist: InvalidInput: {said}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--clock", "foo"], "argument --clock: must be auto, manual or a number"),
        (["--start", "foo"], "argument --start: must look like 2026-01-05T09:00+08:00"),
        (["--start", "2026-01-05"], "argument --start: needs a time zone"),
        (["--holiday", "soon"], "argument --holiday: must look like 2026-02-17"),
    ],
)
def test_says_what_is_allowed(capsys, words, said):
    """What cannot be read is told with what would be good."""
    with pytest.raises(SystemExit):
        main(["sandbox", *words])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["--clock", "fast"], ["--start", "soon"], ["--mode", "x"], ["--port", "x"]]
)
def test_wrong_words_are_wrong_usage(capsys, words):
    """What cannot be read is told by the parser, with status 2."""
    with pytest.raises(SystemExit) as error:
        main(["sandbox", *words])
    assert 2 == error.value.code
