"""Whether a lockfile is true: it fits its manifest, its files exist and install, nothing is missing.

Performs no I/O of its own: the indexes come as `OpenSource`s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.environment.fit import wheel_rank
from advisor_core.model import Skipped
from advisor_core.resolver.needs import MetadataNeed, Needs
from advisor_core.verification.closure import check_closure, is_installed
from advisor_core.verification.findings import Code, Findings
from advisor_core.verification.installing import (
    check_installable,
    check_requires_python,
    locked_artifacts,
)
from advisor_core.verification.provenance import (
    check_entry_source,
    check_hashed,
    check_manifest_hash,
    check_sources,
)
from advisor_core.verification.sources import find_holdings, normal_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.environment.fit import FilePolicy
    from advisor_core.lockfiles.entries import LockedEntry, LockedFile
    from advisor_core.model import Artifact, Environment, Manifest, Target
    from advisor_core.releases import CoreMetadata
    from advisor_core.verification.findings import Finding
    from advisor_core.verification.sources import Holding, OpenSource

__all__ = ["verify_lock", "verify_provenance"]


def verify_provenance(
    lock: LockedFile, target: Target, sources: Sequence[OpenSource]
) -> tuple[Finding, ...]:
    """Return what is wrong with where the locked files come from. Raises IndexFailure."""
    findings = _new_findings(target)
    _check_provenance(lock, target.manifest, sources, findings)
    return findings.result()


def verify_lock(
    lock: LockedFile,
    target: Target,
    sources: Sequence[OpenSource],
    *,
    policy: FilePolicy,
) -> tuple[Finding, ...]:
    """Return everything that is wrong with a lockfile, by file and line. Raises IndexFailure."""
    findings = _new_findings(target)
    holdings = _check_provenance(lock, target.manifest, sources, findings)
    check_requires_python(lock, target.environments, findings)
    metadata = _fetch_metadata(lock, target.environments, holdings, sources)
    for entry in lock.entries:
        unknown = metadata.get((entry.name, entry.version or ""))
        if isinstance(unknown, Skipped):
            findings.add(
                Code.UNKNOWN_REQUIREMENTS,
                entry.origin,
                f"what {entry.name} {entry.version} requires is not known: {unknown.reason}",
                hint="what it requires was not checked",
                package=entry.name,
            )
    installed = check_closure(lock, target.manifest, target.environments, metadata, findings)
    for entry in lock.entries:
        if entry.version is None:
            continue
        installing = [
            environment
            for environment in target.environments
            if any(is_installed(entry, environment, name) for name in entry.categories)
            and (not lock.universal or (entry.name, entry.version, environment.name) in installed)
        ]
        found = holdings[entry.name, entry.version]
        check_installable(entry, found, installing, policy, findings)
    return findings.result()


def _new_findings(target: Target) -> Findings:
    return Findings(tuple(environment.name for environment in target.environments))


def _check_provenance(
    lock: LockedFile, manifest: Manifest, sources: Sequence[OpenSource], findings: Findings
) -> Mapping[tuple[str, str], tuple[Holding, ...]]:
    asked = tuple(opened.source for opened in sources)
    check_manifest_hash(lock, manifest, findings)
    check_sources(lock, manifest, asked, findings)
    hashed = check_hashed(lock, findings)
    holdings = find_holdings(lock.entries, sources)
    by_name = {source.name: source for source in asked}
    by_url = {normal_url(source.url): source for source in (*manifest.sources, *asked)}
    # What the command line names stands in for the manifest's index of that name.
    by_url = {url: by_name.get(source.name, source) for url, source in by_url.items()}
    pinned = _pinned_indexes(manifest)
    for entry in lock.entries:
        found = holdings[entry.name, entry.version] if entry.version is not None else ()
        name = pinned.get(entry.name)
        if entry.index is None and name in by_name:
            found = tuple(each for each in found if each.source.name == name)
        check_entry_source(entry, found, by_name | by_url, findings, hashed=hashed)
    return holdings


def _pinned_indexes(manifest: Manifest) -> Mapping[str, str]:
    return {
        declared.requirement.name: declared.index
        for category in manifest.categories
        for declared in category.requirements
        if declared.index is not None
    }


def _fetch_metadata(
    lock: LockedFile,
    environments: Sequence[Environment],
    holdings: Mapping[tuple[str, str], tuple[Holding, ...]],
    sources: Sequence[OpenSource],
) -> Mapping[tuple[str, str], CoreMetadata | Skipped]:
    """Return the metadata of the locked releases that an index has, all of an index at once."""
    chosen: dict[tuple[str, str], tuple[Holding, Artifact]] = {}
    for entry in lock.entries:
        if entry.version is None:
            continue
        found = holdings[entry.name, entry.version]
        artifact = _file_to_ask(entry, found, environments)
        if artifact is not None:
            holding = next(each for each in found if artifact in each.artifacts)
            chosen.setdefault((entry.name, entry.version), (holding, artifact))
    metadata: dict[tuple[str, str], CoreMetadata | Skipped] = {}
    for opened in sources:
        own = {key: each for key, each in chosen.items() if each[0].source == opened.source}
        needs = Needs(
            metadata=tuple(
                MetadataNeed(holding.releases, holding.position, artifact)
                for holding, artifact in own.values()
            )
        )
        known = opened.access.fetch(needs).metadata if own else {}
        for key, (holding, _) in own.items():
            metadata[key] = known[holding.releases.name, holding.position]
    return metadata


def _file_to_ask(
    entry: LockedEntry, holdings: Sequence[Holding], environments: Sequence[Environment]
) -> Artifact | None:
    """Return the file whose metadata is read: a wheel that fits, else a wheel, else an sdist."""
    artifacts = locked_artifacts(entry, holdings)

    def worth(artifact: Artifact) -> tuple[bool, bool]:
        fits = any(wheel_rank(artifact.filename, each) is not None for each in environments)
        return not fits, not artifact.is_wheel

    return min(artifacts, key=worth, default=None)
