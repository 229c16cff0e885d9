"""All parts of a sandbox but its network, put together."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from .api import Api
from .asking import Request
from .auditor import Auditor
from .auth import Gate
from .clock import SandboxClock
from .control import Control
from .endpoints import Endpoints
from .mischief import Answer, Fault, Faults
from .page import Page
from .papers import Papers
from .records import Terms
from .service import Service
from .store import Store
from .world import World


class Core:
    """One simulated service with whoever plays around it.

    Args:
        terms: the contract with the merchant.
        clock: of the business.
        seed: of ids, times, results and faults.
        wall: Unix time of signatures, certificates and addresses of bills; ``None`` takes *clock*.
        answers: signed by the platform's ``certificate``, or by its ``public_key``.
        store: where the state is kept; ``None`` forgets it.
        control: take orders over HTTP too, and let an auditor watch.
        hosts: names that lead here, for these orders; beside localhost and addresses as numbers.
    """

    def __init__(
        self,
        terms: Terms,
        clock: SandboxClock,
        *,
        seed: int = 0,
        wall: Callable[[], float] | None = None,
        answers: str = "certificate",
        store: Store | None = None,
        control: bool = False,
        hosts: Collection[str] = (),
    ) -> None:
        shared, wall = wall is None, wall or clock.now
        kept = None if store is None else store.kept("papers", functools.partial(_papers, wall))
        self.papers = kept or Papers(wall(), wall)
        self.world = World(terms, seed=seed, start=clock.now())
        self.endpoints = Endpoints(self.world, self.papers, wall)
        self.faults = Faults(seed)
        gate = Gate(self.papers, terms.mchid, answers=answers)
        parts = (self.world, gate, self.endpoints, wall, self.faults)
        if store is None:
            self.service = Service(*parts, business=clock.now)
        else:
            store.attach(self.world, self.papers)
            self.service = KeptService(*parts, business=clock.now)
            self.service.store = store
        self.control = Control(
            self.world,
            self.service,
            self.papers,
            clock,
            faults=self.faults,
            store=store,
            auditor=_watching(self.world, anew=kept is None) if control else None,
            shared=shared,
        )
        self.api = Api(self.control, hosts=hosts) if control else None
        self.page = Page(self.control, hosts=hosts) if control else None

    def write_credentials(self, folder: str | os.PathLike[str], base_url: str) -> None:
        """Write what a program in any language needs into *folder*, which is made if missing."""
        papers = self.papers
        facts = {
            "mchid": self.world.terms.mchid,
            "serial_no": papers.merchant.serial_no,
            "api_v3_key": papers.api_v3_key,
            "base_url": base_url,
            "platform_serial_no": papers.platform.serial_no,
            "platform_public_key_id": papers.public_key_id,
        }
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        write(place / "merchant_key.pem", papers.merchant.key_pem, mode=0o600)
        write(place / "merchant_cert.pem", papers.merchant.certificate_pem)
        write(place / "platform_cert.pem", papers.platform.certificate_pem)
        write(place / "platform_public_key.pem", papers.public_key_pem)
        # the last: whoever waits for it finds the others
        write(place / "credentials.json", json.dumps(facts, indent=2) + "\n", mode=0o600)


def _papers(wall: Callable[[], float], kept: Mapping[str, Any]) -> Papers:
    return Papers(wall(), wall, kept=kept)


def _watching(world: World, *, anew: bool) -> Auditor:
    """Return an auditor that watches *world*; one that was kept, it cannot know."""
    auditor = Auditor(world.terms, world.state.now)
    if not anew:
        auditor.rest("the business was kept from before")
    world.state.observer = auditor.observe
    return auditor


class KeptService(Service):
    """A service whose state is kept before an answer leaves."""

    store: Store

    def carry_out(self, request: Request, fault: Fault | None) -> Answer:
        """Answer *request* as *fault* has it."""
        answer = super().carry_out(request, fault)
        self.store.save()
        return answer


def write(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file that never has wider permissions than *mode*."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
