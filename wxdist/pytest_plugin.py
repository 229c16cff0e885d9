"""What pytest gains from wxdist: fixtures with a sandbox for one test, and two markers.

pytest loads this module in every run. So it loads nothing of the sandbox, and no other package,
before a test asks for one of the fixtures.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from .sandbox import Sandbox
    from .sandbox.clock import SandboxClock
    from .session import Session

MARKERS = (
    "wxdist_sandbox(**arguments): make the test's sandbox with them, as audit='auto'",
    "wxdist_faults(*kinds, **rule): let faults strike calls of the test, as 'forged', count=1",
)
_SYNC = "wxdist: the sandbox lives in the event loop of the test: make the test `async def`"
_NO_LOOP = (
    "wxdist: nothing runs this async test. With pytest-asyncio mark it `@pytest.mark.asyncio`, or"
    " set `asyncio_mode = auto`; with anyio mark it `@pytest.mark.anyio`"
)
_NO_TRIO = "wxdist runs on asyncio alone: let the fixture `anyio_backend` return 'asyncio'"
_BY_NAME = "wxdist: the marker wxdist_sandbox takes its arguments by name, as seed=1"


class _Opened(NamedTuple):
    """What the fixtures of one test share."""

    sandbox: Sandbox
    session: Session


_Fixture = Callable[[pytest.FixtureRequest], AsyncIterator[_Opened]]


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)


@pytest.fixture
def wxdist_sandbox(_wxdist: _Opened) -> Sandbox:
    """A `wxdist.sandbox.Sandbox` for this test, as its markers describe it."""
    return _wxdist.sandbox


@pytest.fixture
def wxdist_session(_wxdist: _Opened) -> Session:
    """A `wxdist.Session` with the test's sandbox, on the sandbox's clock."""
    return _wxdist.session


@pytest.fixture
def wxdist_clock(_wxdist: _Opened) -> SandboxClock:
    """The clock of the test's sandbox: `now`, `await advance(minutes=4)`."""
    return _wxdist.sandbox.clock


@pytest.fixture(name="_wxdist")
def _shared(request: pytest.FixtureRequest) -> _Opened:
    """Open the sandbox in the loop that will run the test."""
    opened: _Opened = request.getfixturevalue(_fixture_for(request))
    return opened


def _fixture_for(request: pytest.FixtureRequest) -> str:
    """Return the name of an async fixture that runs where the test does; add it if need be."""
    item = request.node
    if request.config.pluginmanager.has_plugin("asyncio"):
        import pytest_asyncio  # noqa: PLC0415 - the user's choice, and only once it is needed

        if pytest_asyncio.is_async_test(item):
            scope = _loop_scope(item)
            fixture = pytest_asyncio.fixture(_opener(), loop_scope=scope)
            return _known(request.config, f"_wxdist_asyncio_{scope}", fixture)
    if "anyio_backend" in request.fixturenames:
        if request.getfixturevalue("anyio_backend_name") != "asyncio":
            pytest.fail(_NO_TRIO, pytrace=False)
        return _known(request.config, "_wxdist_anyio", pytest.fixture(_opener()))
    pytest.fail(_NO_LOOP if _is_async(item) else _SYNC, pytrace=False)


def _loop_scope(item: pytest.Item) -> Any:
    """Return which of pytest-asyncio's loops runs the test: a fixture must say the same."""
    marker = item.get_closest_marker("asyncio")
    told = marker.kwargs if marker else {}
    default = item.config.getini("asyncio_default_test_loop_scope")
    return told.get("loop_scope") or told.get("scope") or default


def _known(config: pytest.Config, name: str, fixture: object) -> str:
    """Let pytest know *fixture* by *name*, unless it does."""
    if not config.pluginmanager.has_plugin(name):
        plugin = ModuleType(name)
        setattr(plugin, name, fixture)
        config.pluginmanager.register(plugin, name)
    return name


def _is_async(item: pytest.Item) -> bool:
    return inspect.iscoroutinefunction(getattr(item, "function", None))


def _opener() -> _Fixture:
    """Return a function of its own: pytest-asyncio writes the loop's scope on it."""

    async def opened(request: pytest.FixtureRequest) -> AsyncIterator[_Opened]:
        from .sandbox import Sandbox  # noqa: PLC0415 - loads what unused fixtures must not

        sandbox = Sandbox(**_arguments(request.node))
        for rule in _rules(request.node):
            sandbox.control.inject(**rule)
        async with sandbox, sandbox.session() as session:
            yield _Opened(sandbox, session)

    return opened


def _arguments(item: pytest.Item) -> dict[str, Any]:
    """Return what the sandbox is made with: of two markers the closer one has the last word."""
    merged: dict[str, Any] = {}
    for mark in _marks(item, "wxdist_sandbox"):
        if mark.args:
            pytest.fail(_BY_NAME, pytrace=False)
        merged |= mark.kwargs
    return merged


def _rules(item: pytest.Item) -> Iterator[dict[str, Any]]:
    """Yield what makes each rule: one for each kind that a marker names."""
    for mark in _marks(item, "wxdist_faults"):
        for kind in mark.args or (None,):
            yield {"kind": kind, **mark.kwargs}


def _marks(item: pytest.Item, name: str) -> list[pytest.Mark]:
    """Return the markers of that name, in the order in which one reads them."""
    return [*item.iter_markers(name)][::-1]
