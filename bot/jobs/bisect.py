"""Takes a red update apart: notes what CI said of each set of changes, and proposes the next set.

All that is known is in Thoth's own comments on the pull request, one for each commit, so that a restart, a
second worker and a repeated event find what was tried by looking at GitHub.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from advisor_core.config.schema import BISECT_RUNS
from advisor_core.errors import InputError
from advisor_core.values import replace
from advisor_core.wish import Wish
from bot.conversation.bisecting import note, tell_culprit, tell_trial
from bot.jobs.pins import lock_key, read_pins
from bot.managers.bisect import (
    MOST_CHANGES,
    Trial,
    find_culprit,
    read_trial,
    splits,
    stand,
    write_trial,
)
from bot.managers.update import branch_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor_core.config.model import Configuration
    from advisor_core.knowledge.check_records import CheckedLock
    from advisor_core.outcome import LockOutcome
    from bot.forge import PullRequest
    from bot.github.forge import GitHubForge
    from bot.jobs.update import ProjectFiles, Proposal, Propose
    from bot.managers.bisect import Change, Standing

__all__ = ["Checked", "Narrowed", "budget", "narrow", "note_trials"]

_MOST_ATTEMPTS = 3
"""Of making a smaller update, for each run of CI: each is a whole resolution."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A pull request whose checks have ended, with one lockfile that it changes."""

    pull_request: PullRequest
    lockfile: str
    before: Mapping[str, str]
    """The releases of the lockfile where the branch began."""
    lock: CheckedLock

    @property
    def changes(self) -> frozenset[Change]:
        """Return what is different, removals too."""
        pins = self.lock.pins
        moved = {(name, pins[name]) for name in pins if self.before.get(name) != pins[name]}
        return frozenset(moved | {(name, "") for name in self.before if name not in pins})


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is proposed instead, and why."""

    outcomes: tuple[LockOutcome, ...]
    notes: tuple[str, ...] = ()


def budget(configuration: Configuration) -> int:
    """Return how many runs of CI may be spent on one red pull request."""
    return BISECT_RUNS if configuration.bisect_runs is None else configuration.bisect_runs


async def note_trials(
    forge: GitHubForge, checked: Iterable[Checked], *, runs: int, now: int
) -> tuple[list[CheckedLock], bool]:
    """Say what CI showed of each red pull request; return what was learnt of culprits, and whether to go on.

    Raises ForgeError.
    """
    learnt: list[CheckedLock] = []
    moved = False
    for each in checked:
        trial = _trial(each)
        opened = each.pull_request
        known = _trials(opened)
        begun = any(one.base == trial.base for one in known)
        if (
            runs == 0
            or opened.branch != branch_name(each.lockfile)
            or not trial.changes
            or len(trial.changes) > MOST_CHANGES
            or each.lock.outcome == "error"
            or (each.lock.outcome == "failed" and each.lock.certainty < 100)
            or not (begun or (trial.outcome == "failed" and len(trial.changes) > 1))
        ):
            continue
        used = sum(one.base == trial.base for one in known)
        earlier = [one for one in known if one.head != trial.head]
        culprits = stand(earlier, trial.base, _all_changes(earlier)).culprits
        is_known = bool(culprits) and not culprits & trial.changes
        text = tell_trial(trial, first=not begun, found=is_known, used=used, runs=runs)
        found = find_culprit(known, trial) if begun else None
        if found is not None and found[0] not in culprits:
            culprit, failing = found
            passing = len(failing.changes) > 1
            text += "\n\n" + tell_culprit(culprit, head=failing.head, passing=passing)
            learnt.append(_learn(each, culprit, failing, now))
        moved = True  # also when it was said before: what has to follow may have been lost
        key = f"trial:{trial.outcome}:{trial.head}"
        if key not in opened.comments:
            state = {"trial": write_trial(trial)}
            await forge.pulls.comment(opened.number, key=key, text=text, state=state)
    return learnt, moved


async def narrow(
    proposal: Proposal,
    pull_requests: Sequence[PullRequest],
    *,
    files: ProjectFiles,
    propose: Propose,
    held: tuple[str, ...] = (),
) -> Narrowed:
    """Return what to propose instead of changes that are known to fail together.

    `held`: what stays where it is anyway. Raises IndexFailure and ForgeError.
    """
    runs = budget(proposal.configuration)
    outcomes, notes = [], []
    for place, outcome in enumerate(proposal.outcomes):
        branch = branch_name(outcome.target.lockfile)
        opened = next(
            (each for each in pull_requests if each.branch == branch and each.state == "open"), None
        )
        trials = _trials(opened) if opened is not None and runs else ()
        if trials and outcome.status == "improved" and outcome.old_text is not None:
            base = lock_key(read_pins(outcome.target.lockfile, outcome.old_text))
            standing = stand(trials, base, _changes(outcome))
            narrowing = _Narrowing(place, outcome, standing, files, propose, held)
            smaller, said = await narrowing.run(runs)
            outcomes.append(smaller)
            notes += [said] if said else []
        else:
            outcomes.append(outcome)
    return Narrowed(tuple(outcomes), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Narrowing:
    """Making an update of one lockfile smaller."""

    place: int
    outcome: LockOutcome
    standing: Standing
    files: ProjectFiles
    propose: Propose
    held: tuple[str, ...]

    async def run(self, runs: int) -> tuple[LockOutcome, str]:
        """Return the update to propose, and a remark on it."""
        standing = self.standing
        whole = _changes(self.outcome)
        if not standing.culprits and not standing.failing:
            return self.outcome, ""
        rest = whole - standing.culprits
        if not standing.failing:
            found = await self._without(whole - rest)
            good = (
                found if found is not None and not (_changes(found) & standing.culprits) else None
            )
            return self._told(good, runs, whole)
        wanted = [standing.passing] if standing.used >= runs else splits(standing)
        for each in wanted[:_MOST_ATTEMPTS]:
            if not each:
                break
            found = await self._without(whole - each)
            changes = _changes(found) if found is not None else frozenset()
            fits = changes == each if standing.used >= runs else changes < standing.failing
            if found is not None and fits and standing.passing <= changes and changes:
                if changes == standing.passing and standing.used < runs:
                    continue  # the packages do not move apart: nothing new would be tried
                return self._told(found, runs, whole)
        return self.outcome, ""

    def _told(
        self, found: LockOutcome | None, runs: int, whole: frozenset[Change]
    ) -> tuple[LockOutcome, str]:
        if found is None:
            return self.outcome, ""
        said = note(self.standing, runs=runs, shown=len(_changes(found)), whole=len(whole))
        return found, said

    async def _without(self, changes: frozenset[Change]) -> LockOutcome | None:
        """Return the update without some changes; None: the manifest does not allow that."""
        names = {name for name, _ in changes}
        try:
            proposal = await self.propose(
                self.files, Wish(held=tuple(sorted({*self.held, *names})))
            )
        except InputError:
            return None
        if len(proposal.outcomes) <= self.place:
            return None
        found = proposal.outcomes[self.place]
        same = found.target.lockfile == self.outcome.target.lockfile
        return found if same and found.status == "improved" else None


def _all_changes(trials: Iterable[Trial]) -> frozenset[Change]:
    return frozenset(change for each in trials for change in each.changes)


def _trials(pull_request: PullRequest) -> tuple[Trial, ...]:
    found = (read_trial(text) for text in pull_request.trials)
    return tuple(each for each in found if each is not None)


def _trial(checked: Checked) -> Trial:
    outcome: Literal["passed", "failed"] = (
        "failed" if checked.lock.outcome == "failed" else "passed"
    )
    return Trial(outcome, lock_key(checked.before), checked.lock.commit_sha, checked.changes)


def _changes(outcome: LockOutcome) -> frozenset[Change]:
    if outcome.new_text is None or outcome.old_text is None:
        return frozenset()
    path = outcome.target.lockfile
    before, after = read_pins(path, outcome.old_text), read_pins(path, outcome.new_text)
    moved = {(name, after[name]) for name in after if before.get(name) != after[name]}
    return frozenset(moved | {(name, "") for name in before if name not in after})


def _learn(checked: Checked, culprit: Change, failing: Trial, now: int) -> CheckedLock:
    """Return the failure as one of the culprit alone: without it the same lock passes."""
    pins = {**checked.before, **dict(failing.changes)}
    pins = {name: version for name, version in pins.items() if version}
    return replace(
        checked.lock,
        commit_sha=failing.head,
        outcome="failed",
        pins=pins,
        observed_at=now,
        changed=frozenset({culprit[0]}),
        certainty=100,
    )
