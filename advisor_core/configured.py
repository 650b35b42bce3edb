"""A manifest as its repository limits it: `packages` of `.thoth.yaml`, and `constraints.txt`.

Performs no I/O of its own: files come through `Files`.
"""

from __future__ import annotations

import posixpath
import time
from typing import TYPE_CHECKING

from advisor_core.lockfiles.formats import format_of, read_lock
from advisor_core.values import replace

if TYPE_CHECKING:
    from advisor_core.config.model import Configuration
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest

__all__ = ["CONSTRAINTS_NAME", "configure_manifest"]

CONSTRAINTS_NAME = "constraints.txt"
"""Beside a Pipfile or a pyproject.toml, which cannot name one; a requirements file says `-c`."""


def configure_manifest(
    files: Files,
    manifest: Manifest,
    configuration: Configuration,
    *,
    lockfile: str,
    today: str | None = None,
) -> Manifest:
    """Return the manifest with what else limits it as constraints.

    `lockfile` is the path of its lockfile, which relative rules (`ignore: major`) look at. `today` is a
    day in UTC, `2027-01-31`; by default the present one. Raises InputError with every fault of the file
    at fault.
    """
    if manifest.kind != "requirements":
        manifest = _with_constraints_file(files, manifest)
    if not configuration.packages:
        return manifest
    from advisor_core.config.rules import apply_rules  # noqa: PLC0415 - most projects have none

    needs_lock = any(
        ignored.update is not None for rule in configuration.packages for ignored in rule.ignore
    )
    previous = files.read(lockfile) if needs_lock else None
    locked = read_lock(format_of(lockfile), previous, lockfile) if previous is not None else {}
    return apply_rules(
        manifest,
        configuration.packages,
        locked=locked,
        today=today or time.strftime("%Y-%m-%d", time.gmtime()),
    )


def _with_constraints_file(files: Files, manifest: Manifest) -> Manifest:
    path = posixpath.join(posixpath.dirname(manifest.path), CONSTRAINTS_NAME)
    data = files.read(path)
    if data is None:
        return manifest
    from advisor_core.manifests import read_manifest  # noqa: PLC0415 - seldom needed

    found = read_manifest(files, path)
    limits = tuple(
        declared
        for category in found.categories
        for declared in (*category.requirements, *category.constraints)
        if declared.kept is None
    )
    categories = tuple(
        replace(category, constraints=(*category.constraints, *limits))
        for category in manifest.categories
    )
    return replace(manifest, categories=categories, files={**manifest.files, **found.files})
