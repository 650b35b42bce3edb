"""The targets of a project: its manifests, each with its lockfile and environments.

Performs no I/O of its own: files come through `Files`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from advisor_core.config.extend import read_project_configuration
from advisor_core.config.schema import WITH_EFFECT_ON_ADVICE
from advisor_core.configured import configure_manifest
from advisor_core.environment.declaration import make_environment
from advisor_core.environment.detect import detect_environments
from advisor_core.environment.index_choice import choose_indexes
from advisor_core.errors import InputError
from advisor_core.layers import find_layers, layer_lockfile
from advisor_core.lockfiles.formats import TOOL_FORMATS
from advisor_core.manifests import find_manifest, read_manifest
from advisor_core.model import Target
from advisor_core.projects import discover_projects
from advisor_core.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from advisor_core.config.model import Configuration
    from advisor_core.environment.declaration import EnvironmentDeclaration
    from advisor_core.locking import Tools
    from advisor_core.manifests.interface import Files
    from advisor_core.model import Manifest

__all__ = [
    "LOCKFILES",
    "DetectedTarget",
    "asks_for_advice",
    "beside_tool_lock",
    "find_targets",
    "left_alone",
    "running_managers",
]

LOCKFILES = {
    "Pipfile": "Pipfile.lock",
    "pyproject.toml": "pylock.toml",
    "requirements.in": "requirements.txt",
}
"""The lockfile beside a manifest. Any other manifest is printed by `thoth lock` but has no lockfile."""


@dataclass(frozen=True, slots=True)
class DetectedTarget:
    """A target with where its environments were learnt from."""

    target: Target
    declarations: tuple[EnvironmentDeclaration, ...]
    """Parallel to `target.environments`."""
    layers: tuple[str, ...] = ()
    """Manifests that are locked after this one, each with its versions, and change together with it."""
    is_project: bool = True
    """Whether it is one of the repository's projects, which change together, and not an overlay's."""


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
    projects, remarks = _find_projects(files, configuration, manifests)
    notes += remarks
    manifests |= projects
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
                if configuration.projects is not None:
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
        is_project = folder == "." or folder in projects
        targets.append(replace(made, layers=tuple(layers[1:]), is_project=is_project))
    if not targets and not notes:
        raise InputError.single(
            ".",
            "no manifest found",
            hint="add a `Pipfile`, a `requirements.in` or a `pyproject.toml`, or name the folders that "
            "have one with `projects` in `.thoth.yaml`",
        )
    # `managers` chooses between advice and the newest; advice weighs what the newest does not.
    weighed = WITH_EFFECT_ON_ADVICE if asks_for_advice(configuration) else ()
    return targets, [*configuration.notes_but_of(("managers", *weighed)), *notes]


def _find_projects(
    files: Files, configuration: Configuration, known: Collection[str]
) -> tuple[dict[str, Manifest | None], list[str]]:
    """Return the manifests of the projects in folders, but known ones, with notes.

    Raises InputError for one that the configuration names and that cannot be read; one that was only found
    is passed over, with a note.
    """
    if configuration.projects is not None:
        named = [folder for folder in configuration.projects if folder not in known]
        return {folder: _manifest_in(files, folder) for folder in named}, []
    overlays = () if configuration.overlays_dir is None else (configuration.overlays_dir,)
    folders, notes = discover_projects(files, passed_over=overlays)
    found: dict[str, Manifest | None] = {}
    for folder in folders:
        if folder in known:
            continue
        try:
            found[folder] = _manifest_in(files, folder)
        except InputError as error:
            first = error.faults[0]
            notes.append(f"{folder}: passed over: {first.place}: {first.message}")
    return found, notes


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
        notes.append(left_alone(path, refusal))
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


def beside_tool_lock(detected: DetectedTarget) -> DetectedTarget:
    """Return the target with the pylock.toml beside its lockfile instead."""
    folder = posixpath.dirname(detected.target.lockfile)
    path = posixpath.join(folder, LOCKFILES["pyproject.toml"])
    return replace(detected, target=replace(detected.target, lockfile=path))


def left_alone(path: str, reason: str) -> str:
    """Return the note on a tool's lockfile that cannot be written."""
    return (
        f"{path}: left as it is: {reason}; {LOCKFILES['pyproject.toml']}, which pip and uv install "
        "from, is kept beside it"
    )


def running_managers(configuration: Configuration, target: Target | None) -> set[str]:
    """Return the managers that run for an environment of a target; None: at all."""
    return {
        manager.name
        for manager in configuration.managers
        if manager.enabled
        and (target is None or any(manager.runs_for(each.name) for each in target.environments))
    }


def asks_for_advice(configuration: Configuration, target: Target | None = None) -> bool:
    """Return whether a target (None: some target) gets advice rather than the newest."""
    running = running_managers(configuration, target)
    return "thoth-advise" in running or "update" not in running
