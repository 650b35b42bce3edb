"""Whether the locked files of each release can be installed in each runtime environment. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.environment.fit import release_misfit
from advisor_core.environment.python_range import range_holds
from advisor_core.releases import FileShape
from advisor_core.verification.findings import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor_core.environment.fit import FilePolicy
    from advisor_core.lockfiles.entries import LockedEntry, LockedFile
    from advisor_core.model import Artifact, Environment
    from advisor_core.verification.findings import Findings
    from advisor_core.verification.sources import Holding

__all__ = ["check_installable", "check_requires_python", "locked_artifacts"]


def check_requires_python(
    lock: LockedFile, environments: Sequence[Environment], findings: Findings
) -> None:
    """Check that the lockfile says it is for the Python of each environment."""
    said = lock.requires_python
    for environment in environments if said is not None else ():
        try:
            holds = said is None or range_holds(said.value, environment.python)
        except ValueError:
            holds = False
        if said is not None and not holds:
            findings.add(
                Code.NOT_INSTALLABLE,
                said.origin,
                f"the lockfile is for Python {said.value}, not {environment.python}",
                hint="lock again for the declared runtime environments",
                environment=environment.name,
            )


def check_installable(
    entry: LockedEntry,
    holdings: Sequence[Holding],
    environments: Sequence[Environment],
    policy: FilePolicy,
    findings: Findings,
) -> None:
    """Check one entry for the environments that install it. Files that no index has do not count."""
    artifacts = locked_artifacts(entry, holdings)
    if not artifacts:
        return  # said by the provenance: no index has the release, or none of its hashes
    release = f"{entry.name} {entry.version}"
    if all(artifact.yanked is not None for artifact in artifacts):
        reason = next((artifact.yanked for artifact in artifacts if artifact.yanked), "")
        findings.add(
            Code.YANKED,
            entry.origin,
            f"{release} was yanked{f': {reason[:200]!r}' if reason else ''}",
            hint="lock again for a release that its authors stand by",
            package=entry.name,
        )
    shapes = tuple(_shape(artifact) for artifact in artifacts)
    for environment in environments:
        misfit = release_misfit(
            shapes, environment=environment, name=entry.name, policy=policy, admit_yanked=True
        )
        if misfit is not None:
            findings.add(
                Code.NOT_INSTALLABLE,
                entry.origin,
                f"the locked files of {release} {misfit}",
                hint="lock again for the declared runtime environments",
                package=entry.name,
                environment=environment.name,
            )


def locked_artifacts(entry: LockedEntry, holdings: Sequence[Holding]) -> tuple[Artifact, ...]:
    """Return the files that an entry allows, of the first index that has one; all without hashes."""
    allowed = frozenset(entry.hashes)
    for holding in holdings:
        found = tuple(
            artifact
            for artifact in holding.artifacts
            if not allowed or any(f"{a}:{d}" in allowed for a, d in artifact.hashes.items())
        )
        if found:
            return found
    return ()


def _shape(artifact: Artifact) -> FileShape:
    tags = ""
    if artifact.is_wheel:
        tags = "-".join(artifact.filename.removesuffix(".whl").rsplit("-", 3)[1:])
    return FileShape(tags, artifact.requires_python, yanked=False)
