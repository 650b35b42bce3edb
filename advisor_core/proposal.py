"""Everything that a project's files call for: its targets, and what locking each came to.

Used alike by `thoth-bot local` and by the App. Performs no I/O of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.abandonment import find_abandoned
from advisor_core.config.extend import read_project_configuration
from advisor_core.config.model import Configuration
from advisor_core.configured import configure_manifest
from advisor_core.errors import ToolFailure
from advisor_core.exports import with_exports
from advisor_core.layers import (
    Overlay,
    bind_layer,
    join_layer,
    layer_lockfile,
    stack_versions,
)
from advisor_core.lockfiles.formats import format_of, read_entries
from advisor_core.locking import lock_target
from advisor_core.manifests import read_manifest
from advisor_core.model import Target
from advisor_core.projects import join_projects
from advisor_core.targets import (
    asks_for_advice,
    beside_tool_lock,
    find_targets,
    left_alone,
    running_managers,
)
from advisor_core.universal import can_be_universal, lock_universally
from advisor_core.values import dataclass, replace
from advisor_core.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from advisor_core.abandonment import Abandoned
    from advisor_core.advising.settings import AdviceInputs
    from advisor_core.config.model import Manager
    from advisor_core.config.rules import PackageRule
    from advisor_core.lockfiles.entries import LockedFile
    from advisor_core.locking import IndexAccess, Tools
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest
    from advisor_core.outcome import LockOutcome
    from advisor_core.resolver.request import Policy
    from advisor_core.security_outcome import SecurityFix
    from advisor_core.targets import DetectedTarget
    from advisor_core.verification.findings import Finding

__all__ = ["CONFIGURATION_PATH", "Proposal", "propose"]

CONFIGURATION_PATH = ".thoth.yaml"

SECURITY_LABELS = ("security",)
"""Of a security pull request, unless the configuration names others."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a project's files came to."""

    outcomes: tuple[LockOutcome, ...]
    targets: tuple[DetectedTarget, ...]
    """Parallel to `outcomes`."""
    notes: tuple[str, ...] = ()
    """For the report: what was inferred, passed over or disagreed. Not escaped."""
    mode: str = "pull-request"
    """`mode` of the configuration: `silent`, `advise`, `pull-request` or `automerge`."""
    rules: tuple[PackageRule, ...] = ()
    """`packages` of the configuration."""
    provenance: tuple[tuple[Finding, ...] | None, ...] = ()
    """Parallel to `outcomes` when the manager `thoth-provenance` runs: where the files of the present
    lockfile come from. None: there is no lockfile, or no environment that the manager runs for."""
    fixes: tuple[SecurityFix, ...] = ()
    """What could be done about known vulnerabilities, per target of which that is known."""
    security_alone: bool = False
    """Whether the configuration asks for security updates and for no other ones."""
    security_labels: tuple[str, ...] = SECURITY_LABELS
    """What security pull requests are labelled with."""
    configuration: Configuration = Configuration()
    """As read; what else the App does is in it."""
    abandoned: tuple[Abandoned, ...] = ()
    """Packages whose projects have published nothing for years."""


def propose(
    files: Files,
    *,
    open_access: Callable[[Manifest], AbstractContextManager[IndexAccess]],
    policy: Policy | None = None,
    today: str | None = None,
    advise: Callable[[Manifest], AdviceInputs] | None = None,
    wish: Wish | None = None,
    verify: Callable[[Target, LockedFile], tuple[Finding, ...]] | None = None,
    tools: Callable[[Manifest], Tools] | None = None,
) -> Proposal:
    """Lock every target of a project: with `advise` the best stacks that it leads to, else the newest.

    `tools` gives those that may write a project's own lockfile; without, pylock.toml is kept beside it.

    A configuration that has the manager `update` run, and not `thoth-advise`, asks for the newest.
    `today` is a day in UTC, `2027-01-31`, for rules that end; by default the present one. Raises
    InputError with all faults of the file at fault, and IndexFailure when the index fails. A wish for
    some packages alone needs `advise`. `verify` asks where a lockfile's files come from.
    """
    wish = wish or Wish()
    configuration, remarks = read_project_configuration(files)
    wished = replace(configuration, packages=(*configuration.packages, *wish.rules))
    targets, notes = find_targets(files, wished, today=today, tools=tools)
    notes = [*remarks, *notes]
    outcomes = []
    settled = []
    fixes = []
    now = 0

    def settle(detected: DetectedTarget, free: DetectedTarget | None) -> LockOutcome:
        nonlocal now
        target = detected.target
        previous = files.read(target.lockfile)
        inputs = None if advise is None else advise(target.manifest)
        now = inputs.now if inputs is not None else now
        own = tools(target.manifest) if tools is not None else None
        with open_access(target.manifest) as access:
            if inputs is None or not (wish.only or asks_for_advice(configuration, target)):
                outcome = lock_target(
                    target, access=access, policy=policy, previous=previous, tools=own
                )
            else:
                wanted = _settle_inputs(inputs, configuration, wish)
                outcome = _advise(detected, wanted, access, policy, previous, own)
            outcome = _each_its_own(outcome, access, policy, notes)
            passed = wish.only or wish.only_locks
            safe = passed or free is None or outcome.status == "conflict"
            if inputs is not None and free is not None and not safe:
                advice = configuration.advice
                secured = replace(inputs, units=advice.units, unit_places=advice.unit_places)
                fix = _secure(free, secured, configuration, access, policy, previous, own)
                if fix is not None:
                    fixes.append(replace(fix, outcome=with_exports(files, fix.outcome)))
        return with_exports(files, outcome)

    def settle_layers(detected: DetectedTarget, outcome: LockOutcome) -> LockOutcome:
        before = {detected.target.manifest.path: stack_versions(outcome)}
        for path in detected.layers if outcome.conflict is None else ():
            changed = Overlay(files, outcome.files)
            lockfile = layer_lockfile(path)
            manifest = bind_layer(read_manifest(changed, path), before)
            manifest = configure_manifest(files, manifest, wished, lockfile=lockfile, today=today)
            target = Target(manifest, lockfile, detected.target.environments)
            layer = settle(replace(detected, target=target, layers=()), None)
            before[path] = stack_versions(layer)
            outcome = join_layer(outcome, layer)
        return outcome

    # What is held back for a pull request of its own may still be vulnerable.
    unheld = (
        find_targets(files, configuration, today=today, tools=tools)[0] if wish.held else targets
    )
    for each, free in zip(targets, unheld, strict=True):
        if _is_left_out(configuration, each.target):
            notes.append(
                f"{each.target.lockfile}: left alone, no manager runs for its environments"
            )
            continue
        detected = each
        notes += [note for declaration in each.declarations for note in declaration.notes]
        try:
            outcome = settle(detected, free)
        except ToolFailure as failure:
            detected = beside_tool_lock(each)
            notes.append(left_alone(each.target.lockfile, str(failure)))
            outcome = settle(detected, beside_tool_lock(free))
        outcomes.append(settle_layers(detected, outcome))
        settled.append(detected)
    abandoned = () if wish.only or wish.only_locks else find_abandoned(outcomes, now=now)
    provenance = [] if wish.only else _verify_all(outcomes, configuration, verify)
    _join(outcomes, settled, provenance)
    return Proposal(
        tuple(outcomes),
        tuple(settled),
        tuple(dict.fromkeys(notes)),
        configuration.mode or "pull-request",
        configuration.packages,
        tuple(provenance),
        tuple(fixes),
        configuration.is_for_security_alone,
        _security_labels(configuration),
        configuration,
        abandoned,
    )


def _each_its_own(
    outcome: LockOutcome, access: IndexAccess, policy: Policy | None, notes: list[str]
) -> LockOutcome:
    """Return a conflict as a lock with a stack for each environment, where that is one; noted."""
    target = outcome.target
    if outcome.conflict is None or not can_be_universal(target):
        return outcome
    apart = lock_universally(target, access=access, policy=policy, previous=outcome.old_text)
    if apart.conflict is not None:
        return outcome
    notes.append(
        f"{target.lockfile}: no one stack fits all environments, so each has its own, newest-first "
        "and not scored"
    )
    return apart


def _join(
    outcomes: list[LockOutcome],
    settled: list[DetectedTarget],
    provenance: list[tuple[Finding, ...] | None],
) -> None:
    """Make the outcomes of the repository's projects one, in place; the lists are parallel."""
    members = [at for at, each in enumerate(settled) if each.is_project]
    outcomes[:], joined = join_projects(outcomes, members)
    for at, into in joined.items() if provenance else ():
        provenance[into] = (*(provenance[into] or ()), *(provenance[at] or ()))
    for at in sorted(joined, reverse=True):
        for parallel in (outcomes, settled, provenance):
            del parallel[at : at + 1]


def _verify_all(
    outcomes: Sequence[LockOutcome],
    configuration: Configuration,
    verify: Callable[[Target, LockedFile], tuple[Finding, ...]] | None,
) -> list[tuple[Finding, ...] | None]:
    """Return where the files of each lockfile come from; nothing where the manager does not run."""
    manager = configuration.manager("thoth-provenance")
    if verify is None or manager is None or not manager.enabled:
        return []
    return [_verify(outcome, manager, verify) for outcome in outcomes]


def _verify(
    outcome: LockOutcome,
    manager: Manager,
    verify: Callable[[Target, LockedFile], tuple[Finding, ...]],
) -> tuple[Finding, ...] | None:
    target = outcome.target
    environments = tuple(each for each in target.environments if manager.runs_for(each.name))
    if outcome.old_text is None or not environments:
        return None
    lock = read_entries(format_of(target.lockfile), outcome.old_text, target.lockfile)
    return verify(replace(target, environments=environments), lock)


def _settle_inputs(inputs: AdviceInputs, configuration: Configuration, wish: Wish) -> AdviceInputs:
    """Return the inputs with what the configuration says of them, and with what is wished for."""
    inputs = inputs.configured(configuration.advice)
    if not wish.only:
        return inputs
    # Imported here, as advice is.
    from advisor_core.advising.only_moved import OnlyMoved  # noqa: PLC0415

    inner = inputs.prepare
    return replace(
        inputs,
        prepare=lambda context: OnlyMoved(inner(context), wish.only, advisories=context.advisories),
        margin=0,
    )


def _is_left_out(configuration: Configuration, target: Target) -> bool:
    """Return whether managers look after lockfiles here, and none of them after this one."""
    mine = {"update", "thoth-advise", "security"}
    return bool(mine & running_managers(configuration, None)) and not mine & running_managers(
        configuration, target
    )


def _advise(
    detected: DetectedTarget,
    inputs: AdviceInputs,
    access: IndexAccess,
    policy: Policy | None,
    previous: bytes | None,
    tools: Tools | None,
) -> LockOutcome:
    # Imported here: newest-first needs neither scores nor units.
    from advisor_core.advising.advise import advise_target  # noqa: PLC0415

    return advise_target(
        detected.target,
        access=access,
        settings=inputs,
        policy=policy,
        previous=previous,
        declarations=detected.declarations,
        tools=tools,
    )


def _secure(
    detected: DetectedTarget,
    inputs: AdviceInputs,
    configuration: Configuration,
    access: IndexAccess,
    policy: Policy | None,
    previous: bytes | None,
    tools: Tools | None,
) -> SecurityFix | None:
    """Return what can be done about known vulnerabilities; None: nothing has to be."""
    manager = configuration.security
    if previous is None or manager is None:
        return None
    from advisor_core.advising.securing import secure_target  # noqa: PLC0415 - as above

    return secure_target(
        detected.target,
        manager=manager,
        access=access,
        inputs=inputs,
        previous=previous,
        policy=policy,
        declarations=detected.declarations,
        tools=tools,
    )


def _security_labels(configuration: Configuration) -> tuple[str, ...]:
    manager = configuration.security
    named = None if manager is None else manager.configuration.get("labels")
    if not isinstance(named, list):
        return SECURITY_LABELS
    return tuple(str(label)[:50] for label in named[:20] if isinstance(label, str) and label)
