"""The lower bounds that we promise are the ones that we test."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLOORS = ROOT / "tests" / "constraints" / "floor.txt"


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def dependencies() -> list[str]:
    return PROJECT["dependencies"]


def extras() -> list[str]:
    return sorted({each for extra in PROJECT["optional-dependencies"].values() for each in extra})


def constraints() -> list[str]:
    lines = FLOORS.read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_the_floor_is_tested():
    """The constraints of the floor session are the lower bounds of all that can be installed."""
    expected = [each.replace(">=", "==") for each in (*dependencies(), *extras())]

    assert expected == constraints()


def test_needs_these_five_and_no_other():
    """What a user has to install is five packages, each with a lower bound alone."""
    expected = ["aiohttp", "attrs", "backoff", "cattrs", "cryptography"]

    assert expected == [each.partition(">=")[0] for each in dependencies()]
    assert all(each.count("=") == 1 and "," not in each for each in dependencies())
