"""Which pre-releases and yanked releases a resolution may use, and why.

What the manifest names is admitted from the start. What only a dependency names is admitted when that
dependency is met, and taken back when the answer uses it although nothing in the answer asks for it.
Every change means that the problem is built anew; there are few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.resolver.candidates import Admission
from advisor_core.resolver.exact import pinned_version
from advisor_core.standards import specifier_names_prerelease
from advisor_core.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from advisor_core.model import Stack
    from advisor_core.releases import ProjectReleases
    from advisor_core.resolver.encode import Active
    from advisor_core.resolver.request import ResolutionRequest

__all__ = ["Admissions"]


class Admissions:
    """What is admitted of each project beyond final, unyanked releases."""

    def __init__(self, request: ResolutionRequest) -> None:
        self._wanted = _list_wanted(request)
        self._admitted = dict(self._wanted)
        self._default = Admission("wanted") if request.policy.prereleases else Admission()
        self._banned: set[str] = set()

    def of(self, name: str) -> Admission:
        """Return what is admitted of a project."""
        return self._admitted.get(name, self._default)

    def admit_for(
        self,
        active: Iterable[Active],
        *,
        projects: Mapping[str, ProjectReleases | None],
        is_met_by_finals: Callable[[str, str], bool],
    ) -> bool:
        """Admit the pre-releases and yanked releases that requirements ask for. Return whether any is new.

        A requirement asks for pre-releases when it names one, or when no final release that can be used
        satisfies it (PEP 440): `is_met_by_finals(name, specifier)`. It asks for a yanked release when it
        pins it exactly (PEP 592).
        """
        new = False
        for name, _extras, specifier, _url, _line in active:
            releases = projects[name]
            if releases is None or name in self._banned:
                continue
            before = own = self.of(name)
            if (
                own.prereleases == "no"
                and any(releases.prereleases)
                and (specifier_names_prerelease(specifier) or not is_met_by_finals(name, specifier))
            ):
                own = replace(own, prereleases="needed")
            pinned = pinned_version(specifier)
            if pinned is not None and pinned not in own.yanked and _has_yanked(releases, pinned):
                own = replace(own, yanked=own.yanked | {pinned})
            if own != before:
                self._admitted[name] = own
                new = True
        return new

    def admit_needed(self, projects: Mapping[str, ProjectReleases | None]) -> bool:
        """Admit every pre-release, behind the final releases. Return whether that changes anything.

        PEP 440: pre-releases are acceptable when nothing else satisfies the requirements.
        """
        hidden = any(
            releases is not None and any(releases.prereleases) and self.of(name).prereleases == "no"
            for name, releases in projects.items()
        )
        if self._default.prereleases != "no" or not hidden:
            return False
        self._default = Admission("needed")
        self._admitted = {
            name: replace(own, prereleases="needed") if own.prereleases == "no" else own
            for name, own in self._admitted.items()
        }
        return True

    def ban_unjustified(self, stack: Stack) -> bool:
        """Take back a yanked release that nothing in the stack pins. Return whether there was one."""
        for pin in stack.pins.values():
            if pin.yanked is None or pin.name in self._wanted or pin.name in self._banned:
                continue
            pins = (pinned_version(edge.requirement.specifier) for edge in pin.required_by)
            if not any(pinned == pin.version for pinned in pins):
                self._banned.add(pin.name)
                self._admitted[pin.name] = replace(self.of(pin.name), yanked=frozenset())
                return True
        return False


def _list_wanted(request: ResolutionRequest) -> dict[str, Admission]:
    """Return what the manifest itself admits: pre-releases and yanked releases it names."""
    wanted: dict[str, Admission] = {}
    for declared in (*request.requirements, *request.constraints):
        requirement = declared.requirement
        own = wanted.get(requirement.name, Admission())
        if (
            declared.allow_prereleases
            or request.policy.prereleases
            or specifier_names_prerelease(requirement.specifier)
        ):
            own = replace(own, prereleases="wanted")
        pinned = pinned_version(requirement.specifier)
        if pinned is not None:
            own = replace(own, yanked=own.yanked | {pinned})
        if own != Admission():
            wanted[requirement.name] = own
    return wanted


def _has_yanked(releases: ProjectReleases, version: str) -> bool:
    return version in releases.versions and any(
        artifact.yanked is not None
        for artifact in releases.artifacts(releases.versions.index(version))
    )
