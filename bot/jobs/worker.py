"""A worker: routes deliveries, does jobs, looks after the jobs of workers that have died.

APScheduler is only the clock here: what it starts asks the queue or the database to do something.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from apscheduler.schedulers.background import (  # type: ignore[import-untyped] # has no types
    BackgroundScheduler,
)

from advisor_core.knowledge.membership_records import RepositoryRecord
from bot.jobs.executor import Executor
from bot.jobs.loop import JobLoop
from bot.jobs.queue import JobQueue
from bot.jobs.redelivery import ask_again
from bot.jobs.routing import route
from bot.jobs.runner import JobRunner
from bot.logs import bound, get_log
from bot.metrics import Metrics
from bot.store.tallies import flush
from bot.watch.service import KnowledgeWatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from bot.jobs.advising import AdvisorProcesses
    from bot.jobs.onboarding import Onboarding
    from bot.jobs.routing import Routed, Work
    from bot.jobs.site import Site
    from bot.jobs.update import Propose, UpdateReport
    from bot.store.jobs import Begun
    from bot.store.secrets import Secrets
    from bot.store.service import ServiceStore
    from bot.watch.service import WatchTerms

__all__ = ["Worker"]

DEBOUNCE_SECONDS = 2.0
"""How long a repository's first event waits for others: people push, then push again."""

CONCURRENCY = 4
"""Jobs of one worker at a time; most of a job is waiting for GitHub and for indexes."""

BEAT_SECONDS = 5.0
SILENT_SECONDS = 25.0
"""After how long without a beat a worker counts as dead; with the next look that is below a minute."""

REDELIVERY_SECONDS = 900.0
_SWEEP_SECONDS = 20.0

_FEED_SECONDS = 2.0
_WAITING_EACH = 2
"""Jobs that nobody waits for are handed out until so many wait for each that is at work: a worker has
something to go on with, and what is more urgent waits behind few."""

_TURN_SECONDS = 10.0
"""Between two looks for repositories that have their turn."""
_PRUNE_SECONDS = 3600.0
_CHORE_SECONDS = 60.0
"""Between two looks for chores that are due."""

_LONGEST_CHORE_SECONDS = 1800.0

_FLUSH_SECONDS = 10.0
"""Between two times that the worker tells the database what it has counted."""
_POLL_SECONDS = 1.0
"""Between two looks for deliveries that another process has stored."""

KEPT_SECONDS = 7 * 86_400.0
"""How long finished deliveries are remembered: longer than GitHub may bring them again."""

_BATCH = 100

_log = get_log(__name__)


class Worker:
    """A context manager; entering launches DBOS, so there is one per process. Blocks."""

    def __init__(
        self,
        store: ServiceStore,
        *,
        database_url: str,
        make_site: Callable[[str], Site],
        advisor: AdvisorProcesses,
        metrics: Metrics | None = None,
        debounce_seconds: float = DEBOUNCE_SECONDS,
        concurrency: int = CONCURRENCY,
        silent_seconds: float = SILENT_SECONDS,
        watch: WatchTerms | None = None,
        secrets: Secrets | None = None,
        names: tuple[str, ...] = (),
        onboarding: Onboarding = "off",
    ) -> None:
        """`make_site` is called once, with the worker's name, in the event loop that does the jobs.

        Closes `advisor`. `watch` None: nothing is watched. `secrets`: credentials of package indexes.
        `names`: what `@NAME` may be besides the App's own. `onboarding`: as `JobRunner` has it.
        """
        self._store = store
        self._metrics = metrics or Metrics()
        self._database_url = database_url
        self._make_site = make_site
        self._advisor = advisor
        self._secrets = secrets
        self._site: Site | None = None
        self._loop = JobLoop()
        self._debounce_seconds = debounce_seconds
        self._concurrency = concurrency
        self._silent_seconds = silent_seconds
        self._executor = Executor.current()
        self._queue: JobQueue | None = None
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._router = threading.Thread(target=self._route, name="thoth-router", daemon=True)
        self._clock = BackgroundScheduler(
            timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._watch = (
            None
            if watch is None
            else KnowledgeWatch(
                watch, owner=str(self._executor), want=self._want, chores=store.chores
            )
        )
        self._runner = JobRunner(
            store,
            self._get_site,
            advisor,
            enqueue=self._enqueue,
            metrics=self._metrics,
            remember=self._remember,
            names=names,
            onboarding=onboarding,
            propose_for=self._propose_for,
            learn=None if self._watch is None else self._watch.learn,
            seen=None if self._watch is None else self._watch.seen,
        )

    def __enter__(self) -> Self:
        name = str(self._executor)
        self._store.workers.beat(name)
        self._queue = JobQueue(
            self._database_url,
            executor=name,
            jobs=self._store.jobs,
            paces=self._store.paces,
            run=self._run,
            concurrency=self._concurrency,
        )
        self._guarded(self._look_after)()
        self._guarded(lambda: self._need_queue().sweep(late_seconds=float("-inf")))()
        self._every(BEAT_SECONDS, lambda: self._store.workers.beat(name))
        self._every(BEAT_SECONDS, self._look_after)
        self._every(_SWEEP_SECONDS, self._sweep)
        self._every(_FEED_SECONDS, self._feed)
        self._every(REDELIVERY_SECONDS, self._compare)
        # At once for what failed while nobody listened; then for what was on its way at that time.
        for seconds in (0.0, 90.0):
            self._after(seconds, self._compare)
        self._every(_TURN_SECONDS, self._take_turns)
        self._every(_CHORE_SECONDS, self._do_chores)
        self._every(_FLUSH_SECONDS, self._flush)
        self._clock.start()
        if self._watch is not None:
            self._watch.start()
        self._router.start()
        _log.info("worker started", executor=name)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._wake.set()
        self._clock.shutdown(wait=False)
        if self._router.is_alive():
            self._router.join(10)
        if self._queue is not None:
            self._queue.close()
        self._loop.close(self._close_rest())
        if self._watch is not None:
            self._guarded(self._watch.close)()
        self._guarded(self._flush)()
        self._guarded(lambda: self._store.workers.leave(str(self._executor)))()

    def wake(self) -> None:
        """Say that deliveries were stored; from any thread."""
        self._wake.set()

    # Deliveries become jobs

    def _route(self) -> None:
        while not self._ended.is_set():
            self._wake.wait(_POLL_SECONDS)
            self._wake.clear()
            self._guarded(self._route_waiting)()

    def _route_waiting(self) -> None:
        while not self._ended.is_set():
            waiting = self._store.deliveries.waiting(_BATCH)
            for delivery in waiting:
                with bound(delivery=delivery.guid, event_name=delivery.event):
                    routed = route(delivery.event, delivery.payload)
                    self._forget(routed)
                    wanted = self._store.deliveries.settle(
                        delivery, routed, debounce_seconds=self._debounce_seconds
                    )
                    for key, _ in wanted or ():
                        self._enqueue(key)
                    if wanted is not None:
                        _log.info("delivery routed", jobs=len(wanted), reason=routed.reason)
            if len(waiting) < _BATCH:
                return

    def _propose_for(self, begun: Begun, is_private: bool) -> Propose:  # noqa: FBT001 - a callback
        """Let private repositories' CI be told of in private repositories of the account alone.

        What is known to have changed on an index is asked for anew.
        """
        if self._watch is not None:
            self._guarded(self._watch.freshen)()
        credentials = None
        if self._secrets is not None and begun.full_name is not None:
            credentials = self._secrets.of(begun.full_name)
        account = begun.installation_id if is_private else None
        return self._advisor.for_repository(account, begun.repository_id, credentials)

    # What the watch learns and asks for

    def _remember(self, begun: Begun, report: UpdateReport, is_private: bool) -> None:  # noqa: FBT001 - a callback
        if self._watch is None or begun.repository_id is None:
            return
        repository = RepositoryRecord(
            begun.repository_id, begun.installation_id, begun.full_name or "", is_private
        )
        remember = self._watch.remember
        facts, head = report.facts, str(report.base.head)
        fixes = tuple(fix.outcome for fix in facts.fixes)
        self._guarded(lambda: remember(repository, facts.outcomes, head, fixes))()

    def _forget(self, routed: Routed) -> None:
        """Before the delivery counts as routed: what fails is done again with the next look."""
        if self._watch is not None:
            self._watch.forget(routed)

    def _want(self, work: Work, delay_seconds: float) -> None:
        self._store.jobs.want(work, delay_seconds=delay_seconds)  # `_feed` finds it

    # What the clock starts

    def _look_after(self) -> None:
        queue = self._need_queue()
        if queue.give_up_older():
            queue.sweep(late_seconds=float("-inf"))
        dead = set(self._store.workers.dead(self._silent_seconds))

        def is_dead(name: str) -> bool:
            return name in dead or self._is_gone(name)

        self._store.paces.free(is_dead)
        taken = queue.take_over(is_dead)
        if taken:
            _log.warning("jobs of dead workers taken over", count=taken)
        for name in dead:
            self._store.workers.bury(name)

    def _is_gone(self, name: str) -> bool:
        other = Executor.parse(name)
        return other is None or self._executor.sees_gone(other)

    def _sweep(self) -> None:
        found = self._need_queue().sweep(late_seconds=_SWEEP_SECONDS)
        if found:
            _log.warning("jobs without a workflow enqueued again", count=found)

    def _feed(self) -> None:
        workers = max(1, self._store.workers.alive(self._silent_seconds))
        self._need_queue().feed(_WAITING_EACH * self._concurrency * workers)

    def _compare(self) -> None:
        self._loop.call(self._with_site(), timeout_seconds=600)

    async def _with_site(self) -> int:
        return await ask_again(self._get_site(), self._store.deliveries)

    def _flush(self) -> None:
        flush(self._metrics, self._store.tallies)

    def _take_turns(self) -> None:
        while not self._ended.is_set():
            keys = self._store.turns.take_due(_BATCH)
            for key in keys:
                self._enqueue(key)
            if len(keys) < _BATCH:
                return

    def _do_chores(self) -> None:
        chores = self._store.chores
        if chores.take("prune", at_most_seconds=_LONGEST_CHORE_SECONDS):
            self._prune()
            chores.put_off("prune", seconds=_PRUNE_SECONDS)

    def _prune(self) -> None:
        self._store.deliveries.prune(KEPT_SECONDS)
        self._store.paces.prune()
        self._store.deeds.prune()
        # Later than their workflows, whose ids must not come again.
        self._store.jobs.prune(2 * KEPT_SECONDS)
        self._need_queue().prune(KEPT_SECONDS)

    def _every(self, seconds: float, action: Callable[[], object]) -> None:
        self._clock.add_job(self._guarded(action), "interval", seconds=seconds)

    def _after(self, seconds: float, action: Callable[[], object]) -> None:
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        self._clock.add_job(self._guarded(action), "date", run_date=moment)

    # What others call

    async def _run(self, key: str, generation: int) -> str:
        return await self._loop.run(self._runner.run(key, generation))

    async def _close_rest(self) -> None:
        await self._advisor.close()
        if self._site is not None:
            await self._site.close()

    def _get_site(self) -> Site:
        if self._site is None:
            self._site = self._make_site(str(self._executor))
        return self._site

    def _enqueue(self, key: str) -> None:
        self._need_queue().enqueue(key)

    def _need_queue(self) -> JobQueue:
        if self._queue is None:
            raise RuntimeError("the worker is used outside its `with`")
        return self._queue

    def _guarded(self, action: Callable[[], object]) -> Callable[[], None]:
        """Return the action; what it raises is logged, and the next round tries again."""

        def act() -> None:
            try:
                action()
            except Exception:  # noqa: BLE001 - the boundary of a round
                if not self._ended.is_set():
                    _log.exception("a round of the worker failed")

        return act
