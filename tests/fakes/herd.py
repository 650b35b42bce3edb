"""A release that everybody locks: all repositories at once, on a virtual clock.

Real are: who is concerned (`act_on_events` over the knowledge base), the job table, what is handed over
when (`Feeder`), the runner with its retries, what an update decides, and the limits of writing (`Throttle`,
`SharedPace`, `Paces`). Stand-ins are the forge, the advice, and the workflow engine: so many at a time per
worker, one at a time per repository, in no particular order.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from advisor_core.knowledge import ManifestRecord, RepositoryRecord, Store
from advisor_core.knowledge.release_events import Event
from advisor_core.security_outcome import Fixed, SecurityFix
from bot.github.throttle import Throttle
from bot.jobs.feeding import Feeder
from bot.jobs.pace import SharedPace
from bot.jobs.routing import Work
from bot.jobs.runner import JobRunner
from bot.store.service import ServiceStore
from bot.watch.consequences import act_on_events
from fakes.advisor import FakeProposal
from fakes.fixes import advisory
from fakes.memory_forge import Hub, MemoryForge, Repository
from fakes.outcomes import change, improved
from fakes.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.jobs import Pending

START = 1_800_000_000.0
PACKAGE, RARE = "numpy", "pillow"
WAITING_EACH = 2


@dataclass(frozen=True)
class HerdTerms:
    """How large it is."""

    repositories: int = 400
    installations: int = 20
    """Their sizes fall as 1 / rank."""
    workers: int = 2
    concurrency: int = 4
    advice_seconds: float = 10.0
    failing: float = 0.002
    feed_seconds: float = 2.0
    advisory_after_seconds: float = 1800.0
    """When an advisory comes that concerns every `rare`-th repository."""
    rare: int = 50


@dataclass
class Herd:
    """What came of it."""

    terms: HerdTerms
    hub: Hub
    sizes: dict[int, int]
    asked: int = 0
    vulnerable: set[int] = field(default_factory=set)
    outcomes: dict[str, int] = field(default_factory=dict)
    pending: int = 0
    ended_at: float = 0.0

    def completion(self, installation_id: int) -> float:
        """Return when the last repository of an installation had its pull request, in seconds."""
        return max(
            each.opened_at if each.opened_at is not None else float("inf")
            for each in self.hub.repositories.values()
            if each.installation_id == installation_id
        )

    def security_delays(self) -> list[float]:
        """Return how long after the advisory each vulnerable repository had its fix, sorted."""
        return sorted(
            self.hub.repositories[number].written_at[FIXED.decode()]
            - self.terms.advisory_after_seconds
            for number in self.vulnerable
        )


def sizes_of(terms: HerdTerms) -> dict[int, int]:
    """Return how many repositories each installation has; at least one."""
    weights = [1 / rank for rank in range(1, terms.installations + 1)]
    left = terms.repositories - terms.installations
    sizes = [1 + int(left * weight / sum(weights)) for weight in weights]
    sizes[0] += terms.repositories - sum(sizes)
    return {number + 1: size for number, size in enumerate(sizes)}


def run_herd(terms: HerdTerms, folder: Path) -> Herd:
    """Let numpy be released, wait until everybody has a pull request."""
    sizes = sizes_of(terms)
    herd = Herd(terms, Hub(failing=terms.failing), sizes)
    url = f"sqlite:///{folder}/herd.db"
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        with Store.open(url) as knowledge:
            _remember_all(knowledge, herd)
            store = ServiceStore.open(url, lambda: START + loop.time())
            try:
                loop.run_until_complete(_Simulation(herd, knowledge, store, loop).run())
            finally:
                store.close()
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    return herd


def _remember_all(knowledge: Store, herd: Herd) -> None:
    records = []
    number = 0
    for installation_id, size in herd.sizes.items():
        for _ in range(size):
            number += 1
            herd.hub.repositories[number] = Repository(number, installation_id)
            pins = {PACKAGE: "1.26.0"}
            if number % herd.terms.rare == 0:
                pins[RARE] = "9.0"
                herd.vulnerable.add(number)
            repository = RepositoryRecord(number, installation_id, f"o/r{number}", is_private=False)
            records.append(
                ManifestRecord(repository, "Pipfile.lock", "default", "c" * 40, int(START), pins)
            )
    for first in range(0, len(records), 500):
        knowledge.record_manifests(records[first : first + 500])


UPDATED, FIXED = b"with numpy 2.0", b"with pillow fixed"


class _Simulation:
    def __init__(
        self, herd: Herd, knowledge: Store, store: ServiceStore, loop: VirtualLoop
    ) -> None:
        self.herd, self.knowledge, self.store, self.loop = herd, knowledge, store, loop
        self.workflows = _Workflows(self)
        self.feeder = Feeder(store.jobs, store.paces, self.workflows, self.clock)
        self.fixed = False
        self.workers = [_Worker(self, f"worker/{number}/x") for number in range(herd.terms.workers)]

    def clock(self) -> float:
        return START + self.loop.time()

    async def run(self) -> None:
        terms = self.herd.terms
        self.knowledge.keep_events([Event("released", PACKAGE, "2.0", "2.0")], int(START))
        self.herd.asked = self._act()
        room = WAITING_EACH * terms.concurrency * terms.workers
        # More failures than repositories are none of the forge's: something is wrong with all of this.
        while self.herd.outcomes.get("postponed", 0) <= terms.repositories:
            self.feeder.feed(room)
            self.workflows.pump()
            if not self.fixed and self.loop.time() >= terms.advisory_after_seconds:
                self.fixed = True
                self.knowledge.keep_events(
                    [Event("advisory", RARE, None, "PYSEC-1", severity="high")], int(self.clock())
                )
                self._act()
            if self.fixed and not self.workflows.busy:
                pending = self.store.jobs.pending(1)
                if not pending:
                    break
                # Nothing happens until then; looking all the time would only take time.
                await asyncio.sleep(max(0.0, pending[0].due_at - self.clock()))
            await asyncio.sleep(terms.feed_seconds)
        self.herd.pending = len(self.store.jobs.pending(1000))
        self.herd.ended_at = self.loop.time()

    def _act(self) -> int:
        def ask_for(consequence):
            repository = consequence.repository
            work = Work(
                "update",
                repository.installation_id,
                repository.forge_id,
                repository.full_name,
                urgency=consequence.urgency + 1,
            )
            self.store.jobs.want(work, delay_seconds=consequence.delay_seconds)

        return act_on_events(
            self.knowledge,
            ask_for,
            concerned_versions=lambda event, versions: versions if event.package == RARE else None,
            now=self.clock,
        )


class _Workflows:
    """The engine: generations that wait, and those at work."""

    def __init__(self, simulation: _Simulation) -> None:
        self._simulation = simulation
        self._known: dict[tuple[str, int], str] = {}
        self._waiting: dict[tuple[str, int], tuple[Pending, float]] = {}
        self._busy_partitions: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._random = random.Random(2)

    @property
    def busy(self) -> bool:
        return bool(self._waiting or self._tasks)

    def start(self, pending, *, delay_seconds):
        name = pending.key, pending.generation
        if self._known.setdefault(name, "going") == "going" and name not in self._waiting:
            self._waiting[name] = pending, self._simulation.clock() + delay_seconds

    def states(self, pending):
        names = [(each.key, each.generation) for each in pending]
        return {name: self._known[name] for name in names if name in self._known}

    def count_waiting(self, most):
        return min(most, len(self._waiting))

    def pump(self):
        """Begin what may begin, in no particular order."""
        names = list(self._waiting)
        self._random.shuffle(names)
        for name in names:
            worker = next((each for each in self._simulation.workers if each.free), None)
            if worker is None:
                return
            pending, due_at = self._waiting[name]
            if due_at > self._simulation.clock() or pending.partition in self._busy_partitions:
                continue
            del self._waiting[name]
            self._busy_partitions.add(pending.partition)
            worker.free -= 1
            task = asyncio.ensure_future(self._run(worker, pending))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, worker, pending):
        try:
            outcome = await worker.runner.run(pending.key, pending.generation)
            outcomes = self._simulation.herd.outcomes
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        finally:
            worker.free += 1
            self._known[pending.key, pending.generation] = "over"
            self._busy_partitions.discard(pending.partition)
        self.pump()


class _Worker:
    """A worker's runner, with throttles of its own over the pace that all share. Is its own site."""

    def __init__(self, simulation: _Simulation, name: str) -> None:
        self._simulation = simulation
        self._name = name
        self._throttles: dict[int, Throttle] = {}
        self.free = simulation.herd.terms.concurrency
        self.runner = JobRunner(
            simulation.store,
            lambda: self,
            self._propose,
            enqueue=simulation.feeder.enqueue,
            clock=simulation.clock,
        )

    async def forge(self, *, installation_id, repository_id, fence, ledger=None, **_others):
        if installation_id not in self._throttles:
            pace = SharedPace(self._simulation.store.paces, installation_id, self._name)
            self._throttles[installation_id] = Throttle(
                clock=self._simulation.clock, sleep=asyncio.sleep, pace=pace
            )
        hub = self._simulation.herd.hub
        throttle = self._throttles[installation_id]
        return MemoryForge(hub, hub.repositories[repository_id], throttle, fence, ledger)

    async def _propose(self, files, _wish=None):
        number = files.forge.repository.id
        await asyncio.sleep(self._simulation.herd.terms.advice_seconds)
        vulnerable = self._simulation.fixed and number in self._simulation.herd.vulnerable
        outcome = replace(improved([change(PACKAGE, "1.26.0", "2.0")]), new_text=UPDATED)
        if not vulnerable:
            return FakeProposal((outcome,))
        least = replace(improved([change(RARE, "9.0", "9.1")]), new_text=FIXED)
        fixed = Fixed(RARE, "9.0", "9.1", advisory("PYSEC-1", RARE), "<9.1")
        return FakeProposal((outcome,), fixes=(SecurityFix(least, (fixed,), (), int(START)),))
