"""The queues of jobs: DBOS workflows, one at a time per repository, on the service's own database.

What only shows a person that a command was seen has a queue of its own: it takes a second, and must not
wait behind jobs that take minutes.

A workflow is one generation of one job, and its id says so: asked for twice it is there once. It has
no steps of its own, because everything that it does may be repeated; what DBOS adds is that it waits,
survives and is run again. Debouncing is done by generations (`bot.store.tables`): DBOS's own works on
deduplication ids, which partitioned queues do not have.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import sqlalchemy
from dbos import DBOS, DBOSPortableJSONSerializer

from bot.jobs.feeding import Feeder
from bot.store.jobs import ACKNOWLEDGE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from dbos import DBOSConfig, WorkflowStatus
    from sqlalchemy.engine.interfaces import DBAPIConnection

    from bot.jobs.feeding import State
    from bot.store.jobs import Jobs, Pending
    from bot.store.paces import Paces

__all__ = ["SCHEMA", "JobQueue"]

SCHEMA = "1"
"""Number of the workflow schema: raised when workflows of an older program cannot be run as they are.
Jobs live in the job table, so what an older schema left is asked for anew under the new number, and
fences keep the two apart while both programs run."""

_QUEUE = "repositories"
_QUICK_QUEUE = "acknowledgements"
_QUEUES = [_QUEUE, _QUICK_QUEUE]
_QUICK_CONCURRENCY = 4
_WORKFLOW = "thoth.job"

_MOST_LISTED = 1000

_OVER = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})


class JobQueue:
    """DBOS, launched. One per process, as DBOS is; its calls block."""

    def __init__(
        self,
        database_url: str,
        *,
        executor: str,
        jobs: Jobs,
        paces: Paces,
        run: Callable[[str, int], Awaitable[str]],
        concurrency: int,
        clock: Callable[[], float] = time.time,
        poll_seconds: float = 0.5,
    ) -> None:
        """Launch; `run` does a generation, in DBOS's own event loop. Raises what DBOS raises."""
        self.executor = executor
        self._clock = clock
        self._feeder = Feeder(jobs, paces, _DbosWorkflows(), clock)
        self._engine = _sqlite_engine(database_url)
        config: DBOSConfig = {
            "name": "thoth",
            "system_database_url": re.sub(r"^postgres://", "postgresql://", database_url),
            "system_database_engine": self._engine,
            "application_version": SCHEMA,
            "executor_id": executor,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": 5.0,
            "max_executor_threads": 32,
        }
        DBOS(config=config)

        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=None)
        async def do_job(key: str, generation: int) -> str:
            return await run(key, generation)

        DBOS.launch()
        for name, most in ((_QUEUE, concurrency), (_QUICK_QUEUE, _QUICK_CONCURRENCY)):
            DBOS.register_queue(
                name,
                partition_concurrency=1,
                worker_concurrency=most,
                polling_interval_sec=poll_seconds,
                on_conflict="always_update",
            )

    def close(self) -> None:
        """Stop at once; what is at work is done again by others, or at the next start."""
        DBOS.destroy(destroy_registry=True)
        if self._engine is not None:
            self._engine.dispose()

    def enqueue(self, key: str) -> None:
        """Enqueue the newest generation of a job that somebody waits for, unless it is done or enqueued."""
        self._feeder.enqueue(key)

    def sweep(self, *, late_seconds: float) -> int:
        """Enqueue what is overdue by that long, however its workflow was lost; return how many."""
        return self._feeder.sweep(late_seconds=late_seconds)

    def feed(self, room: int) -> int:
        """Enqueue what nobody waits for, the most urgent first, until `room` wait; return how many."""
        return self._feeder.feed(room)

    def take_over(self, is_dead: Callable[[str], bool]) -> int:
        """Enqueue again what dead workers were doing, on the queue it came from; return how many.

        What runs under another schema's number cannot be taken over; it is cancelled, so that it
        does not hold its repository, and asked for anew.
        """
        running = DBOS.list_workflows(
            status="PENDING",
            queue_name=_QUEUES,
            limit=_MOST_LISTED,
            load_input=False,
            load_output=False,
        )
        lost = [each for each in running if is_dead(each.executor_id or "")]
        executors = {each.executor_id or "" for each in lost if each.app_version == SCHEMA}
        if executors:
            DBOS._recover_pending_workflows(sorted(executors))  # noqa: SLF001 - the public way is a paid service
        self._give_up([each for each in lost if each.app_version != SCHEMA])
        return len(lost)

    def give_up_older(self) -> int:
        """Cancel what waits under an older schema; `sweep` asks for it anew. Return how many."""
        waiting = DBOS.list_workflows(
            status=["ENQUEUED", "DELAYED"],
            queue_name=_QUEUES,
            limit=_MOST_LISTED,
            load_input=False,
            load_output=False,
        )
        older = [
            each
            for each in waiting
            if (each.app_version or SCHEMA).isdecimal()
            and int(each.app_version or SCHEMA) < int(SCHEMA)
        ]
        self._give_up(older)
        return len(older)

    def prune(self, older_than_seconds: float) -> int:
        """Forget workflows that ended before that; return how many."""
        before = time.strftime(
            "%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(self._clock() - older_than_seconds)
        )
        ended = DBOS.list_workflows(
            status=sorted(_OVER),
            completed_before=before,
            limit=_MOST_LISTED,
            load_input=False,
            load_output=False,
        )
        if ended:
            DBOS.delete_workflows([each.workflow_id for each in ended])
        return len(ended)

    def _give_up(self, workflows: Sequence[WorkflowStatus]) -> None:
        if workflows:
            DBOS.cancel_workflows([each.workflow_id for each in workflows])


class _DbosWorkflows:
    """Workflows of DBOS."""

    def start(self, pending: Pending, *, delay_seconds: float) -> None:
        """Enqueue a generation; enqueued twice it is there once."""
        DBOS.enqueue_workflow_with_options(
            {
                "workflow_name": _WORKFLOW,
                "queue_name": _QUICK_QUEUE if pending.key.startswith(ACKNOWLEDGE) else _QUEUE,
                "workflow_id": _workflow_id(pending.key, pending.generation),
                "queue_partition_key": pending.partition,
                "delay_seconds": delay_seconds,
                "app_version": SCHEMA,
            },
            pending.key,
            pending.generation,
        )
        # One that waits after a failure is wanted earlier when something new has happened.
        DBOS.set_workflow_delay(
            _workflow_id(pending.key, pending.generation), delay_seconds=delay_seconds
        )

    def states(self, pending: Sequence[Pending]) -> dict[tuple[str, int], State]:
        """Return the states of those that were ever enqueued, with one query."""
        names = {
            _workflow_id(each.key, each.generation): (each.key, each.generation) for each in pending
        }
        found = DBOS.list_workflows(workflow_ids=list(names), load_input=False, load_output=False)
        return {
            names[each.workflow_id]: "over" if each.status in _OVER else "going" for each in found
        }

    def count_waiting(self, most: int) -> int:
        """Return how many are enqueued and due."""
        waiting = DBOS.list_workflows(
            status="ENQUEUED", queue_name=_QUEUE, limit=most, load_input=False, load_output=False
        )
        return len(waiting)


def _sqlite_engine(database_url: str) -> sqlalchemy.Engine | None:
    """Return the engine for DBOS on SQLite, None for PostgreSQL: there it makes its own.

    Its own for SQLite would sync the disk at each commit, and copy the log at some of them, while
    deliveries wait for the file's one lock. Without that a power cut may undo the last commits, all
    of them alike; `sweep` and the comparison with GitHub's log find what they were.
    """
    if not database_url.startswith("sqlite"):
        return None
    engine = sqlalchemy.create_engine(database_url)

    @sqlalchemy.event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _record: object) -> None:
        # As DBOS has it: a transaction that reads first could not wait for another that writes.
        connection.isolation_level = "IMMEDIATE"
        cursor = connection.cursor()
        for pragma in (
            "busy_timeout = 30000",
            "foreign_keys = ON",
            "synchronous = NORMAL",
            "wal_autocheckpoint = 0",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _workflow_id(key: str, generation: int) -> str:
    return f"{SCHEMA}/{key}/{generation}"
