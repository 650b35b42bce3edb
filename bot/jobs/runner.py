"""Does one generation of a job, and says what became of it. Safe to repeat at any time.

It begins under a fence: a number that only the newest to begin the job holds, looked at right before
each write to GitHub. So a worker that was stopped and wakes up after another took over has no effect.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from advisor_core.errors import IndexFailure, InputError, StoreError, ThothError
from bot.clock.openings import next_turn
from bot.conversation.actions import Nothing
from bot.errors import (
    ConflictError,
    ForgeError,
    NotFoundError,
    PermissionMissingError,
    RateLimitedError,
    SuspendedError,
    UnprocessableError,
)
from bot.github.app import PERMISSIONS
from bot.jobs.answer import acknowledge_thread, answer_thread, find_waiting
from bot.jobs.apply import apply_advice
from bot.jobs.check import check_pull_request
from bot.jobs.dashboard import update_and_tell
from bot.jobs.evidence import read_evidence
from bot.jobs.failure import tell_failure, tell_in_dashboard, tell_in_thread
from bot.jobs.label import label_issue
from bot.jobs.loosen import loosen_manifests
from bot.jobs.merge import merge_green
from bot.jobs.onboarding import welcome
from bot.jobs.routing import Work
from bot.logs import bound, get_log
from bot.managers.update import UpdateEvent
from bot.store.deeds import StoredLedger
from bot.store.jobs import AFTER_VULNERABLE

if TYPE_CHECKING:
    from advisor_core.knowledge.check_records import CheckedLock
    from advisor_core.model import Environment
    from advisor_core.scoring.interface import Observed
    from advisor_core.wish import Wish
    from bot.github.forge import GitHubForge
    from bot.jobs.confidence import Seen
    from bot.jobs.onboarding import Onboarding
    from bot.jobs.site import Site
    from bot.jobs.update import ProjectFiles, Proposal, Propose, UpdateReport
    from bot.metrics import Metrics
    from bot.store.jobs import Begun
    from bot.store.service import ServiceStore

__all__ = ["FencedError", "JobRunner"]

_log = get_log(__name__)

_FIRST_RETRY_SECONDS = 30.0
_LONGEST_RETRY_SECONDS = 3600.0

_MOST_ATTEMPTS = 10
"""Failures in a row before a job is given up: about three hours. The next event begins anew."""

JOB_SECONDS = 1800.0
"""How long a job may take. Past it it counts as failed, and its repository is free again."""


_OF_THREADS = ("acknowledge", "answer", "apply", "label")
"""Kinds of work on one issue or pull request."""

_TELLING_SECONDS = 300.0

_TELLING_PERMISSIONS = {"checks": "write", "contents": "read", "metadata": "read"}
"""No more than telling needs: what is missing may be all the rest."""

_DASHBOARD_PERMISSIONS = {"issues": "write", "metadata": "read"}
"""As above, for the dashboard."""


SeenBy = Callable[
    [tuple[int | None, int | None], Mapping[str, str], Sequence["Environment"]],
    Mapping[str, "Observed"],
]


class FencedError(ThothError):
    """Another worker has taken the job over."""


@dataclass(slots=True)
class JobRunner:
    """Does jobs. For one event loop."""

    store: ServiceStore
    site: Callable[[], Site]
    propose: Propose
    enqueue: Callable[[str], None]
    """Called, in a thread, with the key of a job that is wanted (again)."""
    metrics: Metrics | None = None
    clock: Callable[[], float] = time.time
    remember: Callable[[Begun, UpdateReport, bool], None] | None = None
    """Called, in a thread, with what an update found, and whether the repository is private; raises
    nothing."""
    propose_for: Callable[[Begun, bool], Propose] | None = None
    """Instead of `propose`, called in a thread: with what may be known for the repository of a job, and
    whether it is private."""
    learn: Callable[[Sequence[CheckedLock]], int] | None = None
    """Called, in a thread, with what CI said; returns how much of it is new. Raises StoreError."""
    names: tuple[str, ...] = ()
    """What `@NAME` may be in comments, besides the App's own name."""
    seen: SeenBy | None = None
    """Called, in a thread, with installation and repository, releases and environments; returns what CI
    said of them. Raises StoreError."""

    onboarding: Onboarding = "off"
    """Where a configuration is proposed to a repository that was never looked at before."""

    async def run(self, key: str, generation: int) -> str:
        """Do one generation; return its outcome in a word. Raises nothing but cancellation."""
        begun = await asyncio.to_thread(self.store.jobs.begin, key, generation)
        if begun is None:
            return "nothing"
        started = time.monotonic()
        with bound(job=key, installation=begun.installation_id, repository=begun.full_name):
            outcome = await self._attempt(begun)
            seconds = time.monotonic() - started
            _log.info("job ended", outcome=outcome, seconds=round(seconds, 2))
        if self.metrics is not None:
            self.metrics.job(begun.kind, outcome, seconds)
        return outcome

    async def _attempt(self, begun: Begun) -> str:
        try:
            async with asyncio.timeout(JOB_SECONDS):
                head_sha = await self._work(begun)
        except FencedError:
            return "fenced"
        except (NotFoundError, SuspendedError) as error:
            _log.info("not there for the App any more", reason=str(error))
            if begun.kind == "update" and begun.repository_id is not None:
                await asyncio.to_thread(self.store.turns.forget, begun.repository_id)
            return await self._finish(begun, None, "gone")
        except PermissionMissingError as error:
            _log.warning("a permission was not granted", reason=str(error), hint=error.hint)
            await self._tell(begun, error, attempts=1)
            return await self._finish(begun, None, "forbidden")
        except InputError as error:
            _log.info("the repository's files are in the way", reason=str(error))
            await self._tell(begun, error, attempts=1)
            return await self._finish(begun, None, "done")
        except RateLimitedError as error:
            wait = max(error.until - self.clock(), _FIRST_RETRY_SECONDS)
            # Its security updates are written by then: the rest is as urgent as anything else.
            least = AFTER_VULNERABLE if error.of_share else 0
            return await self._fail(
                begun, error, retry_seconds=wait, counts=False, least_urgency=least
            )
        except (ForgeError, IndexFailure, StoreError, OSError) as error:
            return await self._fail(begun, error, retry_seconds=_backoff(begun.attempts))
        except Exception as error:  # noqa: BLE001 - the boundary of a job: logged, tried again
            error_id = uuid4().hex[:12]
            _log.exception("job failed", error_id=error_id)
            return await self._fail(
                begun, error, retry_seconds=_backoff(begun.attempts), error_id=error_id
            )
        return await self._finish(begun, head_sha, "done")

    async def _work(self, begun: Begun) -> str | None:
        if begun.kind == "scan":
            await self._scan(begun)
            return None
        forge = await self._forge(begun)
        propose = self._proposing(begun, forge)
        if begun.kind == "check" and begun.number is not None:
            return await check_pull_request(forge, begun.number, propose=propose)
        if begun.kind == "loosen":
            await loosen_manifests(forge, propose=propose)
            return None
        if begun.kind == "evidence":
            await self._learn(begun, forge)
            return None
        if begun.kind == "merge":
            await merge_green(forge, seen=self._seen(begun, forge))
            return None
        if begun.kind in _OF_THREADS and begun.number is not None:
            await self._work_on_thread(begun, forge, begun.number, propose)
            return None
        event = UpdateEvent("manual" if begun.manual else "push")
        report = await update_and_tell(forge, event=event, propose=propose, clock=self.clock)
        await self._welcome(begun, forge, report, propose)
        await asyncio.to_thread(self._plan, begun, report)
        if self.remember is not None and await asyncio.to_thread(self.store.jobs.holds, begun):
            private = forge.repository.private
            await asyncio.to_thread(self.remember, begun, report, private)
        if report.facts.mode == "automerge":
            await merge_green(forge, seen=self._seen(begun, forge))
        return None

    async def _welcome(
        self, begun: Begun, forge: GitHubForge, report: UpdateReport, propose: Propose
    ) -> None:
        """Propose a configuration where the App is new: its repository has never had a turn."""
        if self.onboarding == "off" or begun.repository_id is None:
            return
        if await asyncio.to_thread(self.store.turns.due_at, begun.repository_id) is not None:
            return
        try:
            await welcome(forge, report, propose=propose, where=self.onboarding)
        except (ConflictError, UnprocessableError, InputError) as error:
            _log.info("no configuration is proposed", reason=str(error))

    async def _work_on_thread(
        self, begun: Begun, forge: GitHubForge, number: int, propose: Propose
    ) -> None:
        match begun.kind:
            case "acknowledge":
                await acknowledge_thread(forge, number, names=self.names)
            case "answer":
                await answer_thread(
                    forge, number, propose=propose, names=self.names, clock=self.clock
                )
            case "apply":
                author = begun.key.rpartition(":")[2]
                await apply_advice(forge, number, author=author, propose=propose)
            case _:
                await label_issue(forge, number)

    def _proposing(self, begun: Begun, forge: GitHubForge) -> Propose:
        """Return what proposes with what may be known, and shown, in a job's repository.

        Who may read it is asked of GitHub as late as can be: with the base, before anything is proposed.
        """
        by = self.propose_for
        if by is None:
            return self.propose

        async def propose(files: ProjectFiles, wish: Wish | None = None, /) -> Proposal:
            allowed = await asyncio.to_thread(by, begun, forge.repository.private)
            return await allowed(files, wish)

        return propose

    def _seen(self, begun: Begun, forge: GitHubForge) -> Seen | None:
        """Return what tells what CI said, as far as a job's repository may know it."""
        by = self.seen
        if by is None:
            return None

        async def seen(
            releases: Mapping[str, str], environments: Sequence[Environment]
        ) -> Mapping[str, Observed]:
            account = begun.installation_id if forge.repository.private else None
            reader = (account, begun.repository_id)
            return await asyncio.to_thread(by, reader, releases, environments)

        return seen

    async def _learn(self, begun: Begun, forge: GitHubForge) -> None:
        if self.learn is None:
            return
        found = await read_evidence(forge, installation_id=begun.installation_id, clock=self.clock)
        holds = await asyncio.to_thread(self.store.jobs.holds, begun)
        if found.locks and holds:
            new = await asyncio.to_thread(self.learn, found.locks)
            _log.info("checks read", lockfiles=len(found.locks), new_votes=new)
        if found.go_on and holds:
            work = Work("update", begun.installation_id, begun.repository_id, begun.full_name)
            key, _ = await asyncio.to_thread(self.store.jobs.want, work)
            await asyncio.to_thread(self.enqueue, key)

    def _plan(self, begun: Begun, report: UpdateReport) -> None:
        """Say when the repository is looked at next, though nothing happens to it."""
        if begun.repository_id is not None and begun.full_name is not None:
            self.store.turns.plan(
                begun.repository_id,
                installation_id=begun.installation_id,
                full_name=begun.full_name,
                due_at=_next_look(report, begun.repository_id),
            )

    async def _forge(
        self, begun: Begun, *, permissions: Mapping[str, str] = PERMISSIONS
    ) -> GitHubForge:
        if begun.repository_id is None or begun.full_name is None:
            raise InputError.single(begun.key, "names no repository")

        async def fence() -> None:
            if not await asyncio.to_thread(self.store.jobs.holds, begun):
                raise FencedError

        return await self.site().forge(
            installation_id=begun.installation_id,
            repository_id=begun.repository_id,
            full_name=begun.full_name,
            fence=fence,
            permissions=permissions,
            ledger=StoredLedger(self.store.deeds, begun.repository_id),
        )

    async def _tell(
        self, begun: Begun, error: Exception, *, attempts: int, error_id: str | None = None
    ) -> None:
        """Say on the commit that the work was given up; where that fails too, the log has it.

        The dashboard says so as well, of work on the repository itself.
        """
        if begun.repository_id is None or begun.kind in {"acknowledge", "label"}:
            return  # of the first the answer tells; the second is not worth a red commit
        number = begun.number if begun.kind == "check" else None
        more = {"pull_requests": "read"} if number is not None else {}
        try:
            async with asyncio.timeout(_TELLING_SECONDS):
                if begun.kind in {"answer", "apply"} and begun.number is not None:
                    await self._tell_in_thread(begun, begun.number, error, attempts, error_id)
                    return
                forge = await self._forge(begun, permissions=_TELLING_PERMISSIONS | more)
                await tell_failure(
                    forge, error, number=number, attempts=attempts, error_id=error_id
                )
                if number is None:
                    forge = await self._forge(begun, permissions=_DASHBOARD_PERMISSIONS)
                    await tell_in_dashboard(forge, error, error_id=error_id)
        except FencedError:
            _log.info("another worker has taken the job over")
        except (ThothError, OSError) as failure:
            _log.warning("the person could not be told", reason=str(failure))

    async def _tell_in_thread(
        self, begun: Begun, number: int, error: Exception, attempts: int, error_id: str | None
    ) -> None:
        """Tell it in the place of the answer that was wanted, so that the messages after it get theirs."""
        forge = await self._forge(begun, permissions=_DASHBOARD_PERMISSIONS)
        waiting = None
        if begun.kind == "answer":
            with contextlib.suppress(ForgeError):
                waiting = await find_waiting(forge, number, names=self.names)
        key = waiting or f"failed:{begun.kind}:{begun.generation}"
        await tell_in_thread(
            forge, error, number=number, key=key, attempts=attempts, error_id=error_id
        )
        if waiting is not None and begun.repository_id is not None:
            work = Work("answer", begun.installation_id, begun.repository_id, begun.full_name)
            wanted, _ = await asyncio.to_thread(self.store.jobs.want, work.as_answer(number))
            await asyncio.to_thread(self.enqueue, wanted)

    async def _scan(self, begun: Begun) -> None:
        for each in await self.site().repositories(begun.installation_id):
            if not each.archived:
                work = Work("update", begun.installation_id, each.id, each.full_name)
                key, _ = await asyncio.to_thread(self.store.jobs.want, work)
                await asyncio.to_thread(self.enqueue, key)

    async def _finish(self, begun: Begun, head_sha: str | None, outcome: str) -> str:
        finish = self.store.jobs.finish
        finished = await asyncio.to_thread(finish, begun, head_sha=head_sha)
        return outcome if finished else "fenced"

    async def _fail(
        self,
        begun: Begun,
        error: Exception,
        *,
        retry_seconds: float,
        error_id: str | None = None,
        counts: bool = True,
        least_urgency: int = 0,
    ) -> str:
        """Try again later, or give up.

        What does not count, a limit of GitHub's, is waited for as often as it takes: of many jobs that
        one hour has no room for, none is lost.
        """
        text = str(error) or type(error).__name__
        again_later = not counts or begun.attempts + 1 < _MOST_ATTEMPTS
        wait = retry_seconds if again_later else None
        _log.warning("job did not succeed", reason=text, again_in_seconds=wait)
        if wait is None:
            await self._tell(begun, error, attempts=begun.attempts + 1, error_id=error_id)
        again = await asyncio.to_thread(
            self.store.jobs.fail,
            begun,
            text,
            retry_seconds=wait,
            counts=counts,
            least_urgency=least_urgency,
        )
        if again is not None:
            await asyncio.to_thread(self.enqueue, begun.key)
        return "failed" if wait is None else "postponed"


def _next_look(report: UpdateReport, repository_id: int) -> float:
    """Return when a repository is to be looked at: at its turn, or when a limit has room again."""
    turn = next_turn(report.schedule, repository_id, report.decided_at)
    rooms = [
        each.until
        for each in report.actions
        if isinstance(each, Nothing) and each.until is not None
    ]
    return min([turn, *rooms])


def _backoff(attempts: int) -> float:
    return min(_FIRST_RETRY_SECONDS * 2.0**attempts, _LONGEST_RETRY_SECONDS)
