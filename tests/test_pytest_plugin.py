"""The pytest plugin, in runs of pytest of its own: inside this process, and in another one."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from wxdist.sandbox import Sandbox

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
#: Where the package is not installed, pytest has to be told of its plugin.
INSTALLED = [each.value for each in importlib.metadata.entry_points(group="pytest11")]
PLUGIN = [] if "wxdist.pytest_plugin" in INSTALLED else ["-p", "wxdist.pytest_plugin"]
LOOPS = "asyncio_default_fixture_loop_scope = function\n"
AUTO = f"[pytest]\nasyncio_mode = auto\n{LOOPS}"
STRICT = f"[pytest]\nasyncio_mode = strict\n{LOOPS}"


@pytest.fixture
def run(pytester):
    """Run pytest on a file in this process, as strict as it goes.

    Such a run forgets the modules that it was the first to import, and those of cryptography
    cannot be imported twice: so this file has imported the sandbox before.
    """
    assert Sandbox

    def running(source, *words, ini=AUTO):
        pytester.makeini(ini)
        pytester.makepyfile(source)
        strict = ("-W", "error", "--strict-markers", "--strict-config", "-p", "no:cacheprovider")
        return pytester.runpytest_inprocess(*PLUGIN, *strict, *words)

    return running


def passed(result, count=1):
    assert {"passed": count} == result.parseoutcomes()


def failed(result, words, outcome="errors"):
    assert {outcome: 1} == result.parseoutcomes()
    result.stdout.fnmatch_lines([f"*{words}*"])


def test_three_lines_are_a_test(run):
    """Sandbox, session and clock fit together, and a day passes at once."""
    passed(
        run(
            """
            async def test_it(wxdist_sandbox, wxdist_session, wxdist_clock):
                await wxdist_session.transactions.mark("P20150806125346")
                paid = await wxdist_sandbox.pay("P20150806125346", amount=1000)
                before = wxdist_clock.now()
                await wxdist_session.transactions.wait_until_distributable(
                    paid.transaction_id, paid_at=paid.paid_at
                )
                assert wxdist_session.clock is wxdist_clock is wxdist_sandbox.clock
                assert 180 <= wxdist_clock.now() - before <= 300
                await wxdist_clock.advance(days=1)
            """
        )
    )


def test_each_test_has_its_own(run):
    """What one test did, the next does not see."""
    passed(
        run(
            """
            import pytest

            @pytest.mark.parametrize("time", [1, 2])
            async def test_it(wxdist_sandbox, time):
                assert [] == wxdist_sandbox.control.state()["payments"]
                await wxdist_sandbox.pay("P20150806125346", amount=1000)
            """
        ),
        2,
    )


def test_strict_mode_and_fixtures_of_ones_own(run):
    """In pytest-asyncio's strict mode, an async fixture of the user's can build on the sandbox."""
    passed(
        run(
            """
            import pytest, pytest_asyncio

            @pytest_asyncio.fixture
            async def paid(wxdist_sandbox, wxdist_session):
                await wxdist_session.transactions.mark("P20150806125346")
                return await wxdist_sandbox.pay("P20150806125346", amount=1000)

            @pytest.mark.asyncio
            async def test_it(paid, wxdist_session):
                left = await wxdist_session.transactions.wait_until_distributable(
                    paid.transaction_id
                )
                assert left.unsplit_amount == 1000
            """,
            ini=STRICT,
        )
    )


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
def test_lives_in_the_loop_of_the_test(run, scope):
    """Whichever loop of pytest-asyncio runs the test, the sandbox runs in it too."""
    passed(
        run(
            f"""
            import pytest

            @pytest.mark.asyncio(loop_scope="{scope}")
            class TestIt:
                async def test_it(self, wxdist_session):
                    balance = await wxdist_session.refunds.refundable_balance()
                    assert balance.balance == 0

                async def test_again(self, wxdist_session):
                    await wxdist_session.certificates.list()
            """,
            ini=STRICT,
        ),
        2,
    )


def test_the_loop_that_the_settings_name(run):
    """The loop of the tests may be told by pytest-asyncio's settings."""
    passed(
        run(
            """
            async def test_it(wxdist_session):
                assert (await wxdist_session.refunds.refundable_balance()).balance == 0
            """,
            ini=f"{AUTO}asyncio_default_test_loop_scope = session\n",
        )
    )


def test_anyio_runs_it_too(run):
    """A test that anyio runs gets the same fixtures, beside pytest-asyncio and without it."""
    pytest.importorskip("anyio")
    source = """
        import pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.fixture
        async def paid(wxdist_sandbox):
            return await wxdist_sandbox.pay("P20150806125346", amount=1000)

        @pytest.mark.anyio
        async def test_it(paid, wxdist_session):
            await wxdist_session.certificates.list()
        """
    passed(run(source, ini=STRICT))
    passed(run(source, "-p", "no:asyncio", ini="[pytest]\n"))


def test_trio_is_told(run):
    """A test on another loop than asyncio's is told which one is needed."""
    source = """
        import pytest

        @pytest.fixture(params=["trio"])
        def anyio_backend_name(request):
            return request.param

        def test_it(anyio_backend_name, anyio_backend, wxdist_session):
            pass

        @pytest.fixture
        def anyio_backend():
            return "trio"
        """

    failed(run(source, ini=STRICT), "wxdist runs on asyncio alone*anyio_backend*")


def test_anyio_by_its_fixture(run):
    """Where there is the fixture of anyio's backend and it is asyncio, anyio's way is taken."""
    source = """
        import pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.fixture
        def anyio_backend_name(anyio_backend):
            return anyio_backend

        @pytest.fixture(name="_wxdist_anyio")
        def stand_in():
            pytest.skip("taken")

        async def test_it(anyio_backend, wxdist_session):
            pass
        """

    assert {"skipped": 1} == run(source, "-p", "no:asyncio", ini="[pytest]\n").parseoutcomes()


@pytest.mark.parametrize(
    ("head", "words"),
    [("async def", "nothing runs this async test"), ("def", "make the test `async def`")],
)
def test_says_what_is_missing(run, head, words):
    """A test that has no loop is told what to do about it."""
    source = f"{head} test_it(wxdist_sandbox):\n    pass\n"

    failed(run(source, ini=STRICT), words)
    failed(run(source, "-p", "no:asyncio", ini="[pytest]\n"), words)


def test_arguments_by_marker(run):
    """Markers tell the sandbox its arguments; the closer marker has the last word."""
    passed(
        run(
            """
            import pytest

            pytestmark = pytest.mark.wxdist_sandbox(seed=3, mode="institutional", audit="auto",
                                                    sub_mchids=["1900000109"])

            @pytest.mark.wxdist_sandbox(audit="manual", fee_rate="0.006")
            async def test_it(wxdist_sandbox):
                terms = wxdist_sandbox.control.state()["terms"]
                assert terms["mode"] == "institutional"
                assert terms["audit"] == "manual"
                assert terms["fee_rate"] == "3/500"
            """
        )
    )


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("wxdist_sandbox(7)", "takes its arguments by name"),
        ("wxdist_sandbox(mode='x')", "mode: must be common or"),
        ("wxdist_faults('reset')", "kind: must be of refused, "),
        ("wxdist_faults()", "kind: give either a kind or a script"),
    ],
)
def test_a_wrong_marker_is_refused(run, marker, words):
    """What a marker cannot say, the test is told."""
    source = f"""
        import pytest

        @pytest.mark.{marker}
        async def test_it(wxdist_sandbox):
            pass
        """

    failed(run(source), words)


def test_faults_by_marker(run):
    """Faults strike in the order in which one reads the markers, and a script goes call by call."""
    passed(
        run(
            """
            import pytest

            pytestmark = pytest.mark.wxdist_faults("not_found", endpoint="receivers.get")

            @pytest.mark.wxdist_faults("reset_after", endpoint="transactions.mark", count=1)
            @pytest.mark.wxdist_faults("forged", "drip")
            async def test_it(wxdist_sandbox):
                rules = list(wxdist_sandbox.control.faults.rules.values())
                assert ["not_found", "reset_after", "forged", "drip"] == [r.kind for r in rules]

            @pytest.mark.wxdist_faults(script=["throttled", None, "broken_before"])
            async def test_script(wxdist_sandbox, wxdist_session):
                await wxdist_session.transactions.mark("P20150806125346")
                await wxdist_session.transactions.mark("P20150806125347")
                assert {"throttled": 1, "broken_before": 1} == wxdist_sandbox.control.faults.counts
            """
        ),
        2,
    )


def test_the_markers_are_explained(pytester):
    """`pytest --markers` tells of both, and `--fixtures` of the fixtures."""
    pytester.makeini(AUTO)
    marks = pytester.runpytest_inprocess(*PLUGIN, "--markers").stdout.str()
    fixtures = pytester.runpytest_inprocess(*PLUGIN, "--fixtures").stdout.str()

    assert 2 == len(re.findall(r"^@pytest\.mark\.wxdist_\w+\(", marks, re.MULTILINE))
    assert {"wxdist_sandbox", "wxdist_session", "wxdist_clock"} == set(
        re.findall(r"^(_?wxdist\w*)", fixtures, re.MULTILINE)
    )


def test_no_effect_when_unused(pytester):
    """A run that needs no sandbox loads nothing but the plugin, warnings being errors."""
    pytester.makeini("[pytest]")
    pytester.makepyfile(
        """
        import sys

        def test_it():
            ours = {name for name in sys.modules if name.partition(".")[0] == "wxdist"}
            assert ours == {"wxdist", "wxdist.pytest_plugin"}
            assert not {"aiohttp", "attrs", "cattrs", "cryptography", "backoff"} & set(sys.modules)
        """
    )
    others = ("-p", "no:asyncio", "-p", "no:anyio", "-p", "no:hypothesispytest")

    passed(pytester.runpytest_subprocess(*PLUGIN, *others, "-W", "error"))


def test_a_process_of_its_own(pytester):
    """In a fresh process it runs without a warning, and leaves nothing open."""
    pytester.makeini(AUTO)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.wxdist_faults("hang_after", endpoint="transactions.mark", count=1)
        async def test_it(wxdist_session):
            await wxdist_session.transactions.mark("P20150806125346")
        """
    )

    result = pytester.runpytest_subprocess(*PLUGIN, "-W", "error")

    passed(result)


def test_it_is_installed_with_the_package():
    """What pyproject.toml tells pytest to load is the plugin."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert {"wxdist": "wxdist.pytest_plugin"} == project["entry-points"]["pytest11"]
    assert "pytest" not in " ".join(project["dependencies"])
