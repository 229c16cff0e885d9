"""Shared by the tests: keys made once a run, the service in small, and servers and sessions."""

import contextlib
import os

import hypothesis
import pytest

from wxdist import FakeClock, Session, Settings

from .raw_server import Wire
from .service_side import Keys, Service

# The same examples in each run; with WXDIST_FUZZ others each time.
hypothesis.settings.register_profile("same", derandomize=True)
if "WXDIST_FUZZ" not in os.environ:
    hypothesis.settings.load_profile("same")


@pytest.fixture(scope="session")
def keys():
    """Make the keys, once a run."""
    return Keys()


@pytest.fixture
def clock():
    """Make a clock that jumps when everybody waits for it."""
    return FakeClock(auto=True)


@pytest.fixture
def service(keys, clock):
    """Make the service's side; it listens when `serve` is called with it."""
    return Service(keys, clock)


@pytest.fixture
async def serve(clock):
    """Start servers that answer as told; they end with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(answer):
            wire = await stack.enter_async_context(Wire(answer, clock))
            if isinstance(answer, Service):
                answer.url = wire.url
            return wire

        yield start


@pytest.fixture
async def connect(keys, clock):
    """Make sessions with a server, of some mode and settings; they are closed at the end."""
    async with contextlib.AsyncExitStack() as stack:

        def make(wire, mode="common", *, credentials=None, connector=None, **settings):
            session = Session(
                credentials or keys.credentials(mode),
                settings=Settings(**{"base_url": wire.url, **settings}),
                connector=connector,
                clock=clock,
            )
            stack.push_async_callback(session.aclose)
            return session

        yield make


@pytest.fixture
def certified(service, keys):
    """Let the service sign with its certificate."""
    service.serial = keys.certificate[0]
    return service


@pytest.fixture
def connect_bare(connect, keys):
    """Make a session that knows no platform key beforehand."""
    return lambda wire, **settings: connect(
        wire, credentials=keys.credentials(platform_keys=()), **settings
    )
