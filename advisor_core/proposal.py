"""Everything that a project's files call for: its targets, and what locking each came to.

Used alike by `thoth-bot local` and by the App. Performs no I/O of its own.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.abandonment import find_abandoned
from advisor_core.config.extend import read_project_configuration
from advisor_core.config.model import Configuration
from advisor_core.config.schema import WITH_EFFECT_ON_ADVICE
from advisor_core.configured import configure_manifest
from advisor_core.environment.declaration import make_environment
from advisor_core.environment.detect import detect_environments
from advisor_core.environment.index_choice import choose_indexes
from advisor_core.errors import InputError, ToolFailure
from advisor_core.exports import with_exports
from advisor_core.layers import (
    Overlay,
    bind_layer,
    find_layers,
    join_layer,
    layer_lockfile,
    stack_versions,
)
from advisor_core.lockfiles.formats import TOOL_FORMATS, format_of, read_entries
from advisor_core.locking import lock_target
from advisor_core.manifests import find_manifest, read_manifest
from advisor_core.model import Target
from advisor_core.universal import can_be_universal, lock_universally
from advisor_core.values import dataclass, replace
from advisor_core.wish import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from advisor_core.abandonment import Abandoned
    from advisor_core.advising.settings import AdviceInputs
    from advisor_core.config.model import Manager
    from advisor_core.config.rules import PackageRule
    from advisor_core.environment.declaration import EnvironmentDeclaration
    from advisor_core.lockfiles.entries import LockedFile
    from advisor_core.locking import IndexAccess, Tools
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest
    from advisor_core.outcome import LockOutcome
    from advisor_core.resolver.request import Policy
    from advisor_core.security_outcome import SecurityFix
    from advisor_core.verification.findings import Finding

__all__ = ["CONFIGURATION_PATH", "LOCKFILES", "Proposal", "find_targets", "propose"]

CONFIGURATION_PATH = ".thoth.yaml"

LOCKFILES = {
    "Pipfile": "Pipfile.lock",
    "pyproject.toml": "pylock.toml",
    "requirements.in": "requirements.txt",
}
"""The lockfile beside a manifest. Any other manifest is printed by `thoth lock` but has no lockfile."""


SECURITY_LABELS = ("security",)
"""Of a security pull request, unless the configuration names others."""


@dataclass(frozen=True, slots=True)
class DetectedTarget:
    """A target with where its environments were learnt from."""

    target: Target
    declarations: tuple[EnvironmentDeclaration, ...]
    """Parallel to `target.environments`."""
    layers: tuple[str, ...] = ()
    """Manifests that are locked after this one, each with its versions, and change together with it."""


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
            if inputs is None or not (wish.only or _asks_for_advice(configuration, target)):
                outcome = lock_target(
                    target, access=access, policy=policy, previous=previous, tools=own
                )
            else:
                wanted = _settle_inputs(inputs, configuration, wish)
                outcome = _advise(detected, wanted, access, policy, previous, own)
            outcome = _each_its_own(outcome, access, policy, notes)
            safe = wish.only or free is None or outcome.status == "conflict"
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
            detected = _beside(each)
            notes.append(_left_alone(each.target.lockfile, str(failure)))
            outcome = settle(detected, _beside(free))
        outcomes.append(settle_layers(detected, outcome))
        settled.append(detected)
    abandoned = () if wish.only else find_abandoned(outcomes, now=now)
    manager = configuration.manager("thoth-provenance")
    provenance = []
    if verify is not None and manager is not None and manager.enabled and not wish.only:
        provenance = [_verify(outcome, manager, verify) for outcome in outcomes]
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


def _asks_for_advice(configuration: Configuration, target: Target | None = None) -> bool:
    """Return whether a target (None: some target) gets advice rather than the newest."""
    running = _running(configuration, target)
    return "thoth-advise" in running or "update" not in running


def _running(configuration: Configuration, target: Target | None) -> set[str]:
    """Return the managers that run for an environment of a target; None: at all."""
    return {
        manager.name
        for manager in configuration.managers
        if manager.enabled
        and (target is None or any(manager.runs_for(each.name) for each in target.environments))
    }


def _is_left_out(configuration: Configuration, target: Target) -> bool:
    """Return whether managers look after lockfiles here, and none of them after this one."""
    mine = {"update", "thoth-advise", "security"}
    return bool(mine & _running(configuration, None)) and not mine & _running(configuration, target)


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


def _beside(detected: DetectedTarget) -> DetectedTarget:
    """Return the target with the pylock.toml beside its lockfile instead."""
    folder = posixpath.dirname(detected.target.lockfile)
    path = posixpath.join(folder, LOCKFILES["pyproject.toml"])
    return replace(detected, target=replace(detected.target, lockfile=path))


def _left_alone(path: str, reason: str) -> str:
    return (
        f"{path}: left as it is: {reason}; {LOCKFILES['pyproject.toml']}, which pip and uv install "
        "from, is kept beside it"
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


def find_targets(
    files: Files,
    configuration: Configuration | None = None,
    *,
    today: str | None = None,
    tools: Callable[[Manifest], Tools] | None = None,
) -> tuple[list[DetectedTarget], list[str]]:
    """Return the targets of a project, the root's first, with notes on what was passed over.

    Without `configuration` the project's own is read. The lockfile of a `pyproject.toml` is the one that
    is there, where `tools` can write it.

    Raises InputError when there is no manifest, or one cannot be read.
    """
    if configuration is None:
        configuration, _ = read_project_configuration(files)
    targets: list[DetectedTarget] = []
    notes: list[str] = []
    overlays = [folder for folder in configuration.folders if folder != "."]
    manifests = {folder: _manifest_in(files, folder) for folder in (".", *overlays)}
    own = _without_overlay(configuration, manifests)
    projects = [folder for folder in configuration.projects if folder not in manifests]
    manifests |= {folder: _manifest_in(files, folder) for folder in projects}
    locked: set[str] = set()
    for folder, found in manifests.items():
        manifest = found
        layers = (
            find_layers(files, folder) if manifest is None or manifest.path.endswith(".in") else []
        )
        if layers:
            manifest = read_manifest(files, layers[0])
        if manifest is None:
            if folder in projects:
                notes.append(f"{folder}: named by `projects`, but has no manifest")
            elif folder != ".":
                notes.append(f"{folder}: the overlay has no manifest; the project's own is used")
            continue
        if folder == "." and overlays and not own.environments:
            notes.append(f"{manifest.path}: passed over, every environment has an overlay")
            continue
        name = posixpath.basename(manifest.path)
        if name not in LOCKFILES and not layers:
            notes.append(
                f"{manifest.path}: is both manifest and lockfile; move what a person edits to "
                f"`requirements.in` and its pins will be kept in `requirements.txt`"
            )
            continue
        usual = posixpath.basename(layer_lockfile(manifest.path)) if layers else LOCKFILES[name]
        lockfile, remarks = _choose_lockfile(files, manifest, usual, tools)
        notes += remarks
        settings = own if folder == "." else configuration
        made = _make_target(files, manifest, settings, lockfile, today)
        if made.target.lockfile in locked:
            notes.append(f"{made.target.lockfile}: locked already, with what includes it")
            continue
        locked |= {made.target.lockfile, *map(layer_lockfile, layers)}
        targets.append(replace(made, layers=tuple(layers[1:])))
    if not targets and not notes:
        raise InputError.single(
            ".",
            "no manifest found",
            hint="add a `Pipfile`, a `requirements.in` or a `pyproject.toml`",
        )
    # `managers` chooses between advice and the newest; advice weighs what the newest does not.
    weighed = WITH_EFFECT_ON_ADVICE if _asks_for_advice(configuration) else ()
    return targets, [*configuration.notes_but_of(("managers", *weighed)), *notes]


def _choose_lockfile(
    files: Files, manifest: Manifest, own: str, tools: Callable[[Manifest], Tools] | None
) -> tuple[str, list[str]]:
    """Return the name of a manifest's lockfile, with notes on those that are left alone.

    Beside a `pyproject.toml` it is the lock of uv, Poetry or PDM that is there, if its tool can write it.
    """
    if manifest.kind != "pyproject":
        return own, []
    folder = posixpath.dirname(manifest.path)
    notes: list[str] = []
    for tool, name in TOOL_FORMATS.items():
        path = posixpath.join(folder, name)
        if not _exists(files, path):
            continue
        refusal = tools(manifest).refusal(tool) if tools is not None else f"only {tool} writes it"
        if refusal is None:
            return name, notes
        notes.append(_left_alone(path, refusal))
    return own, notes


def _exists(files: Files, path: str) -> bool:
    try:
        return files.read(path) is not None
    except InputError:
        return True  # too large to be read


def _without_overlay(
    configuration: Configuration, manifests: Mapping[str, Manifest | None]
) -> Configuration:
    """Return the configuration with only the environments that the project's own manifest serves."""
    with_overlay = {
        environment.name
        for folder, manifest in manifests.items()
        if folder != "." and manifest is not None
        for environment in configuration.environments_in(folder)
    }
    left = tuple(each for each in configuration.environments if each.name not in with_overlay)
    return replace(configuration, environments=left)


def _make_target(
    files: Files,
    manifest: Manifest,
    configuration: Configuration,
    lockfile: str,
    today: str | None,
) -> DetectedTarget:
    declarations = detect_environments(files, manifest, configuration)
    environments = tuple(make_environment(declaration) for declaration in declarations)
    manifest = choose_indexes(manifest, environments, declarations)
    path = posixpath.join(posixpath.dirname(manifest.path), lockfile)
    manifest = configure_manifest(files, manifest, configuration, lockfile=path, today=today)
    return DetectedTarget(Target(manifest, path, environments), tuple(declarations))


def _manifest_in(files: Files, folder: str) -> Manifest | None:
    path = find_manifest(files, folder)
    return read_manifest(files, path, everything=True) if path is not None else None
