"""Where locked files come from: the eight provenance codes, and entries without hashes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.verification.findings import Code
from advisor_core.verification.sources import normal_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.lockfiles.entries import LockedEntry, LockedFile, LockedSource
    from advisor_core.model import IndexSource, Manifest, Origin
    from advisor_core.verification.findings import Findings
    from advisor_core.verification.sources import Holding

__all__ = ["check_entry_source", "check_hashed", "check_manifest_hash", "check_sources"]

_LOCK_AGAIN = "lock again: thoth lock"
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""Hosts between which and us nobody can listen."""


def check_manifest_hash(lock: LockedFile, manifest: Manifest, findings: Findings) -> None:
    """Compare the hash that a Pipfile.lock holds with its Pipfile's."""
    said = lock.manifest_hash
    if said is None or manifest.kind != "pipfile":
        return
    from advisor_core.manifests.pipfile_hash import pipfile_hash  # noqa: PLC0415 - only here
    from advisor_core.manifests.toml_lines import parse_toml  # noqa: PLC0415

    document, _ = parse_toml(manifest.path, manifest.files[manifest.path])
    expected = pipfile_hash(document)
    if said.value != expected:
        findings.add(
            Code.INVALID_LOCK_HASH,
            said.origin,
            f"made from another {manifest.path}: its hash is {expected[:12]}..., "
            f"the lockfile says {said.value[:12] or 'none'}{'...' if said.value else ''}",
            hint=_LOCK_AGAIN,
        )


def check_sources(
    lock: LockedFile, manifest: Manifest, asked: Sequence[IndexSource], findings: Findings
) -> None:
    """Check the indexes that lockfile and manifest name: declared, and safe to fetch from."""
    declared = {normal_url(source.url) for source in (*manifest.sources, *asked)}
    for source in lock.sources:
        if normal_url(source.url) not in declared:
            _add_foreign(source.origin, source.url, None, findings)
        _check_safety(source, findings)
    if lock.sources:
        return
    for each in manifest.sources:
        reason = _insecurity(each.url, verify_ssl=each.verify_ssl)
        if reason:
            _add_insecure(_place_of(lock, manifest), each.url, reason, None, findings)


def check_hashed(lock: LockedFile, findings: Findings) -> bool:
    """Return whether the lockfile's entries must have hashes; a requirements file may do without."""
    pinned = [entry for entry in lock.entries if entry.version is not None]
    if not lock.one_category or not pinned or any(entry.hashes for entry in pinned):
        return True
    findings.add(
        Code.NO_HASHES,
        pinned[0].origin,
        "no package has a hash, so that pip does not check what it downloads",
        hint="remove the lockfile and lock again: thoth lock -o FILE writes hashes",
    )
    return False


def check_entry_source(
    entry: LockedEntry,
    holdings: Sequence[Holding],
    asked: Mapping[str, IndexSource],
    findings: Findings,
    *,
    hashed: bool,
) -> None:
    """Check one entry's index and hashes.

    `asked`: declared indexes, by name and by URL. `hashed`: whether the lockfile must have hashes.
    """
    named = asked.get(entry.index) or asked.get(normal_url(entry.index)) if entry.index else None
    if entry.index and named is None:
        _add_foreign(entry.origin, entry.index, entry.name, findings)
    for url in dict.fromkeys(entry.urls):
        reason = _insecurity(url, verify_ssl=True)
        if reason:
            _add_insecure(entry.origin, url, reason, entry.name, findings)
            break
    if entry.version is None:
        return
    release = f"{entry.name} {entry.version}"
    if not entry.hashes and hashed:
        findings.add(
            Code.MISSING_HASH,
            entry.origin,
            f"{release} has no hash",
            hint=_LOCK_AGAIN,
            package=entry.name,
        )
    if not holdings:
        places = ", ".join(dict.fromkeys(normal_url(each.url) for each in asked.values()))
        findings.add(
            Code.MISSING_PACKAGE,
            entry.origin,
            f"no index has {release}; asked: {places}",
            hint="it may have been removed; lock again, or declare the index that has it",
            package=entry.name,
        )
        return
    _check_hashes(entry, holdings, named, findings)


def _check_hashes(
    entry: LockedEntry,
    holdings: Sequence[Holding],
    named: IndexSource | None,
    findings: Findings,
) -> None:
    release = f"{entry.name} {entry.version}"
    if named is None and any(each.hashes != holdings[0].hashes for each in holdings[1:]):
        names = ", ".join(f"`{each.source.name}`" for each in holdings)
        findings.add(
            Code.DIFFERENT_ARTIFACTS_ON_SOURCES,
            entry.origin,
            f"the files of {release} differ between {names}",
            hint=f"say in the manifest which index {entry.name} comes from",
            package=entry.name,
        )
    nowhere: list[str] = []
    elsewhere: dict[str, list[str]] = {}
    later: dict[str, list[str]] = {}
    for value in entry.hashes:
        having = [each for each in holdings if value in each.hashes]
        if not having:
            nowhere.append(value)
        elif named is not None and all(each.source.name != named.name for each in having):
            elsewhere.setdefault(having[0].source.name, []).append(value)
        elif named is None and having[0] is not holdings[0]:
            later.setdefault(having[0].source.name, []).append(value)
    if nowhere:
        findings.add(
            Code.INVALID_ARTIFACT_HASH,
            entry.origin,
            f"no file of {release} has the hash {_short(nowhere)}",
            hint="lock again; if it happens again, ask whoever runs the index what changed",
            package=entry.name,
        )
    for source, values in elsewhere.items():
        findings.add(
            Code.ARTIFACT_DIFFERENT_SOURCE,
            entry.origin,
            f"a file of {release} is not on `{named.name if named else ''}`, as the lockfile says, "
            f"but on `{source}`: {_short(values)}",
            hint=_LOCK_AGAIN,
            package=entry.name,
        )
    for source, values in later.items():
        findings.add(
            Code.ARTIFACT_POSSIBLE_DIFFERENT_SOURCE,
            entry.origin,
            f"a file of {release} is on `{source}`, but "
            f"`{holdings[0].source.name}` is asked first: {_short(values)}",
            hint=f"say in the manifest which index {entry.name} comes from",
            package=entry.name,
        )


def _check_safety(source: LockedSource, findings: Findings) -> None:
    reason = _insecurity(source.url, verify_ssl=source.verify_ssl)
    if reason:
        _add_insecure(source.origin, source.url, reason, None, findings)


def _insecurity(url: str, *, verify_ssl: bool) -> str:
    """Return why fetching from a URL is not safe; empty when it is."""
    if not verify_ssl:
        return "its certificate is not checked"
    scheme, _, rest = normal_url(url).partition("://")
    host = rest.partition("/")[0]
    name = host if host.startswith("[") else host.partition(":")[0]
    is_loopback = name in _LOOPBACK or host.startswith("[::1]")
    return "" if scheme != "http" or is_loopback else "http is not protected on the way"


def _add_insecure(
    origin: Origin, url: str, reason: str, package: str | None, findings: Findings
) -> None:
    findings.add(
        Code.INSECURE_SOURCE,
        origin,
        f"{normal_url(url)}: {reason}",
        hint="use https, with `verify_ssl = true` where that is said",
        package=package,
    )


def _add_foreign(origin: Origin, url: str, package: str | None, findings: Findings) -> None:
    of = f"{package}: " if package else ""
    findings.add(
        Code.SOURCE_NOT_WHITELISTED,
        origin,
        f"{of}not an index that the manifest declares: {normal_url(url)}",
        hint="declare it in the manifest, or lock again without it",
        package=package,
    )


def _place_of(lock: LockedFile, manifest: Manifest) -> Origin:
    from advisor_core.model import Origin  # noqa: PLC0415 - a value, only when something is wrong

    return Origin(manifest.path if manifest.sources else lock.path)


def _short(values: Sequence[str]) -> str:
    """Return the beginning of the first hash, enough to find it, and how many there are."""
    algorithm, _, digest = values[0].partition(":")
    more = f" (and {len(values) - 1} others)" if len(values) > 1 else ""
    return f"{algorithm}:{digest[:12]}...{more}"
