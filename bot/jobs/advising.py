"""The advisor as jobs call it: in processes of their own, which lose to everything else.

Locking is seconds of computing. In a thread it would hold the interpreter from the deliveries that
wait for an answer, and go on when nobody waits for it any more. A process of lower priority does
neither: a job that is cancelled, or takes too long, takes its process with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from advisor_core.errors import InputError, ThothError
from advisor_core.index.access import cache_folder
from bot.jobs.frames import Terms, encode, receive_async
from bot.jobs.indexes import IndexPolicy
from bot.metrics import Metrics

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Awaitable, Callable, Mapping

    from advisor_core.wish import Wish
    from bot.jobs.frames import Ask
    from bot.jobs.update import Proposal
    from bot.settings import Settings

__all__ = ["AdvisorLostError", "AdvisorProcesses", "RemoteFiles"]

NICENESS = 10
"""Of a process that computes: a delivery is answered first."""

JOBS_PER_PROCESS = 50
"""After so many a process is replaced, with whatever it has gathered in memory."""

IDLE_SECONDS = 120.0
"""How long a process waits for the next job before it is ended: it holds some 60 MB."""

_WITHHELD = (
    "PRIVATE_KEY",
    "PRIVATE_KEY_PATH",
    "WEBHOOK_SECRET",
    "DATABASE_URL",
    "THOTH_SECRET_KEY",
    "THOTH_INDEX_URL",
    "THOTH_ALLOWED_INDEXES",
)
"""Settings that the processes have no use for; what they need of them comes over the pipe."""


class AdvisorLostError(ThothError):
    """The process that computed has ended before it had an answer."""


class RemoteFiles(Protocol):
    """The files of a project, read from somewhere else."""

    async def fetch(self, path: str) -> bytes | None:
        """Return the content of a file, None when it does not exist. Raises InputError."""

    async def fetch_names(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder, None when there is none. Raises InputError."""


class AdvisorProcesses:
    """Finds the best stack of every target of a project. For one event loop; `close` ends it."""

    def __init__(
        self,
        settings: Settings,
        *,
        module: str = "bot.jobs.advising_child",
        jobs_per_process: int = JOBS_PER_PROCESS,
        idle_seconds: float = IDLE_SECONDS,
        metrics: Metrics | None = None,
    ) -> None:
        """Start nothing yet. `module` is what the processes run."""
        self._metrics = metrics or Metrics()
        self._terms = Terms(
            IndexPolicy.of(settings),
            cache_folder(),
            log_level=settings.log_level,
            niceness=NICENESS,
            database_url=settings.database_url,
        )
        self._module = module
        self._jobs_per_process = jobs_per_process
        self._idle_seconds = idle_seconds
        self._idle: list[_Child] = []
        self._all: set[_Child] = set()
        self._ending: set[asyncio.Task[int]] = set()

    def for_repository(
        self,
        installation_id: int | None,
        repository_id: int | None,
        credentials: Mapping[str, tuple[str, str]] | None = None,
    ) -> Callable[..., Awaitable[Proposal]]:
        """Return the same with what may be known for a repository.

        `installation_id`: whose private knowledge may be used; None: nobody's.

        `credentials`: user and password by origin, that its indexes are asked with.
        """
        reader = (installation_id, repository_id)
        return partial(self, reader=reader, credentials=credentials)

    async def __call__(
        self,
        files: RemoteFiles,
        wish: Wish | None = None,
        /,
        *,
        reader: tuple[int | None, int | None] | None = None,
        credentials: Mapping[str, tuple[str, str]] | None = None,
    ) -> Proposal:
        """Lock the targets, as far as `wish` goes. Cancelled, it ends the process at once.

        `reader`: for which installation and repository; None: with what everybody may know.
        `credentials`: user and password by origin, that the indexes of these files are asked with.
        Raises InputError, also for an index that is not allowed, IndexFailure, AdvisorLostError,
        and what reading the files raises.
        """
        child = self._idle.pop() if self._idle else await self._start()
        child.stop_waiting()
        started = time.monotonic()
        try:
            kind, value = await child.advise(files, wish, reader, credentials or {})
        except BaseException:
            self._end(child)
            raise
        if child.jobs < self._jobs_per_process:
            self._idle.append(child)
            child.wait_for_work(self._idle_seconds, self._retire)
        else:
            self._end(child)
        if kind == "failed":
            raise value
        proposal: Proposal = value
        self._metrics.advised(time.monotonic() - started, _results(proposal))
        return proposal

    async def close(self) -> None:
        """End every process, and wait until they have ended."""
        for child in list(self._all):
            self._end(child)
        await asyncio.gather(*self._ending)

    @property
    def process_ids(self) -> set[int]:
        """The processes that compute or wait."""
        return {child.process.pid for child in self._all}

    async def _start(self) -> _Child:
        """Start a process, without the App's secrets and out of reach of the terminal's signals."""
        # The same program, wherever it was started from.
        environment = {
            **{name: value for name, value in os.environ.items() if name not in _WITHHELD},
            "PYTHONPATH": os.pathsep.join(
                filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")))
            ),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            self._module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        child = _Child(process, self._metrics)
        self._all.add(child)
        try:
            await child.send(("terms", self._terms))
        except BaseException:
            self._end(child)
            raise
        return child

    def _retire(self, child: _Child) -> None:
        if child in self._idle:
            self._idle.remove(child)
            self._end(child)

    def _end(self, child: _Child) -> None:
        child.stop_waiting()
        self._all.discard(child)
        if child in self._idle:
            self._idle.remove(child)
        with contextlib.suppress(ProcessLookupError):
            child.process.kill()
        ending = asyncio.ensure_future(child.process.wait())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def _results(proposal: Proposal) -> Counter[tuple[str, int | None]]:
    """Return how often which status came out, with its gap where there is one."""
    results: Counter[tuple[str, int | None]] = Counter()
    # What a test has computed in place of advice has no outcomes.
    for outcome in getattr(proposal, "outcomes", ()):
        if outcome.advice is None:
            results["newest" if outcome.status != "conflict" else "unsatisfiable", None] += 1
        else:
            best = outcome.advice.products[0]
            results[best.status, best.upper_bound - best.score] += 1
    return results


class _Child:
    """One process, seen from the App."""

    def __init__(self, process: Process, metrics: Metrics) -> None:
        self.process = process
        self._metrics = metrics
        self.jobs = 0
        self._timer: asyncio.TimerHandle | None = None

    async def advise(
        self,
        files: RemoteFiles,
        wish: Wish | None,
        reader: tuple[int | None, int | None] | None,
        credentials: Mapping[str, tuple[str, str]],
    ) -> Ask:
        """Have it compute, and read files for it; return its last message."""
        self.jobs += 1
        await self.send(("advise", (wish, reader, credentials)))
        while True:
            message = await self._receive()
            if message[0] == "log":
                name, level, text = message[1]
                logging.getLogger(name).log(level, "%s", text)
                continue
            if message[0] == "requests":
                self._metrics.index_requests(message[1])
                continue
            if message[0] not in ("read", "list"):
                return message
            answer: Ask
            try:
                if message[0] == "list":
                    answer = ("content", await files.fetch_names(message[1]))
                else:
                    answer = ("content", await files.fetch(message[1]))
            except InputError as error:
                answer = ("error", error)
            await self.send(answer)

    async def send(self, message: Ask) -> None:
        """Send a message. Raises AdvisorLostError."""
        stream: Any = self.process.stdin
        try:
            stream.write(encode(message))
            await stream.drain()
        except OSError as error:
            raise await self._lost() from error

    async def _receive(self) -> Ask:
        stream: Any = self.process.stdout
        try:
            return await receive_async(stream)
        except EOFError as error:
            raise await self._lost() from error

    async def _lost(self) -> AdvisorLostError:
        code = await self.process.wait()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return AdvisorLostError(f"the process that computed advice ended {how}")

    def wait_for_work(self, seconds: float, tired: Any) -> None:  # noqa: ANN401 - a callback
        """Call `tired` with this, unless `stop_waiting` is called before."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, tired, self)

    def stop_waiting(self) -> None:
        """Say that it has work, or has ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
