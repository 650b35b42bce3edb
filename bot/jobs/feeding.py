"""What is handed to the workflows when: at once what somebody waits for, the rest as there is room.

The job table is the real queue. Workflows are chosen in no particular order, so that only a few of what
nobody waits for are handed over at a time, the most urgent first: a vulnerability that becomes known while
a hundred thousand repositories wait for a new release is behind those few, and ahead of all others.

Of one installation such a job begins every `SECONDS_BETWEEN_JOBS`, and none while its hour of writes is
full: what would have to stop half-way is not begun. Vulnerabilities are not held back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from bot.store.jobs import VULNERABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.store.jobs import Jobs, Pending
    from bot.store.paces import Paces

__all__ = ["SECONDS_BETWEEN_JOBS", "Feeder", "State", "Workflows"]

SECONDS_BETWEEN_JOBS = 45.0
"""80 an hour, with about 5 content writes each: 400 of the 450 that are left to what is not urgent
(`bot.github.pace`). A tenth is for what is tried again and for what people ask; with nothing to spare each
job that is late would make others late."""

State = Literal["going", "over"]
"""`going`: it waits or is at work. `over`: it ended, whatever came of the job."""

_MOST_LISTED = 1000


class Workflows(Protocol):
    """Runs generations of jobs: one at a time per partition, so many at a time per worker."""

    def start(self, pending: Pending, *, delay_seconds: float) -> None:
        """Have a generation run, not before the delay. What was started already starts that early."""

    def states(self, pending: Sequence[Pending]) -> Mapping[tuple[str, int], State]:
        """Return, by key and generation, the states of those that were ever started."""

    def count_waiting(self, most: int) -> int:
        """Return how many could be at work and are not, counted up to `most`."""


class Feeder:
    """Hands jobs over. Blocks."""

    def __init__(
        self, jobs: Jobs, paces: Paces, workflows: Workflows, clock: Callable[[], float]
    ) -> None:
        self._jobs = jobs
        self._paces = paces
        self._workflows = workflows
        self._clock = clock

    def enqueue(self, key: str) -> None:
        """Hand over the newest generation of a job that somebody waits for, unless it is done."""
        pending = self._jobs.get_pending(key)
        if pending is not None and not pending.urgency:
            self._start(pending)

    def sweep(self, *, late_seconds: float) -> int:
        """Hand over what is overdue by that long, however its workflow was lost; return how many."""
        before = self._clock() - late_seconds
        late = [
            each
            for each in self._jobs.pending(_MOST_LISTED, waited_for=True)
            if each.due_at <= before
        ]
        return self._hand_over(late, len(late))

    def feed(self, room: int) -> int:
        """Hand over what nobody waits for, until `room` of all wait to be run; return how many."""
        free = room - self._workflows.count_waiting(room)
        found = 0
        while found < free:
            # Those that wait or are at work are among the first: fewer than twice the room.
            more = self._hand_over(self._jobs.due(3 * room), free - found)
            if not more:
                break
            # Others may have been behind many of one installation, which is left out now.
            found += more
        return found

    def _hand_over(self, listed: Sequence[Pending], most: int) -> int:
        states = self._workflows.states(listed) if listed else {}
        found = 0
        for pending in listed:
            if found == most:
                break
            state = states.get((pending.key, pending.generation))
            if state == "going" or not self._may_begin(pending):
                continue
            if state == "over":
                # The workflow ended without finishing the job: ids are used once.
                if self._jobs.renew(pending.key, pending.generation) is None:
                    continue
                renewed = self._jobs.get_pending(pending.key)
                if renewed is None:
                    continue
                self._start(renewed)
            else:
                self._start(pending)
            found += 1
        return found

    def _may_begin(self, pending: Pending) -> bool:
        if pending.urgency <= VULNERABLE:
            return True
        return self._paces.take_job(pending.installation_id, seconds_between=SECONDS_BETWEEN_JOBS)

    def _start(self, pending: Pending) -> None:
        delay = max(0.0, pending.due_at - self._clock())
        self._workflows.start(pending, delay_seconds=delay)
