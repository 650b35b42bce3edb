"""The prescriptions of one key that are used in a run, by how they take effect. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.prescriptions import compile as compiling
from advisor_core.pipeline.prescriptions.library import key_of_match
from advisor_core.pipeline.prescriptions.model import UnitMatch
from advisor_core.values import dataclass, field

if TYPE_CHECKING:
    from advisor_core.pipeline.interface import MatchTerm
    from advisor_core.pipeline.prescriptions.model import Unit

__all__ = ["Shelf"]

Acting = list[tuple["Unit", UnitMatch]]


@dataclass(slots=True)
class Shelf:
    """The units of one key that are used in this run, by how they take effect."""

    on_releases: Acting = field(default_factory=list)
    terms: list[tuple[frozenset[str], MatchTerm, Unit]] = field(default_factory=list)
    """With the packages that must be there."""
    open_terms: Acting = field(default_factory=list)
    """Terms that are made when more is known: candidates, or a package that none is named."""
    on_stacks: Acting = field(default_factory=list)
    strides: Acting = field(default_factory=list)

    def put(self, key: str, unit: Unit) -> None:
        """Add those entries of the unit's `match` that act under the key of the shelf."""
        for match in unit.matches or (UnitMatch(),):
            if key_of_match(match) != key:
                continue
            effect = compiling.effect_of(unit, match)
            if effect in {"mask", "points", "stop"}:
                self.on_releases.append((unit, match))
            elif effect == "accept":
                self.strides.append((unit, match))
            elif effect == "term":
                is_open = unit.run.yield_matched_version or any(
                    not release.name for release in match.releases
                )
                if is_open:
                    self.open_terms.append((unit, match))
                else:
                    for term in compiling.make_terms(unit, match):
                        needed = {condition.name for condition in term.when}
                        if term.skips is not None:
                            needed.add(term.skips)
                        self.terms.append((frozenset(needed), term, unit))
            # Points count, and are spoken of, where they hold; what is refused never holds.
            if effect == "said" or (unit.run.stack_info and compiling.points_of(unit)):
                self.on_stacks.append((unit, match))
