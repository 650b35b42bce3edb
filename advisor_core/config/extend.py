"""One configuration on top of another: a repository's own on top of its owner's. Pure.

    .github:    mode: advise             a/b:   mode: pull-request       together:  mode: pull-request
                packages: [numpy<2]             packages: [scipy<1]                 packages: both

What the repository says wins, key by key; rules of `packages` all hold; a manager is taken whole from
whoever names it, the repository first. Runtime environments and overlays go together: the owner's count
only where the repository declares none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from advisor_core.config.file import CONFIGURATION_PATH, read_configuration
from advisor_core.config.model import AdviceSettings
from advisor_core.config.pull_requests import Limits, PullRequestSettings
from advisor_core.manifests.interface import EXTENDED_PREFIX
from advisor_core.values import replace

if TYPE_CHECKING:
    from advisor_core.config.model import Configuration
    from advisor_core.manifests.interface import Files

__all__ = ["extend_configuration", "extended_path", "read_project_configuration", "unread_note"]


def extended_path(repository: str) -> str:
    """Return the path under which a repository's configuration is asked of `Files`."""
    return f"{EXTENDED_PREFIX}{repository}/{CONFIGURATION_PATH}"


def unread_note(repository: str) -> str:
    """Return what to say when the extended configuration is not there, or not to be read here."""
    return (
        f"{CONFIGURATION_PATH}: `extends: {repository}`: no {CONFIGURATION_PATH} can be read there "
        f"from here, so nothing is added to this one"
    )


def read_project_configuration(files: Files) -> tuple[Configuration, tuple[str, ...]]:
    """Return a project's configuration on top of the one that it extends, with notes.

    Raises InputError with every fault of either file.
    """
    own = read_configuration(files.read(CONFIGURATION_PATH), CONFIGURATION_PATH)
    if own.extends is None:
        return own, ()
    content = files.read(extended_path(own.extends))
    if content is None:
        return own, (unread_note(own.extends),)
    base = read_configuration(content, f"{own.extends}/{CONFIGURATION_PATH}")
    notes: tuple[str, ...] = ()
    if base.extends is not None:
        notes = (f"{own.extends}/{CONFIGURATION_PATH}: `extends` counts in a repository only",)
    return extend_configuration(base, own), notes


def extend_configuration(base: Configuration, own: Configuration) -> Configuration:
    """Return what holds when `own` extends `base`."""
    named = {manager.name for manager in own.managers}
    declares = bool(own.environments)
    return replace(
        own,
        environments=own.environments or base.environments,
        overlays_dir=own.overlays_dir
        if declares or own.overlays_dir is not None
        else base.overlays_dir,
        requirements_format=own.requirements_format or base.requirements_format,
        managers=(*own.managers, *(each for each in base.managers if each.name not in named)),
        mode=own.mode or base.mode,
        automerge_updates=base.automerge_updates
        if own.automerge_updates is None
        else own.automerge_updates,
        automerge_confidence=base.automerge_confidence
        if own.automerge_confidence is None
        else own.automerge_confidence,
        bisect_runs=base.bisect_runs if own.bisect_runs is None else own.bisect_runs,
        packages=(*base.packages, *own.packages),
        schedule=own.schedule or base.schedule,
        pull_requests=_extend_settings(base.pull_requests, own.pull_requests),
        groups=own.groups or base.groups,
        limits=_extend_settings(base.limits, own.limits),
        advice=AdviceSettings(
            margin=base.advice.margin if own.advice.margin is None else own.advice.margin,
            cooldown_days=base.advice.cooldown_days
            if own.advice.cooldown_days is None
            else own.advice.cooldown_days,
            units={**base.advice.units, **own.advice.units},
            unit_places={**base.advice.unit_places, **own.advice.unit_places},
        ),
        without_effect=(*own.without_effect, *base.without_effect),
    )


_Settings = TypeVar("_Settings", PullRequestSettings, Limits)


def _extend_settings(base: _Settings, own: _Settings) -> _Settings:
    """Return each setting of the repository's own, else of what it extends."""
    default = type(own)()
    said = {
        name: getattr(own, name)
        for name in default.__slots__
        if getattr(own, name) != getattr(default, name)
    }
    return replace(base, **said)
