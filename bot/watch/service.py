"""The watch of a worker: remembers what repositories lock, looks at indexes and advisories, asks for work.

One worker of a fleet watches at a time: it holds a lease in the database, and another takes over when the
lease has run out.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from advisor_core.advisories.download import DEFAULT_OSV_URL
from advisor_core.errors import ThothError
from advisor_core.index.cache import Cache
from advisor_core.index.change_feed import SerialFeed, feed_url
from advisor_core.index.look import IndexWatcher
from advisor_core.knowledge.advisory_reading import open_advisories
from advisor_core.knowledge.evidence_reading import StoredEvidence
from advisor_core.knowledge.plain_reading import open_reading
from advisor_core.knowledge.store import Store
from advisor_core.model import IndexSource
from bot.jobs.routing import Work
from bot.logs import get_log
from bot.watch.advisories import concerned_versions, refresh_advisories
from bot.watch.consequences import act_on_events
from bot.watch.membership import manifest_records
from bot.watch.releases import Pace, ReleaseWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from advisor_core.advisories.interface import Severity
    from advisor_core.index.addresses import AddressGuard
    from advisor_core.knowledge.check_records import CheckedLock
    from advisor_core.knowledge.membership_records import RepositoryRecord
    from advisor_core.model import Environment
    from advisor_core.outcome import LockOutcome
    from advisor_core.scoring.interface import Observed
    from bot.jobs.routing import Routed
    from bot.store.chores import Chores
    from bot.watch.consequences import Consequence

__all__ = ["KnowledgeWatch", "WatchTerms"]

LEASE_SECONDS = 600
"""How long a worker watches without being seen to; a round takes at most a few minutes."""

LOOK_SECONDS = 20.0
"""Between two rounds of looking at packages that are due."""

PRUNE_SECONDS = 86_400.0
"""Between two rounds of forgetting."""

KEPT_SECONDS = 90 * 86_400.0
"""How long it is known what vanished from an index, what was advised and what happened."""

AGAIN_SECONDS = 900.0
"""After a refresh that did not succeed."""

FIRST_CHORES_SECONDS = 30.0
"""After the start: what comes first is answering those who wait."""

_LONGEST_CHORE_SECONDS = 1800.0
"""A worker that takes longer counts as dead, and another does the chore."""

_OUT_OF_ORDER = 1000
"""Events by which an earlier number may be kept after a later one."""

_LONGEST_FRESH_SECONDS = 86_400
"""How long a page of an index is used without asking at most (`advisor_core.index.page_reader`)."""

_CLOCKS_APART_SECONDS = 30

_JOIN_SECONDS = 2.0

_MOST_PAGES = 200
"""Of one round: it stays short, and the lease is renewed between rounds."""

_log = get_log(__name__)


@dataclass(frozen=True, slots=True)
class WatchTerms:
    """What is watched, and how."""

    database_url: str
    index_url: str
    allow_address: AddressGuard | None
    cache_folder: Path
    """What the watch sees there is what advice is computed from next."""
    further_indexes: Mapping[str, str] = field(default_factory=dict)
    """The other indexes that may be asked: as it is shown to as it is asked, with credentials."""
    osv_source: str | None = DEFAULT_OSV_URL
    """None: advisories are not asked for."""
    refresh_seconds: float = 6 * 3600.0
    """Between two imports of advisories."""
    least_severity: Severity = "low"
    pace: Pace = Pace()  # noqa: RUF009 - a value that never changes


class KnowledgeWatch:
    """One worker's watch. Every method blocks and may be called from any thread.

    `start` makes it look and refresh by itself, in a thread that does not keep the process from ending:
    whatever it is doing is begun anew by the next one.
    """

    def __init__(
        self,
        terms: WatchTerms,
        *,
        owner: str,
        want: Callable[[Work, float], None],
        clock: Callable[[], float] = time.time,
        chores: Chores | None = None,
    ) -> None:
        """`want(work, delay_seconds)` asks for work; asking again for what waits already changes nothing.

        `chores`: what says, for all workers and over restarts, when to refresh and to prune; None: never
        by itself.
        """
        self._terms = terms
        self._owner = owner
        self._want = want
        self._clock = clock
        self._chores = chores
        self._freshened = 0
        self._opened: Store | None = None
        self._opening = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def remember(
        self,
        repository: RepositoryRecord,
        outcomes: tuple[LockOutcome, ...],
        commit_sha: str,
        fixes: tuple[LockOutcome, ...] = (),
    ) -> None:
        """Keep what the lockfiles of a repository have, and what was advised, with its problems.

        `fixes`: what else was advised on the same lockfiles.
        """
        now = int(self._clock())
        records = manifest_records(
            outcomes,
            repository,
            commit_sha,
            now,
            further_indexes=self._terms.further_indexes,
        )
        self._store.record_manifests(records)
        for outcome in (*outcomes, *fixes):
            if outcome.stored is not None:
                self._store.keep_advice(outcome.stored, forge_id=repository.forge_id, now=now)

    def learn(self, locks: Sequence[CheckedLock]) -> int:
        """Keep what CI said; return how many votes are new or different. Raises StoreError."""
        return self._store.record_checked_locks(locks)

    def freshen(self) -> None:
        """Have pages that changed since this machine kept them asked for again. Raises StoreError.

        Who looked is another worker perhaps, or asked without the credentials that a repository has.
        """
        now = int(self._clock())
        changed = self._store.changed_pages(
            self._freshened - _OUT_OF_ORDER, now - _LONGEST_FRESH_SECONDS
        )
        cache = Cache(self._terms.cache_folder)
        for number, index_url, package, seen_at in changed:
            cache.expire_page(index_url, package, before=seen_at + _CLOCKS_APART_SECONDS)
            self._freshened = max(self._freshened, number)

    def seen(
        self,
        reader: tuple[int | None, int | None],
        releases: Mapping[str, str],
        environments: Sequence[Environment],
    ) -> dict[str, Observed]:
        """Return what CI said of releases that an installation and repository may know. Raises StoreError."""
        url = self._terms.database_url
        with open_reading(url) as read:
            evidence = StoredEvidence(
                read,
                installation_id=reader[0],
                repository_id=reader[1],
                is_sqlite=url.startswith("sqlite:"),
            )
            found = {
                name: evidence.observed(name, [version], environments).get(version)
                for name, version in releases.items()
            }
        return {name: observed for name, observed in found.items() if observed is not None}

    def forget(self, routed: Routed) -> None:
        """Forget what the App was taken from, and hide what became private."""
        if routed.hidden_repositories:
            self._store.hide_repositories(routed.hidden_repositories)
        if routed.forgotten_installation is not None:
            self._store.forget_installation(routed.forgotten_installation)
        if routed.forgotten_repositories:
            self._store.forget_repositories(routed.forgotten_repositories)

    def look(self) -> None:
        """Look at what is due, and ask for work where something happened."""
        if not self._is_mine():
            return
        done = asyncio.run(self._look())
        if done:
            _log.info("packages changed", events=done)
        self._act()

    def refresh(self) -> bool:
        """Take in advisories, and ask for work where one concerns a lockfile; return whether it succeeded."""
        source = self._terms.osv_source
        if source is None:
            return True
        try:
            report = refresh_advisories(
                self._store,
                source,
                clock=self._clock,
                allow_address=self._terms.allow_address,
            )
        except ThothError as exc:
            _log.warning("advisories were not refreshed", error=str(exc), hint=exc.hint)
            return False
        changes = report.changes
        _log.info("advisories refreshed", added=len(changes.added), changed=len(changes.changed))
        self._act()
        return True

    def prune(self) -> bool:
        """Forget what ended long ago; return True."""
        pruned = self._store.prune(int(self._clock() - KEPT_SECONDS))
        _log.info(
            "knowledge pruned",
            releases=pruned.releases,
            files=pruned.files,
            advice=pruned.advice,
            events=pruned.events,
        )
        return True

    def do_chores(self) -> None:
        """Refresh and prune when it is time for it, one worker of all; what fails is tried again soon."""
        for name, every_seconds, action in (
            ("refresh advisories", self._terms.refresh_seconds, self.refresh),
            ("prune knowledge", PRUNE_SECONDS, self.prune),
        ):
            chores = self._chores
            if chores is None or not chores.take(name, at_most_seconds=_LONGEST_CHORE_SECONDS):
                continue
            done = False
            try:
                done = action()
            finally:
                chores.put_off(name, seconds=every_seconds if done else AGAIN_SECONDS)

    def start(self) -> None:
        """Watch from now on."""
        self._thread = threading.Thread(target=self._run, name="thoth-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching; close the knowledge base unless something is still at work in it."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)
            if self._thread.is_alive():
                return
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def _run(self) -> None:
        every = self._terms.refresh_seconds
        chores_at = time.monotonic() + min(FIRST_CHORES_SECONDS, every)
        pause = min(LOOK_SECONDS, self._terms.pace.interval_seconds, every)
        while not self._ended.wait(pause):
            self._guarded(self.look)
            if time.monotonic() >= chores_at:
                self._guarded(self.do_chores)

    def _guarded(self, action: Callable[[], None]) -> None:
        """Do a round; what it raises is logged, and the next round tries again."""
        try:
            action()
        except Exception:  # noqa: BLE001 - the boundary of a round
            if not self._ended.is_set():
                _log.exception("a round of the watch failed")

    @property
    def _store(self) -> Store:
        with self._opening:
            if self._opened is None:
                self._opened = Store.open(self._terms.database_url)
            return self._opened

    def _is_mine(self) -> bool:
        return self._store.take_lease(
            "watch", self._owner, now=int(self._clock()), seconds=LEASE_SECONDS
        )

    async def _look(self) -> int:
        terms = self._terms
        found = await self._look_at(terms.index_url, terms.index_url, is_default=True)
        for shown, asked in terms.further_indexes.items():
            found += await self._look_at(shown, asked, is_default=False)
        return found

    async def _look_at(self, shown: str, asked: str, *, is_default: bool) -> int:
        """Look at what is due of one index; return how many events there were."""
        terms = self._terms
        async with AsyncExitStack() as stack:
            watcher = await stack.enter_async_context(
                IndexWatcher(
                    IndexSource("index", asked),
                    allow_address=terms.allow_address,
                    environment={},
                    cache=Cache(terms.cache_folder),
                )
            )
            address = feed_url(asked)
            feed = None if address is None else await stack.enter_async_context(SerialFeed(address))
            watch = ReleaseWatch(
                self._store,
                shown,
                watcher,
                clock=self._clock,
                sleep=asyncio.sleep,
                feed=feed,
                pace=terms.pace,
                is_default=is_default,
            )
            return len((await watch.run_round(most=_MOST_PAGES)).events)

    def _act(self) -> None:
        def ask_for(consequence: Consequence) -> None:
            repository = consequence.repository
            work = Work(
                "update",
                installation_id=repository.installation_id,
                repository_id=repository.forge_id,
                full_name=repository.full_name,
                urgency=consequence.urgency + 1,
            )
            self._want(work, consequence.delay_seconds)

        if not self._store.pending_events(1):
            return
        with open_advisories(self._terms.database_url) as advisories:
            asked = act_on_events(
                self._store,
                ask_for,
                concerned_versions=lambda event, versions: concerned_versions(
                    event, versions, advisories
                ),
                now=self._clock,
                least_severity=self._terms.least_severity,
            )
        if asked:
            _log.info("repositories asked for", count=asked)
