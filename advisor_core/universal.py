"""One lock for several environments, each with the stack that is best for it alone. No I/O of its own.

Locked together, environments get one stack that is valid in all of them: what the oldest Python cannot
have, none has. Where a format can say for which environment a release is, each may have its own. What the
environments choose alike is one entry: none gives anything up for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.lockfiles.difference import lock_difference
from advisor_core.lockfiles.formats import format_of, read_lock
from advisor_core.lockfiles.pylock_universal import environment_markers, render_universal_pylock
from advisor_core.locking import (
    collect_answers,
    is_direct,
    resolve_categories,
    why_undecided,
    with_binary_rules,
)
from advisor_core.outcome import Change, LockOutcome
from advisor_core.resolver.explain import explain_impasse
from advisor_core.resolver.reasons import explain_pins
from advisor_core.resolver.request import Policy
from advisor_core.resolver.solve import engine_name, solver_class
from advisor_core.values import replace

if TYPE_CHECKING:
    from advisor_core.lockfiles.interface import LockedVersions
    from advisor_core.locking import IndexAccess
    from advisor_core.model import Stack, Target
    from advisor_core.resolver.session import Session

__all__ = ["can_be_universal", "lock_universally"]


def can_be_universal(target: Target, form: str | None = None) -> bool:
    """Return whether a target has several environments and a lock that can hold a stack for each."""
    return len(target.environments) > 1 and (form or format_of(target.lockfile)) == "pylock"


def lock_universally(
    target: Target,
    *,
    access: IndexAccess,
    policy: Policy | None = None,
    previous: bytes | None = None,
    compare: bool = True,
) -> LockOutcome:
    """Resolve each environment of a target by itself, newest-first, and render one `pylock.toml`.

    `LockOutcome.stacks` has of a package with several versions that of the first environment;
    `by_environment` has all. Raises as `lock_target` does, and InputError when no marker tells two
    environments apart.
    """
    before = read_lock("pylock", previous, target.lockfile) if compare and previous else {}
    policy = with_binary_rules(policy or Policy(), target.manifest)
    environment_markers(target.environments, target.manifest.path)
    found: dict[str, dict[str, Stack]] = {}
    sessions: list[Session] = []
    reasons: dict[str, dict[str, str]] = {}
    outcome = LockOutcome(target, "conflict", previous, None, engine=engine_name())
    for environment in target.environments:
        alone = replace(target, environments=(environment,))
        resolved = resolve_categories(alone, policy=policy, access=access)
        if resolved.impasse is not None and access.refresh():
            resolved = resolve_categories(alone, policy=policy, access=access)
        sessions += resolved.sessions.values()
        if resolved.impasse is not None:
            conflict = explain_impasse(resolved.impasse, engine=solver_class())
            said = f"in the environment {environment.name!r}:\n{conflict.explanation}"
            return replace(
                outcome,
                conflict=replace(conflict, explanation=said),
                answers=collect_answers(sessions),
            )
        found[environment.name] = dict(resolved.stacks)
        for name, stack in resolved.stacks.items():
            for package, why in explain_pins(resolved.sessions[name], stack).items():
                reasons.setdefault(name, {}).setdefault(package, why)
    stacks = _joined(found)
    text = render_universal_pylock(target.manifest, found, target.environments, previous)
    outcome = replace(
        outcome,
        status="improved",
        new_text=text,
        stacks=stacks,
        by_environment=found,
        answers=collect_answers(sessions),
    )
    if not compare:
        return outcome
    if text == previous:
        return replace(outcome, status="unchanged")
    after = read_lock("pylock", text, target.lockfile)
    return replace(outcome, changes=_changes(target, stacks, reasons, before, after))


def _joined(found: dict[str, dict[str, Stack]]) -> dict[str, Stack]:
    """Return one stack for each category, of the first environment that has each package."""
    joined: dict[str, Stack] = {}
    for stacks in found.values():
        for category, stack in stacks.items():
            known = joined.get(category)
            if known is None:
                joined[category] = stack
            else:
                pins = {**stack.pins, **known.pins}
                joined[category] = replace(known, pins=dict(sorted(pins.items())))
    return joined


def _changes(
    target: Target,
    stacks: dict[str, Stack],
    reasons: dict[str, dict[str, str]],
    before: LockedVersions,
    after: LockedVersions,
) -> tuple[Change, ...]:
    return tuple(
        Change(
            package=row.package,
            category=row.category,
            old=row.old,
            new=row.new,
            direct=is_direct(stacks, row.category, row.package, target.manifest),
            why=reasons.get(row.category, {}).get(row.package, why_undecided(row.new)),
        )
        for row in lock_difference(before, after)
    )
