"""Question 3: what does starting cost?"""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.measuring import HERE, Size, medians
from benchmarks.report import Table, milli, ratio

NOTHING = "nothing"
COMMANDS = {
    NOTHING: ("-c", "pass"),
    "`import wxdist`": ("-c", "import wxdist"),
    "`wxdist --help`": ("-m", "wxdist", "--help"),
    "`from wxdist import Session`": ("-c", "from wxdist import Session"),
    "`import aiohttp`": ("-c", "import aiohttp"),
}


def _cpu_of(words: tuple[str, ...]) -> float:
    """Return the processor seconds of a fresh Python."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, cwd=HERE.parent)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(size: Size) -> Table:
    """Return the table of fresh processes, in rounds that take turns."""
    rounds = []
    for _ in range(size.starts + 1):
        cost = {name: _cpu_of(words) for name, words in COMMANDS.items()}
        rounds.append(cost | {f"{name} /": cost[name] / cost[NOTHING] for name in COMMANDS})
    found = medians(rounds[1:])  # the first one writes what Python compiles
    rows = [(name, milli(found[name]), ratio(found[f"{name} /"])) for name in COMMANDS]
    return Table(
        "Starting",
        f"Processor time of a fresh Python: medians of {size.starts} starts.",
        ("", "ms", "ratio to nothing"),
        rows,
    )
