"""Watches the packages that watched repositories lock, politely: one request per package for all of them.

Each package is due once per interval, spread over it by its name. A feed of changes, where the index has
one, brings packages forward. An index that fails is asked less and less often, one that asks to wait is
left alone. Clock, sleep, index and feed are given, so that a test needs no time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from advisor_core.errors import IndexFailure
from advisor_core.index.look import Validators
from advisor_core.knowledge.records import ProjectRecord
from advisor_core.knowledge.release_events import Event
from advisor_core.values import replace as replace_value
from bot.logs import get_log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from advisor_core.index.look import Look
    from advisor_core.knowledge.store import Store
    from advisor_core.knowledge.watching import WatchedPage

__all__ = ["ChangeFeed", "Pace", "PageWatcher", "ReleaseWatch", "Round"]

_MISSES_UNTIL_VANISHED = 3
"""Looks in a row that find no page; an index that is being repaired answers 404 too."""

_log = get_log(__name__)


class PageWatcher(Protocol):
    """Looks at pages of the index: `advisor_core.index.look.IndexWatcher`."""

    async def look(self, name: str, known: Validators) -> Look:
        """Look at a page once. Raises IndexFailure."""


class ChangeFeed(Protocol):
    """Tells which packages of an index changed: `advisor_core.index.change_feed`."""

    async def changed_since(self, cursor: str | None) -> tuple[Sequence[str], str]:
        """Return the normalized names that changed since, and the cursor from now on.

        With cursor None: no names, only where the feed is now. Raises IndexFailure.
        """


@dataclass(frozen=True, slots=True)
class Pace:
    """How often and how fast an index is asked."""

    interval_seconds: int = 3600
    """Each package once in it."""
    gap_seconds: float = 0.2
    """At least between two requests."""
    longest_back_off_seconds: int = 86_400
    feed_interval_seconds: int = 21_600
    """Each package once in it where a feed tells of changes in between."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    looked: int = 0
    events: tuple[Event, ...] = ()
    failed: int = 0


class ReleaseWatch:
    """Watches one index."""

    def __init__(
        self,
        store: Store,
        index_url: str,
        watcher: PageWatcher,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        feed: ChangeFeed | None = None,
        pace: Pace | None = None,
        is_default: bool = True,
    ) -> None:
        """`is_default`: it is asked for every package that no lockfile takes from another index."""
        self._is_default = is_default
        self._store = store
        self._index_url = index_url
        self._watcher = watcher
        self._clock = clock
        self._sleep = sleep
        self._feed = feed
        self._pace = pace or Pace()

    async def run_round(self, *, most: int = 1000) -> Round:
        """Look at the pages that are due, at most `most`. Events are kept before it returns."""
        await asyncio.to_thread(self._watch_what_is_locked)
        await self._read_feed()
        done = Round()
        pages = await asyncio.to_thread(
            self._store.due_pages, self._index_url, int(self._clock()), most
        )
        for number, page in enumerate(pages):
            if number:
                await self._sleep(self._pace.gap_seconds)
            done = await self._look(page, done)
        return done

    @property
    def _interval(self) -> int:
        return (
            self._pace.interval_seconds if self._feed is None else self._pace.feed_interval_seconds
        )

    def _watch_what_is_locked(self) -> None:
        self._store.watch_packages(
            self._index_url,
            self._store.packages_of_index(None if self._is_default else self._index_url),
            now=int(self._clock()),
            interval_seconds=self._interval,
        )

    async def _read_feed(self) -> None:
        """Bring forward what the feed names. A feed that fails only makes it later."""
        if self._feed is None:
            return
        name = f"changes {self._index_url}"
        cursor = await asyncio.to_thread(self._store.cursor, name)
        try:
            names, cursor = await self._feed.changed_since(cursor)
        except IndexFailure as exc:
            _log.warning("the feed of changes failed", index=self._index_url, error=str(exc))
            return
        now = int(self._clock())
        await asyncio.to_thread(
            self._store.advance_feed, self._index_url, names, name=name, cursor=cursor, now=now
        )

    async def _look(self, page: WatchedPage, done: Round) -> Round:
        known = Validators(page.etag, page.last_modified, page.serial)
        try:
            look = await self._watcher.look(page.package, known)
        except IndexFailure as exc:
            failures = max(page.failures, 0) + 1
            wait = min(self._interval * 2 ** min(failures, 10), self._pace.longest_back_off_seconds)
            await asyncio.to_thread(
                self._store.note_look,
                replace_value(page, failures=failures),
                due_at=int(self._clock()) + wait,
                checked_at=None,
            )
            _log.info("a package could not be looked at", package=page.package, error=str(exc))
            return replace(done, looked=done.looked + 1, failed=done.failed + 1)
        now = int(self._clock())
        events: list[Event] = []
        failures = 0
        if look.project is not None:
            record = ProjectRecord(
                self._index_url,
                look.project,
                now,
                look.validators.etag or look.validators.serial,
            )
            events = await asyncio.to_thread(self._store.record_watched, record)
        elif look.state == "missing":
            # Counted below 0, apart from failures of the index: those say nothing of the package.
            failures = min(page.failures, 0) - 1
            if -failures == _MISSES_UNTIL_VANISHED:
                events = [
                    Event("vanished", page.package, None, page.index_url, "the index has no page")
                ]
                await asyncio.to_thread(self._store.keep_events, events, now)
        await asyncio.to_thread(
            self._store.note_look,
            replace_value(
                page,
                failures=failures,
                etag=look.validators.etag,
                last_modified=look.validators.last_modified,
                serial=look.validators.serial,
            ),
            due_at=now + self._interval,
            checked_at=now,
        )
        return Round(done.looked + 1, (*done.events, *events), done.failed)
