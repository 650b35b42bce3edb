"""Units that wait for each other: which of them can run at all. Pure.

A unit is used only where the units that it depends on are (`should_include.dependencies`). Units that
depend on each other in a circle therefore never run, nor does what depends on one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from advisor_core.pipeline.prescriptions.model import Kind

    Key = tuple[Kind, str]

__all__ = ["explain_waiting", "find_running"]

_MOST_CIRCLES = 100
"""Units for which a way back to themselves is looked for: each time through all that they need."""


def find_running(needs: Mapping[Key, Sequence[Key]], able: Collection[Key]) -> set[Key]:
    """Return the units of which everything that they depend on can run. Linear in the dependencies.

    What `needs` does not list is taken to run. Only units that are `able` can.
    """
    users: dict[Key, list[Key]] = {}
    waiting: dict[Key, int] = {}
    ready = []
    for key, wanted in needs.items():
        inside = [each for each in wanted if each in needs]
        waiting[key] = len(inside)
        for each in inside:
            users.setdefault(each, []).append(key)
        if not inside:
            ready.append(key)
    running: set[Key] = set()
    while ready:
        key = ready.pop()
        if key not in able:
            continue
        running.add(key)
        for user in users.get(key, ()):
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    return running


def explain_waiting(
    idle: Iterable[Key], needs: Mapping[Key, Sequence[Key]], running: Collection[Key]
) -> Iterator[tuple[Key, str]]:
    """Yield each of the idle units with why it never runs: `it depends on itself: A -> B -> A`."""
    for told, key in enumerate(idle):
        circle = _find_circle(key, needs) if told < _MOST_CIRCLES else []
        if circle:
            way = " -> ".join(name for _kind, name in circle)
            yield key, f"it depends on itself: {way}"[:300]
        else:
            name = next(each[1] for each in needs[key] if each in needs and each not in running)
            yield key, f"it depends on one that cannot: {name!r:.80}"


def _find_circle(start: Key, needs: Mapping[Key, Sequence[Key]]) -> list[Key]:
    """Return a shortest way from a unit back to itself; nothing when there is none."""
    before: dict[Key, Key] = {}
    layer = [start]
    while layer:
        following = []
        for key in layer:
            for each in needs.get(key, ()):
                if each == start:
                    way = [start, key]
                    while way[-1] != start:
                        way.append(before[way[-1]])
                    return way[::-1]
                if each not in before:
                    before[each] = key
                    following.append(each)
        layer = following
    return []
