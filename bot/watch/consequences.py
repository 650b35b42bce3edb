"""From what happened to a package to the repositories that have to be looked at again.

Security first, then what takes a release away, then new releases; of one kind the oldest event first.
Repositories are walked page by page and asked for in turns, one of each installation: a large installation
delays itself, not the others.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor_core.advisories.severity import at_least
from bot.jobs.feeding import SECONDS_BETWEEN_JOBS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from advisor_core.advisories.interface import Severity
    from advisor_core.knowledge.membership_records import RepositoryRecord
    from advisor_core.knowledge.release_events import Event
    from advisor_core.knowledge.store import Store
    from advisor_core.knowledge.watching import PendingEvent

__all__ = ["Consequence", "act_on_events", "is_of_consequence", "take_turns", "urgency"]

_TAKING_AWAY = frozenset({"yanked", "vanished", "hash-changed"})


@dataclass(frozen=True, slots=True)
class Consequence:
    """A repository that has to be looked at again."""

    repository: RepositoryRecord
    delay_seconds: float
    """Its turn among those of its installation."""
    urgency: int


def urgency(event: Event) -> int:
    """Return how soon it has to be acted upon: less is sooner."""
    if event.kind == "advisory":
        return 0
    return 1 if event.kind in _TAKING_AWAY else 2


def is_of_consequence(event: Event, *, least_severity: Severity = "low") -> bool:
    """Return whether the event is acted upon at all.

    An advisory of unknown severity is. A withdrawn one is not: nothing has to be done at once.
    """
    if event.kind == "advisory":
        severity: Severity = event.severity or "unknown"  # type: ignore[assignment] # as it was recorded
        return at_least(severity, least_severity)
    return event.kind != "advisory-withdrawn"


def take_turns(
    repositories: Iterable[RepositoryRecord],
    *,
    already: dict[int, int],
    seconds_between: float = SECONDS_BETWEEN_JOBS,
) -> Iterator[tuple[RepositoryRecord, float]]:
    """Yield each repository once with its delay: the k-th of an installation waits k times the gap.

    `already` counts, per installation, those that have their turn before; it is added to.
    """
    for repository in repositories:
        turn = already.get(repository.installation_id, 0)
        already[repository.installation_id] = turn + 1
        yield repository, turn * seconds_between


def act_on_events(
    store: Store,
    ask_for: Callable[[Consequence], None],
    *,
    concerned_versions: Callable[[Event, Collection[str]], Collection[str] | None],
    now: Callable[[], float],
    least_severity: Severity = "low",
    most_events: int = 1000,
) -> int:
    """Ask for every repository that pending events concern, once; return for how many was asked.

    `concerned_versions(event, versions)`: which of the locked versions the event concerns; None: all of
    them. `ask_for` is idempotent: what was asked for before a process died is asked for again. Events are
    marked as handled after all of their repositories were asked for.
    """
    pending = store.pending_events(most_events)
    asked: set[int] = set()
    turns: dict[int, int] = defaultdict(int)
    for level, group in _by_urgency(pending, least_severity):
        for each in group:
            event = each.event
            versions = concerned_versions(event, store.locked_versions(event.package))
            if versions is not None and not versions:
                continue
            found = (
                one.repository
                for one in store.all_affected(event.package, versions)
                if one.repository.forge_id not in asked
            )
            for repository, delay in take_turns(_once(found, asked), already=turns):
                ask_for(Consequence(repository, delay, level))
    store.mark_handled([each.id for each in pending], int(now()))
    return len(asked)


def _once(repositories: Iterable[RepositoryRecord], asked: set[int]) -> Iterator[RepositoryRecord]:
    for repository in repositories:
        if repository.forge_id not in asked:
            asked.add(repository.forge_id)
            yield repository


def _by_urgency(
    pending: Iterable[PendingEvent], least_severity: Severity
) -> list[tuple[int, list[PendingEvent]]]:
    levels: dict[int, list[PendingEvent]] = {}
    for each in pending:
        if is_of_consequence(each.event, least_severity=least_severity):
            levels.setdefault(urgency(each.event), []).append(each)
    return sorted(levels.items())
