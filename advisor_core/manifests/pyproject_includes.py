"""Extras and dependency groups of a `pyproject.toml` with what they include, cycles refused.

An extra may name others of its own project: `all = ["shop[docs,test]"]`. A group may include groups
(PEP 735), and name extras of the project too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.manifests.faults import shown
from advisor_core.manifests.interface import MAX_DEPTH
from advisor_core.manifests.pyproject_reading import Reading
from advisor_core.standards import normalize_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor_core.manifests.toml_lines import Lines
    from advisor_core.model import DeclaredRequirement, Origin

__all__ = ["Includes"]


class Includes(Reading):
    """A document whose extras and groups can be expanded."""

    def __init__(self, path: str, document: dict[str, object], lines: Lines) -> None:
        super().__init__(path, lines)
        self.project = self.table(document, ("project",))
        self.groups = self.by_normal_name(document, ("dependency-groups",))
        self.extras = self.by_normal_name(self.project, ("project", "optional-dependencies"))
        self.name = ""
        """Of the project, normalized."""

    def expand_extra(
        self, name: str, inside: tuple[str, ...], done: set[str]
    ) -> tuple[DeclaredRequirement, ...]:
        """Return an extra's requirements, with those of other extras of the project it names.

        `inside` are the extras being expanded around it, `done` those expanded already: each is
        once.
        """
        done.add(name)
        keys, value = self.extras[name]
        found: list[DeclaredRequirement] = []
        for declared in self.requirements(keys, value):
            if not self.name or declared.requirement.name != self.name:
                found.append(declared)
                continue
            for other in declared.requirement.extras:
                if self.may_include(declared.origin, other, (*inside, name), self.extras, done):
                    found.extend(self.expand_extra(other, (*inside, name), done))
        return tuple(found)

    def expand_group(
        self, name: str, inside: tuple[str, ...], done: set[str]
    ) -> tuple[DeclaredRequirement, ...]:
        """Return a group's requirements with those of the groups it includes (PEP 735)."""
        done.add(name)
        keys, value = self.groups[name]
        if not isinstance(value, list):
            return self.requirements(keys, value)
        found: list[DeclaredRequirement] = []
        for index, item in enumerate(value):
            place: tuple[str | int, ...] = (*keys, index)
            if not isinstance(item, dict):
                requirement = self.requirement(place, item)
                found.extend(self.own_extras(requirement) if requirement is not None else ())
                continue
            included = item.get("include-group")
            if set(item) != {"include-group"} or not isinstance(included, str):
                self.fault(
                    place, f"not an include: {shown(item)}", 'write `{include-group = "name"}`'
                )
                continue
            other = normalize_name(included)
            if self.may_include(self.origin(place), other, (*inside, name), self.groups, done):
                found.extend(self.expand_group(other, (*inside, name), done))
        return tuple(found)

    def own_extras(self, declared: DeclaredRequirement) -> tuple[DeclaredRequirement, ...]:
        """Return a requirement; of the project itself, what the extras it names require."""
        if not self.name or declared.requirement.name != self.name:
            return (declared,)
        done: set[str] = set()
        return tuple(
            each
            for extra in declared.requirement.extras
            if self.may_include(declared.origin, extra, (), self.extras, done)
            for each in self.expand_extra(extra, (), done)
        )

    def may_include(
        self,
        origin: Origin,
        other: str,
        inside: tuple[str, ...],
        known: Mapping[str, object],
        done: set[str],
    ) -> bool:
        """Return whether an extra or group is to be expanded here; collects why it cannot."""
        if other not in known:
            self.faults.add(
                origin, f"no such extra or group: {shown(other)}", hint="add it, or remove this"
            )
        elif other in inside:
            self.faults.add(origin, f"it includes itself: {shown(other)}", hint="break the cycle")
        elif len(inside) > MAX_DEPTH:
            self.faults.add(
                origin, f"nested more than {MAX_DEPTH} deep", hint="include fewer levels"
            )
        else:
            return other not in done
        return False
