"""Question 1: what does one signed, verified, decoded call cost?"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.clients import BARE, BY_HAND, OURS, PEER, SIGN, VERIFY, Clients
from benchmarks.measuring import Size, cpu_of, medians
from benchmarks.report import Table, micro, ratio

SUM = "sum of the three"
TO_SUM, TO_HAND, PEER_TO_OURS = f"{OURS} / sum", f"{OURS} / by hand", f"{PEER} / {OURS}"

MEANING = {
    SIGN: "of a request's five lines, alone in a loop",
    VERIFY: "of an answer, alone in a loop",
    BARE: "`aiohttp.ClientSession` with its defaults, same headers, same answers, body read",
    SUM: "what a call costs whoever makes it",
    BY_HAND: "the same work without wxdist: each part finds the caches used by the others",
    OURS: "`orders.get`: signed, verified, fresh, not replayed, decoded, held against the question",
    PEER: "signed and verified; not checked for freshness or replay, not decoded",
    TO_SUM: "1 would be free of cost",
    TO_HAND: "likewise",
    PEER_TO_OURS: "above 1: wxdist costs less",
}


async def one_round(clients: Clients, size: Size, at_once: int) -> dict[str, float]:
    """Return the figures of one round, the ratios among them."""
    cost = {}
    for name, subject in clients.subjects().items():
        await clients.stock(size.calls)
        cost[name] = await cpu_of(subject, calls=size.calls, at_once=at_once)
    cost[SUM] = cost[SIGN] + cost[VERIFY] + cost[BARE]
    return cost | {
        TO_SUM: cost[OURS] / cost[SUM],
        TO_HAND: cost[OURS] / cost[BY_HAND],
        PEER_TO_OURS: cost[PEER] / cost[OURS],
    }


async def measure(clients: Clients, size: Size) -> Table:
    """Return the table of one call, at 1 and 32 at once, in rounds that take turns."""
    rounds: dict[int, list[Mapping[str, float]]] = {1: [], 32: []}
    for at_once in rounds:
        await one_round(clients, size, at_once)  # opens connections, fills caches
    for _ in range(size.rounds):
        for at_once, figures in rounds.items():
            figures.append(await one_round(clients, size, at_once))
    one, many = medians(rounds[1]), medians(rounds[32])
    rows = []
    for name, meaning in MEANING.items():
        form = ratio if "/" in name else micro
        rows.append((name, form(one[name]), form(many[name]), meaning))
    return Table(
        "One call",
        "Processor time of the client's process for one query of an order with three receivers, "
        f"in µs: medians of {size.rounds} rounds of {size.calls} calls. The answers were signed "
        "before they were asked for, by another process; both clients refused a forged one.",
        ("", "1 at once", "32 at once", "what it is"),
        rows,
    )
