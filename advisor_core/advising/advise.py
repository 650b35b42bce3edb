"""Advises one target: every category's best stack, the lockfile, and the advice that explains it.

Performs no I/O of its own. As pipenv does, `default` is settled first and the other categories with its
pins fixed; what those pins are worth is counted once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from advisor_core.advising.category import search_category
from advisor_core.advising.composing import CategoryAdvice, compose_advice, settle
from advisor_core.advising.held import amend, resolve_held
from advisor_core.advising.impasse import explain_units
from advisor_core.advising.shortfall import score_environments
from advisor_core.errors import BudgetExceededError, InputError
from advisor_core.lockfiles.difference import lock_difference
from advisor_core.lockfiles.formats import format_of, read_lock
from advisor_core.locking import (
    collect_answers,
    fits_manifest,
    is_direct,
    open_session,
    render_lock,
    why_undecided,
    with_binary_rules,
)
from advisor_core.model import Stack
from advisor_core.outcome import Change, Conflict, LockOutcome
from advisor_core.pipeline.images import describe_base_images
from advisor_core.pipeline.interface import Context
from advisor_core.resolver.explain import explain_impasse
from advisor_core.resolver.reasons import explain_pins
from advisor_core.resolver.request import Policy
from advisor_core.resolver.solve import engine_name, solver_class
from advisor_core.scoring.package_judge import PackageJudge
from advisor_core.scoring.weights import weight_set
from advisor_core.splitting import merge_requirements, settles_together, split_stack
from advisor_core.values import dataclass, field, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from advisor_core.advising.category import CategoryAnswer
    from advisor_core.advising.settings import AdviceInputs
    from advisor_core.lockfiles.interface import LockedVersions
    from advisor_core.locking import IndexAccess, Tools
    from advisor_core.model import Category, Manifest, Target
    from advisor_core.pipeline.interface import Prepared
    from advisor_core.resolver.session import Impasse, Session
    from advisor_core.scoring.weights import WeightSet

__all__ = ["AdvisedTarget", "advise_in_detail", "advise_target"]

_SHOWN_REFUSALS = 5
"""Different reasons of strides that are told when they refuse every stack."""


@dataclass(frozen=True, slots=True)
class AdvisedTarget:
    """An outcome with what it rests on."""

    outcome: LockOutcome
    categories: tuple[CategoryAdvice, ...]
    """Settled ones, `default` first; on a conflict those before it."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One attempt at all categories."""

    target: Target
    settings: AdviceInputs
    weights: WeightSet
    policy: Policy
    access: IndexAccess
    declarations: Sequence[object]
    before: LockedVersions
    stale: bool | None
    clock: Callable[[], float]
    begun: float
    """When, by the clock: the budget is of all categories, and of waiting for the index."""
    sessions: list[Session] = field(default_factory=list)


def advise_target(
    target: Target,
    *,
    access: IndexAccess,
    settings: AdviceInputs,
    policy: Policy | None = None,
    previous: bytes | None = None,
    lock_format: str | None = None,
    declarations: Sequence[object] = (),
    clock: Callable[[], float] = time.monotonic,
    tools: Tools | None = None,
) -> LockOutcome:
    """Return the best lockfile of a target with the advice that explains it, or the conflict.

    Arguments and errors are those of `advise_in_detail`.
    """
    return advise_in_detail(
        target,
        access=access,
        settings=settings,
        policy=policy,
        previous=previous,
        lock_format=lock_format,
        declarations=declarations,
        clock=clock,
        tools=tools,
    ).outcome


def advise_in_detail(
    target: Target,
    *,
    access: IndexAccess,
    settings: AdviceInputs,
    policy: Policy | None = None,
    previous: bytes | None = None,
    lock_format: str | None = None,
    declarations: Sequence[object] = (),
    clock: Callable[[], float] = time.monotonic,
    tools: Tools | None = None,
) -> AdvisedTarget:
    """Return the same with what was settled for each category, to ask further questions about.

    `previous` is the present lockfile's text, None when there is none. Raises InputError when it cannot
    be read or a unit says that there is to be no advice, IndexFailure when the index fails, and
    BudgetExceededError when no stack was found in the time allowed.
    """
    form = lock_format or format_of(target.lockfile)
    before = read_lock(form, previous, target.lockfile) if previous is not None else {}
    policy = with_binary_rules(policy or Policy(), target.manifest)
    if target.manifest.allow_prereleases:
        policy = replace(policy, prereleases=True)
    weights = settings.weights or weight_set(
        settings.recommendation_type or _declared_type(declarations)
    )
    if settings.cooldown_days is not None:
        weights = replace(weights, cooldown_days=settings.cooldown_days)
    run = _Run(
        target,
        settings,
        weights,
        policy,
        access,
        declarations,
        before,
        None,
        clock,
        clock(),
    )
    options = settings.options
    access.give_up_after(options.wait_seconds or options.budget_seconds)
    found, conflict = _advise_categories(run)
    if conflict is not None and access.refresh():
        # That no stack exists is only said of what the indexes have now.
        run.sessions.clear()
        found, conflict = _advise_categories(run)
    outcome = LockOutcome(
        target,
        "conflict",
        previous,
        None,
        engine=engine_name(),
        answers=collect_answers(run.sessions),
    )
    if conflict is not None:
        return AdvisedTarget(replace(outcome, conflict=conflict), tuple(found))
    stacks = _stacks(target.manifest, found)
    text = render_lock(form, target.manifest, stacks, previous, tools=tools)
    after = read_lock(form, text, target.lockfile)
    changes = _list_changes(target, found, stacks, before, after)
    advice = compose_advice(
        found,
        weights=weights,
        settings=settings,
        has_lock=previous is not None,
        changes=changes,
    )
    outcome = replace(outcome, stacks=stacks, advice=advice)
    if previous is not None and not changes and fits_manifest(previous, text):
        outcome = replace(outcome, status="unchanged", new_text=previous)
    else:
        outcome = replace(outcome, status="improved", new_text=text, changes=changes)
    return AdvisedTarget(outcome, tuple(found))


def _declared_type(declarations: Sequence[object]) -> str | None:
    for each in declarations:
        declared: str | None = getattr(each, "recommendation_type", None)
        if declared is not None:
            return declared
    return None


def _advise_categories(run: _Run) -> tuple[list[CategoryAdvice], Conflict | None]:
    found: list[CategoryAdvice] = []
    fixed: Mapping[str, str] = {}
    together = settles_together(run.target.manifest)
    for category in run.target.manifest.categories:
        session = open_session(run.target, category, policy=run.policy, fixed=fixed)
        run.sessions.append(session)
        newest = run.access.resolve(session)
        advised = _advise_category(run, category, session, newest, fixed)
        if isinstance(advised, Conflict):
            if together and category.name != "default":
                return _advise_together(run)
            return found, advised
        found.append(advised)
        if together or (
            category.name == "default" and not run.target.manifest.independent_categories
        ):
            fixed = {**fixed, **{name: pin.version for name, pin in advised.stack.pins.items()}}
    return found, None


def _advise_together(run: _Run) -> tuple[list[CategoryAdvice], Conflict | None]:
    """Find the best stack of all categories at once, as one category."""
    category = merge_requirements(run.target.manifest.categories)
    session = open_session(run.target, category, policy=run.policy, fixed={})
    run.sessions.append(session)
    advised = _advise_category(run, category, session, run.access.resolve(session), {})
    return ([], advised) if isinstance(advised, Conflict) else ([advised], None)


def _stacks(manifest: Manifest, found: Sequence[CategoryAdvice]) -> dict[str, Stack]:
    """Return the stack of each category; one that was found for all of them is taken apart."""
    if settles_together(manifest) and len(found) == 1:
        return split_stack(found[0].stack, manifest.categories)
    return {each.category: each.stack for each in found}


def _may_loosen(judge: PackageJudge, session: Session) -> bool:
    """Return whether units may make a stack possible where the manifest alone allows none."""
    known = sorted(name for name, project in session.projects.items() if project is not None)
    return any(term.skips is not None or term.stands_for is not None for term in judge.terms(known))


def _advise_category(
    run: _Run,
    category: Category,
    session: Session,
    newest: Stack | Impasse,
    fixed: Mapping[str, str],
) -> CategoryAdvice | Conflict:
    settings = run.settings
    locked = run.before.get(category.name, {})
    context = Context(
        environments=run.target.environments,
        declarations=run.declarations,
        recommendation_type=run.weights.name,  # type: ignore[arg-type] # the data file has these names
        manifest=run.target.manifest,
        category=category.name,
        locked=locked,
        lock_is_stale=run.stale,
        labels={**_declared_labels(run.declarations), **settings.labels},
        library_usage=settings.library_usage,
        authenticated=settings.authenticated,
        advisories=settings.advisories,
        units=settings.units,
        unit_places=settings.unit_places,
        images=describe_base_images(run.declarations),
        now=settings.now,
    )
    prepared = settings.prepare(context)
    _heed_stop(prepared, run.target.manifest.path)
    judge = PackageJudge(
        context,
        prepared,
        run.weights,
        evidence=settings.evidence,
        index_urls=settings.index_urls,
        fixed=fixed,
    )
    if not isinstance(newest, Stack) and not _may_loosen(judge, session):
        return explain_impasse(newest, engine=solver_class())
    while True:
        answer = search_category(
            session,
            newest if isinstance(newest, Stack) else None,
            judge=judge,
            prepared=prepared,
            access=run.access,
            locked={**locked, **fixed} if locked else {},
            index_urls=settings.index_urls,
            develop=category.name != "default",
            options=settings.options,
            clock=run.clock,
            begun=run.begun if settings.options.wait_seconds is None else None,
            title=f"{run.target.manifest.path} {category.name}",
        )
        _heed_stop(prepared, run.target.manifest.path)
        if answer.chosen is None:
            if not isinstance(newest, Stack) and answer.answer.status == "unsatisfiable":
                return explain_impasse(newest, engine=solver_class())
            return _without_stack(answer)
        margin = run.weights.margin if settings.margin is None else settings.margin
        settled = settle(answer, margin=margin)
        amendments = amend(answer, settled.nodes)
        held, stack = resolve_held(
            answer,
            settled.versions,
            amendments,
            target=run.target,
            category=category,
            policy=run.policy,
            fixed=fixed,
            access=run.access,
        )
        if not session.admissions.ban_unjustified(stack):
            break
    environments = score_environments(
        answer,
        settled.versions,
        access=run.access,
        target=run.target,
        category=category,
        policy=run.policy,
        fixed=fixed,
        index_urls=settings.index_urls,
    )
    return CategoryAdvice(
        category.name,
        answer,
        settled,
        held,
        stack,
        amendments,
        prepared,
        locked,
        dict(fixed),
        environments,
    )


def _heed_stop(prepared: Prepared, place: str) -> None:
    """Raise InputError when a unit wants no advice: a boot at the start, a sieve once it saw a release."""
    if prepared.stop is None:
        return
    unit = prepared.stop.partition(":")[0]
    if unit.startswith("prescription "):
        name = unit.removeprefix("prescription ")
        hint = f"`thoth prescriptions explain {name}` says when it applies; change that, or leave it out"
    else:
        hint = (
            f"change that, or leave it out: `advice: {{units: {{{unit}: false}}}}` in `.thoth.yaml`"
        )
    raise InputError.single(place, f"no advice: {prepared.stop}", hint=hint)


def _without_stack(answer: CategoryAnswer) -> Conflict:
    if answer.refused:
        reasons = dict.fromkeys(reason for _stack, reason in answer.refused)
        listed = "\n".join(f"  {reason}" for reason in list(reasons)[:_SHOWN_REFUSALS])
        every = "every stack" if answer.answer.status == "optimal" else "every stack tried"
        return Conflict(
            f"{every} ({len(answer.refused)}) was refused:\n{listed}",
            (),
            hint="leave one of the units or prescriptions named above out",
        )
    if answer.answer.status == "unsatisfiable":
        return explain_units(answer)
    raise BudgetExceededError(
        "no stack was found within the time allowed, and none was disproved",
        hint="give it a larger `--budget`",
    )


def _list_changes(
    target: Target,
    found: Sequence[CategoryAdvice],
    stacks: Mapping[str, Stack],
    before: LockedVersions,
    after: LockedVersions,
) -> tuple[Change, ...]:
    reasons = {each.category: _reasons(each) for each in found}
    if len(found) == 1:
        reasons |= dict.fromkeys(stacks, reasons[found[0].category])
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


def _reasons(found: CategoryAdvice) -> dict[str, str]:
    """Return one clause per package: why it is at its version."""
    plain = explain_pins(found.session, found.stack)
    for name in found.stack.pins:
        newer = found.newer(name)
        if newer and newer[0].reasons:
            plain[name] = f"rather than {newer[0].version}: {newer[0].reasons[0]}"
    return plain


def _declared_labels(declarations: Sequence[object]) -> dict[str, str]:
    """Return the labels of `.thoth.yaml`; of two environments that disagree the first one's count."""
    labels: dict[str, str] = {}
    for declaration in reversed(declarations):
        labels |= getattr(getattr(declaration, "declared", None), "labels", {})
    return labels
