"""docs/sandbox.md: its tables are what the program has, its programs run as they are printed."""

import argparse
import importlib.metadata
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from wxdist.cli.commands.sandbox import register
from wxdist.sandbox.api.table import OPERATIONS
from wxdist.sandbox.mischief import ENDPOINTS, KINDS
from wxdist.sandbox.scenarios import SCENARIOS

from .standing_process import order, standing

pytest_plugins = ["pytester"]

DOC = Path(__file__).parents[1] / "docs" / "sandbox.md"
README = (DOC.parents[1] / "README.md").read_text("utf-8")
TEXT = DOC.read_text("utf-8")
SECTIONS = {
    part.partition("\n")[0]: part for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
}
#: A vertical line in a cell of a table.
BAR = r"\|"
#: The user's own code that the example of the plugin tests.
SHOP = """
async def release(session, transaction_id):
    order = await session.orders.unfreeze(transaction_id, "U1", description="the rest")
    return await session.orders.wait(order)
"""

STARTED = ("--control", "--answers", "public_key", "--start", "2026-01-05T09:00+08:00")
NEEDS_TOOLS = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "openssl"))),
    reason="needs bash, curl and openssl",
)
PLUGIN_IS_INSTALLED = "wxdist.pytest_plugin" in {
    each.value for each in importlib.metadata.entry_points(group="pytest11")
}


def blocks(language, *sections):
    pattern = rf"^```{language}\n(.*?)^```"
    text = "".join(SECTIONS[name] for name in sections or SECTIONS)
    return re.findall(pattern, text, re.DOTALL | re.MULTILINE)


def listed(names):
    quoted = [f"`{name}`" for name in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def options():
    parser = argparse.ArgumentParser()
    register(commands := parser.add_subparsers())
    actions = commands.choices["sandbox"]._actions
    rows = []
    for each in actions[1:]:
        value = each.metavar or "|".join(each.choices or [each.dest.upper()])
        words = each.option_strings[0] + ("" if each.nargs == 0 else f" {value}")
        rows.append(f"| `{words.replace('|', BAR)}` | {each.help or 'who the merchant is'} |")
    return "\n".join(rows)


def operations():
    return "\n".join(f"| `{each.method} {each.path}` | {each.words} |" for each in OPERATIONS)


def faults():
    rows = []
    for kind in KINDS.values():
        told = kind.as_json()["options"]
        shown = ", ".join(f"`{name}`: {json.dumps(value)}" for name, value in told.items())
        rows.append(f"| `{kind.name}` | {kind.words} | {shown} |")
    return "\n".join(rows)


#: What is made from the program, by what it tells of.
PARTS = {
    "OPTIONS": options,
    "OPERATIONS": operations,
    "SCENARIOS": lambda: listed(SCENARIOS),
    "ENDPOINTS": lambda: listed(ENDPOINTS),
    "FAULTS": faults,
}


@pytest.mark.parametrize("name", PARTS)
def test_tells_what_there_is(name):
    """Options, operations, scenarios, APIs and faults stand there as the program has them."""
    made, text = (" ".join(each.split()) for each in (PARTS[name](), TEXT))

    assert f" {made} " in text or f" {made}. " in text


def test_the_commands_are_commands():
    """Each `wxdist sandbox` that is printed has words that the command knows."""
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    found = [line.split() for block in blocks("sh") for line in block.splitlines()]
    ours = [words[1:] for words in found if words[0] == "wxdist"]

    assert 2 == len(ours)
    assert [True, True] == [parser.parse_args(words).control for words in ours]


def test_the_examples_of_tests_pass(pytester):
    """The test without the plugin and those with it, README's too, pass as printed."""
    plain, plugged = blocks("python")
    readme = re.search(r"^```python\n(import pytest\n.*?)^```", README, re.DOTALL | re.MULTILINE)
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(test_plain=plain, test_plugged=plugged, test_readme=readme[1], shop=SHOP)

    known = [] if PLUGIN_IS_INSTALLED else ["-p", "wxdist.pytest_plugin"]
    result = pytester.runpytest_subprocess(*known, "-W", "error")

    assert {"passed": 3} == result.parseoutcomes()


def run(script, folder):
    """Run *script* by bash in *folder*; return what it said on both channels."""
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout, done.stderr


@NEEDS_TOOLS
def test_the_programs_of_bash_run(tmp_path):
    """All of them, one after the other: the payment goes through, each answer is verified."""
    with standing(tmp_path / "sandbox-credentials", *STARTED) as base_url:
        said, told = run("\n".join(blocks("bash")), tmp_path)
        calls = order(base_url, "calls?limit=10000")["calls"]
        audit = order(base_url, "auditor")

    assert 7 == told.count("Verified OK")
    assert [200, 204, 200, 200, 200, 200, 200, 200, 401] == [each["status"] for each in calls]
    assert 1 == said.count(",`86693852,`3.00,`CNY,")
    assert 1 == said.count(",`1900000001,`7.00,`CNY,")
    assert ("green", 0) == (audit["state"], audit["found"])
    assert "serial_no" in said.splitlines()[-1]


@NEEDS_TOOLS
def test_the_verification_of_bash_can_fail(tmp_path):
    """An answer that was forged ends the program."""
    tools, _ = blocks("bash", "With openssl and curl")
    script = f"""{tools}
        control faults '{{"kind": "forged", "count": 1}}'
        if call GET /v3/certificates; then exit 9; fi
        call GET /v3/certificates
    """
    with standing(tmp_path / "sandbox-credentials", *STARTED):
        _, told = run(script, tmp_path)

    assert (1, 1) == (told.count("Verification failure"), told.count("Verified OK"))
