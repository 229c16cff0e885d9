"""Waits whose looks are written down beforehand, shared by the tests of the loops."""

import asyncio

from wxdist import WaitEnded
from wxdist.waiting.poller import Wait
from wxdist.waiting.verdict import Verdict, passing


class Script:
    """Answers one look after the other, the last one for ever; errors are raised.

    ``log`` holds the times of the looks.
    """

    def __init__(self, clock, *answers):
        self.clock = clock
        self.answers = list(answers)
        self.log = []

    async def __call__(self):
        self.log.append(self.clock.monotonic())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def judge(seen):
    """Read ``done`` and ``refused`` as ends, everything else as a state in between."""
    if seen == "refused":
        raise WaitEnded("refused", last=seen)
    return Verdict.DONE if seen == "done" else Verdict.AGAIN


def waiting(fetch, until=100.0, *, delays=(3.0, 5.0), excuse=None, started=0.0):
    return Wait(
        fetch=fetch,
        judge=judge,
        excuse=excuse or (lambda error, _: passing(error)),
        delays=delays,
        until=until,
        started=started,
        what="it is not done",
    )


def left_behind(clock):
    """Return the tasks and timers that should be gone."""
    sleepers = [woken for _, _, woken in clock._sleepers if not woken.done()]
    return [*(asyncio.all_tasks() - {asyncio.current_task()}), *sleepers, *clock._deadlines]


async def drain(items):
    return [item async for item in items]


async def cancelled_after(run, steps):
    """Start *run* in a task, cancel it after *steps* passes; return the task, ended."""
    task = asyncio.create_task(run())
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    return task
