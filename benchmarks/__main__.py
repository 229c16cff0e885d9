"""``python -m benchmarks [--quick]``: measure, print, and after a full run write RESULTS.md."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence

from benchmarks import bills, calls, imports, parts, waits
from benchmarks.clients import clients
from benchmarks.measuring import FULL, HERE, QUICK, Size, server
from benchmarks.report import Table, report


async def measure(size: Size) -> Sequence[Table]:
    """Return all answers; what depends on a quiet process comes first."""
    with server() as other_side:
        async with clients(other_side) as all_clients:
            return [
                await calls.measure(all_clients, size),
                await parts.measure(all_clients, size),
                await waits.measure(all_clients.session, size),
                imports.measure(size),
                bills.measure(size),
            ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run that writes no file")
    quick = parser.parse_args().quick
    os.environ["NO_PROXY"] = "127.0.0.1"  # wechatpayv3 reads the environment
    page = report(asyncio.run(measure(QUICK if quick else FULL)))
    print(page)
    if not quick:
        (HERE / "RESULTS.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
