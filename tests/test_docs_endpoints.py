"""docs/endpoints.md: its table is what the program asks, and what the sandbox answers."""

import inspect
import re
from pathlib import Path

from wxdist import resources
from wxdist.resources import _call
from wxdist.sandbox.asking import Request, find
from wxdist.sandbox.endpoints import ROUTES
from wxdist.settings import Settings

TEXT = (Path(__file__).parents[1] / "docs" / "endpoints.md").read_text("utf-8")
NOTHING = type(None)


def endpoints():
    """Yield every endpoint that a resource describes."""
    for _, module in inspect.getmembers(resources, inspect.ismodule):
        for _, value in inspect.getmembers(module):
            if isinstance(value, _call.Endpoint):
                yield value


def row(endpoint):
    answer = "nothing" if endpoint.answer is NOTHING else f"`{endpoint.answer.__name__}`"
    path = re.sub(r"\{\w+\}", "1", endpoint.path)
    handler, _ = find(ROUTES, Request(endpoint.method, path, {}))
    address = f"`{endpoint.method} {endpoint.path}`"
    return f"| {address} | `{endpoint.name}` | {answer} | `{handler.__name__}` |"


def test_the_table_is_whole():
    """Each endpoint is a line: its address, our call, its answer, and the sandbox's method."""
    expected = {row(each) for each in endpoints()}
    (file,) = Settings().bill_paths
    handler, _ = find(ROUTES, Request("GET", file, {}))
    expected.add(f"| `GET {file}` | `Bill.download` | `BillFile` | `{handler.__name__}` |")

    found = [line for line in TEXT.splitlines() if line.startswith("| `")]

    assert sorted(expected) == sorted(found)
    assert len(ROUTES) == len(found)
