"""Every endpoint of the service, held against the addresses that the sandbox serves."""

import os
import re
from pathlib import Path

import pytest

from wxdist.sandbox.auditor.cases import CASES
from wxdist.sandbox.auditor.reading import ADDRESSES
from wxdist.sandbox.endpoints import ROUTES

yaml = pytest.importorskip("yaml")

SHARED = Path(__file__).parents[3] / "shared" / "spec"
FILE = Path(os.environ.get("WXDIST_SPEC", SHARED)) / "endpoints.yaml"
ENDPOINTS = yaml.safe_load(FILE.read_text("utf-8"))["endpoints"] if FILE.is_file() else []

pytestmark = pytest.mark.skipif(
    not ENDPOINTS, reason="no endpoints.yaml: WXDIST_SPEC names no folder"
)


def path_of(endpoint):
    return endpoint["path"].partition("?")[0]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint["name"])
def test_is_served(endpoint):
    """Each endpoint is answered by one handler, and judged by the auditor."""
    path = re.sub(r"\{\w+\}", "1", path_of(endpoint))

    found = [
        handler
        for method, pattern, handler in ROUTES
        if method == endpoint["method"] and pattern.fullmatch(path)
    ]
    judged = [
        CASES[name]
        for method, address, name in ADDRESSES
        if (method, re.sub(r"\{\w+\}", "1", address)) == (endpoint["method"], path)
    ]

    assert (1, 1) == (len(found), len(judged))


def test_nothing_else_is():
    """The sandbox serves no address that the service has not."""
    assert len(ROUTES) == len({(each["method"], path_of(each)) for each in ENDPOINTS})
