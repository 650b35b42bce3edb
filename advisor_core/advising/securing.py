"""Whether a lockfile has known vulnerabilities that count, and the smallest change without them.

A lockfile without any costs one look at the advisories; nothing is resolved for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.advising.security_fix import fix_vulnerabilities
from advisor_core.advisories.selection import SelectedAdvisories
from advisor_core.errors import BudgetExceededError, OfflineError
from advisor_core.lockfiles.formats import format_of, read_lock
from advisor_core.outcome import LockOutcome
from advisor_core.security_outcome import SecurityFix
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor_core.advising.settings import AdviceInputs
    from advisor_core.advisories.interface import AdvisorySource, Severity
    from advisor_core.config.model import Manager
    from advisor_core.environment.declaration import EnvironmentDeclaration
    from advisor_core.locking import IndexAccess, Tools
    from advisor_core.model import Target
    from advisor_core.resolver.request import Policy

__all__ = ["secure_target"]


def secure_target(
    target: Target,
    *,
    manager: Manager,
    access: IndexAccess,
    inputs: AdviceInputs,
    previous: bytes,
    policy: Policy | None = None,
    declarations: Iterable[EnvironmentDeclaration] = (),
    tools: Tools | None = None,
) -> SecurityFix | None:
    """Return what can be done about the vulnerabilities of the lockfile `previous`.

    One without any comes back unchanged, with nothing fixed and nothing unfixed. None: nothing is known
    of them, no stack was found in time, or the manager runs for none of the environments. `manager` says
    from which severity on they count; the label `allow-cve` of an environment names those that are
    accepted. Raises InputError and IndexFailure.
    """
    if inputs.advisories is None or inputs.advisories.as_of is None:
        return None
    if not any(map(manager.runs_for, _names(target))):
        return None
    least: Severity = manager.configuration.get("severity") or "low"  # type: ignore[assignment] # checked when it was read
    declarations = tuple(declarations)
    source = SelectedAdvisories(
        inputs.advisories, least_severity=least, accepted=_accepted(declarations)
    )
    if not _has_any(target, previous, source):
        unchanged = LockOutcome(target, "unchanged", previous, previous)
        return SecurityFix(unchanged, (), (), source.as_of, least)

    def fix() -> SecurityFix:
        return fix_vulnerabilities(
            target,
            access=access,
            settings=replace(
                inputs,
                advisories=source,
                options=replace(inputs.options, count=1, predictor=None),
            ),
            previous=previous,
            policy=policy,
            declarations=declarations,
            tools=tools,
        )

    try:
        found = fix()
        if found.unfixed and _may_be_old(access):
            # That there is no fix is only said of what the indexes have now: it may be minutes old.
            found = fix()
    except BudgetExceededError:
        return None
    return replace(found, least_severity=least)


def _may_be_old(access: IndexAccess) -> bool:
    """Have the indexes asked anew; return whether that may bring something new."""
    try:
        return access.refresh()
    except OfflineError:
        return False


def _names(target: Target) -> list[str]:
    return [environment.name for environment in target.environments]


def _accepted(declarations: Iterable[EnvironmentDeclaration]) -> set[str]:
    """Return the advisories that an environment's label `allow-cve` names."""
    labels = [each.declared.labels for each in declarations if each.declared is not None]
    named = {name.strip() for each in labels for name in each.get("allow-cve", "").split(",")}
    return named - {""}


def _has_any(target: Target, previous: bytes, source: AdvisorySource) -> bool:
    locked = read_lock(format_of(target.lockfile), previous, target.lockfile)
    return any(
        source.affecting(name, [version])[0]
        for category in locked.values()
        for name, version in category.items()
    )
