"""Requirements files in layers: `requirements.in` and, beside it, `dev-requirements.in` with `-c` or `-r`.

Each has a lockfile of its own. They are locked one after the other, the included before what includes
it, and a later one takes the versions of those before: so one change lands in all of them alike. Performs
no I/O of its own: files come through `Files`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.manifests import read_manifest
from advisor_core.manifests.files import list_paths
from advisor_core.manifests.interface import EXTENDED_PREFIX
from advisor_core.model import DECIDED, DeclaredRequirement, Origin, Requirement
from advisor_core.outcome import FurtherLock
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest
    from advisor_core.outcome import LockOutcome

__all__ = ["Overlay", "bind_layer", "find_layers", "join_layer", "layer_lockfile", "stack_versions"]

_KINDS = (
    "base",
    "main",
    "requirements",
    "prod",
    "production",
    "dev",
    "develop",
    "development",
    "local",
    "test",
    "tests",
    "testing",
    "docs",
    "doc",
    "lint",
    "ci",
)

_NAMES = (
    "requirements.in",
    *(f"requirements-{kind}.in" for kind in _KINDS),
    *(f"{kind}-requirements.in" for kind in _KINDS),
    *(f"requirements/{kind}.in" for kind in _KINDS),
)
"""Where layers are looked for, in a folder."""


class Overlay:
    """Files, some of them with another content. Satisfies `Files`."""

    def __init__(self, files: Files, changed: Mapping[str, bytes]) -> None:
        self._files = files
        self._changed = dict(changed)

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, None when there is none."""
        known = path if path.startswith(EXTENDED_PREFIX) else posixpath.normpath(path)
        if known in self._changed:
            return self._changed[known]
        return self._files.read(path)

    def list(self, folder: str) -> tuple[str, ...] | None:
        """Return the names in a folder, those of the changed files beside the others."""
        names, changed = self._files.list(folder), list_paths(self._changed, folder)
        if names is None or changed is None:
            return names if changed is None else changed
        return tuple(sorted({*names, *changed}))


def layer_lockfile(path: str) -> str:
    """Return the path of a layer's lockfile."""
    return f"{path.removesuffix('.in')}.txt"


def find_layers(files: Files, folder: str = ".") -> list[str]:
    """Return the requirements files of a folder that have a lockfile, the included first.

    Of one alone nothing is in layers: then there are none. Raises InputError when one cannot be read.
    """
    manifests: dict[str, Manifest] = {}
    for name in _NAMES:
        path = posixpath.normpath(posixpath.join(folder, name))
        if files.read(path) is not None and files.read(layer_lockfile(path)) is not None:
            manifests[path] = read_manifest(files, path)
    if len(manifests) < 2:
        return []
    ordered: list[str] = []
    waiting = list(manifests)
    while waiting:
        free = [path for path in waiting if not _included(manifests[path], waiting)]
        # Where they include each other in a circle, the order of the names is as good as any.
        ordered += free or waiting[:1]
        waiting = [path for path in waiting if path not in ordered]
    return ordered


def _included(manifest: Manifest, layers: list[str]) -> list[str]:
    """Return the layers that a manifest includes, as manifest or as lockfile."""
    read = set(manifest.files)
    return [
        path
        for path in layers
        if path != manifest.path and (path in read or layer_lockfile(path) in read)
    ]


def bind_layer(manifest: Manifest, before: Mapping[str, Mapping[str, str]]) -> Manifest:
    """Return a layer that takes the versions of those that it includes.

    `before`: versions by package of each layer before, by the layer's path.
    """
    pins: dict[str, tuple[str, str]] = {}
    for path in _included(manifest, list(before)):
        for name, version in before[path].items():
            pins.setdefault(name, (version, layer_lockfile(path)))
    bound = tuple(
        DeclaredRequirement(
            Requirement(name, specifier=f"=={version}"),
            Origin(lockfile, key=DECIDED),
            f"{name}=={version}",
        )
        for name, (version, lockfile) in sorted(pins.items())
    )
    categories = tuple(
        replace(category, constraints=(*category.constraints, *bound))
        for category in manifest.categories
    )
    return replace(manifest, categories=categories)


def join_layer(outcome: LockOutcome, layer: LockOutcome) -> LockOutcome:
    """Return the outcome of the first layer with what a later one came to.

    Without a stack for one of them there is none for all: they would not fit together.
    """
    if outcome.conflict is not None or layer.conflict is not None:
        conflict = outcome.conflict or layer.conflict
        return replace(
            outcome, status="conflict", new_text=None, conflict=conflict, changes=(), further=()
        )
    if layer.status != "improved" or layer.new_text is None:
        return outcome
    path = layer.target.lockfile
    lock = FurtherLock(path, layer.old_text, layer.new_text, layer.target.manifest.path)
    return replace(
        outcome,
        status="improved",
        further=(
            *outcome.further,
            lock,
        ),
        changes=(
            *outcome.changes,
            *(replace(change, category=path) for change in layer.changes),
        ),
    )


def stack_versions(outcome: LockOutcome) -> dict[str, str]:
    """Return the version of each package of an outcome's stacks."""
    return {
        name: pin.version for stack in outcome.stacks.values() for name, pin in stack.pins.items()
    }
