"""The months that the tests here look at: each lived once a run."""

import asyncio
import os

import pytest

from .month import lived

ASKED = int(os.environ.get("WXDIST_MONTH", "0"))


@pytest.fixture(scope="session")
def month(tmp_path_factory):
    """Live through the month."""
    return asyncio.run(lived(tmp_path_factory.mktemp("month"), ASKED or 2000))


@pytest.fixture(scope="session")
def result(month):
    """Hold all of it together, as it is."""
    return month.reconciled()


@pytest.fixture(scope="session")
def spoilt(request, tmp_path_factory):
    """Live through the month of which copies are spoiled."""
    if ASKED:
        return request.getfixturevalue("month")
    return asyncio.run(lived(tmp_path_factory.mktemp("month"), 300))
