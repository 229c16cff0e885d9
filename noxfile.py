"""The one front door: ``nox -l`` lists the sessions, plain ``nox`` runs what a change must pass."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["tests", "lint", "types", "docs"]
nox.options.download_python = "never"
# On CI too: the tests run on each supported Python that the machine has.
nox.options.error_on_missing_interpreters = False

PROJECT = nox.project.load_toml("pyproject.toml")
# The Python that runs nox is always found, so at least one session of the tests runs.
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHONS = list(dict.fromkeys([*nox.project.python_versions(PROJECT), HERE]))


#: The package with all that can be installed beside it.
WHOLE = ".[" + ",".join(PROJECT["project"]["optional-dependencies"]) + "]"


def _group(*names: str) -> tuple[str, ...]:
    """Return the requirements of dependency groups; not every pip knows ``--group``."""
    return nox.project.dependency_groups(PROJECT, *names)


#: On all processors; a file's tests stay together, since they share what is slow to make.
ALL = ("-n", "auto", "--dist", "loadfile")
EARLY = ("-q", "tests/test_pytest_plugin.py", "tests/test_exports.py")


def _pytest(session: nox.Session, *words: str) -> None:
    """Run pytest on the installed package: safe path keeps the sources beside it out of sight."""
    session.env["PYTHONSAFEPATH"] = "1"
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp(), "coverage"))
    session.run("python", "-m", "pytest", "-rs", *words, *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Test the built package, on one Python under coverage; words after ``--`` go to pytest."""
    session.install(WHOLE, *_group("tests"))
    # A chosen part of the tests cannot cover all of the package.
    if session.posargs or session.python != HERE:
        _pytest(session, *ALL)
        return
    _pytest(session, *ALL, "--cov", "--cov-report=", "--cov-fail-under=0")
    # Its processes load our plugin, and the package's front, before they begin to measure.
    session.run("coverage", "run", "--append", "-m", "pytest", *EARLY)
    session.run("coverage", "report")


@nox.session(python="3.11")
def floor(session: nox.Session) -> None:
    """Test with the lowest version of each dependency, optional ones too."""
    session.install(WHOLE, *_group("tests"), "-c", "tests/constraints/floor.txt")
    _pytest(session, *ALL)


@nox.session
def backoff3(session: nox.Session) -> None:
    """Test without what is optional, and with python-backoff 3 in the place of backoff."""
    session.install(".", *_group("tests"))
    session.run("python", "-m", "pip", "uninstall", "--yes", "backoff")
    session.install("python-backoff>=3,<4")
    # The sandbox knows neither.
    _pytest(session, *ALL, "--ignore=tests/sandbox", "--ignore=tests/month")


@nox.session
def lint(session: nox.Session) -> None:
    """Check rules and format."""
    session.install(*_group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, those that a user sees among them."""
    session.install(".", *_group("types"))
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Check that what is public is explained, and that the README's programs compile."""
    session.install(".", *_group("docs"))
    session.env["PYTHONSAFEPATH"] = "1"
    session.run("python", "-m", "pytest", "tests/test_docs.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure; ``-- --quick`` for a short run."""
    session.install(".", *_group("bench"))
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Show the whole story on the sandbox; words after ``--`` go to ``wxdist demo``."""
    session.install(".")
    session.run("wxdist", "demo", *session.posargs)


@nox.session
def foreign(session: nox.Session) -> None:
    """Let a client that is not ours use the standing sandbox."""
    session.install(".", *_group("tests"), "wechatpayv3[async]>=2.0.4")
    _pytest(session, "tests/foreign")


@nox.session
def network(session: nox.Session) -> None:
    """See from another network namespace who reaches the sandbox; needs root and iproute2."""
    session.install(".", *_group("tests"))
    _pytest(session, "tests/network/from_outside.py")


@nox.session
def browser(session: nox.Session) -> None:
    """Drive the sandbox's page in Chromium; needs chromium, chromedriver and npm."""
    session.install(".", *_group("tests"), "selenium>=4.30")
    place = Path(session.create_tmp()).resolve()
    session.run("npm", "install", "--prefix", str(place), "axe-core@4", external=True)
    session.env["WXDIST_AXE"] = str(place / "node_modules" / "axe-core" / "axe.min.js")
    found = sorted(map(str, Path("tests/browser").glob("*_in_browser.py")))
    _pytest(session, *found)


@nox.session
def month(session: nox.Session) -> None:
    """Spoil a month of 2 000 transactions in all ways, or as many as WXDIST_MONTH says."""
    session.install(".", *_group("tests"))
    session.env["WXDIST_MONTH"] = os.environ.get("WXDIST_MONTH", "2000")
    _pytest(session, "tests/month")


@nox.session
def office(session: nox.Session) -> None:
    """Open exported bills in LibreOffice Calc; needs soffice (Debian: libreoffice-calc)."""
    session.install(".", *_group("tests"))
    found = sorted(map(str, Path("tests/office").glob("*_in_calc.py")))
    _pytest(session, *found)


@nox.session
def soak(session: nox.Session) -> None:
    """Play 10 000 lives against the auditor, or as many as WXDIST_SOAK says."""
    session.install(".", *_group("tests"))
    session.env["WXDIST_SOAK"] = os.environ.get("WXDIST_SOAK", "10000")
    session.env["WXDIST_SOAK_JOBS"] = str(os.cpu_count())
    # No safe path: the other processes find the test beside the sources.
    words = ("tests/sandbox/test_stateful.py", "-k", "soak", "-s", *session.posargs)
    session.run("python", "-m", "pytest", *words)
