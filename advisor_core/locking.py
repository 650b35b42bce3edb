"""The main job: from a project's files to a better lockfile, or to the reason why there is none.

Performs no I/O of its own: files come through `Files`, index answers through `IndexAccess`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from advisor_core.errors import InputError
from advisor_core.lockfiles.difference import lock_difference
from advisor_core.lockfiles.formats import TOOL_FORMATS, format_of, lock_writer, read_lock
from advisor_core.model import Stack
from advisor_core.outcome import Answers, Change, LockOutcome
from advisor_core.resolver.explain import explain_impasse
from advisor_core.resolver.reasons import explain_pins
from advisor_core.resolver.request import Policy, ResolutionRequest
from advisor_core.resolver.session import Session
from advisor_core.resolver.solve import engine_name, solver_class
from advisor_core.splitting import merge_requirements, settles_together, split_stack
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from advisor_core.lockfiles.interface import LockedVersions
    from advisor_core.model import Category, Manifest, Target
    from advisor_core.resolver.needs import Fetched, Needs
    from advisor_core.resolver.session import Impasse

__all__ = [
    "IndexAccess",
    "Tools",
    "collect_answers",
    "fits_manifest",
    "is_direct",
    "lock_target",
    "open_session",
    "resolve_categories",
    "with_binary_rules",
]


class IndexAccess(Protocol):
    """Whoever can fetch what a session asks for."""

    def resolve(self, session: Session) -> Stack | Impasse:
        """Drive a session to its answer.

        Raises IndexFailure, and OfflineError when the network may not be used.
        """

    def fetch(self, needs: Needs) -> Fetched:
        """Return everything that is needed, a batch at once. Raises as `resolve` does."""

    def give_up_after(self, seconds: float | None) -> None:
        """Wait for indexes only so long from now; then `resolve` and `fetch` raise BudgetExceededError.

        None: as long as the index takes, within the limits of its client.
        """

    def refresh(self) -> bool:
        """Ask the indexes anew from now on. Return whether the answers so far may be out of date."""


class Tools(Protocol):
    """Whoever can have a project's own tool write its lockfile: `uv`, `poetry`, `pdm`."""

    def refusal(self, tool: str) -> str | None:
        """Return why a tool cannot write its lockfile, None when it can."""

    def write(
        self, tool: str, manifest: Manifest, stacks: Mapping[str, Stack], previous: bytes | None
    ) -> bytes:
        """Return the lockfile with these versions. Raises InputError and ToolFailure."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The stacks of a manifest's categories, or the impasse that stopped the first without one."""

    stacks: Mapping[str, Stack]
    sessions: Mapping[str, Session]
    impasse: Impasse | None = None


def resolve_categories(target: Target, *, policy: Policy, access: IndexAccess) -> Resolved:
    """Resolve each category of a target's manifest.

    As pipenv does, `default` is resolved first and the other categories with its pins as constraints.
    Those of a `pyproject.toml` share one version of each package, and are resolved together where
    they cannot be so.
    """
    manifest = target.manifest
    if manifest.allow_prereleases:
        policy = replace(policy, prereleases=True)
    stacks: dict[str, Stack] = {}
    sessions: dict[str, Session] = {}
    fixed: dict[str, str] = {}
    together = settles_together(manifest)
    for category in manifest.categories:
        session = open_session(target, category, policy=policy, fixed=fixed)
        answer = access.resolve(session)
        sessions[category.name] = session
        if not isinstance(answer, Stack):
            if together and category.name != "default":
                return _resolve_together(target, policy=policy, access=access)
            return Resolved(stacks, sessions, answer)
        stacks[category.name] = answer
        if together or (category.name == "default" and not manifest.independent_categories):
            fixed = {**fixed, **{name: pin.version for name, pin in answer.pins.items()}}
    return Resolved(stacks, sessions)


def _resolve_together(target: Target, *, policy: Policy, access: IndexAccess) -> Resolved:
    """Resolve what all categories require at once, and take the stack apart."""
    categories = target.manifest.categories
    session = open_session(target, merge_requirements(categories), policy=policy, fixed={})
    answer = access.resolve(session)
    sessions = {category.name: session for category in categories}
    if not isinstance(answer, Stack):
        return Resolved({}, sessions, answer)
    return Resolved(split_stack(answer, categories), sessions)


def lock_target(
    target: Target,
    *,
    access: IndexAccess,
    policy: Policy | None = None,
    previous: bytes | None = None,
    lock_format: str | None = None,
    compare: bool = True,
    tools: Tools | None = None,
) -> LockOutcome:
    """Resolve a target newest-first and render its lockfile, by default in the format of its name.

    `previous` is the present lockfile's text, None when there is none: what the resolver does not
    decide (VCS commits, say) is kept from it. With `compare` the outcome also says what changed and
    why. `tools` write the lockfiles of the projects' own tools. Raises InputError when the manifest, or
    with `compare` the present lockfile, cannot be read, IndexFailure when the index fails, ToolFailure
    when a tool does.
    """
    form = lock_format or format_of(target.lockfile)
    # Read before anything is fetched: a broken lockfile is told at once.
    before = read_lock(form, previous, target.lockfile) if compare and previous is not None else {}
    policy = with_binary_rules(policy or Policy(), target.manifest)
    resolved = resolve_categories(target, policy=policy, access=access)
    if resolved.impasse is not None and access.refresh():
        # That no stack exists is only said of what the indexes have now.
        resolved = resolve_categories(target, policy=policy, access=access)
    outcome = LockOutcome(
        target,
        "conflict",
        previous,
        None,
        stacks=resolved.stacks,
        engine=engine_name(),
        answers=collect_answers(resolved.sessions.values()),
    )
    if resolved.impasse is not None:
        conflict = explain_impasse(resolved.impasse, engine=solver_class())
        return replace(outcome, stacks={}, conflict=conflict)
    text = render_lock(form, target.manifest, resolved.stacks, previous, tools=tools)
    if not compare:
        return replace(outcome, status="improved", new_text=text)
    after = read_lock(form, text, target.lockfile)
    changes = _list_changes(target, resolved, before, after)
    if previous is not None and not changes and fits_manifest(previous, text):
        return replace(outcome, status="unchanged", new_text=previous)
    return replace(outcome, status="improved", new_text=text, changes=changes)


def render_lock(
    form: str,
    manifest: Manifest,
    stacks: Mapping[str, Stack],
    previous: bytes | None,
    *,
    tools: Tools | None,
) -> bytes:
    """Return the lockfile of a format, written here or by the project's own tool.

    Raises InputError when the tool cannot be had, ToolFailure when it fails.
    """
    if form not in TOOL_FORMATS:
        return lock_writer(form)(manifest, stacks, previous)
    refusal = tools.refusal(form) if tools is not None else "no tool is run here"
    if tools is None or refusal is not None:
        raise InputError.single(
            TOOL_FORMATS[form],
            f"{refusal}, and nothing else writes it",
            hint=f"install {form}, or write pylock.toml, which pip and uv install from: "
            "thoth lock --format pylock -o pylock.toml",
        )
    return tools.write(form, manifest, stacks, previous)


def collect_answers(found: Iterable[Session]) -> Answers:
    """Return what the indexes said to sessions."""
    sessions = list(found)
    projects = {
        name: releases
        for session in sessions
        for name, releases in session.projects.items()
        if releases is not None
    }
    metadata = {
        (name, projects[name].versions[position]): known
        for session in sessions
        for (name, position), known in session.metadata.items()
    }
    return Answers(projects, metadata)


def _list_changes(
    target: Target, resolved: Resolved, before: LockedVersions, after: LockedVersions
) -> tuple[Change, ...]:
    reasons = {
        name: explain_pins(resolved.sessions[name], stack)
        for name, stack in resolved.stacks.items()
    }
    return tuple(
        Change(
            package=row.package,
            category=row.category,
            old=row.old,
            new=row.new,
            direct=is_direct(resolved.stacks, row.category, row.package, target.manifest),
            why=reasons.get(row.category, {}).get(row.package, why_undecided(row.new)),
        )
        for row in lock_difference(before, after)
    )


def why_undecided(new: str | None) -> str:
    """Return why a package is as it is that no stack has."""
    return "no longer required" if new is None else "no declared environment installs it"


def fits_manifest(previous: bytes, text: bytes) -> bool:
    """Whether a lockfile that pins what the new one pins was made from this manifest.

    A Pipfile.lock, a poetry.lock and a pdm.lock have a hash of it, a uv.lock what it requires.
    """
    mine, theirs = _manifest_hash(previous), _manifest_hash(text)
    return mine == theirs


_TOML_HASH = re.compile(rb'^content[-_]hash = "([^"\n]*)"', re.MULTILINE)


def _manifest_hash(text: bytes) -> object:
    if not text.lstrip().startswith(b"{"):
        return _TOML_HASH.findall(text) or _uv_requires(text)
    import json  # noqa: PLC0415 - only for Pipfile.lock

    try:
        return json.loads(text)["_meta"]["hash"]["sha256"]
    except (ValueError, LookupError, TypeError):
        return None


def _uv_requires(text: bytes) -> list[bytes]:
    """Return the lines of a uv.lock that repeat what its projects require."""
    found = []
    inside = False
    for line in text.splitlines():
        if line.startswith(b"["):
            inside = line.startswith(b"[package.metadata")
        if inside or line.startswith(b"requires-python = "):
            found.append(line)
    return found


def open_session(
    target: Target, category: Category, *, policy: Policy, fixed: Mapping[str, str]
) -> Session:
    """Return a session for one category, with the pins of another one fixed."""
    manifest = target.manifest
    depends = category.name != "default" and not manifest.independent_categories
    request = ResolutionRequest(
        environments=target.environments,
        requirements=category.requirements,
        constraints=category.constraints,
        fixed=fixed,
        kept_elsewhere=tuple(
            declared
            for each in manifest.categories
            if depends and each.name == "default"
            for declared in each.requirements
            if declared.kept is not None
        ),
        policy=policy,
    )
    return Session(request, engine=solver_class(), engine_name=engine_name())


def with_binary_rules(policy: Policy, manifest: Manifest) -> Policy:
    """Return the policy with what the manifest says of wheels and sdists."""
    return replace(
        policy,
        only_binary=policy.only_binary | frozenset(manifest.only_binary),
        no_binary=policy.no_binary | frozenset(manifest.no_binary),
    )


def is_direct(stacks: Mapping[str, Stack], category: str, package: str, manifest: Manifest) -> bool:
    """Return whether the manifest itself requires a package in a category."""
    stack = stacks.get(category)
    if stack is not None and package in stack.pins:
        return stack.pins[package].direct
    return any(
        declared.requirement.name == package
        for each in manifest.categories
        if each.name == category
        for declared in each.requirements
    )
