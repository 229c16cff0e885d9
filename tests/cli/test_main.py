import argparse
import contextlib
import importlib
import io
import os
import subprocess
import sys
import warnings

import pytest

from wxdist import ConfigurationError, InvalidInput
from wxdist.cli.main import main
from wxdist.settings import VERSION


class Command:
    """A command ``do`` that ends as it is told."""

    def __init__(self, end):
        self._end = end

    def register(self, commands):
        commands.add_parser("do").set_defaults(run=self._run)

    def _run(self, parsed):
        assert isinstance(parsed, argparse.Namespace)
        return self._end()


def ends_with(error):
    def end():
        raise error

    return (Command(end),)


@pytest.mark.parametrize("status", [0, 1, 2])
def test_the_status_is_the_commands(status):
    """A command's status is the program's."""
    assert status == main(["do"], commands=(Command(lambda: status),))


def test_an_error_is_one_line(capsys):
    """An error of wxdist is one line on stderr, and status 1."""
    assert 1 == main(["do"], commands=ends_with(ConfigurationError("one is wrong", "so is two")))

    assert ("", "wxdist: ConfigurationError: 2 problems: - one is wrong - so is two\n") == tuple(
        capsys.readouterr()
    )


def test_an_interruption_is_130(capsys):
    """Ctrl-C ends with 130 and without a traceback."""
    assert 130 == main(["do"], commands=ends_with(KeyboardInterrupt()))

    assert "" == capsys.readouterr().err


@pytest.mark.parametrize(("field", "status"), [("--to", 2), ("day", 1)])
def test_an_option_that_does_not_fit_is_wrong_usage(field, status, capsys):
    """What an option says wrongly is status 2; what is wrong elsewhere is 1."""
    assert status == main(["do"], commands=ends_with(InvalidInput(field, "is wrong")))

    assert f"wxdist: InvalidInput: {field}: is wrong\n" == capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "No such file or directory", "a.csv"), "a.csv: No such file"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("odd"), "odd"),
    ],
)
def test_a_file_that_fails_is_one_line(error, said, capsys):
    """What the system refuses is one line on stderr with the file's name, and status 1."""
    assert 1 == main(["do"], commands=ends_with(error))

    assert capsys.readouterr().err.startswith(f"wxdist: {said}")


def test_a_warning_is_one_line(capsys):
    """A warning is plain text on stderr, and changes no status."""

    def end():
        warnings.simplefilter("default")
        warnings.warn("the bill\nis odd", UserWarning, stacklevel=1)
        return 0

    assert 0 == main(["do"], commands=(Command(end),))

    assert "wxdist: warning: the bill is odd\n" == capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["nonesuch"], ["demo", "--nonesuch"], ["doctor", "extra"]]
)
def test_wrong_usage_is_2(arguments, capsys):
    """What cannot be understood ends with 2, and says how it is used."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert 2 == ended.value.code
    assert "usage: wxdist" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--help"], "demo"),
        (["--help"], "4 differences were found"),
        (["demo", "--help"], "--json"),
        (["doctor", "--help"], "--json"),
        (["bills", "--help"], "3 one is not made yet"),
        (["settlements", "--help"], "--parquet FILE"),
        (["reconcile", "--help"], "4 differences were found"),
    ],
)
def test_help(arguments, said, capsys):
    """Help is printed on stdout, with status 0."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert 0 == ended.value.code
    assert said in " ".join(capsys.readouterr().out.split())


def test_version(capsys):
    """The version is printed on stdout, with status 0."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert 0 == ended.value.code
    assert f"wxdist {VERSION}\n" == capsys.readouterr().out


@pytest.mark.parametrize("flush", [False, True])
def test_nobody_reads_any_more(flush, monkeypatch):
    """A pipe that was closed at its other end is no error of ours: 141, as a shell would say."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)

        assert 141 == main(["do"], commands=(Command(lambda: print("text", flush=flush)),))


def test_a_narrow_encoding_is_no_error(monkeypatch):
    """A Chinese name on a terminal without Chinese is spelled in escapes, in JSON too."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))

    main(["do"], commands=(Command(lambda: print("分")),))

    assert b"\\u5206\n" == raw.getvalue()


def test_a_stream_of_the_callers():
    """A program that calls `main` may have put any stream of text in the place of stdout."""
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        assert 0 == main(["do"], commands=(Command(lambda: print("分") or 0),))

    assert "分\n" == stream.getvalue()


def test_as_a_module(monkeypatch, capsys):
    """`python -m wxdist` is the same program."""
    monkeypatch.setattr(sys, "argv", ["wxdist", "--version"])

    with pytest.raises(SystemExit) as ended:
        # runpy cannot follow how pytest loads packages that bring a plugin.
        importlib.import_module("wxdist.__main__")

    assert 0 == ended.value.code
    assert VERSION in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", ["", "demo", "doctor", "sandbox", "bills", "settlements", "reconcile"]
)
def test_help_is_light(command):
    """Help needs neither the HTTP library nor any other package."""
    arguments = [*command.split(), "--help"]
    program = f"""
import sys
from wxdist.cli.main import main
try:
    main({arguments!r})
finally:
    print(*sys.modules)
"""

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    loaded = set(said.stdout.split())
    assert (
        set()
        == {b"aiohttp", b"asyncio", b"attrs", b"attr", b"cattrs", b"cryptography", b"pyarrow"}
        & loaded
    )
    assert not {b"wxdist.models", b"wxdist.session"} & loaded
    assert b"wxdist.cli.main" in loaded
