"""Takes known vulnerabilities out of a lockfile with the smallest change, and says what could not be fixed.

A vulnerable package may be held by what requires it: then its requirer is raised, if that is what it takes.
Nothing else moves. Whether a change is the smallest one is proved by the engine, as any advice is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from advisor_core.advising.advise import advise_in_detail
from advisor_core.advising.asking import ask_why
from advisor_core.advising.smallest_change import SmallestChange
from advisor_core.advising.smallest_reasons import explain_changes
from advisor_core.errors import InputError
from advisor_core.lockfiles.formats import format_of, read_lock
from advisor_core.security_outcome import Fixed, SecurityFix, Unfixed
from advisor_core.standards import compare_versions
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor_core.advising.advise import AdvisedTarget
    from advisor_core.advising.settings import AdviceInputs
    from advisor_core.advisories.interface import Advisory, AdvisorySource
    from advisor_core.locking import IndexAccess, Tools
    from advisor_core.model import DeclaredRequirement, Target
    from advisor_core.pipeline.interface import Context, Prepared
    from advisor_core.resolver.request import Policy

__all__ = ["fix_vulnerabilities"]


def fix_vulnerabilities(
    target: Target,
    *,
    access: IndexAccess,
    settings: AdviceInputs,
    previous: bytes,
    policy: Policy | None = None,
    lock_format: str | None = None,
    declarations: Sequence[object] = (),
    clock: Callable[[], float] = time.monotonic,
    tools: Tools | None = None,
) -> SecurityFix:
    """Return the smallest change of the lockfile `previous`. Raises as `advise_in_detail` does.

    Without an advisory source nothing is known, and nothing changes.
    """
    inner = settings.prepare

    def prepare(context: Context) -> Prepared:
        return SmallestChange(inner(context))

    detail = advise_in_detail(
        target,
        access=access,
        settings=replace(settings, prepare=prepare, recommendation_type="security", margin=0),
        policy=policy,
        previous=previous,
        lock_format=lock_format,
        declarations=declarations,
        clock=clock,
        tools=tools,
    )
    source = settings.advisories
    if source is None or detail.outcome.conflict is not None:
        as_of = None if source is None else source.as_of
        return SecurityFix(detail.outcome, (), (), as_of)
    form = lock_format or format_of(target.lockfile)
    before = {
        name: version
        for category in read_lock(form, previous, target.lockfile).values()
        for name, version in category.items()
    }
    after = {
        pin.name: pin.version
        for stack in detail.outcome.stacks.values()
        for pin in stack.pins.values()
    }
    still = {
        (name, advisory.id): advisory
        for name, version in after.items()
        for advisory in source.affecting(name, [version])[0]
    }
    fixed = [
        Fixed(name, version, after.get(name), advisory, source.describe(advisory))
        for name, version in sorted(before.items())
        for advisory in source.affecting(name, [version])[0]
        if (name, advisory.id) not in still
    ]
    unfixed = [
        _explain(detail, target, access, source, advisory, after[name])
        for (name, _), advisory in sorted(still.items())
    ]
    outcome = replace(detail.outcome, changes=explain_changes(detail.outcome, fixed))
    return SecurityFix(outcome, tuple(fixed), tuple(unfixed), source.as_of)


def _explain(
    detail: AdvisedTarget,
    target: Target,
    access: IndexAccess,
    source: AdvisorySource,
    advisory: Advisory,
    version: str,
) -> Unfixed:
    name = advisory.package
    known: tuple[str, ...] = ()
    for category in detail.categories:
        view = category.answer.builder.view(name)
        if view is not None:
            known = tuple(source.fixed_in(advisory, list(view.releases.versions)))
            break
    if not known:
        reason = f"no release of {name} without {advisory.id} is known"
        return Unfixed(name, version, advisory, (), reason, affected=source.describe(advisory))
    newer = [each for each in known if compare_versions(each, version) > 0]
    nearest = newer[-1] if newer else known[0]
    try:
        told = ask_why(
            detail.categories,
            detail.outcome.advice.packages if detail.outcome.advice else (),
            f"{name}=={nearest}",
            access=access,
            environments=target.environments,
        )
        reason = told.explanation if told.why_not is None else told.why_not.explanation
    except InputError as exc:
        reason = str(exc)
    return Unfixed(
        name,
        version,
        advisory,
        known,
        reason,
        _restricting(detail, target, name),
        source.describe(advisory),
    )


def _restricting(
    detail: AdvisedTarget, target: Target, name: str
) -> tuple[DeclaredRequirement, ...]:
    """Return the lines with a version that lead to the package, in the order of the manifest."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        package = waiting.pop()
        if package in reached:
            continue
        reached.add(package)
        for stack in detail.outcome.stacks.values():
            pin = stack.pins.get(package)
            if pin is not None:
                waiting += [edge.parent for edge in pin.required_by if edge.parent is not None]
    return tuple(
        declared
        for category in target.manifest.categories
        for declared in category.requirements
        if declared.requirement.name in reached and declared.requirement.specifier
    )
